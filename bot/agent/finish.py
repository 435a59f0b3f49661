"""The action that ends a run.

Models fill it in as they understand it: what is meant is taken, whatever its type or spelling.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from bot.agent.tool import ToolSpec
from bot.core.types import ModelTurn
from bot.text.answer_wrappers import is_call, unwrapped
from bot.text.lenient_json import read_object
from knowledge.text.highlight import sentences

FinishStatus = Literal["answered", "insufficient_evidence", "clarify", "chat"]

_MEANT: Mapping[FinishStatus, Sequence[str]] = {
    "answered": ("answer", "ok", "success", "done", "complete", "completed", "final"),
    "insufficient_evidence": (
        "insufficient", "not_found", "no_answer", "unanswered", "unknown", "not_answered"
    ),
    "clarify": ("clarification", "question"),
    "chat": ("greeting", "thanks", "smalltalk"),
}  # fmt: skip
_STATUS = {word: status for status, words in _MEANT.items() for word in words}

_DOCUMENTS = r"(?:passages?|documents?|context|information|sources?|evidence|texts?|materials?)"
_SAYS_NOTHING = re.compile(
    rf"\b{_DOCUMENTS}\b[^.]{{0,60}}\b(?:do|does|did)(?:\s+not|n[’']t)\s+(?:\w+\s+)?"
    r"(?:contain|mention|say|provide|include|specify|state|cover|give|address|answer|describe"
    r"|indicate)\b"
    r"|\b(?:no|not\s+enough|insufficient)\s+(?:\w+\s+)?(?:information|evidence|mention|details?)"
    r"\s+(?:about|on|regarding|in|of|to|for|that|available|provided|given|is|was)\b"
    rf"|\bnot\s+(?:\w+\s+)?(?:mentioned|specified|stated|provided|found|covered)\s+in\s+"
    rf"(?:any\s+of\s+)?the\s+(?:\w+\s+)?{_DOCUMENTS}\b"
    r"|\bI\s+(?:do\s+not|don[’']t|cannot|can[’']t|could\s+not|couldn[’']t|am\s+unable\s+to)"
    r"\s+(?:know|find|answer|have\s+(?:enough|any))\b"
    r"|(?:記載|記述|言及|明記)(?:は|が|も)?(?:されて(?:いません|おりません|いない)"
    r"|ありません|ございません|見当たりません|見つかりません)"
    r"|(?:資料|文書|情報|文脈|答え|回答)[^。]{0,40}?(?:(?:書かれて|含まれて|示されて)"
    r"(?:いません|おりません|いない)|見つかりません|見つけられません)"
    r"|情報(?:が|は)(?:あり|ござい)ません"
    r"|(?:分|わ)かりません(?:でした)?。?\Z|お?答え(?:することが)?(?:は)?でき(?:ません|かねます)",
    re.IGNORECASE,
)
"""Says that there is no answer, in place of one."""

_CALL_IN_ANSWER = "the answer holds a tool call: call the tool, or write the answer in plain words"
_LONGEST_MISSING = 1_000
"""Characters of what is missing: nobody reads more."""
_LONGEST_DENIAL = 2
"""Sentences: a longer text that also names a gap is an answer."""
_ENDED = re.compile(r"[.!?。．！？」』）)\]]\s*\Z")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:[.．]\d+)?")
_MINUS = re.compile("(?<!\\w)[-\N{MINUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}]\\Z")
_MOST = 1_000_000
"""No passage has so high a number, and no probability is one: what is higher is a slip."""


def _status(value: object) -> object:
    if not isinstance(value, str):
        return value
    plain = value.strip().casefold().replace(" ", "_").replace("-", "_")
    return _STATUS.get(plain, plain)


def _text(value: object) -> object:
    """Return a text for a list of lines, a number or nothing."""
    if isinstance(value, list):
        return "\n".join(str(_text(item)) for item in value)
    if isinstance(value, dict):
        return next((item for item in value.values() if isinstance(item, str)), "")
    return "" if value is None else str(value)


def _number(value: object) -> int | None:
    """Return the number of a passage that *value* is or names; None if it is none."""
    number = _float(value)
    return int(number) if number is not None and number >= 1 else None


def _float(value: object) -> float | None:
    """Return the number that *value* is or names, None for what nobody counts with.

    A digit too many ends no run: a number that does not fit a float is none.
    """
    if isinstance(value, str):
        found = _NUMBER.search(value)
        if not found or _MINUS.search(value[: found.start()]):
            return None
        value = float(found[0].replace("．", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST else None  # NaN is in no range


def _quotations(value: object) -> object:
    """Return quotations for numbers, marks and objects with other names; drop what is neither."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [item for item in map(_quotation, items) if item is not None]


def _quotation(item: object) -> object:
    if isinstance(item, Quotation):
        return item
    if not isinstance(item, dict):
        number = _number(item)
        return {"n": number, "quote": ""} if number else None
    number = next((_number(v) for k, v in item.items() if k != "quote" and v is not None), None)
    quote = item.get("quote", item.get("text", ""))
    return {"n": number, "quote": _text(quote)} if number else None


def _confidence(value: object) -> object:
    """Return a probability for a percentage or a text; None for words such as "high"."""
    number = _float(value)
    if number is None:
        return None
    share = number / 100 if number > 1 else number
    return share if share <= 1 else None


class Quotation(BaseModel):
    """The words of one passage that support the answer."""

    n: int = Field(description="Number of the passage.")
    quote: str = Field(description="The words of the passage that carry the claim, verbatim.")


class Finish(BaseModel):
    """The arguments with which the model ends the run."""

    status: Annotated[FinishStatus, BeforeValidator(_status)]
    answer: Annotated[str, BeforeValidator(_text)] = Field(
        "", description="The answer with its marks [n], or the question back."
    )
    citations: Annotated[list[Quotation], BeforeValidator(_quotations)] = Field(
        [], description="One quotation for each number used."
    )
    quotes_only: SkipJsonSchema[bool] = False  # said by a model that reads nothing
    missing: Annotated[str, BeforeValidator(_text)] = Field(
        "", description="If not answered: what the passages do not say."
    )
    confidence: Annotated[float | None, BeforeValidator(_confidence)] = Field(
        None, ge=0, le=1, description="How probable it is that the answer is right, 0 to 1."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_status(cls, values: object) -> object:
        """An answer without a status is meant as one."""
        if isinstance(values, dict) and not values.get("status") and values.get("answer"):
            return {**values, "status": "answered"}
        return values

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status != "insufficient_evidence" and not self.answer.strip():
            raise ValueError(f"a finish with status {self.status} needs an answer")
        return self

    @property
    def denies(self) -> bool:
        """Whether it says that there is no answer, in so many words or in place of one."""
        if self.status == "insufficient_evidence":
            return True
        said = self.answer.strip()
        few = len(sentences(said)) <= _LONGEST_DENIAL
        return self.status == "answered" and few and bool(_SAYS_NOTHING.search(said))


FINISH = ToolSpec(
    "finish",
    "End with an answer that the numbered passages carry, with a question back, by saying that "
    "the evidence is not enough, or with a short reply (chat) where nothing is asked.",
    Finish,
)


class UnusableFinishError(Exception):
    """A finish that cannot be shown to anybody; its text tells the model why."""


def finish_of(turn: ModelTurn) -> Finish:
    """Read a turn that has to end the run: its finish call, or its plain text as an answer.

    What was cut off loses the sentence that was cut.

    Raises:
        UnusableFinishError: it calls something else, or its arguments are malformed.
    """
    arguments = [call.arguments for call in turn.calls if call.name == FINISH.name]
    if turn.calls and not arguments:
        raise UnusableFinishError("the run has to end: call `finish` with what you have")
    try:
        if not arguments:
            said = unwrapped(_whole(turn.text, turn.truncated))
            finish, cut = Finish(status="answered", answer=said), False
        else:
            finish, cut = _finish_from(arguments[0])
        finish = _in_words(finish)
        if not (cut or (arguments and turn.truncated)):
            return finish
        return Finish.model_validate({**dict(finish), "answer": _whole(finish.answer, cut=True)})
    except ValidationError as error:
        raise UnusableFinishError(complaint(error)) from None


def _in_words(finish: Finish) -> Finish:
    """Return *finish* with the words of its answer alone. Raises `UnusableFinishError` for a call.

    What is missing is left out if it is one: the run ends without it.
    """
    answer = unwrapped(finish.answer)
    if is_call(answer):
        raise UnusableFinishError(_CALL_IN_ANSWER)
    unreadable = is_call(finish.missing) or read_object(finish.missing)
    missing = "" if unreadable else finish.missing[:_LONGEST_MISSING]
    return Finish.model_validate({**dict(finish), "answer": answer, "missing": missing})


def _finish_from(arguments: str) -> tuple[Finish, bool]:
    """Read arguments, and tell whether they were cut off inside a text."""
    try:
        return Finish.model_validate_json(arguments), False
    except ValidationError:
        found = read_object(arguments)
        if found is None:
            raise
        return Finish.model_validate(found.value), found.cut


def _whole(text: str, cut: bool) -> str:  # noqa: FBT001 - one meaning
    """Return *text* up to its last whole sentence where it was *cut*."""
    spans = sentences(text) if cut else []
    if not spans or _ENDED.search(text):
        return text
    return text[: spans[-2].end] if len(spans) > 1 else ""


def complaint(error: ValidationError) -> str:
    """Return the errors of a call's arguments in one line, without repeating the arguments."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    )
