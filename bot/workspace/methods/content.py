"""The content of a message: text, Markdown, blocks, metadata, and their limits."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.workspace.blocks import (
    MARKDOWN_CHARACTERS,
    MESSAGE_CHARACTERS,
    BlockProblem,
    characters,
    problems,
)
from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments
from bot.workspace.state import Json

POST_TEXT_CHARACTERS = 40_000
UPDATE_TEXT_CHARACTERS = 4_000
METADATA_BYTES = 16_000
ATTACHMENTS = 100

_EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Content:
    """The content that a call sets; `warning` is Slack's if the text was cut."""

    text: str
    blocks: list[Json]
    attachments: list[Json]
    warning: str = ""

    @property
    def response(self) -> Json:
        """The response fields with the warning."""
        return {"warning": self.warning} if self.warning else {}


def read_content(arguments: Arguments) -> Content:
    """Read the content of a new message.

    Raises:
        ApiError: `no_text`, `markdown_text_conflict`, `msg_too_long`, `invalid_blocks`, …
    """
    markdown = arguments.text("markdown_text")
    text = arguments.text("text")
    blocks = read_blocks(arguments)
    attachments = arguments.objects("attachments", "invalid_attachments")
    if markdown and (text or blocks):
        raise ApiError("markdown_text_conflict")
    if not (markdown or text or blocks or attachments):
        raise ApiError("no_text")
    if len(markdown) > MARKDOWN_CHARACTERS:
        raise ApiError("msg_too_long")
    if len(attachments) > ATTACHMENTS:
        raise ApiError("too_many_attachments")
    if markdown:
        return Content(markdown, [{"type": "markdown", "text": markdown}], attachments)
    warning = "message_truncated" if len(text) > POST_TEXT_CHARACTERS else ""
    return Content(text[:POST_TEXT_CHARACTERS], blocks, attachments, warning)


def read_blocks(arguments: Arguments) -> list[Json]:
    """Read and check `blocks`. Raises `ApiError`."""
    blocks = arguments.objects("blocks", "invalid_blocks_format")
    refuse(problems(blocks), "invalid_blocks")
    if characters(blocks) > MESSAGE_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return blocks


def refuse(found: Sequence[BlockProblem], code: str) -> None:
    """Raise `ApiError` with *code* and every problem, if there are any."""
    if found:
        texts = [str(problem) for problem in found]
        messages = [f"[ERROR] {text}" for text in texts]
        raise ApiError(code, errors=texts, response_metadata={"messages": messages})


def read_metadata(arguments: Arguments) -> Json | None:
    """Read and check `metadata`; None when it is missing, `{}` when it shall be removed.

    Raises:
        ApiError: `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    metadata = arguments.object("metadata", "invalid_metadata_format")
    if not metadata:
        return metadata
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(event_type, str) or not _EVENT_TYPE.fullmatch(event_type):
        raise ApiError("invalid_metadata_schema")
    if not isinstance(payload, dict):
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return metadata
