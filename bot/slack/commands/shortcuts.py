"""The shortcut in the menu of a message that asks about it."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.core.errors import QueueFullError, RedisUnavailableError
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.forms import asked, chosen, field, form, radio, sent, written_in
from bot.slack.client.identity import BotIdentity
from bot.slack.client.outbox import Outbox
from bot.slack.client.payloads import readable
from bot.slack.client.permissions import Principals
from bot.slack.commands import texts
from bot.slack.commands.ask import AskCommand

ASK = "ask_about_message"
"""Callback id of the shortcut, and of the form that it opens."""

_log = structlog.get_logger(__name__)


class Shortcuts:
    """Opens a form with what the message says, editable, and asks what is sent."""

    def __init__(
        self,
        asking: AskCommand,
        outbox: Outbox,
        principals: Principals,
        me: BotIdentity,
    ) -> None:
        self.asking = asking
        self.outbox = outbox
        self.principals = principals
        self.me = me

    async def open_ask(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Ask Kotae about this"."""
        await ack()
        language = await self.principals.language(str(body["user"]["id"]))
        view = ask_form(_message(body), _kept(body), language)
        await self.outbox.open_form(str(body["trigger_id"]), view)

    async def ask(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form: ask in private, or in the message's thread."""
        person, kept, values = sent(body)
        language = await self.principals.language(person)
        text, where = written_in(values, "question"), chosen(values, "where")
        try:
            if where == "thread":
                root = MessageRef(self.me.team, kept["channel"], kept["root"])
                await self.asking.in_thread(text, person, root, language)
            else:
                await self.asking.privately(text, person, language, kept["channel"])
        except (RedisUnavailableError, QueueFullError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("shortcut_refused", error=str(error))
            again = client_texts.TRY_AGAIN if where != "thread" else texts.NOT_THERE
            await ack(response_action="errors", errors={"where": again.to(language)})
            return
        await ack()


def ask_form(text: str, kept: Mapping[str, str], language: Language) -> dict[str, Any]:
    """Lay out the form that asks about a message."""
    where = {
        "private": texts.WHERE_PRIVATE.to(language),
        "thread": texts.WHERE_THREAD.to(language),
    }
    blocks = [
        asked("question", texts.QUESTION_LABEL, field("question", text), language),
        asked("where", texts.WHERE_LABEL, radio("where", where, "private"), language),
    ]
    return form(ASK, texts.ASK_TITLE, kept, blocks, language)


def _message(body: Mapping[str, Any]) -> str:
    return readable(str(body["message"].get("text") or "")).strip()


def _kept(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form has to know when it is sent, as texts."""
    message = body["message"]
    return {
        "channel": str(body["channel"]["id"]),
        "root": str(message.get("thread_ts") or message["ts"]),
    }
