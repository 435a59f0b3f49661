"""Decides whether a message is for the bot. Pure; the first matching rule decides."""

from bot.slack.client.payloads import IncomingMessage

EDIT_WINDOW = 600.0
"""Seconds in which adding the bot's mention by an edit still asks it. Well below the time for
which the queue remembers its jobs, so that correcting a mention never asks twice."""


def unwanted(message: IncomingMessage) -> str:
    """Return why *message* cannot be a question to anybody, or ""."""
    if message.from_bot:
        return "written by a bot"
    if not message.is_talk:
        return f"subtype {message.subtype}"
    if message.edited_after is not None and message.edited_after > EDIT_WINDOW:
        return "an edit of an old message"
    return ""


def addressed(message: IncomingMessage, me: str) -> bool:
    """Tell whether *message* is plainly to the bot, whose user id is *me*."""
    return message.place.direct or me in message.mentions


def may_follow_up(message: IncomingMessage) -> bool:
    """Tell whether *message* may be a follow-up: a reply that mentions nobody else."""
    return message.in_thread and not message.mentions
