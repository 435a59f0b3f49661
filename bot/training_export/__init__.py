"""Approved answers as training files for a model."""
