"""Any number of documents, generated from the paragraphs of SQuAD-format files.

Each section is a random mix of sentences in its language, as long as a real paragraph, below a
heading with a unique code. So word frequencies are realistic, and no two sections are equal.
"""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from knowledge.text.highlight import sentences

SECTIONS = 6
"""Sections per document; each is short enough to be one chunk."""

_LONGEST = {"ja": 220, "en": 850}
"""Characters of a section: the means of JSQuAD's and SQuAD's paragraphs."""


class Corpus(NamedTuple):
    """The sentences for sections, by language, and the questions to ask."""

    sentences: dict[str, list[str]]
    questions: list[str]

    def document(self, number: int) -> str:
        """Return document *number* as Markdown; every other one is Japanese."""
        language = ("ja", "en")[number % 2]
        chance = random.Random(number)
        heading = ("第{}号の記録", "Record {}")[number % 2].format(number)
        parts = [f"# {heading}"]
        for section in range(SECTIONS):
            letters = "".join(chance.choices("ABCDEFGHKLMNPQ", k=2))
            parts += [
                f"## {letters}-{number * SECTIONS + section}",
                "".join(self._section(language, chance)),
            ]
        return "\n\n".join(parts) + "\n"

    def _section(self, language: str, chance: random.Random) -> Iterator[str]:
        length = 0
        while length < _LONGEST[language] * 0.8:
            sentence = chance.choice(self.sentences[language])
            if length + len(sentence) > _LONGEST[language] * 1.1:
                return
            length += len(sentence)
            yield sentence if language == "ja" else f"{sentence} "


def read(files: Sequence[Path]) -> Corpus:
    """Read the sentences and questions of *files*; the questions alternate by language."""
    found: dict[str, list[str]] = {"ja": [], "en": []}
    questions: dict[str, list[str]] = {"ja": [], "en": []}
    for file in files:
        for article in json.loads(file.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                text = paragraph["context"].partition("[SEP]")[2] or paragraph["context"]
                language = "en" if text.isascii() or text[:200].count(" ") > 10 else "ja"
                found[language] += [
                    said
                    for start, end in sentences(text)
                    if 15 < len(said := text[start:end]) < 300
                ]
                questions[language] += [row["question"] for row in paragraph["qas"]]
    chance = random.Random(0)
    for asked in questions.values():
        chance.shuffle(asked)
    pairs = zip(questions["ja"], questions["en"], strict=False)
    return Corpus(found, [question for pair in pairs for question in pair])
