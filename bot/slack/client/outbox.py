"""Everything that the bot posts in Slack beside its replies to questions."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.core.errors import CancelledByPersonError
from bot.core.message_ref import MessageRef, in_slack
from bot.queue.queue import Lease
from bot.slack.answers.blocks import Block, Posting
from bot.slack.client.clients import (
    UNCERTAIN,
    RateLimitedClient,
    error_of,
    local,
    reaching_slack,
)
from bot.slack.client.messages import MessageMark, Messages, post_message

_log = structlog.get_logger(__name__)


class Outbox:
    """Posts messages, shows ephemeral ones, and opens forms.

    `conversation`, `post` and `post_once` raise what goes wrong. The other methods log it: nothing
    depends on what they show.

    Args:
        messages: Posts and finds marked messages.
        team: The workspace.
    """

    def __init__(self, messages: Messages, team: str) -> None:
        self._messages = messages
        self._clients = messages.clients
        self._team = team

    async def conversation(self, person: str) -> MessageRef:
        """Return the direct messages of *person*, as a place without a ts.

        Raises `SlackApiError` or a connection's error.
        """
        opened = await self._clients.repeating.conversations_open(users=person)
        return MessageRef(self._team, str(opened["channel"]["id"]), "")

    async def post(self, thread: MessageRef, posting: Posting) -> MessageRef:
        """Post into *thread*, or into the conversation if it has no ts; return the message.

        It is never tried again, so that it is posted at most once. Raises as `conversation`.
        """
        ts = await post_message(self._clients.posting, thread, posting)
        return MessageRef(thread.team, thread.channel, ts)

    async def post_once(
        self, lease: Lease, thread: MessageRef, posting: Posting, since: float, part: int = 0
    ) -> str:
        """Post what a job has to say, once, even if a worker crashes; return the message's ts.

        Args:
            lease: Of the job; a later try finds the ts in its notes, or the message by its mark.
            thread: Where to; one without a ts is the conversation itself.
            posting: What to say.
            since: When the job was made, in seconds since the epoch: no message of it is older.
            part: Tells the messages of one job apart.

        Raises:
            AdapterUnavailableError: Slack cannot be reached; the job comes back.
            CancelledByPersonError: the thread was deleted.
            SlackApiError: Slack refuses the message.
        """
        if known := lease.notes.get(f"ts.{part}"):
            return known
        mark, found = MessageMark(lease.job.id, part), None
        with reaching_slack():
            if f"posting.{part}" in lease.notes:
                found = await self._messages.find(thread, f"{since:.6f}", mark)
            if found is None:
                await lease.save(**{f"posting.{part}": "1"})
                await lease.check()
                found = await self._messages.post(thread, posting, mark)
        await lease.save(**{f"ts.{part}": found})
        return found

    async def direct_message(self, person: str, posting: Posting) -> None:
        """Write to *person* in their direct messages."""
        try:
            await self.post(await self.conversation(person), posting)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("person_not_told", person=person, error=str(error))

    async def direct_message_once(
        self, lease: Lease, person: str, posting: Posting, since: float
    ) -> None:
        """Write to *person*, unless an earlier try of the job has; arguments as of `post_once`.

        Raises:
            AdapterUnavailableError: Slack cannot be reached; the job comes back.
        """
        try:
            with reaching_slack():
                conversation = await self.conversation(person)
            await self.post_once(lease, conversation, posting, since)
        except SlackApiError as error:
            _log.warning("person_not_told", person=person, error=error_of(error))

    async def ephemeral(self, person: str, thread: MessageRef, posting: Posting) -> None:
        """Show something to *person* alone in *thread*, unless Slack would have us wait."""
        await self._show(self._clients.hasty, person, thread.channel, thread.ts, posting)

    async def answer_press(
        self, body: Mapping[str, Any], text: str, blocks: Sequence[Block] = ()
    ) -> None:
        """Show the outcome of a press where it was made, to its person alone.

        *body* is Slack's `block_actions` payload.
        """
        container: Mapping[str, Any] = body.get("container") or {}
        channel = str(container.get("channel_id") or body["channel"]["id"])
        thread_ts = str(container.get("thread_ts") or "")
        person = str(body["user"]["id"])
        await self._show(self._clients.posting, person, channel, thread_ts, Posting(text, blocks))

    async def replace_buttons(self, body: Mapping[str, Any], block: Block) -> None:
        """Show *block* in place of the buttons of the message where a press was made."""
        message: Mapping[str, Any] = body.get("message") or {}
        kept = [block for block in message.get("blocks") or () if block["type"] != "actions"]
        posting = Posting(str(message.get("text") or ""), [*kept, block])
        container: Mapping[str, Any] = body["container"]
        try:
            await self._messages.update(
                str(container["channel_id"]), str(container["message_ts"]), posting
            )
        except (SlackApiError, CancelledByPersonError, *UNCERTAIN) as error:
            _log.info("press_not_shown", error=str(error))

    async def take_back(self, body: Mapping[str, Any]) -> None:
        """Delete the message where a press was made."""
        container: Mapping[str, Any] = body["container"]
        try:
            await self._messages.delete(str(container["channel_id"]), str(container["message_ts"]))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("message_not_taken_back", error=str(error))

    async def respond(self, response_url: str, text: str) -> bool:
        """Show *text* to who typed a command, and to nobody else; False if Slack refuses.

        Slack takes answers at a *response_url* for half an hour.
        """
        webhook = AsyncWebhookClient(response_url, session=self._clients.repeating.session)
        if local(response_url):
            webhook.proxy = None
        try:
            response = await webhook.send(
                text=text, response_type="ephemeral", replace_original=False
            )
        except UNCERTAIN as error:
            _log.warning("response_url_failed", error=str(error))
            return False
        return response.status_code == HTTPStatus.OK

    async def open_form(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """Open a form and return its id; "" if Slack refuses it.

        *trigger_id* is of a press or a command, and is good for three seconds.
        """
        try:
            opened = await self._clients.hasty.views_open(trigger_id=trigger_id, view=dict(view))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("form_not_opened", error=str(error))
            return ""
        return str(opened["view"]["id"])

    async def update_form(self, form_id: str, view: Mapping[str, Any]) -> None:
        """Show *view* in an open form."""
        try:
            await self._clients.hasty.views_update(view_id=form_id, view=dict(view))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("form_not_updated", error=str(error))

    async def permalink(self, place: str) -> str:
        """Return the address of the message at *place*, "" where there is none."""
        if not in_slack(place):
            return ""
        ref = MessageRef.parse(place)
        try:
            found = await self._clients.repeating.chat_getPermalink(
                channel=ref.channel, message_ts=ref.ts
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("no_permalink", error=str(error))
            return ""
        return str(found["permalink"])

    async def _show(
        self,
        client: RateLimitedClient,
        person: str,
        channel: str,
        thread_ts: str,
        posting: Posting,
    ) -> None:
        try:
            await client.chat_postEphemeral(
                channel=channel,
                user=person,
                thread_ts=thread_ts or None,
                text=posting.text,
                blocks=list(map(dict, posting.blocks)) or None,
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("ephemeral_not_shown", error=str(error))
