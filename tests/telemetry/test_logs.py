"""Tracebacks tell where, and what only when that cannot be somebody's words."""

from bot.core.errors import ModelUnavailableError
from bot.telemetry.logs import traceback_of
from bot.telemetry.privacy import PrivateText, without_messages

QUESTION = "How is my secret bonus counted? 賞与の計算方法は？"


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """Raise *error* because of *cause*, and return it with its traceback."""
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_errors_of_ours_and_of_the_system_say_what_is_wrong() -> None:
    """Operators need the host that cannot be reached."""
    error = raised(ModelUnavailableError("it is down"), raised(ConnectionError("port 6379")))
    told = traceback_of(error)

    assert told.index("ConnectionError: port 6379") < told.index("it is down")
    assert "in raised" in told


def test_other_errors_tell_their_kind_and_place_only() -> None:
    """A library may quote what it was given."""
    told = traceback_of(raised(ValueError(f"cannot read {QUESTION!r}")))

    assert "secret bonus" not in told
    assert "ValueError (text withheld" in told
    assert "in raised" in told


def test_groups_are_told_part_by_part() -> None:
    """Tools run side by side fail side by side."""
    told = traceback_of(ExceptionGroup(QUESTION, [raised(OSError("disk")), ValueError(QUESTION)]))

    assert "OSError: disk" in told
    assert "賞与" not in told


def test_lines_that_quote_the_question_in_work_are_withheld() -> None:
    """Even a part of it, in either language; ids and other lines stay."""
    private = PrivateText("slack:1", QUESTION)
    event = {
        "job": "slack:1",
        "reason": "bad: secret bonus counted\nstatus 400",
        "partition": QUESTION,
    }

    assert "secret" not in str(without_messages(None, "", {**event})["reason"])
    assert "status 400" in str(without_messages(None, "", {**event})["reason"])
    quoted = {"job": "slack:1", "reason": "無効な値「? 賞与の計算方法は？」"}
    assert "賞与" not in str(without_messages(None, "", quoted)["reason"])
    assert without_messages(None, "", {**event, "job": "slack:2"})["reason"] == event["reason"]
    del private
    assert without_messages(None, "", {**event})["reason"] == event["reason"]
