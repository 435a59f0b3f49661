"""An answer as Slack messages: Markdown, sources, feedback buttons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bot.agent.confidence import explained
from bot.answering.late_sources import late_line
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.links import linkable
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Citation, Handoff, Question
from bot.limits.texts import in_words
from bot.slack.answers import texts
from bot.slack.answers.tables import with_tables
from bot.slack.client.escape import label, markdown, mrkdwn, plain
from bot.slack.client.people import mention
from bot.slack.client.split import split
from bot.tools.read_attachment import SOURCE as ATTACHMENT

Block = Mapping[str, Any]

FEEDBACK = "feedback"
"""The action id of the two buttons under an answer."""

SHARE = "share_answer"
"""The action id of the button that shows a private answer to its channel."""

DRAFT = "draft"
"""The action id of the button that shows an expert what the bot would have answered."""

ANSWER = "answer_handoff"
"""The action id of the button with which an expert answers in a form; its value is the question."""

NOT_MINE = "not_for_me"
"""The action id of the button with which an expert passes a question on."""

ASK_ABOUT_FOUND = "ask_about_found"
"""The action id of the button with which an asker has a person asked about what was found."""

SHOW_PASSAGE = "show_passage"
"""How the action ids of the buttons that show a passage begin; a value is the question and the
citation's number."""

ASK_PRIVATELY = "ask_expert"
"""The action id of the button with which an asker agrees that an expert is asked."""

NOT_A_QUESTION = "not_a_question"
"""The action id of the button that says that an automatic answer was not wanted."""

_SUMMARY = 300
_LONGEST_TEXT = 2_800
_MOST_SECTIONS = 4
_LONGEST_URL = 1_500
_QUOTED = 600
_LONGEST_FACE = 75
CLOSEST_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Posting:
    """One message.

    Attributes:
        text: For notifications and screen readers.
        blocks: What is shown.
        plainer: What is shown where Slack refuses *blocks*, because it does not know their newest
            kinds; () where all of them are old.
    """

    text: str
    blocks: Sequence[Block] = ()
    plainer: Sequence[Block] = ()


_QUOTER = "extractive"
"""Name of the model that only quotes."""


def answer_postings(question: Question, answer: Answer, language: Language) -> list[Posting]:
    """Lay *answer* out as one message, or as several when it is long.

    The last part carries the sources and the buttons. An owner who is to be asked gets a message
    of their own, because a mention that comes with an edit notifies nobody.
    """
    cited = linkable(one for one in answer.citations if _is_openable(one.url))
    parts = [markdown(part, cited) for part in split(markdown(answer.text, cited))] or ["…"]
    postings = [Posting(_summary(part, cited), [_markdown(part)]) for part in parts]
    sources = _sources(answer.citations, language)
    late = _late(answer, language)
    foot = [*_notes(question, language), *sources, *late, *_generated(answer, language)]
    if answer.status not in {"chat", "failed"}:
        foot.append(_feedback(question.id, language))
    foot += _passage_buttons(question.id, answer.citations, language)
    if question.unaddressed:
        foot += _unasked(question.id, language)
    if answer.status == "found":
        foot += _ask_about(question, answer, language)
    if answer.status == "answered" and question.asked_in:
        foot.append(_share(question.id, language))
    postings[-1] = Posting(postings[-1].text, [*postings[-1].blocks, *foot])
    if answer.status == "handed_over":
        postings = _handed_over(postings, question, answer, language)
    return [_with_tables(posting, language) for posting in postings]


def _with_tables(posting: Posting, language: Language) -> Posting:
    """Show tables as Slack's own, where Slack knows these; else the Markdown that they are."""
    first, *others = posting.blocks
    tables = with_tables(first["text"], language) if first["type"] == "markdown" else []
    if not tables:
        return posting
    return Posting(posting.text, [*tables, *others], plainer=posting.blocks)


def asking_posting(
    question_id: str, text: str, answer: Answer, owner: str, language: Language
) -> Posting:
    """Ask *owner* in public: the question, and why the bot is not sure.

    Everybody who reads it is asked where *owner* is no id of Slack, but a name or "".
    """
    asked = mention(owner)
    absent = answer.expert_not_found
    if asked and absent:
        asking = texts.ASK_INSTEAD.to(language, owner=asked, absent=mrkdwn(absent))
    else:
        face = texts.ASK_OWNER if asked else texts.ASK_NAMED if owner else texts.ASK_ANYBODY
        asking = face.to(language, owner=asked or mrkdwn(owner))
    if answer.asked_later:
        asking = texts.ASK_OWNER_LATER.to(language, when=in_words(answer.asked_later, language))
    draft = [(DRAFT, texts.SHOW_DRAFT, "")] if answer.draft else []
    buttons = [
        (ANSWER, texts.ANSWER_HANDOFF, "primary"),
        *draft,
        *([(NOT_MINE, texts.NOT_FOR_ME, "")] if asked else []),
    ]
    body = _matter(text, answer, answer.citations, language)
    return Posting(asking, [_section(asking), *body, _actions(buttons, question_id, language)])


def private_asking_posting(
    handoff: Handoff, answer: Answer, asker: str, language: Language
) -> Posting:
    """Ask an expert alone.

    Args:
        handoff: What is asked.
        answer: What the bot found, as far as the expert may read it.
        asker: Id of the person who asked; "" for somebody in a terminal.
        language: That of the question.
    """
    asking = texts.ASK_FROM_TERMINAL.to(language)
    if asker:
        asking = texts.ASK_IN_PRIVATE.to(language, person=f"<@{asker}>")
    shown = draft_posting(answer.draft, language).blocks if answer.draft else ()
    buttons = [
        (ANSWER, texts.ANSWER_HANDOFF, "primary"),
        (NOT_MINE, texts.NOT_FOR_ME, ""),
    ]
    body = _matter(handoff.text, answer, answer.citations, language)
    foot = _actions(buttons, handoff.id, language)
    return Posting(asking, [_section(asking), *body, *shown, foot])


def reason_unsure(answer: Answer, language: Language) -> str:
    """Return why *answer* was handed over."""
    match answer.withheld:
        case "unsupported":
            return texts.NOT_SUPPORTED.to(language)
        case "below_threshold":
            said = texts.BELOW_THRESHOLD.to(language, confidence=answer.confidence or 0.0)
            return said + _in_brackets(answer, language)
        case "not_certified":
            return texts.NOT_CERTIFIED.to(language)
        case "draft_only":
            return texts.DRAFT_ONLY.to(language)
    if answer.missing:
        return texts.NOT_SAID.to(language, missing=answer.missing)
    return (texts.NOT_ANSWERED if answer.citations else texts.NOTHING_CLOSE).to(language)


def _in_brackets(answer: Answer, language: Language) -> str:
    reasons = explained(answer.features, language)
    return texts.REASONS.to(language, reasons=reasons) if reasons else ""


def _handed_over(
    postings: list[Posting], question: Question, answer: Answer, language: Language
) -> list[Posting]:
    """Add who is asked: at once, after the asker's consent, or already."""
    private, shown = MessageRef.parse(question.id).direct, mention(answer.owner)
    if answer.joined:
        owner = shown or mrkdwn(answer.owner)
        said = texts.JOINED if owner else texts.JOINED_NOBODY
        return _with(postings, [_section(said.to(language, owner=owner))])
    if not shown:
        if private or answer.asked_later:
            return postings
        return _with(postings, _ask_anybody(question.id, language))
    if private:
        note = texts.ASK_NOTE.to(language, owner=shown)
        button = [(ASK_PRIVATELY, texts.ASK_EXPERT, "primary")]
        return _with(postings, [_section(note), _actions(button, question.id, language)])
    asking = asking_posting(question.id, question.text, answer, answer.owner, language)
    return [asking] if question.unaddressed else [*postings, asking]


def _ask_anybody(question_id: str, language: Language) -> list[dict[str, Any]]:
    """Ask who reads the thread: nobody is known who could be notified."""
    asking = _section(texts.ASK_ANYBODY.to(language))
    return [asking, _actions([(ANSWER, texts.ANSWER_HANDOFF, "")], question_id, language)]


def _unasked(question_id: str, language: Language) -> list[dict[str, Any]]:
    """Say why the bot speaks up, and let people say that it should not have."""
    said = _context([{"type": "plain_text", "text": texts.UNASKED.to(language)}])
    return [said, _actions([(NOT_A_QUESTION, texts.NOT_A_QUESTION, "")], question_id, language)]


def _passage_buttons(
    answer_id: str, citations: Sequence[Citation], language: Language
) -> list[dict[str, Any]]:
    """Return a row of buttons, one for each source without an address; who sent a file has it."""
    elements = [
        {
            "type": "button",
            "action_id": f"{SHOW_PASSAGE}_{citation.number}",
            "text": {
                "type": "plain_text",
                "text": texts.SHOW_PASSAGE.to(language, number=citation.number),
            },
            "value": f"{answer_id}|{citation.number}",
        }
        for citation in citations
        if urlsplit(citation.url).scheme not in {"http", "https"}
        and not citation.document_id.startswith(f"{ATTACHMENT}:")
    ]
    return [{"type": "actions", "elements": elements[:CLOSEST_SOURCES]}] if elements else []


def _ask_about(question: Question, answer: Answer, language: Language) -> list[dict[str, Any]]:
    """Offer to ask a person about passages that were only found."""
    owner = answer.owner if mention(answer.owner) else ""
    face = texts.ASK_FOUND if owner else texts.ASK_FOUND_ANYBODY
    return [_actions([(ASK_ABOUT_FOUND, face, "")], question.id, language)]


def _with(postings: list[Posting], blocks: Sequence[Block]) -> list[Posting]:
    *before, last = postings
    return [*before, Posting(last.text, [*last.blocks, *blocks])]


def _matter(
    text: str, answer: Answer, citations: Sequence[Citation], language: Language
) -> Iterable[Block]:
    """Lay out the question, the reason of the handoff, and the closest sources."""
    asked = " ".join(text.split())
    cut = f"{asked[:_QUOTED]}…" if len(asked) > _QUOTED else asked
    yield _section(f"> {mrkdwn(cut)}")
    yield _section(
        texts.WHY_UNSURE.to(language, reason=mrkdwn(reason_unsure(answer, language))[:_QUOTED])
    )
    if citations:
        lines = "\n".join(_source(one, language) for one in citations[:CLOSEST_SOURCES])
        yield _section(f"{texts.CLOSEST.to(language)}\n{lines}")


def _actions(
    buttons: Sequence[tuple[str, Text, str]], value: str, language: Language
) -> dict[str, Any]:
    elements = [
        {
            "type": "button",
            "action_id": action,
            "text": {"type": "plain_text", "text": face.to(language)[:_LONGEST_FACE]},
            "value": value,
        }
        | ({"style": style} if style else {})
        for action, face, style in buttons
    ]
    return {"type": "actions", "elements": elements}


def draft_posting(draft: str, language: Language) -> Posting:
    """Lay out a draft for its expert."""
    heading = texts.DRAFT.to(language)
    return Posting(heading, [_section(f"*{heading}*"), _markdown(markdown(draft)[:_LONGEST_TEXT])])


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


def _summary(part: str, cited: Collection[str]) -> str:
    line = " ".join(part.split())
    return mrkdwn(line.replace("&lt;", "<")[:_SUMMARY], cited)


def _markdown(text: str) -> dict[str, Any]:
    return {"type": "markdown", "text": text}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, "expand": True}


def _context(elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"type": "context", "elements": list(elements)}


def _notes(question: Question, language: Language) -> list[dict[str, Any]]:
    heavy = [file.name for file in question.files if file.problem == "too_heavy"]
    over = [file.name for file in question.files if file.problem == "over_limit"]
    closed = [file.name for file in question.files if file.problem == "no_rights"]
    told = {"", "too_heavy", "over_limit", "no_rights"}
    others = [file.name for file in question.files if file.problem not in told]
    return [
        _context([{"type": "plain_text", "text": unread[:_LONGEST_TEXT]}])
        for text, names in (
            (texts.UNREAD_FILES, others),
            (texts.HEAVY_FILES, heavy),
            (texts.FILES_OVER_LIMIT, over),
            (texts.CLOSED_LINKS, closed),
        )
        if names and (unread := text.to(language, names=plain(", ".join(names))))
    ]


def _sources(citations: Sequence[Citation], language: Language) -> list[dict[str, Any]]:
    if not citations:
        return []
    heading = f"*{texts.SOURCES.to(language)}*"
    lines = [heading, *(_source(one, language) for one in citations)]
    shown = list(_whole_lines(lines, _LONGEST_TEXT))
    return [_context([{"type": "mrkdwn", "text": text} for text in shown[:10]])]


def _late(answer: Answer, language: Language) -> list[dict[str, Any]]:
    """Say since when what the answer rests on may be out of date."""
    said = late_line(answer, language)
    return [_context([{"type": "plain_text", "text": said}])] if said else []


def _generated(answer: Answer, language: Language) -> list[dict[str, Any]]:
    """Say that a model wrote the answer, as Slack asks of AI apps; none writes a quotation."""
    if answer.status != "answered" or not answer.model or answer.model == _QUOTER:
        return []
    return [_context([{"type": "plain_text", "text": texts.GENERATED.to(language)}])]


def _source(citation: Citation, language: Language) -> str:
    """Return a source as a line; only web addresses can be opened by those who read it."""
    if _is_openable(citation.url):
        address = quote(citation.url, safe=":/?#[]@!$&()*+,;=%~")
        title = f"<{address}|{label(citation.title[:150])}>"
    else:
        title = mrkdwn(citation.title[:150])
    facts = mrkdwn(about(citation, language))
    said = texts.SAVED_BY.to(language, person=mrkdwn(citation.saved_by))
    saved = f" · {said}" if citation.saved_by else ""
    return f"[{citation.number}] {title}{f' ({facts})' if facts else ''}{saved}"


def about(citation: Citation, language: Language) -> str:
    """Return the page of a source, and when and by whom it was changed, as far as it has them.

    Slack shows a file from its first page, whichever page an address names.
    """
    page = texts.PAGE.to(language, number=citation.page) if citation.page else ""
    return ", ".join(filter(None, (page, citation.changed)))


def _is_openable(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and len(url) <= _LONGEST_URL


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
    return _actions([(SHARE, texts.SHARE, "")], answer_id, language)


def _button(
    face: Text, label: Text, verdict: str, answer_id: str, language: Language
) -> dict[str, Any]:
    return {
        "text": {"type": "plain_text", "text": face.to(language)},
        "accessibility_label": label.to(language),
        "value": f"{verdict}|{answer_id}",
    }
