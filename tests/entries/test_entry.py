"""An entry as a document, and when it ends."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries.entry import Entry, due, id_of, searched, tidied, written
from knowledge.model.types import Principal
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.parsers.markdown import MarkdownParser

ENTRY = Entry(
    question="駐車場の暗証番号は？",
    answer="4012 です。",
    author="U1",
    saved_by="U2",
    link="https://team.slack.com/archives/C1/p1",
    on=dt.date(2026, 4, 1),
)
TODAY = dt.date(2026, 11, 24)


@given(
    question=st.text(min_size=1),
    answer=st.text(),
    wordings=st.lists(st.text(), max_size=3),
    reason=st.text(),
    groups=st.lists(st.sampled_from(["#hr", "C0123456"]), max_size=2, unique=True),
    expires=st.none() | st.dates(),
)
def test_its_document_says_what_was_written_whatever_it_is(
    question: str,
    answer: str,
    wordings: list[str],
    reason: str,
    groups: list[str],
    expires: dt.date | None,
) -> None:
    """Quotes, colons, dashes, emoji, several lines: all of it comes back."""
    given_entry = replace(
        ENTRY,
        question=f"q{question}",
        answer=answer,
        wordings=wordings,
        reason=reason,
        groups=groups,
        expires=expires,
        version=3,
    )
    entry = tidied(given_entry)
    facts, text = split_front_matter(searched(entry))

    assert text.strip() == entry.answer
    assert facts["audience"] == (groups or "members")
    assert facts.get("wordings", []) == list(entry.wordings)
    assert MarkdownParser().parse(searched(entry).encode(), "x.md").title == entry.question
    assert split_front_matter(written(entry))[0].get("reason", "") == entry.reason


@pytest.mark.parametrize(
    "hard", [r"\ud83d", r"C:\new\table", "---", "a: b", '"', "'", "# x", "は："]
)
def test_texts_that_look_like_syntax(hard: str) -> None:
    """A question or an answer never hides its document or changes its audience."""
    told = replace(ENTRY, question=hard, answer=f"{hard}\n---\n{hard}", wordings=[f"{hard}?"])
    entry = tidied(replace(told, version=1))

    facts, text = split_front_matter(searched(entry))
    assert (facts["title"], facts["audience"], text.strip()) == (hard, "members", entry.answer)


def test_the_same_question_for_others_is_another_entry() -> None:
    """Otherwise whoever saves for one channel would take it away from everybody else."""
    hr = replace(ENTRY, groups=("#hr",))

    assert id_of(ENTRY) == id_of(replace(ENTRY, answer="5000", question=f" {ENTRY.question}\n"))
    assert id_of(hr) != id_of(ENTRY)


def test_who_may_read_it() -> None:
    member, guest = Principal("U1", member=True), Principal("U2", groups=frozenset({"#hr"}))
    assert ENTRY.permits(member)
    assert not ENTRY.permits(guest)
    assert replace(ENTRY, groups=("#hr",)).permits(guest)
    assert not replace(ENTRY, groups=("#hr",)).permits(member)


def test_what_expires() -> None:
    """On the day itself it no longer holds; what never expires and what is gone is not due."""
    entries = [
        replace(ENTRY, id="today", expires=TODAY),
        replace(ENTRY, id="soon", expires=TODAY + dt.timedelta(days=14)),
        replace(ENTRY, id="later", expires=TODAY + dt.timedelta(days=15)),
        replace(ENTRY, id="never"),
        replace(ENTRY, id="gone", expires=TODAY, state="withdrawn"),
    ]
    assert [one.id for one in due(entries, TODAY)] == ["today"]
    assert [one.id for one in due(entries, TODAY, 14)] == ["today", "soon"]
