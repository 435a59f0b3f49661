"""Questions and answers as JSON, for the payloads and notes of jobs, and reading of records."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from bot.core.language import has_words
from bot.core.types import Answer, Job, Question

_question: TypeAdapter[Question] = TypeAdapter(Question)
_answer: TypeAdapter[Answer] = TypeAdapter(Answer)


def known_fields(kind: type, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the dataclass *kind* knows of *record*; a later program may have added fields."""
    return {one.name: record[one.name] for one in fields(kind) if one.name in record}


def question_data(question: Question) -> dict[str, Any]:
    """Return *question* as JSON data."""
    data: dict[str, Any] = _question.dump_python(question, mode="json", exclude={"files"})
    return data


def question_from(data: Mapping[str, object]) -> Question:
    """Rebuild a question from `question_data`."""
    return _question.validate_python(dict(data))


def question_job(question: Question) -> Job:
    """Return the job of answering *question*, with the language of the reply decided for good.

    That of a text without words is its asker's, whom nobody looks up before the job is stored.
    """
    decided = question
    if has_words(question.text):
        decided = replace(question, language=question.reply_language)
    return Job(question.id, question.thread, "question", question_data(decided))


def answer_json(answer: Answer) -> str:
    """Return *answer* as a JSON text."""
    return _answer.dump_json(answer).decode()


def answer_from(text: str | bytes) -> Answer:
    """Rebuild an answer from `answer_json`."""
    return _answer.validate_json(text)
