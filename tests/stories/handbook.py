"""What the team of the stories has written down, and the model that answers from it."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.llm_brains import Call, Conversation, Turn
from tests.support.llm_server import LlmServer

SETTINGS = """
[[sources]]
name = "handbook"
path = "handbook"
url = "https://docs.example/{path}"
audience = "anyone"

[[sources]]
name = "faq"
path = "faq"
"""

LEAVE = "handbook/leave.md"
DOCUMENTS: Mapping[str, str] = {
    LEAVE: """---
title: 就業規則
date: 2026-04-01
---
# 就業規則

## 有給休暇
有給休暇は10日です。

## 繰り越し
翌年度まで繰り越せます。

## Leave
You have 10 days of leave.
""",
    "handbook/words.md": "# 説明\n\n長い説明の一文です。\n",
    "faq/bonus.md": "# 賞与\n\n賞与は年2回です。\n",
}

ANSWERS: Mapping[str, str] = {
    "規程.md": "有給は20日です。",
    "有給": "有給休暇は10日です。",
    "leave": "You have 10 days of leave.",
    "繰り越し": "翌年度まで繰り越せます。",
    "長い": "長い説明の一文です。",
    "賞与": "賞与は年2回です。",
    "給料": "給料は4012円です。",
}
"""The sentence that answers, by a word of the question; the first that fits."""

TRANSLATIONS: Mapping[str, str] = {"暗証番号は？": "What is the code?"}

LONG = 800
"""How often the sentence of a long explanation is repeated."""

_SLOW = re.compile("ゆっくり|slowly")
_ATTACHED = re.compile(r"[(（](?:添付|Attached): (.+)[)）]")
_PASSAGE = re.compile(r"^\[(\d+)\]", re.MULTILINE)


def write_documents(folder: Path) -> None:
    """Write the documents and their settings into *folder*."""
    for name, text in DOCUMENTS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "knowledge.toml").write_text(SETTINGS, encoding="utf-8")


@dataclass
class StoryModel:
    """The model of a story; it searches once, and answers with what it found.

    Attributes:
        server: Where it runs: what it was sent, and how it is made to fail.
        let_go: Until it is set, translations and questions that ask to be slow get no answer.
    """

    server: LlmServer
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.server.before_turn = self._wait

    @property
    def asked(self) -> list[str]:
        """The questions that it was asked, in order; one for each try."""
        return [c.question for c in self.server.conversations if _begins(c)]

    async def _wait(self, conversation: Conversation) -> None:
        slow = _begins(conversation) and _SLOW.search(conversation.question)
        if slow or conversation.question in TRANSLATIONS:
            await self.let_go.wait()


def answer_from_handbook(conversation: Conversation) -> Turn:
    """Look into the attachments, then answer with the sentence of `ANSWERS`."""
    question = conversation.question
    if "finish" not in conversation.tools:
        return Turn(text=TRANSLATIONS.get(question, ""))
    attached = _ATTACHED.findall(question)
    if conversation.begins and attached:
        return Turn(calls=tuple(Call("read_attachment", {"name": name}) for name in attached))
    said = next((said for word, said in ANSWERS.items() if word in question), "")
    number = _passage_with(conversation, said) if said else 0
    text = f"{said * LONG if '長い' in question else said} [{number}]"
    return Turn(
        calls=(
            Call(
                "finish",
                {
                    "status": "answered" if number else "insufficient_evidence",
                    "answer": text if number else "",
                    "citations": [{"n": number, "quote": said}] if number else [],
                    "missing": "",
                    "confidence": 0.9,
                },
            ),
        )
    )


def _begins(conversation: Conversation) -> bool:
    """Tell whether it is the first request for an answer."""
    return "finish" in conversation.tools and conversation.begins


def _passage_with(conversation: Conversation, words: str) -> int:
    """Return the number of the passage that says *words*, 0 if none does."""
    for result in conversation.results:
        parts = _PASSAGE.split(result.text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            if words in text:
                return int(number)
    return 0
