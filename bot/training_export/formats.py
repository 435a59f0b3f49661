"""The formats of rows: OpenAI's JSONL and TRL's."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.training_export.prompts import RowMessage
from bot.training_export.selection import TrainingRow

Format = Literal["openai", "trl"]
FORMATS: tuple[Format, ...] = ("openai", "trl")


def written(row: TrainingRow, form: Format) -> Mapping[str, Any]:
    """Return *row* as a JSON object.

    Only the last answer is trained: OpenAI's format says so by `weight`, TRL's by a separate
    completion, because TRL trains on every message of `{"messages": …}`.
    """
    prompt, chosen = row.prompt, [_message(RowMessage("assistant", row.chosen))]
    if row.rejected:
        rejected = [_message(RowMessage("assistant", row.rejected))]
        if form == "openai":
            return {
                "input": {"messages": _messages(prompt)},
                "preferred_output": chosen,
                "non_preferred_output": rejected,
            }
        return {"prompt": _messages(prompt), "chosen": chosen, "rejected": rejected}
    if form == "openai":
        before = [
            _message(said) | ({"weight": 0} if said.role == "assistant" else {}) for said in prompt
        ]
        return {"messages": [*before, *chosen]}
    return {"prompt": _messages(prompt), "completion": chosen}


def _messages(said: Sequence[RowMessage]) -> list[dict[str, Any]]:
    return list(map(_message, said))


def _message(said: RowMessage) -> dict[str, Any]:
    return {"role": said.role, "content": said.text}
