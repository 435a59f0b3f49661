"""The checker finds every broken promise, and finds none where all were kept."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.queue import texts
from bot.slack.answers import texts as answer_texts
from tests.faults.checker import INVARIANTS, check, outcomes
from tests.faults.history import (
    Asked,
    Held,
    History,
    Letter,
    Outage,
    Present,
    Shown,
    Struck,
    Visible,
    recoveries,
)
from tests.faults.report import counted, seen_by_people

PARTITION = "slack:T:C:1"
FIRST, SECOND = "slack:T:C:1", "slack:T:C:2"


def told(at: float, act: str, job: str, process: str = "work 1") -> Held:
    """A step of the queue in the thread."""
    return Held(at, act, job, PARTITION, process)


def shown(at: float, job: str, ts: str, words: str, method: str = "chat.update") -> Shown:
    """A call to Slack that was carried out."""
    return Shown(at, method, job, PARTITION, ts, f"digest of {words}", words)


def good_history() -> History:
    """Two questions in a thread; the first one's worker dies, and another answers both."""
    thinking = answer_texts.THINKING.en
    history = History(
        lease=2.0,
        asked=[
            Asked(FIRST, PARTITION, "babi", sent=0.0, accepted=0.1),
            Asked(SECOND, PARTITION, "bobu", sent=0.5, accepted=0.6),
        ],
        held=[
            told(0.1, "put", FIRST, "receive 1"),
            told(0.2, "take", FIRST),
            told(0.6, "put", SECOND, "receive 1"),
            told(3.0, "take", FIRST, "work 2"),
            told(4.1, "done", FIRST, "work 2"),
            told(4.2, "finish", FIRST, "work 2"),
            told(4.3, "take", SECOND, "work 2"),
            told(5.1, "done", SECOND, "work 2"),
            told(5.2, "finish", SECOND, "work 2"),
        ],
        shown=[
            shown(0.3, FIRST, "10", thinking, "chat.postMessage"),
            shown(4.0, FIRST, "10", "open at nine (tag babi)"),
            shown(4.4, SECOND, "11", thinking, "chat.postMessage"),
            shown(5.0, SECOND, "11", "open at nine (tag bobu)"),
            shown(5.05, SECOND, "11", "open at nine (tag bobu)"),
        ],
        struck=[Struck(1.0, "work 1", "killed", (FIRST,))],
        present=[Present("work 1", -1.0, 1.0), Present("work 2", -1.0)],
        visible=[
            Visible(FIRST, PARTITION, "10", "open at nine (tag babi)"),
            Visible(SECOND, PARTITION, "11", "open at nine (tag bobu)"),
        ],
    )
    history.left.turns[PARTITION] = [FIRST, SECOND]
    return history


def silent(history: History) -> None:
    """A question has no answer."""
    history.visible.pop()


def doubled(history: History) -> None:
    """A question has two answers."""
    history.visible.append(replace(history.visible[0], ts="12"))


def stuck(history: History) -> None:
    """A placeholder stays."""
    history.visible[0] = replace(history.visible[0], words=answer_texts.THINKING.en)


def mixed_up(history: History) -> None:
    """A question has the answer to another one."""
    history.visible[0] = replace(history.visible[0], words="open at nine (tag bobu)")


def failed(history: History) -> None:
    """A failure message stands where an answer was due."""
    history.visible[0] = replace(history.visible[0], words=f"{texts.BROKEN.en} (abc123)")


def stray(history: History) -> None:
    """A message belongs to nothing that was asked."""
    history.visible.append(Visible("slack:T:C:9", PARTITION, "19", "who asked?"))


def overtaken(history: History) -> None:
    """The second question is worked on first."""
    history.held.insert(1, told(0.15, "take", SECOND))
    history.held.insert(2, told(0.16, "finish", SECOND))


def overlapping(history: History) -> None:
    """Both questions of the thread are in work at once."""
    history.held.insert(4, told(3.5, "take", SECOND, "work 1"))


def answered_in_reverse(history: History) -> None:
    """The second answer shows before the first."""
    history.shown[1] = replace(history.shown[1], at=6.0)
    history.held[4] = replace(history.held[4], at=6.1)


def overwritten(history: History) -> None:
    """A worker that woke up late writes over the answer."""
    history.shown.append(shown(7.0, FIRST, "10", "_Thinking…_ searching"))


def deleted(history: History) -> None:
    """The bot deletes its answer."""
    history.shown.append(replace(shown(7.0, FIRST, "10", ""), method="chat.delete", content=""))


def mail_left(history: History) -> None:
    """A partition is not empty."""
    history.left.partitions.append(PARTITION)


def still_active(history: History) -> None:
    """A thread counts as active."""
    history.left.active.append(PARTITION)


def token_left(history: History) -> None:
    """A token waits for a worker."""
    history.left.ready = 1


def token_pending(history: History) -> None:
    """A worker still holds a token."""
    history.left.pending = 1


def still_delayed(history: History) -> None:
    """A thread waits for a next try."""
    history.left.delayed.append(PARTITION)


def still_open(history: History) -> None:
    """A job was never ended."""
    history.left.open_jobs.append((FIRST, "running"))


def remembered_twice(history: History) -> None:
    """A turn is in memory twice."""
    history.left.turns[PARTITION].append(FIRST)


def remembered_in_reverse(history: History) -> None:
    """Turns are in the wrong order."""
    history.left.turns[PARTITION].reverse()


def forgotten(history: History) -> None:
    """Nothing is remembered of the talk."""
    history.left.turns.clear()


def late(history: History) -> None:
    """The dead worker's question lies for longer than lease + lease/4 + 2 s."""
    history.held[3] = replace(history.held[3], at=5.6)
    history.held[4:6] = [replace(history.held[4], at=5.7), replace(history.held[5], at=5.8)]
    history.held[6:] = [replace(held, at=held.at + 2) for held in history.held[6:]]
    history.shown[1] = replace(history.shown[1], at=5.65)
    history.shown[2:] = [replace(change, at=change.at + 2) for change in history.shown[2:]]


def abandoned(history: History) -> None:
    """Nobody takes the dead worker's question up."""
    del history.held[3:6]


def given_up(history: History) -> None:
    """A question became a dead letter."""
    history.left.dead.append(Letter(FIRST, "Timeout"))


BREACHES: tuple[tuple[str, Callable[[History], None]], ...] = (
    ("I1", silent),
    ("I1", doubled),
    ("I1", stuck),
    ("I1", mixed_up),
    ("I1", failed),
    ("I1", stray),
    ("I2", overtaken),
    ("I2", overlapping),
    ("I2", answered_in_reverse),
    ("I3", overwritten),
    ("I3", deleted),
    ("I4", mail_left),
    ("I4", still_active),
    ("I4", token_left),
    ("I4", token_pending),
    ("I4", still_delayed),
    ("I4", still_open),
    ("I5", remembered_twice),
    ("I5", remembered_in_reverse),
    ("I5", forgotten),
    ("I6", late),
    ("I6", abandoned),
    ("I7", given_up),
)


@pytest.mark.parametrize(
    ("invariant", "breach"), BREACHES, ids=[breach.__name__ for _, breach in BREACHES]
)
def test_every_breach_is_found(invariant: str, breach: Callable[[History], None]) -> None:
    """Each is found under its own number."""
    history = good_history()
    breach(history)
    assert counted(check(history))[invariant] > 0


def test_every_invariant_is_breached_in_these_tests() -> None:
    """None is left untested."""
    assert {invariant for invariant, _ in BREACHES} == set(INVARIANTS)


def test_a_history_without_breach_passes() -> None:
    """A dead worker and a repeated update are no breach."""
    assert check(good_history()) == []
    assert seen_by_people(good_history()) == (
        "2 asked, 2 × answer, answered after 4.2 s (max 4.5), taken up again after 2.0 s"
    )


def test_an_outage_of_redis_extends_the_time_to_recover() -> None:
    """Nobody can take up anything meanwhile."""
    history = good_history()
    late(history)
    history.outages.append(Outage(2.0, 3.0, "Redis killed"))
    assert check(history) == []


def test_a_time_without_a_free_hand_extends_the_time_to_recover() -> None:
    """The other worker comes late; or it is there, and busy with something else."""
    history = good_history()
    late(history)
    history.present[1].start = 2.5
    assert check(history) == []

    history = good_history()
    late(history)
    history.concurrency = 1
    history.held.insert(0, Held(0.0, "take", "other", "elsewhere", "work 2"))
    history.held.insert(4, Held(2.5, "finish", "other", "elsewhere", "work 2"))
    assert check(history) == []


def test_a_frozen_worker_that_wakes_up_in_time_may_go_on() -> None:
    """It ends its own job: nothing had to be recovered."""
    history = good_history()
    history.struck[0] = replace(history.struck[0], how="frozen")
    history.held[3:6] = [told(1.5, "done", FIRST), told(1.6, "finish", FIRST)]
    history.shown[1] = replace(history.shown[1], at=1.4)
    assert check(history) == []
    assert recoveries(history) == []


def test_what_was_never_acknowledged_may_stay_unanswered() -> None:
    """Slack was told that it was not stored, each time."""
    history = good_history()
    history.asked.append(Asked("slack:T:C:3", "slack:T:C:3", "fofo", sent=9.0))
    assert check(history) == []


def test_an_expected_failure_message_and_an_injected_death_are_no_breach() -> None:
    """A row says what it does to its questions."""
    history = good_history()
    failed(history)
    given_up(history)
    history.asked[0].expected = ("failure_message",)
    history.injected_deaths.add(FIRST)
    history.left.turns[PARTITION].remove(FIRST)
    assert check(history) == []
    assert outcomes(history)[FIRST] == "failure_message"


def test_a_refusal_for_want_of_room_may_overtake() -> None:
    """It is told so outside the queue."""
    history = good_history()
    history.held[2] = replace(history.held[2], partition=f"{PARTITION}:full")
    history.held[6:] = [
        replace(held, partition=f"{PARTITION}:full", at=0.8) for held in history.held[6:]
    ]
    history.shown[2:] = [replace(change, at=0.7) for change in history.shown[2:]]
    history.asked[1].expected = ("explanation",)
    history.visible[1] = replace(history.visible[1], words="There are too many before you.")
    history.shown[2:] = [
        replace(c, words="There are too many before you.") for c in history.shown[2:]
    ]
    history.left.turns[PARTITION].remove(SECOND)
    assert check(history) == []


def test_questions_that_were_sent_at_once_may_be_answered_in_any_order() -> None:
    """Slack itself does not know which one arrived first."""
    history = good_history()
    history.asked[0].accepted = 0.7
    overtaken(history)
    assert not [violation for violation in check(history) if "began" in violation.what]
