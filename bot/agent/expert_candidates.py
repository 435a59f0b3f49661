"""Chooses the experts for a question. Pure."""

from collections.abc import Iterable, Sequence

from bot.core.types import Question
from knowledge.model.settings import ExpertSettings
from knowledge.text.analysis import content_terms


def candidates(
    question: Question, owners: Iterable[str], experts: Sequence[ExpertSettings]
) -> tuple[str, ...]:
    """Return whom to ask, the best first, each once, as the settings write them.

    Whose topic is in the question comes first (the longest topic says most), then who owns the
    closest documents, then whose channel it was asked in.

    Args:
        question: What is asked.
        owners: Of the documents that come closest, the closest first.
        experts: Of `knowledge.toml`.
    """
    words = content_terms(question.text)
    told = [(max(_matches(expert, words), default=0), expert.owner) for expert in experts]
    by_topic = [owner for length, owner in sorted(told, key=lambda item: -item[0]) if length]
    by_channel = [expert.owner for expert in experts if _in_channel(expert, question)]
    return tuple(filter(None, dict.fromkeys([*by_topic, *owners, *by_channel])))


def _matches(expert: ExpertSettings, words: frozenset[str]) -> Iterable[int]:
    """Give the lengths of the topics that are spoken of."""
    return (
        len(topic)
        for topic in expert.topics
        if (spoken := content_terms(topic)) and spoken <= words
    )


def _in_channel(expert: ExpertSettings, question: Question) -> bool:
    """Tell whether a channel of the expert reads; a person's channels are not where they asked."""
    reader = question.asker
    names = reader.groups if reader.id in reader.groups else {reader.id}
    return not names.isdisjoint(expert.channels)
