"""A SQuAD-shaped file as a collection: unique contexts are the corpus, questions the queries."""

import json
from pathlib import Path
from typing import NamedTuple


class Collection(NamedTuple):
    """Passages, and questions with the row of the passage that answers them."""

    passages: list[str]
    questions: list[str]
    answers: list[int]


def read(path: Path) -> Collection:
    """Read the file; a passage begins with its article's title, unanswerable questions go."""
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
        one = read(path)
        together.answers.extend(row + len(together.passages) for row in one.answers)
        together.passages.extend(one.passages)
        together.questions.extend(one.questions)
    return together
