"""Links that lead elsewhere: whatever a model, a document or a person writes, none is left."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from bot.core.links import links_in, safe_markdown
from bot.core.types import Answer, Citation, Question, QuestionId, ThreadId
from bot.slack.answers.blocks import answer_postings, asking_posting, draft_posting, notice
from bot.slack.client.escape import markdown, mrkdwn
from bot.slack.entries.forms import linked
from bot.workspace.page.markup import MentionNames
from bot.workspace.page.markup import markdown as page_markdown
from bot.workspace.page.markup import mrkdwn as page_mrkdwn
from knowledge.model.types import Principal
from tests.safety.link_forms import FORMS, texts
from tests.safety.tally import Tally
from tests.support.link_readers import in_markdown, in_mrkdwn

KNOWN = "https://docs.example/a.md"
NAMES = MentionNames({}, {})
QUESTION = Question(
    QuestionId("slack:T1:C1:1700000000.000200"),
    ThreadId("slack:T1:C1:1700000000.000100"),
    "Where?",
    Principal("U1", member=True),
)


def in_blocks(part: object) -> Iterator[str]:
    """Give all links of the blocks of a message."""
    if isinstance(part, Mapping):
        if part.get("type") == "markdown":
            yield from in_markdown(str(part["text"]))
            yield from in_page(page_markdown(str(part["text"]), NAMES))
        elif part.get("type") == "mrkdwn":
            yield from in_mrkdwn(str(part["text"]))
            yield from in_page(page_mrkdwn(str(part["text"]), NAMES))
        else:
            yield from (str(part[key]) for key in ("url", "image_url") if key in part)
            for value in part.values():
                yield from in_blocks(value)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for item in part:
            yield from in_blocks(item)


def in_page(html: str) -> list[str]:
    elements = BeautifulSoup(html, "html.parser").find_all(True)
    return [str(e[name]) for e in elements for name in ("href", "src") if e.has_attr(name)]


def _elsewhere(text: str) -> str:
    """Let *text* name no other page of the cited site, which may be a link; see `NAMED`."""
    return text.replace("docs.example", "other.example")


def answered(text: str) -> list[str]:
    citation = Citation(1, text, KNOWN, _elsewhere(text), "a.md")
    answer = Answer("answered", text, (citation, replace(citation, url="file:///a.md")))
    return _of_postings(answer_postings(QUESTION, answer, "en"))


def handed_over(text: str) -> list[str]:
    citation = Citation(1, text, KNOWN, _elsewhere(text), "a.md", date="2026-04-01")
    answer = Answer("handed_over", text, (citation,), missing=text, draft=text)
    asked = asking_posting(QUESTION.id, text, answer, "U0000000002", "ja")
    shown = [asked, draft_posting(text, "ja"), *answer_postings(QUESTION, answer, "ja")]
    return [one for one in _of_postings(shown) if one != "@U0000000002"]


def relayed(text: str) -> list[str]:
    """Replies of experts, questions and titles go through `mrkdwn`."""
    return _of_postings([notice(mrkdwn(text)), notice(linked(text, KNOWN))])


def _of_postings(postings: Sequence[object]) -> list[str]:
    found = list[str]()
    for posting in postings:
        found += in_mrkdwn(posting.text)  # type: ignore[attr-defined]
        found += in_blocks(posting.blocks)  # type: ignore[attr-defined]
    return found


PLACES: Mapping[str, Callable[[str], list[str]]] = {
    "an answer": answered,
    "a handoff": handed_over,
    "an expert's reply or a title": relayed,
    "Markdown before it is shown": lambda text: in_markdown(safe_markdown(text, [KNOWN])),
    "a Markdown block": lambda text: in_markdown(markdown(text, [KNOWN])),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_form_of_a_link_leads_away(place: str, tally: Tally) -> None:
    """In every place, for readers that link whatever resembles an address."""
    escapes = list[str]()
    for name, text in texts():
        foreign = [one for one in PLACES[place](text) if one.rstrip(").,*_`") != KNOWN]
        escapes += tally.add(f"links in {place}", name, foreign)
    assert escapes == []


def test_the_readers_see_these_links() -> None:
    """The check is no blind one: nearly every form is a link as it is written."""
    harmless = {
        "a deep link of Slack",
        "a reference twice",
        "references for brackets",
    }
    unseen = {
        name.rpartition(" (")[0]
        for name, text in texts()
        if not [one for one in [*in_markdown(text), *in_mrkdwn(text)] if one != KNOWN]
    }

    assert len(FORMS) > 100
    assert len(unseen - harmless) < len(FORMS) / 10


def cites(url: str, quote: str, document: str) -> Citation:
    return Citation(1, "A", url, quote, document)


NAMED: Mapping[str, tuple[str, str, bool]] = {
    "the same site": (KNOWN, "Open https://docs.example/vpn?x=1 now.", True),
    "同じサイト": (
        KNOWN,
        "申請は https://docs.example/申請 ではなく https://docs.example/vpn?x=1 へ。",
        True,
    ),
    "another site": (KNOWN, "Open https://evil.example/vpn?x=1 now.", False),
    "another port": (KNOWN, "Open https://docs.example:8443/vpn?x=1 now.", False),
    "another scheme": (KNOWN, "Open http://docs.example/vpn?x=1 now.", False),
    "below it": (KNOWN, "Open https://a.docs.example/vpn?x=1 now.", False),
    "a longer name": (KNOWN, "Open https://docs.example.evil.example/vpn?x=1 now.", False),
    "a login": (KNOWN, "Open https://docs.example@evil.example/vpn?x=1 now.", False),
    "a backslash": (KNOWN, "Open https://docs.example\\@evil.example/vpn?x=1 now.", False),
    "a file": ("file:///a.md", "Open file:///vpn?x=1 now.", False),
    "not quoted": (KNOWN, "Ask IT.", False),
    "a page of the web": (KNOWN, "Open https://docs.example/vpn?x=1 now.", False),
    "ウェブのページ": (KNOWN, "https://docs.example/vpn?x=1 を開く。", False),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_quoted_address_is_a_link_on_the_site_of_its_document_only(
    name: str, tally: Tally
) -> None:
    """And word for word: with a secret behind it, it is text."""
    url, quote, link = NAMED[name]
    document = url if "web" in name or "ウェブ" in name else "a.md"
    said = next(iter(links_in(quote)), "https://docs.example/vpn?x=1")
    said = "https://docs.example/vpn?x=1" if link else said
    answer = Answer(
        "answered", f"See [VPN]({said}) or {said}&q=KX7731", (cites(url, quote, document),)
    )
    links = _of_postings(answer_postings(QUESTION, answer, "ja"))
    found = {one.rstrip(").,") for one in links}
    expected = {url, said} if link else {url}
    problems = [] if found - {url} == expected - {url} else [str(found)]
    assert not tally.add("links to what a citation names", name, problems)


@pytest.mark.parametrize(
    "text", ["規程.md", "`a` と 就業規則.md", "2026.規程.md を参照", "集計.py"]
)
def test_a_file_name_is_shown_as_it_is(text: str) -> None:
    """No host can have such a name."""
    assert safe_markdown(text) == text
    assert mrkdwn(text) == text


@pytest.mark.parametrize(
    "text", ["規程.com", "規程.md/x?q=1", "www.規程.md", "a@規程.md", "//規程.md"]
)
def test_what_may_be_a_host_is_not(text: str) -> None:
    assert safe_markdown(text) != text
