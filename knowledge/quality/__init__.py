"""Checks of the documents, and the tuning of search."""
