"""Whoever has the token is let in, and nobody else, however they try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.operator_page.sessions import (
    MOST_SESSIONS,
    MOST_TRIES,
    SESSION_SECONDS,
    OperatorSessions,
)
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
    """It says nothing, least of all of the token."""
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


def test_a_cookie_holds_as_a_whole(sessions: OperatorSessions) -> None:
    """Neither a part of it, nor more, nor another case."""
    cookie = sessions.new_cookie()

    for forged in ("", cookie[:-1], f"{cookie}x", f" {cookie}", cookie.swapcase()):
        assert not sessions.admits(forged)


def test_signing_out_ends_one_session(sessions: OperatorSessions) -> None:
    """A copy of its cookie as well; others go on, and what is no cookie does no harm."""
    cookie, other = sessions.new_cookie(), sessions.new_cookie()
    for ended in (cookie, cookie, "", "\udcff"):
        sessions.end(ended)

    assert not sessions.admits(cookie)
    assert sessions.admits(other)


def test_sessions_take_little_room(sessions: OperatorSessions, clock: Clock) -> None:
    """Of very many, the newest count; and none is kept beyond its hour."""
    first, *_, last = [sessions.new_cookie() for _ in range(MOST_SESSIONS + 1)]
    assert not sessions.admits(first)
    assert sessions.admits(last)
    assert len(sessions._sessions) == MOST_SESSIONS
    clock.now += SESSION_SECONDS
    sessions.new_cookie()
    assert len(sessions._sessions) == 1


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
