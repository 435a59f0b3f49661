"""Looks for broken promises in a history: the invariants I1 to I7."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from bot.core.i18n import Text
from bot.queue import texts
from bot.slack.answers import texts as answer_texts
from tests.faults.history import CLOSES, Asked, History, Outcome, Visible, recoveries

INVARIANTS: Mapping[str, str] = {
    "I1": "every accepted question ends in exactly one visible outcome",
    "I2": "in a thread, work and outcomes follow arrival and never overlap",
    "I3": "no message changes after it is done",
    "I4": "partitions, tokens and delayed jobs are gone in the end",
    "I5": "memory has each turn once, in order",
    "I6": "a dead worker's job is taken up within lease + lease/4 + 2 s",
    "I7": "nothing is given up unless that was injected",
}

SIMULTANEOUS = 0.1
"""Seconds within which two connections' news may reach the observer in the wrong order."""

_THINKING = (answer_texts.THINKING.ja, answer_texts.THINKING.en)
FAILURE_MESSAGES = tuple(
    words for text in vars(texts).values() if isinstance(text, Text) for words in (text.en, text.ja)
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise, and to whom it was broken."""

    invariant: str
    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.what}"


def check(history: History) -> list[Violation]:
    """Return every violation in *history*."""
    return [violation for rule in _RULES for violation in rule(history)]


def outcomes(history: History) -> Mapping[str, Outcome | str]:
    """Return how each question ended, or what is wrong with what people see of it."""
    seen = defaultdict[str, list[Visible]](list)
    for message in history.visible:
        seen[message.job].append(message)
    done = {held.job for held in history.acts("done")}
    return {
        asked.job: _outcome(asked, seen[asked.job], done=asked.job in done)
        for asked in history.asked
    }


def _outcome(asked: Asked, seen: Sequence[Visible], *, done: bool) -> Outcome | str:
    if not seen:
        return "nothing"
    if len(seen) > 1:
        return f"{len(seen)} messages"
    words = seen[0].words
    if asked.tag in words:
        return "answer"
    if any(failure_message in words for failure_message in FAILURE_MESSAGES):
        return "failure_message"
    if done and words not in _THINKING:
        return "explanation"
    return f"left at {words[:60]!r}"


def _one_outcome(history: History) -> Iterator[Violation]:
    """I1. A question that was never acknowledged may be unanswered, but not half-answered."""
    stored = {held.job for held in history.acts("put")}
    found = outcomes(history)
    for asked in history.asked:
        outcome = found[asked.job]
        if asked.accepted is None and asked.job not in stored and outcome == "nothing":
            continue  # Slack was told, each time, that it is not stored
        if outcome not in asked.expected:
            yield Violation("I1", asked.job, f"{outcome} instead of {' or '.join(asked.expected)}")
    known = {asked.job for asked in history.asked}
    for message in history.visible:
        if message.job not in known:
            yield Violation("I1", message.job or message.ts, f"a stray message: {message.words!r}")


def _in_order(history: History) -> Iterator[Violation]:
    """I2, for work (by the queue's scripts) and for what people see (by the answers' times)."""
    yield from _no_overlap(history)
    partitions = defaultdict[str, list[Asked]](list)
    stored_in = {held.job: held.partition for held in history.acts("put")}
    for asked in history.asked:
        # One for which its thread has no room is told so outside the queue.
        if stored_in.get(asked.job, asked.partition) == asked.partition:
            partitions[asked.partition].append(asked)
    started, ended = _first(history, "take"), _last_done(history)
    for partition, all_asked in partitions.items():
        for earlier, later in _ordered(all_asked):
            for what, times in (("work began", started), ("the outcome came", ended)):
                first, second = times.get(earlier.job), times.get(later.job)
                if first is not None and second is not None and first > second:
                    yield Violation("I2", partition, f"{what} for {later.job} before {earlier.job}")


def _ordered(asked: list[Asked]) -> Iterator[tuple[Asked, Asked]]:
    """Yield neighbours of which the first was acknowledged before the second was sent."""
    arrived = sorted((a for a in asked if a.accepted is not None), key=lambda a: a.sent)
    for index, later in enumerate(arrived):
        before = [a for a in arrived[:index] if a.accepted is not None and a.accepted < later.sent]
        if before:
            yield before[-1], later


def _no_overlap(history: History) -> Iterator[Violation]:
    """I2: a partition's next job is not taken before the one in work was ended for good."""
    closed = {held.job: held.at for held in history.acts(*CLOSES)}
    in_work: dict[str, str] = {}
    for held in history.acts("take"):
        other = in_work.get(held.partition, held.job)
        if other != held.job and closed.get(other, inf) > held.at + SIMULTANEOUS:
            yield Violation("I2", held.partition, f"{held.job} was taken while {other} was open")
        in_work[held.partition] = held.job


def _first(history: History, act: str) -> Mapping[str, float]:
    times: dict[str, float] = {}
    for held in history.acts(act):
        times.setdefault(held.job, held.at)
    return times


def _last_done(history: History) -> Mapping[str, float]:
    """Return when each job's outcome was first in place."""
    final = {message.ts: message.words for message in history.visible}
    times: dict[str, float] = {}
    for shown in history.shown:
        if final.get(shown.ts) == shown.words:
            times.setdefault(shown.job, shown.at)
    return times


def _final_is_final(history: History) -> Iterator[Violation]:
    """I3. A dead letter that is tried again begins anew."""
    done: dict[str, float] = {}
    content: dict[str, str] = {}
    events = [(h.at, 1, h.act, h.job, "", "") for h in history.acts("put", "done")]
    events += [(s.at, 0, s.method, s.job, s.ts, s.content) for s in history.shown]
    for at, _, act, job, ts, now in sorted(events):
        if act == "put":
            done.pop(job, None)
        elif act == "done":
            done[job] = at
        elif job in done and content.get(ts) != now:
            yield Violation("I3", job, f"{act} changed {ts} after it was done")
        if ts:
            content[ts] = now


def _nothing_left(history: History) -> Iterator[Violation]:
    """I4."""
    left = history.left
    for name, keys in (("partitions", left.partitions), ("active", left.active)):
        if keys:
            yield Violation("I4", name, f"{len(keys)} left: {', '.join(keys[:3])}")
    for name, count in (("ready", left.ready), ("pending", left.pending)):
        if count:
            yield Violation("I4", name, f"{count} tokens left")
    if left.delayed:
        yield Violation("I4", "delayed", f"{len(left.delayed)} left")
    for job, state in left.open_jobs:
        yield Violation("I4", job, f"still {state}")


def _remembered_once(history: History) -> Iterator[Violation]:
    """I5. Old turns may be forgotten; the rest are each there once, as they were answered."""
    answered = _last_done(history)
    for partition, turns in history.left.turns.items():
        for job, times in Counter(turns).items():
            if times > 1:
                yield Violation("I5", partition, f"{job} is remembered {times} times")
        known = [answered[job] for job in turns if job in answered]
        if known != sorted(known):
            yield Violation("I5", partition, "turns are not remembered in the order of the answers")
    found = outcomes(history)
    for asked in history.asked:
        newest = history.left.turns.get(asked.partition, [])
        if found[asked.job] == "answer" and not newest:
            yield Violation(
                "I5", asked.partition, f"{asked.job} was answered and nothing is remembered"
            )


def _recovered_in_time(history: History) -> Iterator[Violation]:
    """I6."""
    for recovery in recoveries(history):
        if recovery.seconds is None:
            yield Violation("I6", recovery.job, "nobody took it up after its worker's end")
        elif recovery.seconds > recovery.allowed:
            took, most = f"{recovery.seconds:.1f}", f"{recovery.allowed:.1f}"
            yield Violation("I6", recovery.job, f"taken up after {took} s; {most} are allowed")


def _nothing_given_up(history: History) -> Iterator[Violation]:
    """I7."""
    for letter in history.left.dead:
        if letter.job not in history.injected_deaths:
            yield Violation("I7", letter.job, f"given up: {letter.reason}")


_RULES: tuple[Callable[[History], Iterator[Violation]], ...] = (
    _one_outcome,
    _in_order,
    _final_is_final,
    _nothing_left,
    _remembered_once,
    _recovered_in_time,
    _nothing_given_up,
)
