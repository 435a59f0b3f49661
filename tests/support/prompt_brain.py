"""A brain that follows its prompt and also writes prompts: it searches, and answers carelessly.

It looks for the best sentence only if the prompt tells it to compare the passages. As the writing
model, it proposes that rule every other time.
"""

import itertools
import re

from bot.core.language import language_of
from tests.support.llm_brains import Brain, Call, Conversation, Turn, searching_brain

RULE = {
    "en": "Compare all passages before you choose the sentence that answers.",
    "ja": "答えを選ぶ前に、すべての文書片を見比べます。",
}
IDLE = {"en": "Be friendly.", "ja": "親切に答えます。"}

_KNOWN = re.compile(r"Compare all passages|見比べ")
_FIRST = re.compile(r"^\[(\d+)\][^\n]*\n(.+?)(?:[。\n]|\. )", re.MULTILINE)
_TEXT = re.compile(r"-{12}\n(.+?)\n-{12}", re.DOTALL)


def prompt_brain() -> Brain:
    """Return the brain."""
    searching, numbers = searching_brain(), itertools.count()

    def say(conversation: Conversation) -> Turn:
        if conversation.forced == "hand_in":
            return Turn(calls=(_handed_in(conversation, next(numbers)),))
        turn = searching(conversation)
        careless = not _KNOWN.search(conversation.system)
        if careless and turn.calls and turn.calls[0].name == "finish":
            return Turn(calls=(_careless(conversation) or turn.calls[0],))
        return turn

    return say


def _careless(conversation: Conversation) -> Call | None:
    """Return the first line of the results as the answer."""
    found = _FIRST.search("\n".join(result.text for result in conversation.results))
    if found is None:
        return None
    number, sentence = int(found[1]), found[2].strip()
    return Call(
        "finish",
        {
            "status": "answered",
            "answer": f"{sentence} [{number}]",
            "citations": [{"n": number, "quote": sentence}],
            "missing": "",
            "confidence": 0.9,
        },
    )


def _handed_in(conversation: Conversation, number: int) -> Call:
    shown = _TEXT.search(conversation.said[-1].text)
    text = shown[1] if shown else ""
    more = (RULE if number % 2 else IDLE)[language_of(text)]
    return Call("hand_in", {"text": f"{text}\n{more}"})
