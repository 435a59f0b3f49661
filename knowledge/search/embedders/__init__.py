"""Implementations of the Embedder protocol."""
