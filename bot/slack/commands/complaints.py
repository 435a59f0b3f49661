"""What people said against answers, as lines in Slack's own markup."""

from collections.abc import Mapping

from bot.analytics.overview import Complaint, Overview
from bot.core.i18n import Text
from bot.core.language import Language
from bot.slack.answers import texts as answer_texts
from bot.slack.client.escape import mrkdwn
from bot.slack.client.record_rights import RecordRights, instead_of
from bot.slack.client.split import one_line
from bot.slack.commands import texts
from knowledge.model.types import Principal

_REASONS: Mapping[str, Text] = {
    "wrong": answer_texts.REASON_WRONG,
    "outdated": answer_texts.REASON_OUTDATED,
    "missing_source": answer_texts.REASON_MISSING_SOURCE,
    "unclear": answer_texts.REASON_UNCLEAR,
}


class ComplaintBoard:
    """Shows complaints to who operates the bot, as far as the readers may know of them.

    A comment is written in a form, to the team: where guests or outsiders read, none is shown.
    """

    def __init__(self, overview: Overview, rights: RecordRights) -> None:
        self.overview = overview
        self.rights = rights

    async def lines(self, reader: Principal, limit: int, language: Language) -> list[str]:
        """Return a line for each of the last *limit* complaints, for a person or a channel."""
        complaints = await self.overview.complaints(limit)
        return [await self._line(complaint, reader, language) for complaint in complaints]

    async def _line(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        words = await self._words(complaint, reader, language)
        reason = _REASONS.get(complaint.reason)
        why = f" *{reason.to(language)}*" if reason else ""
        comment = await self._comment(complaint, reader, language) if complaint.comment else ""
        return f"• {mrkdwn(words)}{why}{comment}"

    async def _words(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        asked = complaint.question
        if await self.rights.may_see(asked.id, reader, person=asked.person):
            return one_line(asked.text)
        return instead_of([asked.id]).to(language)

    async def _comment(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        asked = complaint.question
        documents = [document.id for document in asked.documents]
        shown = reader.member and await self.rights.may_see(
            asked.id, reader, person=asked.person, documents=documents
        )
        words = one_line(complaint.comment) if shown else texts.HIDDEN_COMMENT.to(language)
        return f"\n> {mrkdwn(words)}"
