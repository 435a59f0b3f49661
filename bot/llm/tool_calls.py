"""Assembles tool calls that servers stream in pieces."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from bot.core.types import ToolCall

_KEPT = "extra_content"
"""Gemini's field beside a call (its thought signature), to be sent back with the call."""


class ToolCallAccumulator:
    """Joins the pieces of a turn's calls.

    OpenAI numbers the calls and sends the id and name with the first piece. Other servers leave
    out the number or the id, give every parallel call the number 0, or send the arguments as an
    object; a piece that has a name and another id than its number's last piece is a new call.
    """

    def __init__(self) -> None:
        self._calls: list[_PartialCall] = []
        self._by_key: dict[int | str, _PartialCall] = {}

    def add(self, pieces: Iterable[ChoiceDeltaToolCall]) -> None:
        """Take in the pieces of one chunk."""
        for piece in pieces:
            call = self._call_of(piece)
            call.id = call.id or piece.id or ""
            function = piece.function
            if function is not None:
                call.name = function.name or call.name
                call.arguments += _as_text(function.arguments)
            call.extra = (piece.model_extra or {}).get(_KEPT) or call.extra

    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order in which they began, with made-up ids where none came."""
        return tuple(
            ToolCall(
                id=call.id or f"call_{uuid4().hex}",
                name=call.name,
                arguments=call.arguments,
                extra=None if call.extra is None else {_KEPT: call.extra},
            )
            for call in self._calls
        )

    def _call_of(self, piece: ChoiceDeltaToolCall) -> "_PartialCall":
        name = piece.function.name if piece.function else None
        key = self._key_of(piece, starts=bool(name))
        call = self._by_key.get(key)
        if call is None or (name and piece.id and piece.id != call.id):
            call = self._by_key[key] = _PartialCall(key)
            self._calls.append(call)
        return call

    def _key_of(self, piece: ChoiceDeltaToolCall, *, starts: bool) -> int | str:
        # The SDK does not validate chunks: the number may be missing whatever its type says.
        index: int | None = piece.index
        if index is not None:
            return index
        if piece.id:
            return piece.id
        if self._calls and not starts:
            return self._calls[-1].key
        return f"unnumbered {len(self._calls)}"


@dataclass(slots=True)
class _PartialCall:
    key: int | str
    id: str = ""
    name: str = ""
    arguments: str = ""
    extra: object = None


def readable_arguments(call: ToolCall) -> str:
    """Return the arguments of *call* as JSON that every server can read back.

    Several servers parse the arguments of earlier calls and fail on what is no object; what the
    model wrote stays visible to it under `unreadable`.
    """
    try:
        is_object = isinstance(json.loads(call.arguments), dict)
    except (ValueError, RecursionError):
        is_object = False
    if is_object:
        return call.arguments
    return json.dumps({"unreadable": call.arguments}, ensure_ascii=False)


def _as_text(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False) if arguments else ""
