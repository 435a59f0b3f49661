"""The search that every run begins with, so that most answers take one turn of the model.

In a conversation it also searches for the question together with those that it stands on: "and on
holidays?" (「休日は？」) means nothing without its subject. No model is asked for that.
"""

import json
import re
from collections.abc import Mapping, Sequence

from bot.core.language import Language, language_of
from bot.core.types import ToolCall

TOOL = "search_knowledge"
"""Name of the tool that a run begins with, where there is one."""

SHORT_QUESTION: Mapping[Language, int] = {"ja": 12, "en": 24}
"""Characters: a shorter question in a conversation stands on the one before it."""

MOST_QUESTIONS = 3
"""Questions that are joined, at most."""

_LEANS_BACK = re.compile(
    r"(?:and|but|so|then|what about|how about|also)\b|それ|その|そこ|これ|では|じゃ|なら|あと",
    re.IGNORECASE,
)


def first_calls(question: str, earlier: Sequence[str]) -> tuple[ToolCall, ...]:
    """Return the searches for *question*, asked after the questions of *earlier*."""
    queries = list(dict.fromkeys([question, whole(question, earlier)]))
    return tuple(
        ToolCall(f"first-{place}", TOOL, json.dumps({"query": query}, ensure_ascii=False))
        for place, query in enumerate(queries, 1)
    )


def whole(question: str, earlier: Sequence[str]) -> str:
    """Return *question* with the question before it, and with those that this one stands on."""
    joined = [question]
    for before in reversed(earlier[-MOST_QUESTIONS + 1 :]):
        if len(joined) > 1 and not leans_back(joined[0]):
            break
        joined.insert(0, before)
    return " ".join(joined)


def leans_back(question: str) -> bool:
    """Tell whether *question*, asked in a conversation, depends on the one before it."""
    said = question.strip()
    return len(said) < SHORT_QUESTION[language_of(said)] or bool(_LEANS_BACK.match(said))
