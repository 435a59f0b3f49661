"""Tells people about entries by direct message."""

import time
from collections.abc import Collection

from bot.core.i18n import Text
from bot.core.language import Language
from bot.entries.entry import Entry, id_of
from bot.entries.jobs import EntryNews, SaveEntry, TellAboutEntry
from bot.entries.regression_check import RegressionReport
from bot.entries.texts import UNPROVEN
from bot.queue.queue import Lease
from bot.slack.answers.blocks import Posting, notice
from bot.slack.client.escape import mrkdwn
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import safe_line
from bot.slack.entries import texts
from bot.slack.entries.forms import (
    EDIT,
    KEEP,
    PUBLISH,
    RENEW,
    TAKE_OVER,
    WITHDRAW,
    entry_posting,
    linked,
    named,
    quoted,
    shown,
)

_NEWS: dict[EntryNews, tuple[Text, tuple[str, ...]]] = {
    "saved_yours": (texts.SAVED_YOURS, (EDIT, WITHDRAW)),
    "expiring": (texts.ENTRY_EXPIRING, (RENEW, EDIT, WITHDRAW)),
    "expired": (texts.ENTRY_EXPIRED, (RENEW, EDIT)),
    "gone": (texts.ENTRY_SOURCE_GONE, ()),
    "followed": (texts.ENTRY_FOLLOWED, (EDIT, WITHDRAW)),
    "edited": (texts.ENTRY_SOURCE_EDITED, (TAKE_OVER, KEEP)),
    "contradicted": (texts.ENTRY_CONTRADICTED, (EDIT, WITHDRAW, KEEP)),
}


class SlackEntryMessenger:
    """Writes direct messages, in the language that each person uses Slack in."""

    def __init__(self, outbox: Outbox, principals: Principals) -> None:
        self._outbox = outbox
        self._principals = principals

    async def tell(self, news: TellAboutEntry, entry: Entry, lease: Lease) -> None:
        posting = _posting(news, entry, await self._principals.language(news.person))
        await self._outbox.direct_message_once(lease, news.person, posting, news.at)

    async def tell_held_back(
        self, work: SaveEntry, report: RegressionReport, hidden: Collection[str], lease: Lease
    ) -> None:
        language = await self._principals.language(work.person)
        said = mrkdwn("\n".join(report.lines(language, hidden)))
        text = f"*{safe_line(work.entry.question)}*\n{said}"
        posting = entry_posting(text, id_of(work.entry), (PUBLISH,), language)
        await self._outbox.direct_message_once(lease, work.person, posting, time.time())

    async def tell_failure(self, person: str, message: str, lease: Lease) -> None:
        await self._outbox.direct_message_once(lease, person, notice(mrkdwn(message)), time.time())

    async def link(self, place: str) -> str:
        return await self._outbox.permalink(place)


def _posting(news: TellAboutEntry, entry: Entry, language: Language) -> Posting:
    if news.said == "saved":
        saved = texts.SAVED.to(language, question=safe_line(entry.question))
        if news.words.get("late"):  # why is in the log: it may name folders
            saved = texts.SAVED_LATER.to(language)
        if unproven := UNPROVEN.get(news.words.get("unproven", "")):
            saved += f"\n{unproven.to(language)}"
        return notice(saved)
    text, buttons = _NEWS[news.said]
    words = shown(entry) | _words(news, entry, language)
    return entry_posting(text.to(language, **words), entry.id, buttons, language)


def _words(news: TellAboutEntry, entry: Entry, language: Language) -> dict[str, str]:
    """Return what else the message says, in Slack's markup."""
    words = news.words
    match news.said:
        case "saved_yours":
            return {"person": named(words["person"])}
        case "expiring":
            return {"date": words["date"]}
        case "edited":
            return {"proposal": quoted(words["proposal"])}
        case "contradicted":
            return {
                "entry": linked(texts.ENTRY_LINK.to(language), entry.link),
                "entry_date": str(entry.on),
                "ours": quoted(words["ours"]),
                "document": linked(words["title"], words["url"]),
                "document_date": words["document_date"] or "–",
                "theirs": quoted(words["theirs"]),
            }
    return {}
