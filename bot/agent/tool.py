"""The interface of a tool."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from bot.core.types import Question
from knowledge.model.types import Access, Passage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """The description of a tool for the model; `arguments` gives its JSON schema.

    Attributes:
        readers: For whose answers it is offered; None: all.
        needs_leave: Whether it is offered only for a question with an `action_token`.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    readers: Access | None = None
    needs_leave: bool = False


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool: passages become numbered evidence, `text` is shown before them."""

    text: str = ""
    passages: tuple[Passage, ...] = ()


class Tool(Protocol):
    """A tool of the agent; it only reads."""

    @property
    def spec(self) -> ToolSpec: ...

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        """Do it, with the rights of `question.asker`.

        Args:
            arguments: An instance of `spec.arguments`.
            question: The question that is being answered.

        Raises:
            ToolError: when it cannot be done; the text is told to the model.
        """
        ...
