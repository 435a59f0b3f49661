"""What Workflow Builder shows of the step: its name, what goes in and what comes out.

Slack shows the same words to everybody, so they are in both languages. The rules are those of
https://docs.slack.dev/tools/bolt-python/tutorial/custom-steps and of
https://docs.slack.dev/reference/app-manifest.
"""

from typing import Any

ASK_STEP = "ask_kotae"
"""The step's callback id."""

STEP_EVENTS = ("function_executed",)
"""What Slack sends when a workflow comes to the step. It needs no scope."""

_QUESTION = {
    "type": "string",
    "name": "question",
    "title": "Question / 質問",
    "description": "What to look up in your team's documents / チームの文書で調べること",
}
_PERSON = {
    "type": "slack#/types/user_context",
    "name": "person",
    "title": "Person / 実行した人",
    "description": "Who runs the workflow; Slack fills it in / 実行した人（Slack が設定します）",
}
"""Nobody can write an id here: Slack passes on who has acted, or nobody.
https://docs.slack.dev/reference/types/user_context-type
"""

_CHANNEL = {
    "type": "slack#/types/channel_id",
    "name": "channel",
    "title": "Channel for the answer / 回答するチャンネル",
    "description": (
        "Optional: posts the answer there, from what its members may read / "
        "任意：そのチャンネルの全員が読める文書から、そこで回答します"
    ),
}
_RICH = {
    "type": "slack#/types/rich_text",
    "name": "answer",
    "title": "Answer with sources / 出典つきの回答",
    "description": "To be put into a message / メッセージに入れる回答",
}
_TEXT = {
    "type": "string",
    "name": "text",
    "title": "Answer as text / 回答のテキスト",
    "description": "The same for sheets, lists and forms / シート・リスト・フォーム用",
}
_STATUS = {
    "type": "string",
    "name": "status",
    "title": "Status / 結果",
    "description": "answered, found (only passages) or nothing / answered・found・nothing",
}
_LINK = {
    "type": "string",
    "name": "link",
    "title": "Link / リンク",
    "description": "The answer in Slack, else its first source / 回答か、最初の出典のリンク",
}


def functions(name: str) -> dict[str, Any]:
    """Return the steps for the manifest of the app *name*."""
    return {
        ASK_STEP: {
            "title": f"Ask {name}",
            "description": (
                "Answers a question from your team's documents, with sources. "
                "チームの文書から、出典つきで質問に答えます。"
            ),
            "input_parameters": _parameters(_QUESTION, _PERSON, _CHANNEL, required=["question"]),
            "output_parameters": _parameters(
                _RICH, _TEXT, _STATUS, _LINK, required=["text", "status"]
            ),
        }
    }


def _parameters(*parameters: dict[str, str], required: list[str]) -> dict[str, Any]:
    return {"properties": {one["name"]: one for one in parameters}, "required": required}
