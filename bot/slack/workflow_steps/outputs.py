"""What a workflow gets to go on with. Pure.

A workflow may put it anywhere. So the text pings nobody, and no address is a link in it but those
of its sources.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.core.language import Language
from bot.core.links import linkable
from bot.core.types import Answer, AnswerStatus, Citation
from bot.slack.answers import texts as answer_texts
from bot.slack.workflow_steps import texts
from bot.slack.workflow_steps.rich_text import (
    TextElement,
    elements_of,
    link_element,
    plain_text,
    text_element,
    trimmed,
)

StepStatus = Literal["answered", "found", "nothing", "posted"]

_STATUSES: Mapping[AnswerStatus, StepStatus] = {"answered": "answered", "found": "found"}


def outputs(answer: Answer, language: Language, link: str = "") -> dict[str, Any]:
    """Return the outputs for an *answer* whose place is *link*, "" if the workflow alone has it.

    What is no answer has no sources: nothing of it rests on what was read.
    """
    status = _STATUSES.get(answer.status, "nothing")
    sources = () if status == "nothing" else answer.citations
    said = answer.text
    if answer.status == "handed_over" and not link:
        said = texts.NOTHING.to(language)  # nobody is asked: nobody would hear of it
    openable = [one for one in sources if _is_openable(one)]
    allowed = linkable(openable)
    elements = trimmed(elements_of(said, allowed))
    elements += _sources(sources, language)
    return _told(elements, status, link or next((one.url for one in openable), ""))


def posted(language: Language, link: str) -> dict[str, Any]:
    """Return the outputs for an answer that only the channel at *link* may read.

    They are the same whatever was found: whoever built the workflow could ask one thing after
    another, and learn what the channel's documents tell of.
    """
    told = texts.IN_THE_CHANNEL.to(language)
    elements = [
        text_element(told),
        *([text_element(" "), link_element(link, link)] if link else ()),
    ]
    outputs = _told(elements, "posted", link)
    return outputs | {"text": f"{told} {link}".strip()}


def _told(elements: Sequence[TextElement], status: StepStatus, link: str) -> dict[str, Any]:
    shown = list(elements) or [text_element("–")]
    section = {"type": "rich_text_section", "elements": shown}
    return {
        "answer": {"type": "rich_text", "elements": [section]},
        "text": plain_text(shown),
        "status": status,
        "link": link,
    }


def _sources(citations: Sequence[Citation], language: Language) -> list[TextElement]:
    if not citations:
        return []
    elements = [text_element("\n\n"), text_element(answer_texts.SOURCES.to(language), "bold")]
    for one in citations:
        elements += [text_element(f"\n[{one.number}] "), _title(one)]
    return elements


def _title(citation: Citation) -> TextElement:
    title = " ".join(citation.title[:150].split()) or citation.url
    return (
        link_element(title, citation.url) if _is_openable(citation) else text_element(title or "–")
    )


def _is_openable(citation: Citation) -> bool:
    return urlsplit(citation.url).scheme in {"http", "https"}
