"""Questions with known answers: JSON in SQuAD format, or evaluation cases in JSON lines."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.model.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question and the location of its answer: a passage of the file, or indexed documents.

    Attributes:
        passage: Index of the passage in the file, from 0; None for evaluation cases.
        documents: Ids of documents with the answer.
        chunks: Ids of passages (`document_id#ordinal`) with the answer.
        answers: Texts; a correct passage contains at least one of them.
    """

    text: str
    passage: int | None = None
    documents: frozenset[str] = frozenset()
    chunks: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The content of a file.

    Attributes:
        passages: Texts to search; empty when the questions are about indexed documents.
        left_out: Number of skipped questions, whose answer has no known location.
    """

    questions: tuple[KnownQuestion, ...]
    passages: tuple[str, ...] = ()
    left_out: int = 0


def read_questions(path: Path) -> QuestionFile:
    """Read the questions in *path*.

    Raises:
        KnowledgeError: when the file is missing or has neither format; the text is one line with
            the position and what is expected there.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}: not UTF-8 text") from error
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    is_squad = isinstance(whole, dict) and "data" in whole
    read = _squad(path, whole) if is_squad else _cases(path, text)
    if not read.questions:
        raise KnowledgeError(
            f"{path}: no question has a known answer: add gold_documents (or gold_chunks) to the "
            "cases, or give a file in SQuAD format"
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
            f"{path}: not valid SQuAD: an article needs paragraphs, a paragraph needs context and "
            f"qas, and each of these needs a question ({type(error).__name__}: {error})"
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
        except (ValueError, RecursionError) as error:
            raise KnowledgeError(
                f"{path}:{number}: not a JSON object: a number too long, or nested too deeply"
            ) from error
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
