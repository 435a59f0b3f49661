"""What the tools take and return: their JSON schemas come from here, and are a contract."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.core.limits import LONGEST_QUESTION

_LONGEST_ID = 1_000
_MOST_SOURCES = 20


def _no_bool(value: object) -> object:
    """Refuse `true`, which Python takes for 1."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")  # noqa: TRY004 - pydantic explains this one
    return value


_Whole = Annotated[int, BeforeValidator(_no_bool)]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchCall(_Arguments):
    """Arguments of `search`."""

    query: str = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        description="A question or keywords, in English, Japanese or both.",
    )
    limit: _Whole = Field(8, ge=1, le=20, description="Most passages to return.")
    sources: list[str] = Field(
        [], max_length=_MOST_SOURCES, description="Names of sources to keep to; empty: all."
    )


class AskCall(_Arguments):
    """Arguments of `ask`, and of `hand_over`."""

    question: str = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        description="One question that makes sense on its own, in English or Japanese.",
    )


class ReadCall(_Arguments):
    """Arguments of `read`."""

    document_id: str = Field(
        min_length=1, max_length=_LONGEST_ID, description="The document, as a passage names it."
    )
    start: _Whole = Field(
        0, ge=0, le=1_000_000, description="Part to begin with; 0: the beginning."
    )


class GapsCall(_Arguments):
    """Arguments of `gaps`."""

    limit: _Whole = Field(10, ge=1, le=100, description="Most questions to return.")


class FoundPassage(BaseModel):
    """A passage; `date` is ISO or "", `url` is "" where nothing can be opened."""

    n: int
    title: str
    url: str
    text: str
    document_id: str
    part: int | None
    source: str
    date: str


class FoundPassages(BaseModel):
    """Result of `search`."""

    passages: list[FoundPassage]


class CitedPassage(BaseModel):
    """What an answer rests on; `n` is what `[n]` in it means."""

    n: int
    title: str
    url: str
    quote: str
    document_id: str
    date: str


class CheckedAnswer(BaseModel):
    """Result of `ask`.

    `found`: no answer is claimed, passages that probably hold it are shown; `nothing`: the
    documents do not answer it, or not surely enough; nobody has been asked.
    """

    status: Literal["answered", "found", "nothing", "clarify", "chat", "failed"]
    answer: str = Field(description="Markdown; [n] marks its citations.")
    citations: list[CitedPassage]
    confidence: float | None = Field(
        description="0..1 where a certificate says what it means, else null."
    )
    question_id: str


class ReadParts(BaseModel):
    """Result of `read`; `next` is the part to go on with, null at the end."""

    document_id: str
    title: str
    url: str
    passages: list[FoundPassage]
    next: int | None


class ListedGap(BaseModel):
    """A question without an answer; times are seconds since the epoch."""

    question: str
    times: int
    people: int
    state: Literal["open", "answered", "expired", "unsourced"]
    owner: str
    oldest: float
    closest: list[str]


class ListedGaps(BaseModel):
    """Result of `gaps`."""

    gaps: list[ListedGap]


class HandedOver(BaseModel):
    """Result of `hand_over`."""

    message: str
