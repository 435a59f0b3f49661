"""What is said in a channel with automatic answers, and not to the bot."""

import time
from dataclasses import replace

import structlog

from bot.auto_answers.handler import auto_answer_job
from bot.auto_answers.question_to_all import asks_everybody
from bot.auto_answers.store import AutoAnswerStore, Said
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import QueueFullError
from bot.core.message_ref import MessageRef
from bot.queue.queue import Queue
from bot.slack.client.payloads import IncomingMessage
from bot.text.small_talk import small_talk_in

_log = structlog.get_logger(__name__)


class Overheard:
    """Notes who speaks when, and stores questions to everybody; elsewhere it does nothing.

    Everything may raise `RedisUnavailableError`.
    """

    def __init__(
        self, queue: Queue, channels: ChannelSettingsStore, store: AutoAnswerStore
    ) -> None:
        self._queue = queue
        self._channels = channels
        self._store = store

    async def hear(self, message: IncomingMessage) -> None:
        """Take in a message that is not for the bot."""
        settings = await self._settings(message.place)
        if settings is None or not message.is_talk:
            return
        if message.in_thread:
            await self._take_up(MessageRef.parse(message.question.thread))
        elif not message.from_bot:
            said = _said(message)
            await self._store.heard(message.place, said, message.question.person)
            if said == "question":
                await self._put(message, settings)

    async def addressed(self, message: IncomingMessage) -> bool:
        """Take in a message for the bot; return False if that question has its answer already."""
        if await self._settings(message.place) is None:
            return True
        root = MessageRef.parse(message.question.thread)
        await self._take_up(root)
        edited = message.edited_after is not None
        return not (edited and await self._store.was_given(message.place))

    async def changed(self, place: MessageRef) -> None:
        """Take in that a message was edited or deleted: it is not the question that it was."""
        if await self._settings(place) is not None:
            await self._take_up(place)

    async def _settings(self, place: MessageRef) -> ChannelSettings | None:
        """Return the settings of the channel of *place*, None without automatic answers."""
        settings = await self._channels.of(place)
        on = settings.auto_answers != "off" and settings.listening != "off"
        return settings if on else None

    async def _take_up(self, root: MessageRef) -> None:
        await self._store.heard(root, "reply", "")

    async def _put(self, message: IncomingMessage, settings: ChannelSettings) -> None:
        asked = replace(message.question, action_token="", received_at=time.time())
        try:
            await self._queue.put(auto_answer_job(settings.applied_to(asked)))
        except QueueFullError as full:
            _log.info("question_to_all_left", question=asked.id, reason=str(full))


def _said(message: IncomingMessage) -> Said:
    question = message.question
    extras = message.mentions or question.attachments or message.subtype
    if not extras and message.edited_after is None and asks_everybody(question.text):
        return "question"
    return "greeting" if small_talk_in(question.text) == "greeting" else "talk"
