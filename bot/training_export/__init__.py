"""Approved answers as files to train a model with."""
