"""What people said against answers, as lines in Slack's own markup."""

from collections.abc import Mapping

from bot.analytics.overview import Complaint, Overview
from bot.core.i18n import Text
from bot.core.language import Language
from bot.slack.answers import texts as answer_texts
from bot.slack.client.view_rights import (
    ViewRights,
    in_direct_message,
    instead_of,
    safe_line,
)
from bot.slack.commands import texts
from knowledge.model.types import Principal

_REASONS: Mapping[str, Text] = {
    "wrong": answer_texts.REASON_WRONG,
    "outdated": answer_texts.REASON_OUTDATED,
    "missing_source": answer_texts.REASON_MISSING_SOURCE,
    "unclear": answer_texts.REASON_UNCLEAR,
    "not_a_question": answer_texts.REASON_NOT_A_QUESTION,
}


class ComplaintBoard:
    """Shows complaints to who operates the bot, as far as the readers may know of them.

    A comment is written in a form, to the team: where guests or outsiders read, none is shown.
    Of answers in direct messages others learn the number only.
    """

    def __init__(self, overview: Overview, rights: ViewRights) -> None:
        self.overview = overview
        self.rights = rights

    async def lines(self, reader: Principal, limit: int, language: Language) -> list[str]:
        """Return a line for each of the last *limit* complaints, for a person or a channel."""
        complaints = await self.overview.complaints()
        shown = [one for one in complaints if not _of_another(one, reader)]
        lines = [await self._line(complaint, reader, language) for complaint in shown[:limit]]
        if hidden := len(complaints) - len(shown):
            lines.append(f"• {texts.DIRECT_COMPLAINTS.to(language, count=hidden)}")
        return lines

    async def _line(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        words = await self._words(complaint, reader, language)
        reason = _REASONS.get(complaint.reason)
        why = f" *{reason.to(language)}*" if reason else ""
        comment = await self._comment(complaint, reader, language) if complaint.comment else ""
        return f"• {words}{why}{comment}"

    async def _words(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        asked = complaint.question
        if await self.rights.may_see(asked.id, reader, person=asked.person):
            return safe_line(asked.text)
        return instead_of([asked.id]).to(language)

    async def _comment(self, complaint: Complaint, reader: Principal, language: Language) -> str:
        asked = complaint.question
        documents = [document.id for document in asked.documents]
        shown = reader.member and await self.rights.may_see(
            asked.id, reader, person=asked.person, documents=documents
        )
        return f"\n> {safe_line(complaint.comment) if shown else texts.HIDDEN_COMMENT.to(language)}"


def _of_another(complaint: Complaint, reader: Principal) -> bool:
    """Tell whether it is about an answer in the direct messages of somebody else."""
    asked = complaint.question
    return in_direct_message(asked.id) and asked.person != reader.id
