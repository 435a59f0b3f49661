"""How entries look in Slack: the form that saves one, messages about it, its buttons."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.language import Language
from bot.entries.entry import Entry
from bot.entries.service import ListedEntry
from bot.slack.answers.blocks import Posting
from bot.slack.client.escape import label, mrkdwn
from bot.slack.client.forms import FormState, asked, field, form, plain, radio, section
from bot.slack.client.view_rights import safe_line
from bot.slack.entries import texts

SAVE = "save_to_knowledge"
"""Callback id of the shortcut and of the form that it opens."""

SAVE_ANSWER = "save_answer"
"""Action id of the button that opens the form on a reply; its value: `handoff|place`."""

EDIT, WITHDRAW, RENEW = "entry_edit", "entry_withdraw", "entry_renew"
KEEP, TAKE_OVER = "entry_keep", "entry_take_over"
PUBLISH = "entry_publish"
"""Action ids of the buttons below a message about an entry; their value is its id."""

SAME = "same"
"""The choice that leaves audience or expiry as it is."""

_PERIODS = {90: texts.EXPIRY_QUARTER, 180: texts.EXPIRY_HALF, 365: texts.EXPIRY_YEAR}
_BUTTONS = {
    RENEW: texts.ENTRY_RENEW,
    EDIT: texts.ENTRY_EDIT,
    WITHDRAW: texts.ENTRY_WITHDRAW,
    KEEP: texts.ENTRY_KEEP,
    TAKE_OVER: texts.ENTRY_TAKE_OVER,
    PUBLISH: texts.ENTRY_PUBLISH,
}
_SHOWN = 600
"""Characters of an answer that a message shows."""

_LISTED = 200
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{6,}")


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What the form begins with.

    Attributes:
        question: What the entry answers.
        answer: What it says, in Markdown.
        wordings: Other ways to ask.
        private: The thread is not public, so that its channel is proposed as the audience.
        channel: Id of the channel whose members can be chosen as the audience; "" for none.
        expires: When an edited entry expires; None for never, and for a new entry.
        known: An entry is edited.
        groups: Who may read the edited entry.
    """

    question: str = ""
    answer: str = ""
    wordings: Sequence[str] = ()
    private: bool = False
    channel: str = ""
    expires: dt.date | None = None
    known: bool = False
    groups: Sequence[str] = ()


def draft_of(entry: Entry) -> EntryDraft:
    """Return what the form that edits *entry* begins with."""
    return EntryDraft(
        entry.question,
        entry.answer,
        entry.wordings,
        expires=entry.expires,
        known=True,
        groups=entry.groups,
    )


def save_form(
    draft: EntryDraft, kept: FormState, days: int, language: Language, translated: str = ""
) -> dict[str, Any]:
    """Lay out the form that saves an entry and shows who may read it.

    Args:
        draft: What it begins with.
        kept: What it has to know when it is sent.
        days: How long an entry holds unless somebody chooses; 0: for ever.
        language: That of the person who fills it in.
        translated: The question in the other language, once it is there.
    """
    question, answer = field("question", draft.question), field("answer", draft.answer)
    wordings = field("wordings", "\n".join(draft.wordings))
    more = []
    if translated:  # an input of its own, so that what was written meanwhile stays
        element = field("translated", translated)
        more = [asked("translated", texts.TRANSLATED_LABEL, element, language, optional=True)]
    audience, expiry = _audience(draft, language), _expiry(draft, days, language)
    blocks = [
        asked("question", texts.SAVED_QUESTION_LABEL, question, language),
        asked("wordings", texts.WORDINGS_LABEL, wordings, language, optional=True),
        *more,
        asked("answer", texts.SAVED_ANSWER_LABEL, answer, language),
        asked("audience", texts.AUDIENCE_LABEL, audience, language),
        asked("expiry", texts.EXPIRY_LABEL, expiry, language),
    ]
    return form(SAVE, texts.SAVE_TITLE, kept, blocks, language, texts.SAVE_BUTTON)


def offer(value: str, language: Language) -> Posting:
    """Lay out the offer to save a reply; *value* is that of the button."""
    text = texts.OFFER_SAVING.to(language)
    return Posting(text, [section(text), save_button(value, language)])


def save_button(value: str, language: Language) -> dict[str, Any]:
    """Lay out the button that opens the form on a reply; *value* is `handoff|place`."""
    face = plain(texts.SAVE_TITLE.to(language))
    button = {"type": "button", "action_id": SAVE_ANSWER, "text": face, "value": value}
    return {"type": "actions", "elements": [button]}


def entry_posting(text: str, entry_id: str, buttons: Sequence[str], language: Language) -> Posting:
    """Lay out a message about an entry, with the buttons (action ids) that act on it."""
    return Posting(text, [section(text), *_actions(entry_id, buttons, language)])


def entry_list(
    entries: Sequence[ListedEntry], count: int, language: Language
) -> Sequence[dict[str, Any]]:
    """Lay out *entries*, of *count* in all."""
    heading = texts.ENTRIES.to(language, shown=len(entries), count=count)
    blocks: list[dict[str, Any]] = [section(f"*{heading}*")]
    for one in entries:
        blocks.append(section(_line(one.entry, language)))
        buttons = (EDIT, WITHDRAW, RENEW) if one.changeable else ()
        blocks += _actions(one.entry.id, buttons, language)
    return blocks


def shown(entry: Entry) -> dict[str, str]:
    """Return the question and the answer as a message shows them: quoted and not too long."""
    return {
        "question": safe_line(entry.question, _LISTED),
        "answer": quoted(entry.answer),
    }


def quoted(text: str) -> str:
    """Return *text* as a quotation in Slack's markup."""
    return "\n".join(f"> {line}" for line in mrkdwn(_short(text, _SHOWN)).splitlines())


def named(person: str) -> str:
    """Return a person as a mention, or by the name that is all that is known."""
    return f"<@{person}>" if is_user(person) else mrkdwn(person)


def is_user(person: str) -> bool:
    """Tell whether *person* is somebody's id in Slack."""
    return bool(_SLACK_USER.fullmatch(person))


def linked(title: str, url: str) -> str:
    """Return *title* as a link to *url*, if a browser can open that; it leads nowhere else."""
    shown = _short(title, _LISTED)
    is_web = url.startswith(("https://", "http://"))
    return f"<{url}|{label(shown)}>" if is_web else mrkdwn(shown)


def _audience(draft: EntryDraft, language: Language) -> dict[str, Any]:
    options = {"members": texts.AUDIENCE_MEMBERS.to(language)}
    if draft.groups:
        options[SAME] = texts.AUDIENCE_SAME.to(language)
        return radio("audience", options, SAME)
    if draft.channel:
        options["channel"] = texts.AUDIENCE_CHANNEL.to(language)
    first = "channel" if draft.private and "channel" in options else "members"
    return radio("audience", options, first)


def _expiry(draft: EntryDraft, days: int, language: Language) -> dict[str, Any]:
    """Lay out the choice of how long it holds; values are days, 0 for ever."""
    options = {str(one): text.to(language) for one, text in _PERIODS.items()}
    if days and days not in _PERIODS:
        options[str(days)] = texts.EXPIRY_DAYS.to(language, days=days)
    options["0"] = texts.EXPIRY_NEVER.to(language)
    if draft.expires is not None:
        options[SAME] = texts.EXPIRY_SAME.to(language, date=draft.expires)
        return radio("expiry", options, SAME)
    return radio("expiry", options, "0" if draft.known else str(days))


def _line(entry: Entry, language: Language) -> str:
    expires = texts.EXPIRY_NEVER.to(language)
    if entry.expires is not None:
        expires = texts.ENTRY_UNTIL.to(language, date=entry.expires)
    # Who saves a message of somebody else can change its words.
    own = entry.saved_by in {"", entry.author}
    facts = (texts.ENTRY_FACTS if own else texts.ENTRY_FACTS_SAVED_BY).to(
        language,
        author=named(entry.author),
        saver=named(entry.saved_by),
        date=entry.on,
        expires=expires,
    )
    answer = mrkdwn(_short(" ".join(entry.answer.split()), _LISTED))
    return f"*{linked(entry.question, entry.link)}*\n{answer}\n_{facts}_"


def _actions(entry_id: str, buttons: Sequence[str], language: Language) -> list[dict[str, Any]]:
    if not buttons:
        return []
    elements = [
        {
            "type": "button",
            "action_id": name,
            "text": plain(_BUTTONS[name].to(language)),
            "value": entry_id,
        }
        for name in buttons
    ]
    return [{"type": "actions", "elements": elements}]


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
