"""An answer as Slack messages: Markdown, sources, feedback buttons."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bot.links import disarmed
from bot.slack import texts
from bot.slack.escaping import inert, mrkdwn
from bot.slack.splitting import split
from bot.types import Answer, Citation, Language, Question

Block = Mapping[str, Any]

FEEDBACK = "feedback"
"""The action id of the two buttons under an answer."""

SHARE = "share_answer"
"""The action id of the button that shows a private answer to its channel."""

DRAFT = "draft"
"""The action id of the button that shows an expert what the bot would have answered."""

_SUMMARY = 300
_LONGEST_TEXT = 2_800
_MOST_SECTIONS = 4
_LONGEST_URL = 1_500
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Posting:
    """One message. `text` is what notifications and screen readers get; `blocks` are seen."""

    text: str
    blocks: Sequence[Block] = ()


def answer_postings(question: Question, answer: Answer, language: Language) -> list[Posting]:
    """Lay *answer* out as one message, or as several when it is long.

    The last part carries the sources and the buttons. An owner who is to be asked gets a message
    of their own, because a mention that comes with an edit notifies nobody.
    """
    parts = [inert(part) for part in split(inert(answer.text))] or ["…"]
    postings = [Posting(_summary(part), [_markdown(part)]) for part in parts]
    foot = [*_notes(question, language), *_sources(answer.citations, language)]
    if answer.status != "failed":
        foot.append(_feedback(question.id, language))
    if answer.status == "answered" and question.asked_in:
        foot.append(_share(question.id, language))
    postings[-1] = Posting(postings[-1].text, [*postings[-1].blocks, *foot])
    if answer.status == "handed_over" and _SLACK_USER.fullmatch(answer.owner):
        asking = texts.ASK_OWNER.to(language, owner=f"<@{answer.owner}>")
        buttons = [_draft_button(question.id, language)] if answer.draft else []
        postings.append(Posting(asking, [_section(asking), *buttons]))
    return postings


def draft_posting(draft: str, language: Language) -> Posting:
    """Lay out a draft for the one who can tell whether it is right."""
    heading = texts.DRAFT.to(language)
    return Posting(heading, [_section(f"*{heading}*"), _markdown(inert(draft)[:_LONGEST_TEXT])])


def notice(text: str) -> Posting:
    """Lay out a plain notice in Slack's own markup (escaped where it holds foreign words)."""
    lines = (line[:_LONGEST_TEXT] for line in text.split("\n"))
    sections = [_section(part) for part in _whole_lines(lines, _LONGEST_TEXT) if part.strip()]
    return Posting(text[:_LONGEST_TEXT], sections[:_MOST_SECTIONS])


def progress(text: str, steps: Sequence[str]) -> Posting:
    """Lay out a placeholder with the steps so far; steps are shown as they are, never parsed."""
    blocks = [_section(f"_{text}_")]
    if steps:
        shown = "\n".join(steps)[-_LONGEST_TEXT:]
        blocks.append(_context([{"type": "plain_text", "text": shown, "emoji": False}]))
    return Posting(text, blocks)


def _summary(markdown: str) -> str:
    line = " ".join(markdown.split())
    return mrkdwn(line.replace("&lt;", "<")[:_SUMMARY])


def _markdown(text: str) -> dict[str, Any]:
    return {"type": "markdown", "text": text}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, "expand": True}


def _context(elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"type": "context", "elements": list(elements)}


def _notes(question: Question, language: Language) -> list[dict[str, Any]]:
    names = ", ".join(file.name for file in question.files if file.problem)
    if not names:
        return []
    unread = texts.UNREAD_FILES.to(language, names=names)
    return [_context([{"type": "plain_text", "text": unread[:_LONGEST_TEXT]}])]


def _sources(citations: Sequence[Citation], language: Language) -> list[dict[str, Any]]:
    if not citations:
        return []
    heading = f"*{texts.SOURCES.to(language)}*"
    shown = list(_whole_lines([heading, *map(_source, citations)], _LONGEST_TEXT))
    return [_context([{"type": "mrkdwn", "text": text} for text in shown[:10]])]


def _source(citation: Citation) -> str:
    """Return a source as a line; only web addresses can be opened by those who read it."""
    title = mrkdwn(disarmed(citation.title[:150], ()))
    openable = urlsplit(citation.url).scheme in {"http", "https"}
    if openable and len(citation.url) <= _LONGEST_URL:
        title = f"<{quote(citation.url, safe=':/?#[]@!$&()*+,;=%~')}|{title}>"
    date = f" ({mrkdwn(citation.date)})" if citation.date else ""
    return f"[{citation.number}] {title}{date}"


def _whole_lines(lines: Iterable[str], limit: int) -> Iterable[str]:
    """Join *lines* into as few texts as possible, each of at most *limit* characters."""
    text = ""
    for line in lines:
        if text and len(text) + 1 + len(line) > limit:
            yield text
            text = line
        else:
            text = f"{text}\n{line}" if text else line
    yield text


def _draft_button(answer_id: str, language: Language) -> dict[str, Any]:
    button = {
        "type": "button",
        "action_id": DRAFT,
        "text": {"type": "plain_text", "text": texts.SHOW_DRAFT.to(language)},
        "value": answer_id,
    }
    return {"type": "actions", "elements": [button]}


def _feedback(answer_id: str, language: Language) -> dict[str, Any]:
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": FEEDBACK,
                "positive_button": _button(texts.GOOD, texts.GOOD_LABEL, "up", answer_id, language),
                "negative_button": _button(texts.BAD, texts.BAD_LABEL, "down", answer_id, language),
            }
        ],
    }


def _share(answer_id: str, language: Language) -> dict[str, Any]:
    text = {"type": "plain_text", "text": texts.SHARE.to(language)}
    button = {"type": "button", "action_id": SHARE, "text": text, "value": answer_id}
    return {"type": "actions", "elements": [button]}


def _button(
    face: texts.Text, label: texts.Text, verdict: str, answer_id: str, language: Language
) -> dict[str, Any]:
    return {
        "text": {"type": "plain_text", "text": face.to(language)},
        "accessibility_label": label.to(language),
        "value": f"{verdict}|{answer_id}",
    }
