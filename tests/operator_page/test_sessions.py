"""Whoever has the token is let in, and nobody else, however they try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.operator_page.sessions import MOST_TRIES, SESSION_SECONDS, OperatorSessions
from tests.support.operator_team import TOKEN


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> OperatorSessions:
    return OperatorSessions(TOKEN, clock, clock)


def test_the_token_is_right_and_nothing_else(sessions: OperatorSessions) -> None:
    """Neither a part of it, nor more, nor another case."""
    assert sessions.try_token(TOKEN) == "right"
    for wrong in ("", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), f" {TOKEN}", "\udcff", "é" * 50):
        assert sessions.try_token(wrong) == "wrong"


def test_a_cookie_is_no_token_and_holds_for_an_hour(
    sessions: OperatorSessions, clock: Clock
) -> None:
    """It says until when, and nothing of the token."""
    cookie = sessions.new_cookie()

    assert TOKEN not in cookie
    assert sessions.try_token(cookie) == "wrong"
    assert sessions.admits(cookie)
    clock.now += SESSION_SECONDS - 1
    assert sessions.admits(cookie)
    clock.now += 1
    assert not sessions.admits(cookie)


def test_a_cookie_of_another_token_or_process_is_refused(
    sessions: OperatorSessions, clock: Clock
) -> None:
    """A changed token, and a restart, end all sessions."""
    assert not sessions.admits(OperatorSessions(f"{TOKEN}2", clock, clock).new_cookie())
    assert not sessions.admits(OperatorSessions(TOKEN, clock, clock).new_cookie())


def test_a_longer_life_cannot_be_written_into_a_cookie(
    sessions: OperatorSessions, clock: Clock
) -> None:
    until, _, proof = sessions.new_cookie().partition(".")

    for forged in (f"{int(until) + 9_999}.{proof}", f"0{until}.{proof}", f"{until} .{proof}"):
        assert not sessions.admits(forged)
    assert not sessions.admits(f"{until}.{proof.upper()}")


@given(st.text(max_size=300))
def test_no_cookie_is_guessed_and_none_does_harm(cookie: str) -> None:
    """Whatever stands in it: odd letters, half of a pair, thousands of digits."""
    assert not OperatorSessions(TOKEN).admits(cookie)


def test_beyond_the_limit_no_token_is_looked_at(sessions: OperatorSessions, clock: Clock) -> None:
    """Not even the right one: else the limit would limit nobody. A minute later it is."""
    for _ in range(MOST_TRIES):
        assert sessions.wait_seconds() == 0
        assert sessions.try_token("wrong") == "wrong"
        clock.now += 1

    assert sessions.try_token(TOKEN) == "too_many"
    assert sessions.wait_seconds() == 60 - MOST_TRIES + 1
    clock.now += 60 - MOST_TRIES
    assert sessions.wait_seconds() == 0
    assert sessions.try_token(TOKEN) == "right"


def test_right_tokens_use_no_tries(sessions: OperatorSessions) -> None:
    """A program that reads the page every few seconds locks nobody out."""
    for _ in range(5 * MOST_TRIES):
        assert sessions.try_token(TOKEN) == "right"
