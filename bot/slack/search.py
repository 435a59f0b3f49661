"""Slack's own search, by `assistant.search.context`.

https://docs.slack.dev/reference/methods/assistant.search.context
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from slack_sdk.errors import SlackApiError

from bot.core.errors import ToolError
from bot.core.links import as_target
from bot.core.message_ref import MessageRef, in_slack
from bot.core.types import Question
from bot.slack.client.clients import UNCERTAIN, Clients, error_of, local
from bot.slack.client.payloads import readable
from bot.tools.search_slack import FoundMessage
from knowledge.text.plain_text import plain_text

LONGEST_TEXT = 2_000
"""Characters of a message that are read."""

_LONGEST_NAME = 80
_MOST = 20


class _Message(BaseModel):
    author_name: str = ""
    channel_id: str
    channel_name: str = ""
    message_ts: str
    content: str
    is_author_bot: bool = False
    permalink: str


class _Results(BaseModel):
    messages: list[_Message] = []


class _Reply(BaseModel):
    results: _Results


class ContextSearch:
    """Searches with the bot token, and the token that came with the question.

    Args:
        clients: Of the Web API, open; closed with this.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def search(self, query: str, question: Question, limit: int) -> Sequence[FoundMessage]:
        try:
            told = await self._clients.hasty.api_call(
                "assistant.search.context",
                params={
                    "query": query,
                    "action_token": question.action_token,
                    "content_types": "messages",
                    "channel_types": "public_channel",
                    "include_bots": False,
                    "limit": min(limit + 1, _MOST),  # the question itself may be found
                },
            )
            found = _Reply.model_validate(told.data).results.messages
        except SlackApiError as error:
            raise ToolError(
                f"Slack cannot be searched now ({error_of(error) or 'refused'})"
            ) from None
        except ValidationError:
            raise ToolError("Slack's reply to the search was not understood") from None
        except UNCERTAIN:
            raise ToolError("Slack cannot be reached") from None
        asked = _place_of(question)
        return [_found(one) for one in found[:_MOST] if self._is_usable(one, asked)][:limit]

    async def aclose(self) -> None:
        await self._clients.aclose()

    def _is_usable(self, message: _Message, asked: str) -> bool:
        own = f"{message.channel_id}/{message.message_ts}" == asked
        return not (own or message.is_author_bot) and self._is_of_slack(message.permalink)

    def _is_of_slack(self, url: str) -> bool:
        """Tell whether *url* leads to Slack; of a local server, to that one."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        api = self._clients.posting.base_url
        if local(api):
            return parts.netloc == urlsplit(api).netloc
        return parts.scheme == "https" and host.endswith(".slack.com") and "@" not in parts.netloc


def _found(message: _Message) -> FoundMessage:
    ts = message.message_ts
    return FoundMessage(
        place=f"{message.channel_id}/{ts}",
        url=as_target(message.permalink),
        channel=plain_text(message.channel_name)[:_LONGEST_NAME],
        author=plain_text(message.author_name)[:_LONGEST_NAME],
        text=plain_text(readable(message.content[:LONGEST_TEXT])),
        at=_seconds(ts),
    )


def _seconds(ts: str) -> float:
    try:
        return max(0.0, min(float(ts), 4e9))
    except ValueError:
        return 0.0


def _place_of(question: Question) -> str:
    if not in_slack(question.id):
        return ""
    place = MessageRef.parse(question.id)
    return f"{place.channel}/{place.ts}"
