"""The command that shows and changes the settings of a channel."""

import time
from datetime import datetime
from typing import get_args

from bot.audit.audit_log import AuditLog
from bot.auto_answers.silence import AutoAnswerPace
from bot.auto_answers.store import AutoAnswerStore
from bot.channels.settings import AutoAnswers, ChannelSettings, Listening
from bot.channels.store import ChannelSettingsStore
from bot.core.language import Language
from bot.core.message_ref import MessageRef, channel_key
from bot.slack.client import texts as client_texts
from bot.slack.client.escape import mrkdwn
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import ViewRights
from bot.slack.commands import texts
from knowledge.model.types import Principal

_LISTENING = {
    "follow": texts.LISTENING_FOLLOW,
    "mention": texts.LISTENING_MENTION,
    "off": texts.LISTENING_OFF,
}
_AUTO = {"off": texts.AUTO_OFF, "on": texts.AUTO_ON, "ask": texts.AUTO_ASK}
_LANGUAGE = {None: texts.LANGUAGE_AUTO, "ja": texts.LANGUAGE_JA, "en": texts.LANGUAGE_EN}


class Announcement(str):
    """A text that everybody in the channel has to see."""

    __slots__ = ()


class ChannelCommand:
    """Carries out `channel …`."""

    def __init__(
        self,
        channels: ChannelSettingsStore,
        rights: ViewRights,
        audit: AuditLog,
        command: str,
        auto_answers: AutoAnswerStore,
        pace: AutoAnswerPace,
    ) -> None:
        self.auto_answers = auto_answers
        self.pace = pace
        self.audit = audit
        self.channels = channels
        self.rights = rights
        self.operations = rights.operations
        self.principals = rights.principals
        self.command = command

    async def run(
        self,
        place: MessageRef,
        argument: str,
        person: str,
        language: Language,
        *,
        alone: bool = False,
    ) -> str:
        """Show the settings of the channel of *place*, after the change that *argument* asks for.

        Args:
            place: A message of the channel, or the channel with any ts.
            argument: What followed the word `channel`.
            person: Who asks; anybody of the team may look and switch automatic answers off,
                operators may change the rest.
            language: To answer in.
            alone: Nobody but *person* reads it.
        """
        if place.direct:
            return texts.CHANNEL_ONLY.to(language)
        if not await self.principals.is_member(person):
            return client_texts.MEMBERS_ONLY.to(language)
        key = channel_key(place)
        choices = await self.channels.choices(key)
        if argument:
            changed = self._changed(choices, argument)
            if isinstance(changed, str):
                return texts.NO_SUCH_CHOICE.to(language, choice=mrkdwn(changed))
            quieter = changed == choices.model_copy(update={"auto_answers": "off"})
            if not quieter and not await self.principals.is_operator(person):
                return operators_only(self.principals, language)
            await self.channels.choose(key, changed)
            before, after = choices.model_dump(mode="json"), changed.model_dump(mode="json")
            await self.audit.record(person, "channel", key, before, after)
            if changed.auto_answers != choices.auto_answers:
                await self.auto_answers.forgive(key)
                return Announcement(await self._told_of_auto(changed, person, language))
            if changed.export_since != choices.export_since:
                return Announcement(self._told(changed, person, language))
            choices = changed
        reader = await self.rights.reader(person, "" if alone else place.channel)
        return self._shown(choices, reader, language)

    def _changed(self, choices: ChannelSettings, argument: str) -> ChannelSettings | str:
        """Return the new choices, or the word that makes no sense."""
        match argument.replace(",", " ").split():
            case [word] if word.lower() in get_args(Listening):
                return choices.model_copy(update={"listening": word.lower()})
            case ["sources", "all"]:
                return choices.model_copy(update={"sources": ()})
            case ["sources", *names] if names:
                unknown = [name for name in names if name not in self.operations.sources]
                return unknown[0] if unknown else choices.model_copy(update={"sources": (*names,)})
            case ["auto", word] if word.lower() in get_args(AutoAnswers):
                return choices.model_copy(update={"auto_answers": word.lower()})
            case ["language", "auto"]:
                return choices.model_copy(update={"language": None})
            case ["language", ("ja" | "en") as word]:
                return choices.model_copy(update={"language": word})
            case ["export", ("on" | "all" | "off") as word]:
                return choices.model_copy(update={"export_since": _since(word, choices)})
            case _:
                return argument

    def _shown(self, choices: ChannelSettings, reader: Principal, language: Language) -> str:
        known = self.rights.sources(reader)
        named = [mrkdwn(name) for name in choices.sources if name in known]
        if hidden := len(choices.sources) - len(named):
            named.append(texts.OTHER_SOURCES.to(language, count=hidden))
        sources = ", ".join(named) or texts.ALL_SOURCES.to(language)
        return texts.CHANNEL.to(
            language,
            listening=_LISTENING[choices.listening].to(language),
            sources=sources,
            speaks=_LANGUAGE[choices.language].to(language),
            auto=_AUTO[choices.auto_answers].to(language),
            export=_exported(choices, language),
            command=self.command,
        )

    async def _told_of_auto(self, choices: ChannelSettings, person: str, language: Language) -> str:
        """Say to everybody in the channel that automatic answers begin, or end."""
        mentioned = f"<@{person}>"
        if choices.auto_answers == "off":
            return texts.AUTO_ENDED.to(language, person=mentioned)
        told = texts.AUTO_BEGUN.to(
            language,
            person=mentioned,
            auto=_AUTO[choices.auto_answers].to(language),
            minutes=f"{self.pace.quiet_seconds / 60:g}",
            command=self.command,
        )
        if await self.operations.certified():
            return told
        return f"{told}\n{texts.AUTO_NOT_PROVEN.to(language)}"

    def _told(self, choices: ChannelSettings, person: str, language: Language) -> str:
        """Say to everybody in the channel that it was opened for export, or closed."""
        return texts.EXPORT_CHANGED.to(
            language,
            person=f"<@{person}>",
            export=_exported(choices, language),
            command=self.command,
        )


def _since(word: str, choices: ChannelSettings) -> float | None:
    """Return from when on a channel may be exported; `on` does not reach further than before."""
    match word:
        case "on":
            return time.time() if choices.export_since is None else choices.export_since
        case "all":
            return 0.0
        case _:
            return None


def _exported(choices: ChannelSettings, language: Language) -> str:
    if choices.export_since is None:
        return texts.EXPORT_OFF.to(language)
    if choices.export_since == 0:
        return texts.EXPORT_ALL.to(language)
    day = datetime.fromtimestamp(choices.export_since).astimezone()
    return texts.EXPORT_ON.to(language, day=f"{day:%Y-%m-%d %H:%M}")


def operators_only(principals: Principals, language: Language) -> str:
    """Return the refusal of what only operators may do, with who they are."""
    named = ", ".join(_mention(name) for name in sorted(principals.operators))
    return texts.OPERATORS_ONLY.to(language, operators=named or texts.SLACK_ADMINS.to(language))


def _mention(name: str) -> str:
    return mrkdwn(name) if name.startswith("@") else f"<@{name}>"
