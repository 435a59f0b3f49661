"""The action that ends a run."""

from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from bot.agent.tool import ToolSpec
from bot.core.types import ModelTurn


class Quotation(BaseModel):
    """The words of one passage that support the answer."""

    n: int = Field(description="Number of the passage.")
    quote: str = Field(description="The words of the passage that carry the claim, verbatim.")


class Finish(BaseModel):
    """The arguments with which the model ends the run."""

    status: Literal["answered", "insufficient_evidence", "clarify"]
    answer: str = Field("", description="The answer with its marks [n], or the question back.")
    citations: list[Quotation] = Field([], description="One quotation for each number used.")
    quotes_only: SkipJsonSchema[bool] = False  # said by a model that reads nothing
    missing: str = Field("", description="If not answered: what the passages do not say.")
    confidence: float | None = Field(
        None, ge=0, le=1, description="How probable it is that the answer is right, 0 to 1."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status != "insufficient_evidence" and not self.answer.strip():
            raise ValueError(f"a finish with status {self.status} needs an answer")
        return self


FINISH = ToolSpec(
    "finish",
    "End with an answer that the numbered passages carry, with a question back, or by saying "
    "that the evidence is not enough. Nothing else reaches the person.",
    Finish,
)


class UnusableFinishError(Exception):
    """A finish that cannot be shown to anybody; its text tells the model why."""


def finish_of(turn: ModelTurn) -> Finish:
    """Read a turn that has to end the run: its finish call, or its plain text as an answer.

    Raises:
        UnusableFinishError: it calls something else, or its arguments are malformed.
    """
    arguments = [call.arguments for call in turn.calls if call.name == FINISH.name]
    if turn.calls and not arguments:
        raise UnusableFinishError("the run has to end: call `finish` with what you have")
    try:
        if not arguments:
            return Finish(status="answered", answer=turn.text)
        return Finish.model_validate_json(arguments[0])
    except ValidationError as error:
        raise UnusableFinishError(complaint(error)) from None


def complaint(error: ValidationError) -> str:
    """Return the errors of a call's arguments in one line, without repeating the arguments."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    )
