"""Rollouts: changes of settings, tried on past questions before they are promoted."""
