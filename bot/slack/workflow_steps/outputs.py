"""What a workflow gets to go on with. Pure.

A workflow may put it anywhere. So the text pings nobody, and no address is a link in it but those
of its sources.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.core.language import Language
from bot.core.links import linkable, safe_markdown
from bot.core.types import Answer, AnswerStatus, Citation
from bot.slack.answers import texts as answer_texts
from bot.slack.client.escape import plain
from bot.slack.workflow_steps import texts

StepStatus = Literal["answered", "found", "nothing"]

LONGEST_TEXT = 9_000
"""Characters of an output; Slack names no limit, and cuts messages somewhere above this."""

_STATUSES: Mapping[AnswerStatus, StepStatus] = {"answered": "answered", "found": "found"}
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_HEADING = re.compile(r" {0,3}#{1,6} +")
_ITEM = re.compile(r"( *)[-*] +")


def outputs(answer: Answer, language: Language, link: str = "") -> dict[str, Any]:
    """Return the outputs for an *answer* whose place is *link*, "" if the workflow alone has it."""
    said = answer.text
    if answer.status == "handed_over" and not link:
        said = texts.NOTHING.to(language)  # nobody is asked: nobody would hear of it
    first = next((one.url for one in answer.citations if _is_openable(one)), "")
    return {
        "answer": _rich_text(said, answer.citations, language),
        "text": _text(said, answer.citations, language),
        "status": _STATUSES.get(answer.status, "nothing"),
        "link": link or first,
    }


def withheld(answer: Answer, language: Language, link: str) -> dict[str, Any]:
    """Return the outputs for an *answer* that only the channel at *link* may read."""
    told = texts.IN_THE_CHANNEL.to(language, link=link)
    status = _STATUSES.get(answer.status, "nothing")
    return {"answer": _rich_text(told, (), language), "text": told, "status": status, "link": link}


def _text(said: str, citations: tuple[Citation, ...], language: Language) -> str:
    lines = [plain(said)[:LONGEST_TEXT]]
    if citations:
        lines += ["", answer_texts.SOURCES.to(language)]
    for one in citations:
        address = f" {one.url}" if _is_openable(one) else ""
        lines.append(f"[{one.number}] {plain(one.title[:150])}{address}")
    return "\n".join(lines)


def _rich_text(said: str, citations: tuple[Citation, ...], language: Language) -> dict[str, Any]:
    """Lay out rich text, in which a text is just that: it can neither ping nor be a link.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    allowed = linkable(one for one in citations if _is_openable(one))
    safe = safe_markdown(said, allowed)[:LONGEST_TEXT]
    elements = [piece for line in safe.split("\n") for piece in _line(line)]
    if citations:
        elements += [_piece("\n"), _piece(answer_texts.SOURCES.to(language), bold=True)]
    for one in citations:
        elements += [_piece(f"\n[{one.number}] "), _title(one)]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def _line(line: str) -> Iterator[dict[str, Any]]:
    heading = _HEADING.match(line)
    if heading:
        yield _piece(line[heading.end() :], bold=True)
    else:
        for number, part in enumerate(_BOLD.split(_ITEM.sub(r"\1• ", line, count=1))):
            if part:
                yield _piece(part, bold=number % 2 == 1)
    yield _piece("\n")


def _piece(text: str, *, bold: bool = False) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _title(citation: Citation) -> dict[str, Any]:
    title = " ".join(citation.title[:150].split()) or citation.url
    if not _is_openable(citation):
        return _piece(title or "–")
    return {"type": "link", "url": citation.url, "text": title}


def _is_openable(citation: Citation) -> bool:
    return urlsplit(citation.url).scheme in {"http", "https"}
