"""What people ask in a deployment, and a model that answers each question with its own tag."""

import re

from tests.support.llm_brains import Call, Conversation, Turn

DOCUMENTS = {
    "hours.md": "# Office hours\n\nOn weekdays the reception is open from 9:00 to 17:30.\n",
    "uketsuke.md": "# 受付時間\n\n平日の受付時間は9時から17時30分までです。\n",
}
QUESTIONS = (
    ("When is the reception open on weekdays?", "On weekdays the reception is open {}."),
    ("平日の受付時間を教えてください。", "平日の受付時間は{}です。"),
)
HOURS = ("from 9:00 to 17:30", "9時から17時30分まで")

_TAG = re.compile(r"\(tag ([a-z]+)\)")
_PASSAGE = re.compile(r"^\[(\d+)\]", re.MULTILINE)


def tagging_brain(conversation: Conversation) -> Turn:
    """Search once, then answer with what the documents say and the tag of the question."""
    asked = conversation.question
    if "search_knowledge" in conversation.tools and not conversation.results:
        return Turn(calls=(Call("search_knowledge", {"query": asked.partition("(")[0]}),))
    japanese = "受付" in asked
    _, sentence = QUESTIONS[japanese]
    tag = _TAG.search(asked)
    text = sentence.format(f"{HOURS[japanese]} (tag {tag[1] if tag else 'none'})")
    number = _passage_with(conversation, HOURS[japanese])
    cited = [{"n": number, "quote": HOURS[japanese]}] if number else []
    return Turn(
        calls=(
            Call(
                "finish",
                {
                    "status": "answered" if number else "insufficient_evidence",
                    "answer": f"{text} [{number}]",
                    "citations": cited,
                    "missing": "",
                    "confidence": 0.9,
                },
            ),
        )
    )


def thorough_brain(conversation: Conversation) -> Turn:
    """Search once more before answering, so that there is a step to show while somebody waits."""
    if conversation.begins:
        return Turn(calls=(Call("search_knowledge", {"query": "opening hours 受付時間"}),))
    return tagging_brain(conversation)


def _passage_with(conversation: Conversation, words: str) -> int:
    """Return the number of the passage that says *words*, 0 if none does."""
    for result in conversation.results:
        parts = _PASSAGE.split(result.text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            if words in text:
                return int(number)
    return 0


def word_for(number: int) -> str:
    """Write a number as a word that can be spoken: figures in answers are checked."""
    word = ""
    for _ in range(4):
        number, syllable = divmod(number, 70)
        word += "bdfgklmnprstvz"[syllable // 5] + "aeiou"[syllable % 5]
    return word
