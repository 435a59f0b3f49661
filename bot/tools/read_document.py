"""Reads on in a document that a search has found."""

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError


class ReadDocumentArguments(BaseModel):
    """Where to read."""

    document_id: str = Field(description="The document, as a passage names it.")
    start: int = Field(0, ge=0, description="Part to begin with; 0 is the beginning.")


class ReadDocument:
    """Returns up to *limit* parts of a document in order."""

    def __init__(self, knowledge: KnowledgeBase, limit: int = 6) -> None:
        self._knowledge = knowledge
        self._limit = limit

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "read_document",
            "Read the parts of a document in order, such as those around a passage.",
            ReadDocumentArguments,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, ReadDocumentArguments)
        try:
            passages = await self._knowledge.read(
                arguments.document_id, question.asker, arguments.start, self._limit
            )
        except KnowledgeError as error:
            raise ToolError(str(error)) from error
        if question.sources:  # the channel keeps to these
            passages = [one for one in passages if one.source in question.sources]
        if not passages:
            raise ToolError(f"there is no document {arguments.document_id!r} that you may read")
        return ToolResult(passages=tuple(passages))
