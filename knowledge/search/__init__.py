"""Embedders, indexes, and the search over both."""
