"""Embedders, indexes, and search."""
