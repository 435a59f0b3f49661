"""A SQuAD-format file as a collection: the unique contexts are the corpus."""

import json
from pathlib import Path
from typing import NamedTuple


class Collection(NamedTuple):
    """Passages, and questions with the row of the passage that has the answer."""

    passages: list[str]
    questions: list[str]
    answers: list[int]


def read(path: Path) -> Collection:
    """Read the file; passages start with their article's title; skip unanswerable questions."""
    rows: dict[str, int] = {}
    collection = Collection([], [], [])
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            if text not in rows:
                rows[text] = len(rows)
                titled = text.startswith(article["title"])
                collection.passages.append(text if titled else f"{article['title']}\n\n{text}")
            for question in paragraph["qas"]:
                if question["answers"]:
                    collection.questions.append(question["question"])
                    collection.answers.append(rows[text])
    return collection


def read_all(paths: list[Path]) -> Collection:
    """Read several files as one collection."""
    together = Collection([], [], [])
    for path in paths:
        part = read(path)
        together.answers.extend(row + len(together.passages) for row in part.answers)
        together.passages.extend(part.passages)
        together.questions.extend(part.questions)
    return together
