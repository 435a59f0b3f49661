"""Read a file that came along with the question."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from knowledge.model.types import Passage

SOURCE = "attachment"
"""The `Passage.source` of attachments."""


class ReadAttachmentArguments(BaseModel):
    """Which file."""

    name: str = Field(description="The file's name, as the question gives it.")


class ReadAttachment:
    """Returns the text of an attached document as passages that can be cited."""

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "read_attachment",
            "Read a document that is attached to the question.",
            ReadAttachmentArguments,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, ReadAttachmentArguments)
        wanted = arguments.name.strip()
        for file in question.files:
            if file.name == wanted and file.text:
                return ToolResult(passages=tuple(_passages(file.name, file.pieces)))
        readable = ", ".join(file.name for file in question.files if file.text)
        raise ToolError(f"there is no such document; attached: {readable or 'none'}")


def _passages(name: str, pieces: Sequence[str]) -> list[Passage]:
    return [
        Passage(
            id=f"{SOURCE}:{name}#{number}",
            document_id=f"{SOURCE}:{name}",
            source=SOURCE,
            title=name,
            url="",
            text=piece,
            score=1.0,
        )
        for number, piece in enumerate(pieces)
    ]
