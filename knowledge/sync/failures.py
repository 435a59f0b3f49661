"""Puts what a source raises into words for an operator."""

import logging

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, SourceError
from knowledge.model.source_health import SourceFailure

log = logging.getLogger(__name__)


def failure_of(source: str, error: Exception) -> SourceFailure:
    """Return the failure that *error* of a source means; one of our own faults is logged."""
    reason = " ".join(str(error).split())
    if isinstance(error, SourceError):
        return SourceFailure(source, reason, error.kind, error.retry_after)
    if isinstance(error, KnowledgeConfigError):
        return SourceFailure(source, reason, "settings")
    if isinstance(error, KnowledgeError):
        return SourceFailure(source, reason, "unreachable")
    log.error("source %s failed", source, exc_info=error)
    fault = f"source {source!r} failed in a way that nobody foresaw ({type(error).__name__})"
    return SourceFailure(source, f"{fault}: the log has the details; report it", "broken")


def loss_of(source: str, text: str) -> SourceFailure:
    """Return the failure of a source that seems to have lost its documents."""
    return SourceFailure(
        source, f"{text}: if this is intended, run `kotae sync {source} --force`", "loss"
    )
