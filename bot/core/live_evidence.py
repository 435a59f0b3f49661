"""Ids of what a search in Slack has found: it serves one answer, and its words are not kept."""

from collections.abc import Iterable

LIVE = "slack-search:"
"""How the ids of such passages begin, and what their source is called without the colon."""


def is_live(document_id: str) -> bool:
    """Tell whether *document_id* is of a message that a search in Slack has found."""
    return document_id.startswith(LIVE)


def any_live(documents: Iterable[str]) -> bool:
    """Tell whether one of *documents* is."""
    return any(map(is_live, documents))
