"""Judges what people saw in a soak on several machines: the promises P1 to P6."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.agent.texts import NOT_SEARCHED
from bot.answering.texts import NO_LONGER_READABLE
from tests.faults.checker import Violation

PROMISES: Mapping[str, str] = {
    "P1": "each question is answered exactly once, with what was asked for",
    "P2": "in its thread, answers come in the order of the questions",
    "P3": "once it was told that an entry is withdrawn, no answer rests on it",
    "P4": "nobody reads that the documents could not be searched",
    "P5": "what was told to be saved is found, on every machine",
    "P6": "what Slack had an acknowledgement for is not lost",
}

INDEX_ERRORS = (
    NOT_SEARCHED.en.partition("{")[0],
    NOT_SEARCHED.ja.partition("{")[0],
    "kotae sync",
    "another version",
)
"""What people would read if a machine answered without an index that fits."""

WITHHELD = (NO_LONGER_READABLE.en, NO_LONGER_READABLE.ja)
"""What people read when an answer's source was withdrawn before the answer was shown."""

_WHILE_ANSWERING = 120.0
"""Seconds after an answer in which it may still be told that its source is withdrawn."""


@dataclass(slots=True)
class Asked:
    """A question.

    Attributes:
        wanted: Of these words, the answer has one; any answer will do if there are none.
        entry: Question of the entry that it is about, "" for one about the documents.
        sent: When it was written, in seconds since the epoch; so are all times.
        accepted: When Slack had an acknowledgement, None if it never came.
    """

    job: str
    thread: str
    text: str
    sent: float
    wanted: Sequence[str] = ()
    entry: str = ""
    accepted: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot as it was posted or changed.

    Attributes:
        job: Of the question that it replies to, "" for every other message.
    """

    at: float
    job: str
    ts: str
    words: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What people see below a question in the end; *done* if it is an outcome."""

    job: str
    ts: str
    words: str
    done: bool


@dataclass(slots=True)
class SavedEntry:
    """An entry that people saved.

    Attributes:
        code: Words that only this entry has.
        way: How it was saved, and withdrawn.
        accepted: When the form closed.
        told: When its author was told that it is saved.
        withdrawn: When it was told that it is withdrawn, None while it is not.
    """

    question: str
    code: str
    way: str
    accepted: float | None = None
    told: float | None = None
    withdrawn: float | None = None


@dataclass(slots=True)
class Record:
    """Everything that the verdict rests on.

    Attributes:
        behind: Times, from and until, in which a host had an older index version than another.
        last_round: Jobs of the questions that were asked when all else was over.
    """

    asked: list[Asked] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    entries: list[SavedEntry] = field(default_factory=list)
    last_round: list[str] = field(default_factory=list)
    behind: list[tuple[float, float]] = field(default_factory=list)

    def replies_to(self, job: str) -> list[Reply]:
        """Return what people see below a question."""
        return [reply for reply in self.replies if reply.job == job]

    def answered_at(self) -> Mapping[str, float]:
        """Return when each question's outcome was first in place."""
        final = {reply.ts: reply.words for reply in self.replies if reply.done}
        times = dict[str, float]()
        for shown in self.shown:
            if final.get(shown.ts) == shown.words:
                times.setdefault(shown.job, shown.at)
        return times

    def was_behind(self, asked: Asked, at: float) -> bool:
        """Tell whether a host was behind between a question and its answer at a time."""
        return any(since <= at and asked.sent <= until for since, until in self.behind)

    def save(self, path: Path) -> None:
        """Write it as JSON, for a person to look into."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), "utf-8")


def judge(record: Record) -> list[Violation]:
    """Return every broken promise."""
    return [broken for rule in _RULES for broken in rule(record)]


def counted(broken: Sequence[Violation]) -> dict[str, int]:
    """Return how often each promise was broken."""
    counts = Counter(one.invariant for one in broken)
    return {promise: counts[promise] for promise in PROMISES}


def _once(record: Record) -> Iterator[Violation]:
    """P1. Of an entry that was withdrawn meanwhile, any answer will do.

    So it will while a host is behind, which answers from the version before. An answer that
    somebody withdrew a source of, before it was shown, may be withheld.
    """
    withdrawn = {entry.question: entry.withdrawn for entry in record.entries}
    answered = record.answered_at()
    for asked in record.asked:
        replies = record.replies_to(asked.job)
        if not replies and asked.accepted is None:
            yield Violation("P1", asked.text, "not delivered by Slack, nor read later")
        elif not replies:
            continue  # P6
        elif len(replies) > 1:
            yield Violation("P1", asked.text, f"{len(replies)} messages")
        elif not replies[0].done:
            yield Violation("P1", asked.text, f"left at {replies[0].words[:80]!r}")
        elif replies[0].words in WITHHELD:
            latest = answered[asked.job] + _WHILE_ANSWERING
            if not any(at and asked.sent < at < latest for at in withdrawn.values()):
                yield Violation("P1", asked.text, "withheld, though nothing was withdrawn")
        elif (
            not _fits(asked, replies[0].words)
            and not withdrawn.get(asked.entry)
            and not (asked.entry and record.was_behind(asked, answered[asked.job]))
        ):
            yield Violation("P1", asked.text, f"another answer: {replies[0].words[:160]!r}")


def _fits(asked: Asked, words: str) -> bool:
    return not asked.wanted or any(wanted in words for wanted in asked.wanted)


def _in_order(record: Record) -> Iterator[Violation]:
    """P2, for questions of which the first was acknowledged before the second was sent."""
    answered = record.answered_at()
    threads = defaultdict[str, list[Asked]](list)
    for asked in record.asked:
        if asked.accepted is not None and asked.job in answered:
            threads[asked.thread].append(asked)
    for thread, questions in threads.items():
        for place, later in enumerate(questions):
            before = [
                one
                for one in questions[:place]
                if (one.accepted or later.sent) < later.sent
                and answered[one.job] > answered[later.job]
            ]
            for one in before:
                yield Violation("P2", thread, f"{later.text!r} was answered before {one.text!r}")


def _withdrawn(record: Record) -> Iterator[Violation]:
    """P3, for questions that were asked after it was told."""
    known = {entry.question: entry for entry in record.entries}
    words = defaultdict[str, list[str]](list)
    for shown in record.shown:
        words[shown.job].append(shown.words)
    for asked in record.asked:
        gone = [e for e in known.values() if e.withdrawn is not None and e.withdrawn < asked.sent]
        for entry in gone:
            if any(entry.code in text for text in words[asked.job]):
                yield Violation("P3", asked.text, f"answered from the entry {entry.question!r}")


def _searched(record: Record) -> Iterator[Violation]:
    """P4, at any moment."""
    for shown in record.shown:
        if found := [words for words in INDEX_ERRORS if words in shown.words]:
            yield Violation("P4", shown.job or shown.ts, f"people read {found[0]!r}")


def _found(record: Record) -> Iterator[Violation]:
    """P5. Who closed the form is told; and at last, each entry that holds is an answer."""
    final = {reply.job: reply.words for reply in record.replies}
    last = {asked.entry: asked for asked in record.asked if asked.job in record.last_round}
    for entry in record.entries:
        if entry.accepted is not None and entry.told is None:
            yield Violation("P5", entry.question, "its author was never told that it is saved")
        elif entry.told is not None and entry.withdrawn is None:
            asked = last.get(entry.question)
            if asked is None or entry.code not in final.get(asked.job, ""):
                yield Violation("P5", entry.question, "it was told to be saved, and is not found")


def _kept(record: Record) -> Iterator[Violation]:
    """P6."""
    seen = {reply.job for reply in record.replies}
    for asked in record.asked:
        if asked.accepted is not None and asked.job not in seen:
            yield Violation("P6", asked.text, "acknowledged to Slack, and not answered")


_RULES: tuple[Callable[[Record], Iterator[Violation]], ...] = (
    _once,
    _in_order,
    _withdrawn,
    _searched,
    _found,
    _kept,
)
