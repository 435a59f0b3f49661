"""Questions whose answers are known: a file in SQuAD's JSON, or evaluation cases in JSON lines."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.model.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question, and where its answer is: in one of the file's passages, or in documents.

    Attributes:
        passage: Row of the passage in the file; None for evaluation cases.
        documents: Ids of documents that answer it.
        chunks: Ids of passages (`document_id#ordinal`) that answer it.
        answers: Words that a right passage holds, any of them.
    """

    text: str
    passage: int | None = None
    documents: frozenset[str] = frozenset()
    chunks: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """What a file holds.

    Attributes:
        passages: The texts that are searched; empty when the file is about indexed documents.
        left_out: Questions without a known place of their answer.
    """

    questions: tuple[KnownQuestion, ...]
    passages: tuple[str, ...] = ()
    left_out: int = 0


def read_questions(path: Path) -> QuestionFile:
    """Read *path*.

    Raises:
        KnowledgeError: when it is missing, or not of one of the two formats; one line that names
            the place and what is expected there.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}: not UTF-8 text") from error
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        whole = None
    is_squad = isinstance(whole, dict) and "data" in whole
    read = _squad(path, whole) if is_squad else _cases(path, text)
    if not read.questions:
        raise KnowledgeError(
            f"{path}: holds no question with a known answer: write gold_documents (or gold_chunks) "
            "into each case, or give a file in the format of SQuAD"
        )
    return read


def _squad(path: Path, whole: Mapping[str, Any]) -> QuestionFile:
    rows: dict[str, int] = {}
    passages: list[str] = []
    questions: list[KnownQuestion] = []
    left_out = 0
    try:
        for article in whole["data"]:
            title = article.get("title", "")
            for paragraph in article["paragraphs"]:
                context = paragraph["context"]
                if context not in rows:
                    rows[context] = len(rows)
                    titled = context.startswith(title)
                    passages.append(context if titled else f"{title}\n{context}")
                for asked in paragraph["qas"]:
                    if asked.get("answers"):
                        questions.append(KnownQuestion(asked["question"], passage=rows[context]))
                    else:
                        left_out += 1
    except (KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError(
            f"{path}: looks like SQuAD, but an article needs paragraphs, a paragraph context and "
            f"qas, and each of these a question ({type(error).__name__}: {error})"
        ) from error
    return QuestionFile(tuple(questions), tuple(passages), left_out)


def _cases(path: Path, text: str) -> QuestionFile:
    questions: list[KnownQuestion] = []
    left_out = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError as error:
            raise KnowledgeError(f"{path}:{number}: not a JSON object: {error.msg}") from error
        if not isinstance(case, dict) or not isinstance(case.get("question"), str):
            raise KnowledgeError(f'{path}:{number}: a case needs a "question"')
        documents, chunks, answers = (
            tuple(_texts(path, number, case, key))
            for key in ("gold_documents", "gold_chunks", "answers")
        )
        if case.get("answerable") is False or not (documents or chunks):
            left_out += 1
            continue
        questions.append(
            KnownQuestion(
                case["question"],
                documents=frozenset(documents),
                chunks=frozenset(chunks),
                answers=answers,
            )
        )
    return QuestionFile(tuple(questions), left_out=left_out)


def _texts(path: Path, number: int, case: Mapping[str, object], key: str) -> Iterator[str]:
    values = case.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise KnowledgeError(f'{path}:{number}: "{key}" must be a list of texts')
    yield from values
