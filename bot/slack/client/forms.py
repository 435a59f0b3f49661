"""The parts of forms, and the values that a sent form holds."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.i18n import Text
from bot.core.language import Language
from bot.slack.client import texts

LONGEST_FIELD = 2_900
"""Characters that an input of a form holds."""

_LONGEST_SECTION = 3_000

FormState = Mapping[str, str]
"""What a form has to know when it is sent, as texts; Slack keeps 3,000 characters of it."""


def form(
    name: str,
    title: Text,
    kept: FormState,
    blocks: Sequence[Mapping[str, Any]],
    language: Language,
    submit: Text = texts.SEND,
) -> dict[str, Any]:
    """Lay out a form that is sent under its *name*; *submit* is what its button says."""
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(dict(kept)),
        "title": plain(title.to(language)),
        "submit": plain(submit.to(language)),
        "close": plain(texts.CANCEL.to(language)),
        "blocks": list(blocks),
    }


def asked(
    name: str,
    label: Text,
    element: Mapping[str, Any],
    language: Language,
    *,
    optional: bool = False,
) -> dict[str, Any]:
    """Lay out an input with its label."""
    block = {
        "type": "input",
        "block_id": name,
        "label": plain(label.to(language)),
        "element": dict(element),
    }
    return block | ({"optional": True} if optional else {})


def field(name: str, text: str) -> dict[str, Any]:
    """Lay out a place to write in."""
    element = {"type": "plain_text_input", "action_id": name, "multiline": True}
    return element | ({"initial_value": text[:LONGEST_FIELD]} if text else {})


def radio(name: str, options: Mapping[str, str], first: str) -> dict[str, Any]:
    """Lay out a choice among *options*, texts by their values."""
    shown = {key: {"text": plain(text), "value": key} for key, text in options.items()}
    return {
        "type": "radio_buttons",
        "action_id": name,
        "options": list(shown.values()),
        "initial_option": shown[first],
    }


def plain(text: str) -> dict[str, Any]:
    """Lay out a text that is shown as it is."""
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    """Lay out a text in Slack's own markup, as far as Slack takes it."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_LONGEST_SECTION]}}


def context(text: str) -> dict[str, Any]:
    """Lay out a remark in Slack's own markup."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def sent(body: Mapping[str, Any]) -> tuple[str, dict[str, str], Mapping[str, Any]]:
    """Read a form that was sent: by whom, what it knew, what was filled in."""
    view = body["view"]
    kept: dict[str, str] = json.loads(view["private_metadata"])
    return str(body["user"]["id"]), kept, view["state"]["values"]


def written_in(values: Mapping[str, Any], name: str) -> str:
    """Return what was written, "" for nothing."""
    return str(values.get(name, {}).get(name, {}).get("value") or "").strip()


def chosen(values: Mapping[str, Any], name: str) -> str:
    """Return the value that was chosen, "" for none."""
    return str((values[name][name].get("selected_option") or {}).get("value") or "")
