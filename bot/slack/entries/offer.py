"""The offer to save what an expert has just answered."""

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.message_ref import MessageRef
from bot.core.types import Handoff
from bot.queue.queue import Lease
from bot.slack.client.clients import UNCERTAIN, Clients
from bot.slack.client.permissions import Principals
from bot.slack.entries.forms import offer
from bot.slack.handoff.actions import ExpertReply

_log = structlog.get_logger(__name__)


class SaveOffer:
    """Offers the expert alone to save their reply, at most once."""

    def __init__(self, clients: Clients, principals: Principals) -> None:
        self._clients = clients
        self._principals = principals

    async def __call__(self, handoff: Handoff, reply: ExpertReply, lease: Lease) -> None:
        """Offer to save *reply*; a failure is logged, because the offer is optional."""
        if "offered" in lease.notes or not await self._principals.is_member(reply.person):
            return
        await lease.save(offered="1")
        language = await self._principals.language(reply.person)
        posting = offer(f"{handoff.id}|{reply.place}", language)
        try:
            await self._clients.hasty.chat_postEphemeral(
                channel=reply.place.channel,
                user=reply.person,
                thread_ts=_thread_of(handoff, reply.place) or None,
                text=posting.text,
                blocks=list(map(dict, posting.blocks)),
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("save_not_offered", error=str(error))


def _thread_of(handoff: Handoff, place: MessageRef) -> str:
    """Return the ts of the thread in which *place* answers *handoff*: any that waits in it."""
    threads = (handoff.thread, *(waiter.thread for waiter in handoff.waiting))
    parsed = [MessageRef.parse(thread) for thread in threads]
    return next((one.ts for one in parsed if one.channel == place.channel), "")
