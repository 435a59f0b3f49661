"""Groups are believed for minutes, asked for only if needed, and none while nobody can tell."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.directory import lookup
from bot.directory.lookup import BELIEVED, FAILING, Directory, GroupLookup
from knowledge.model.errors import IndexMissingError, KnowledgeError, SourceError
from knowledge.model.readers import group
from tests.support.waiting import wait_until

HR = group("google", "hr")
MAIL = "hanako@example.com"


@dataclass
class Groups:
    """A directory in memory; `error` is raised in place of an answer."""

    name: str = "google"
    groups: dict[str, set[str]] = field(default_factory=lambda: {MAIL: {"hr"}})
    error: KnowledgeError | None = None
    asked: list[str] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    closed: bool = False

    def groups_of(self, mail: str) -> frozenset[str]:
        self.asked.append(mail)
        self.before()
        if self.error is not None:
            raise self.error
        return frozenset(self.groups.get(mail, ()))

    def check(self) -> str:
        return "there"

    def close(self) -> None:
        self.closed = True


@dataclass
class Opened:
    """A look-up with a clock that is set by hand."""

    now: float = 1000.0
    needed: frozenset[str] = frozenset({"google", "ldap"})
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    lookups: list[GroupLookup] = field(default_factory=list)

    def over(self, *directories: Directory) -> GroupLookup:
        """Open it over *directories*."""

        async def needed() -> frozenset[str]:
            return self.needed

        def report(directory: str, outcome: str) -> None:
            self.outcomes[directory, outcome] += 1

        found = GroupLookup(directories, needed, report, lambda: self.now)
        self.lookups.append(found)
        return found


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """A look-up, closed in the end."""
    found = Opened()
    yield found
    for one in found.lookups:
        await one.aclose()


async def test_groups_are_believed_for_a_while(opened: Opened) -> None:
    """And no longer: who has lost a group has lost it within five minutes."""
    google = Groups()
    found = opened.over(google)
    assert await found.names_of(MAIL) == {HR}
    google.groups.clear()
    opened.now += BELIEVED - 1
    assert await found.names_of(MAIL) == {HR}
    opened.now += 1

    assert await found.names_of(MAIL) == frozenset()
    assert len(google.asked) == 2
    assert BELIEVED + 60 <= 300


async def test_what_no_document_needs_is_not_asked(opened: Opened) -> None:
    """Not even the directory of groups that are readers of nothing."""
    google, ldap = Groups(), Groups("ldap")
    opened.needed = frozenset({"ldap"})

    assert await opened.over(google, ldap).names_of(MAIL) == {group("ldap", "hr")}
    assert google.asked == []


async def test_without_an_index_nothing_is_asked() -> None:
    """There is nothing to read, either."""

    async def needed() -> frozenset[str]:
        raise IndexMissingError("nothing has been published yet")

    google = Groups()
    found = GroupLookup([google], needed)

    assert await found.names_of(MAIL) == frozenset()
    assert google.asked == []
    await found.aclose()
    assert google.closed


async def test_nobody_without_an_address_is_asked_about(opened: Opened) -> None:
    """Some services take an empty address for everybody."""
    google = Groups()

    assert await opened.over(google).names_of("") == frozenset()
    assert google.asked == []


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (SourceError("down"), FAILING),
        (SourceError("no", "refused"), FAILING),
        (SourceError("later", "throttled", 90.0), 90.0),
        (SourceError("much later", "throttled", 9_000.0), 300.0),
    ],
)
async def test_a_directory_that_fails_tells_nothing_and_rests(
    opened: Opened, error: SourceError, seconds: float
) -> None:
    """Nobody has its groups meanwhile, others' groups count, and each look-up is counted."""
    google, ldap = Groups(error=error), Groups("ldap")
    found = opened.over(google, ldap)
    assert await found.names_of(MAIL) == {group("ldap", "hr")}
    assert await found.names_of("bob@example.com") == frozenset()
    google.error = None
    opened.now += seconds - 1
    assert await found.names_of("eve@example.com") == frozenset()
    assert opened.outcomes["google", "failed"] == 1
    assert opened.outcomes["google", "skipped"] == 2
    opened.now += 1

    assert HR in await found.names_of(MAIL)
    assert google.asked == [MAIL, MAIL]


async def test_what_is_believed_outlasts_a_failure(opened: Opened) -> None:
    """It is as old as it was allowed to be."""
    google = Groups()
    found = opened.over(google)
    await found.names_of(MAIL)
    google.error = SourceError("down")
    await found.names_of("bob@example.com")

    assert await found.names_of(MAIL) == {HR}


async def test_one_person_s_trouble_is_not_everybody_s(opened: Opened) -> None:
    """Somebody in too many groups."""
    google = Groups(error=KnowledgeError("too many groups"))
    found = opened.over(google)
    assert await found.names_of("all@example.com") == frozenset()
    google.error = None

    assert await found.names_of(MAIL) == {HR}
    assert await found.names_of("all@example.com") == frozenset()
    assert google.asked == ["all@example.com", MAIL]


async def test_many_questions_of_one_person_are_one_look_up(opened: Opened) -> None:
    """Also when the first of them is given up meanwhile."""
    going = threading.Event()
    google = Groups(before=lambda: going.wait(60))
    found = opened.over(google)
    first, *others = [asyncio.create_task(found.names_of(MAIL)) for _ in range(5)]
    await wait_until(lambda: bool(google.asked))
    first.cancel()
    going.set()

    assert await asyncio.gather(*others) == [{HR}] * 4
    assert google.asked == [MAIL]


async def test_a_directory_that_hangs_is_given_up(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two people in a row, nobody waits for it for a while."""
    monkeypatch.setattr(lookup, "PATIENCE", 0.01)
    going = threading.Event()
    google = Groups(before=lambda: going.wait(60))
    found = opened.over(google)
    for mail in ("a@example.com", "b@example.com", "c@example.com"):
        assert await found.names_of(mail) == frozenset()

    assert opened.outcomes == {("google", "failed"): 2, ("google", "skipped"): 1}
    going.set()
