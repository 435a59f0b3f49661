"""Sizes that several surfaces share."""

LONGEST_QUESTION = 8_000
"""Characters; what is longer is a document, and is refused with a clear word."""
