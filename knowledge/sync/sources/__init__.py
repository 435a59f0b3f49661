"""Implementations of the Source protocol."""
