"""The verdict of a soak is judged itself: each promise, kept and broken."""

from collections.abc import Callable

import pytest

from bot.agent.texts import NOT_SEARCHED
from tests.machines.verdict import (
    PROMISES,
    WITHHELD,
    Asked,
    Record,
    Reply,
    SavedEntry,
    Shown,
    judge,
)

CODE = "4711"


def record() -> Record:
    """Two questions in a thread, about the documents and about an entry, answered as promised."""
    kept = Record()
    for number, (wanted, entry) in enumerate((("17:30", ""), (CODE, "Where is the key?"))):
        job, ts, words = f"job{number}", f"{number}.5", f"It is {wanted}."
        sent = 100.0 + 10 * number
        kept.asked.append(Asked(job, "thread", f"question {number}", sent, [wanted], entry))
        kept.asked[-1].accepted = sent + 1
        kept.shown.append(Shown(sent + 2, job, ts, words))
        kept.replies.append(Reply(job, ts, words, done=True))
    kept.entries.append(SavedEntry("Where is the key?", CODE, "form", accepted=50.0, told=60.0))
    kept.last_round.append("job1")
    return kept


def twice(kept: Record) -> None:
    """A second answer."""
    kept.replies.append(Reply("job0", "7.5", "It is 17:30.", done=True))


def unfinished(kept: Record) -> None:
    """A placeholder that stays."""
    kept.replies[0] = Reply("job0", "0.5", "One moment", done=False)


def wrong(kept: Record) -> None:
    """Something that nobody has asked for."""
    kept.replies[0] = Reply("job0", "0.5", "It is 9:00.", done=True)


def withheld(kept: Record) -> None:
    """An answer that nobody may read any more, though nothing was withdrawn."""
    kept.shown[0] = Shown(102.0, "job0", "0.5", WITHHELD[0])
    kept.replies[0] = Reply("job0", "0.5", WITHHELD[0], done=True)


def undelivered(kept: Record) -> None:
    """Slack could not deliver a question, and nobody has read it later."""
    kept.asked[0].accepted = None
    del kept.replies[0]


def overtaken(kept: Record) -> None:
    """The first answer comes after the second."""
    kept.shown[0] = Shown(200.0, "job0", "0.5", "It is 17:30.")


def answered_from_withdrawn(kept: Record) -> None:
    """A question that was asked later still gets the entry."""
    kept.entries[0].withdrawn = 105.0


def shown_for_a_moment(kept: Record) -> None:
    """Also what was there for a moment counts."""
    answered_from_withdrawn(kept)
    kept.replies[1] = Reply("job1", "1.5", "The documents do not say.", done=True)


def unsearched(kept: Record) -> None:
    """Somebody reads that it could not be searched."""
    kept.shown.append(Shown(150.0, "", "3.5", NOT_SEARCHED.to("ja", reason="なし")))


def untold(kept: Record) -> None:
    """A form was accepted, and nothing came of it."""
    kept.entries[0].told = None


def not_found(kept: Record) -> None:
    """A saved entry is no answer at last."""
    kept.last_round.clear()


def lost(kept: Record) -> None:
    """Slack had an acknowledgement."""
    del kept.replies[0]


@pytest.mark.parametrize(
    ("harm", "promise"),
    [
        (twice, "P1"),
        (unfinished, "P1"),
        (wrong, "P1"),
        (withheld, "P1"),
        (undelivered, "P1"),
        (overtaken, "P2"),
        (answered_from_withdrawn, "P3"),
        (shown_for_a_moment, "P3"),
        (unsearched, "P4"),
        (untold, "P5"),
        (not_found, "P5"),
        (lost, "P6"),
    ],
)
def test_a_broken_promise_is_seen(harm: Callable[[Record], None], promise: str) -> None:
    """And no other promise with it."""
    kept = record()
    assert judge(kept) == []
    harm(kept)
    assert {broken.invariant for broken in judge(kept)} == {promise}


def test_what_may_be_is_not_a_broken_promise() -> None:
    """Any answer will do about an entry that is withdrawn, and an overtaken resend is in order."""
    kept = record()
    kept.entries[0].withdrawn = 130.0
    kept.replies[1] = Reply("job1", "1.5", "The documents do not say.", done=True)
    kept.shown[1] = Shown(112.0, "job1", "1.5", "The documents do not say.")
    assert judge(kept) == []

    meanwhile = record()
    withheld(meanwhile)
    meanwhile.entries.append(SavedEntry("Where is the car?", "9", "form", 50.0, 60.0, 101.0))
    assert judge(meanwhile) == []

    older = record()
    older.replies[1] = Reply("job1", "1.5", "It is 9:00.", done=True)
    older.shown[1] = Shown(112.0, "job1", "1.5", "It is 9:00.")
    older.behind.append((111.0, 140.0))
    assert {broken.invariant for broken in judge(older)} == {"P5"}  # but not for ever
    older.last_round.append("job2")
    older.asked.append(Asked("job2", "t", "last", 150.0, [CODE], "Where is the key?", 151.0))
    older.shown.append(Shown(152.0, "job2", "2.5", f"It is {CODE}."))
    older.replies.append(Reply("job2", "2.5", f"It is {CODE}.", done=True))
    assert judge(older) == []

    late = record()
    late.asked[0].accepted = 115.0
    late.shown[0] = Shown(200.0, "job0", "0.5", "It is 17:30.")
    assert judge(late) == []
    assert set(PROMISES) == {"P1", "P2", "P3", "P4", "P5", "P6"}
