"""Implementations of the Index and IndexBuilder protocols."""
