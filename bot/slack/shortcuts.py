"""What can be done with any message, from its menu: ask about it, or save it to the knowledge."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.errors import InboxFullError, RedisUnavailableError
from bot.learning.entries import Entry
from bot.slack import texts
from bot.slack.asking import Asking
from bot.slack.clients import UNCERTAIN, Clients
from bot.slack.commands import Operations
from bot.slack.escaping import mrkdwn
from bot.slack.identity import Identity
from bot.slack.inbound import readable
from bot.slack.places import Place
from bot.slack.principals import Principals
from bot.types import Language
from knowledge.errors import KnowledgeError

ASK = "ask_about_message"
SAVE = "save_to_knowledge"
"""Callback ids of the shortcuts, and of the forms that they open."""

_LONGEST = 2_900
"""Characters that an input of a form holds."""

_log = structlog.get_logger(__name__)


class Shortcuts:
    """Opens a form with what the message says, editable, and does what is sent."""

    def __init__(
        self,
        asking: Asking,
        operations: Operations,
        clients: Clients,
        principals: Principals,
        me: Identity,
    ) -> None:
        self.asking = asking
        self.operations = operations
        self.clients = clients
        self.principals = principals
        self.me = me

    async def open_ask(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Ask Kotae about this"."""
        await ack()
        language = await self.principals.language(str(body["user"]["id"]))
        await self._open(body, ask_form(_message(body), _kept(body), language))

    async def open_save(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Save to knowledge"; only members of the team save."""
        await ack()
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        if not await self.principals.is_member(person):
            await self._say(body, texts.MEMBERS_ONLY.to(language))
            return
        question = await self._question_above(body)
        await self._open(body, save_form(question, _message(body), _kept(body), language))

    async def ask(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form of the first: ask in private, or in the message's thread."""
        person, kept, values = _sent(body)
        language = await self.principals.language(person)
        text, where = _text(values, "question"), _choice(values, "where")
        try:
            if where == "thread":
                root = Place(self.me.team, kept["channel"], kept["root"])
                await self.asking.in_thread(text, person, root, language)
            else:
                await self.asking.privately(text, person, language, kept["channel"])
        except (RedisUnavailableError, InboxFullError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("shortcut_refused", error=str(error))
            again = texts.TRY_AGAIN if where != "thread" else texts.NOT_THERE
            await ack(response_action="errors", errors={"where": again.to(language)})
            return
        await ack()

    async def save(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form of the second: keep the entry, then tell that it can be found."""
        await ack()
        person, kept, values = _sent(body)
        language = await self.principals.language(person)
        everyone = _choice(values, "audience") == "members"
        entry = Entry(
            question=_text(values, "question"),
            answer=_text(values, "answer"),
            author=kept["author"],
            saved_by=person,
            link=await self._permalink(kept),
            groups=() if everyone else (kept["channel"],),
            on=dt.datetime.fromtimestamp(float(kept["ts"]), dt.UTC).date(),
        )
        try:
            await self.operations.save(entry)
            said = texts.SAVED.to(language, question=mrkdwn(entry.question))
        except KnowledgeError as error:
            said = texts.SAVED_LATER.to(language, reason=mrkdwn(str(error)))
        await self._write(person, said)

    async def _open(self, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        try:
            await self.clients.hasty.views_open(trigger_id=str(body["trigger_id"]), view=dict(view))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("form_not_opened", error=str(error))

    async def _question_above(self, body: Mapping[str, Any]) -> str:
        """Return what the message's thread began with, "" where that cannot be read."""
        message = body["message"]
        root = str(message.get("thread_ts") or message["ts"])
        if root == message["ts"]:
            return ""
        try:
            page = await self.clients.hasty.conversations_replies(
                channel=str(body["channel"]["id"]), ts=root, limit=1
            )
        except (SlackApiError, *UNCERTAIN):
            return ""
        text = readable(str(page["messages"][0].get("text") or ""))
        return text.replace(f"@{self.me.user}", "").strip()

    async def _permalink(self, kept: Mapping[str, str]) -> str:
        try:
            found = await self.clients.repeating.chat_getPermalink(
                channel=kept["channel"], message_ts=kept["ts"]
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("no_permalink", error=str(error))
            return ""
        return str(found["permalink"])

    async def _say(self, body: Mapping[str, Any], text: str) -> None:
        await self._write(str(body["user"]["id"]), text)

    async def _write(self, person: str, text: str) -> None:
        try:
            opened = await self.clients.repeating.conversations_open(users=person)
            await self.clients.posting.chat_postMessage(
                channel=opened["channel"]["id"], text=text, unfurl_links=False, unfurl_media=False
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("person_not_told", error=str(error))


def ask_form(text: str, kept: Mapping[str, str], language: Language) -> dict[str, Any]:
    """Lay out the form that asks about a message."""
    where = {
        "private": texts.WHERE_PRIVATE.to(language),
        "thread": texts.WHERE_THREAD.to(language),
    }
    blocks = [
        _input("question", texts.QUESTION_LABEL, _field("question", text), language),
        _input("where", texts.WHERE_LABEL, _radio("where", where, "private"), language),
    ]
    return _form(ASK, texts.ASK_TITLE, kept, blocks, language)


def save_form(
    question: str, answer: str, kept: Mapping[str, str], language: Language
) -> dict[str, Any]:
    """Lay out the form that saves a message; who may read it is shown, and can be narrowed."""
    audience = {"members": texts.AUDIENCE_MEMBERS.to(language)}
    if not kept["channel"].startswith("D"):
        audience["channel"] = texts.AUDIENCE_CHANNEL.to(language)
    first = "channel" if kept["private"] and "channel" in audience else "members"
    blocks = [
        _input("question", texts.SAVED_QUESTION_LABEL, _field("question", question), language),
        _input("answer", texts.SAVED_ANSWER_LABEL, _field("answer", answer), language),
        _input("audience", texts.AUDIENCE_LABEL, _radio("audience", audience, first), language),
    ]
    return _form(SAVE, texts.SAVE_TITLE, kept, blocks, language)


def _form(
    name: str,
    title: texts.Text,
    kept: Mapping[str, str],
    blocks: list[dict[str, Any]],
    language: Language,
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(dict(kept)),
        "title": _plain(title.to(language)),
        "submit": _plain(texts.SEND.to(language)),
        "close": _plain(texts.CANCEL.to(language)),
        "blocks": blocks,
    }


def _input(
    name: str, label: texts.Text, element: dict[str, Any], language: Language
) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label.to(language)),
        "element": element,
    }


def _field(name: str, text: str) -> dict[str, Any]:
    field = {"type": "plain_text_input", "action_id": name, "multiline": True}
    return field | ({"initial_value": text[:_LONGEST]} if text else {})


def _radio(name: str, options: Mapping[str, str], first: str) -> dict[str, Any]:
    shown = {key: {"text": _plain(text), "value": key} for key, text in options.items()}
    return {
        "type": "radio_buttons",
        "action_id": name,
        "options": list(shown.values()),
        "initial_option": shown[first],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _message(body: Mapping[str, Any]) -> str:
    return readable(str(body["message"].get("text") or "")).strip()


def _kept(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form has to know when it is sent, as texts."""
    message, channel = body["message"], str(body["channel"]["id"])
    public = str(body["channel"].get("name") or "") not in {"", "privategroup", "directmessage"}
    return {
        "channel": channel,
        "ts": str(message["ts"]),
        "root": str(message.get("thread_ts") or message["ts"]),
        "author": str(message.get("user") or ""),
        "private": "" if public else "1",
    }


def _sent(body: Mapping[str, Any]) -> tuple[str, dict[str, str], Mapping[str, Any]]:
    view = body["view"]
    kept: dict[str, str] = json.loads(view["private_metadata"])
    return str(body["user"]["id"]), kept, view["state"]["values"]


def _text(values: Mapping[str, Any], name: str) -> str:
    return str(values[name][name].get("value") or "").strip()


def _choice(values: Mapping[str, Any], name: str) -> str:
    return str((values[name][name].get("selected_option") or {}).get("value") or "")
