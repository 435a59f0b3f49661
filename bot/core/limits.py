"""Limits that Slack and the terminal share."""

LONGEST_QUESTION = 8_000
"""Characters of a question. A longer text is a document and is refused."""
