"""The inputs of a modal as a person fills them in."""

from collections.abc import Mapping, Sequence

from bot.workspace.state import Json


def fill(blocks: Sequence[Json], values: Mapping[str, object]) -> Json:
    """Return `state.values` for the inputs of *blocks*.

    Args:
        blocks: The view's blocks.
        values: By `action_id`: a text, or an option's value, or a list of option values.
            Inputs that are not named keep what the app put there.

    Raises:
        ValueError: a required input is empty, or *values* names one that is not there.
    """
    inputs = [block for block in blocks if block.get("type") == "input"]
    unknown = values.keys() - {block["element"].get("action_id") for block in inputs}
    if unknown:
        raise ValueError(f"there is no input named {sorted(unknown)}")
    state: Json = {}
    for block in inputs:
        element = block["element"]
        entry = _entry(element, values.get(element.get("action_id")))
        if not block.get("optional") and not any(v for k, v in entry.items() if k != "type"):
            raise ValueError(f"{block['label']['text']!r} is required")
        state[block["block_id"]] = {element.get("action_id", ""): entry}
    return state


def _entry(element: Json, value: object) -> Json:
    kind = str(element.get("type"))
    if kind in {"static_select", "radio_buttons"}:
        chosen = _options(element, [value]) if value is not None else []
        first = chosen[0] if chosen else element.get("initial_option")
        return {"type": kind, "selected_option": first}
    if kind in {"checkboxes", "multi_static_select"}:
        given = _options(element, value) if isinstance(value, (list, tuple)) else None
        initial = element.get("initial_options", [])
        return {"type": kind, "selected_options": initial if given is None else given}
    name = _VALUE_NAMES.get(kind, "value")
    return {"type": kind, name: value if value is not None else element.get(f"initial_{name}")}


def _options(element: Json, values: Sequence[object]) -> list[Json]:
    options = {option["value"]: option for option in element.get("options", [])}
    missing = [value for value in values if value not in options]
    if missing:
        raise ValueError(f"there is no option {missing}; there are: {list(options)}")
    return [options[value] for value in values]


_VALUE_NAMES = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
