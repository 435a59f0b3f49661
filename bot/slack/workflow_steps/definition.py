"""What Workflow Builder shows of the step: its name, what goes in and what comes out.

Slack shows the same words to everybody, so they are in both languages. The rules are those of
https://docs.slack.dev/tools/bolt-python/tutorial/custom-steps and of
https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.i18n import Text
from bot.slack.workflow_steps import texts

ASK_STEP = "ask_kotae"
"""The step's callback id."""

STEP_EVENTS = ("function_executed",)
"""What Slack sends when a workflow comes to the step. It needs no scope."""

_INPUTS = {
    "question": ("string", texts.QUESTION, texts.ABOUT_QUESTION),
    "person": ("slack#/types/user_context", texts.PERSON, texts.ABOUT_PERSON),
    "channel": ("slack#/types/channel_id", texts.CHANNEL, texts.ABOUT_CHANNEL),
}
"""Nobody can write the person's id: Slack passes on who has acted, or nobody.
https://docs.slack.dev/reference/types/user_context-type
"""

_OUTPUTS = {
    "answer": ("slack#/types/rich_text", texts.ANSWER, texts.ABOUT_ANSWER),
    "text": ("string", texts.TEXT, texts.ABOUT_TEXT),
    "status": ("string", texts.STATUS, texts.ABOUT_STATUS),
    "link": ("string", texts.LINK, texts.ABOUT_LINK),
}


def functions(name: str) -> dict[str, Any]:
    """Return the steps for the manifest of the app *name*."""
    return {
        ASK_STEP: {
            "title": f"Ask {name}",
            "description": texts.ABOUT_STEP.in_both(),
            "input_parameters": _parameters(_INPUTS, ["question"]),
            "output_parameters": _parameters(_OUTPUTS, ["text", "status"]),
        }
    }


def _parameters(
    parameters: Mapping[str, tuple[str, Text, Text]], required: Sequence[str]
) -> dict[str, Any]:
    properties = {
        name: {
            "type": kind,
            "name": name,
            "title": title.in_both(),
            "description": about.in_both(),
        }
        for name, (kind, title, about) in parameters.items()
    }
    return {"properties": properties, "required": list(required)}
