"""What may leave the house in a query.

Once the model has read documents, or earlier answers, its queries may hold nothing but words of
the questions: what an injected text asks it to carry out cannot pass.
"""

import unicodedata

from bot.core.types import Question
from knowledge.text.analysis import analyse, token_set

LONGEST_QUERY = 200
"""Characters. A query leaves the house, so it must not be able to carry a document away."""


def foreign_words(query: str, question: Question) -> list[str]:
    """Return the words of *query* that are in no question of the conversation."""
    asked = _plain(" ".join([question.text, *question.earlier]))
    stems = token_set(asked)
    return [
        word
        for word in _plain(query).split()
        if word not in asked and not set(analyse(word).terms) <= stems
    ]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
