"""Who may see what others asked: one rule for every view."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from bot.core.language import Language
from bot.core.types import Citation, QuestionId
from bot.redis.connection import RedisConnection
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import ViewRights, instead_of, safe_line
from bot.workspace import Workspace
from knowledge.model.types import Access, Principal
from tests.support.names import names_used

PLAN = "hr/plan.md"
PAGE = "open/page.md"


@dataclass(frozen=True)
class Shelf:
    """Documents with their rights, and nothing to operate."""

    access: Mapping[str, Access]
    sources: Sequence[str] = ()

    def addresses(self, reader: Principal) -> frozenset[str]:
        return frozenset()

    def failing(self, reader: Principal) -> Sequence[str]:
        return ()

    def sources_for(self, reader: Principal) -> Sequence[str]:
        return self.sources if reader.member else ()

    async def status(
        self, language: Language, reader: Principal, *, in_detail: bool = False
    ) -> str:
        return f"{language} {reader.id} {in_detail}"

    async def questions(self, reader: Principal, language: Language) -> Sequence[str]:
        return [f"{language}?"] if reader.member else ()

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return all(self.access[document].permits(reader) for document in documents)

    async def passage(self, citation: Citation, reader: Principal) -> str:
        return citation.quote

    def stale_sources(self, reader: Principal, today: dt.date) -> Sequence[tuple[str, dt.date]]:
        return ()

    async def certified(self) -> bool:
        return False

    async def answers(self, place: str, policy: str, language: Language) -> str:
        return place + policy + language

    async def reindex(self, source: str, language: Language, reader: Principal) -> str:
        return source + language + reader.id

    async def reindex_by_clock(self, source: str, language: Language) -> str:
        return source + language


@pytest.fixture
def rights(clients: Clients, me: BotIdentity, store: RedisConnection) -> ViewRights:
    """The rule, over a plan for #hr and a page for everybody."""
    access = {PLAN: Access("groups", frozenset({"#hr"})), PAGE: Access("anyone")}
    names = names_used(clients, me, store, "#hr")
    return ViewRights(Principals(clients.repeating, me, names), Shelf(access))


def asked_in(channel: str) -> QuestionId:
    """Return the id of a question that was asked in *channel*."""
    return QuestionId(f"slack:T0WORKSPACE:{channel}:1.0")


async def test_a_person_sees_open_channels_and_their_own(
    workspace: Workspace, rights: ViewRights
) -> None:
    """A shared channel is not open: who of the team is in it is not for all to read."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    hr = workspace.add_channel("hr", [hanako], private=True)
    shared = workspace.add_channel("project", [hanako], shared=True)
    general = workspace.add_channel("general", [hanako])
    hers = await rights.principals.of_person(hanako.id)
    his = await rights.principals.of_person(bob.id)
    channels = (hr.id, shared.id, general.id, "C404")

    assert [await rights.may_see(asked_in(one), hers) for one in channels] == [
        True, True, True, False
    ]  # fmt: skip
    assert [await rights.may_see(asked_in(one), his) for one in channels] == [
        False, False, True, False
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["guest", "partner"])
async def test_a_channel_sees_what_everybody_in_it_may(
    workspace: Workspace, rights: ViewRights, kind: str
) -> None:
    """With a guest or a partner among them, only what was asked there."""
    hanako = workspace.add_user("hanako")
    eve = workspace.add_user("eve", guest=kind == "guest", external=kind == "partner")
    general = workspace.add_channel("general", [hanako])
    team = workspace.add_channel("team", [hanako])
    mixed = workspace.add_channel("mixed", [hanako, eve])
    everybody = await rights.principals.of_channel(mixed.id)

    assert await rights.may_see(asked_in(general.id), await rights.principals.of_channel(team.id))
    assert await rights.may_see(asked_in(mixed.id), everybody)
    assert not await rights.may_see(asked_in(general.id), everybody)
    assert not await rights.may_see(QuestionId("terminal:1"), everybody)


async def test_a_direct_message_is_for_its_person(workspace: Workspace, rights: ViewRights) -> None:
    """Where it is not known who asked, for nobody."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    direct = asked_in(workspace.direct_channel(hanako).id)
    hers = await rights.principals.of_person(hanako.id)
    his = await rights.principals.of_person(bob.id)

    assert await rights.may_see(direct, hers, person=hanako.id)
    assert not await rights.may_see(direct, hers)
    assert not await rights.may_see(direct, his, person=hanako.id)
    assert not await rights.may_see(direct, Principal(""), person="")


async def test_what_an_answer_rests_on_must_be_readable(
    workspace: Workspace, rights: ViewRights
) -> None:
    """Every one of its documents; the question alone needs none."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    workspace.add_channel("hr", [hanako], private=True)
    asked = asked_in(workspace.add_channel("general", [hanako, bob]).id)
    hers = await rights.principals.of_person(hanako.id)
    his = await rights.principals.of_person(bob.id)

    assert await rights.may_see(asked, hers, documents=[PAGE, PLAN])
    assert not await rights.may_see(asked, his, documents=[PAGE, PLAN])
    assert await rights.may_see(asked, his, documents=[PAGE])
    assert await rights.may_see(asked, his)


@pytest.mark.parametrize("method", ["conversations.info", "users.info", "users.conversations"])
async def test_what_cannot_be_looked_up_is_not_shown(
    workspace: Workspace, rights: ViewRights, method: str
) -> None:
    """Slack's failure opens nothing."""
    hanako = workspace.add_user("hanako")
    hr = workspace.add_channel("hr", [hanako], private=True)
    general = workspace.add_channel("general", [])
    workspace.faults.add(method, "missing_scope", times=3)
    reader = await rights.principals.of_person(hanako.id)
    channel = hr if method == "users.conversations" else general

    assert not await rights.may_see(asked_in(channel.id), reader)


def test_what_stands_instead_of_a_question() -> None:
    """Direct messages are told apart, where all of them are."""
    direct, channel = asked_in("D1"), asked_in("C1")

    assert instead_of([direct]) == client_texts.PRIVATE_QUESTION
    assert instead_of([direct, channel]) == client_texts.HIDDEN_QUESTION
    assert instead_of([QuestionId("terminal:1")]) == client_texts.HIDDEN_QUESTION


@pytest.mark.parametrize("many", [3, 40])
async def test_many_channels_cost_one_listing(
    workspace: Workspace, rights: ViewRights, many: int
) -> None:
    """The same as one by one: open channels and the reader's own, and no other."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    hr = workspace.add_channel("hr", [hanako], private=True)
    his = workspace.add_channel("boys", [bob], private=True)
    shared = workspace.add_channel("project", [hanako], shared=True)
    opened = [workspace.add_channel(f"open-{n}", [hanako]) for n in range(many - 3)]
    asked = [asked_in(one.id) for one in (hr, his, shared, *opened)]
    reader = await rights.principals.of_person(bob.id)
    since = len(workspace.calls())
    channels = await rights.open_channels(asked, reader)
    looked_up = [call.method for call in workspace.calls()[since:]]

    one_by_one = [await rights.may_see(id_, reader) for id_ in asked]
    assert [await rights.may_see(id_, reader, channels=channels) for id_ in asked] == one_by_one
    assert one_by_one == [False, True, False, *(True for _ in opened)]
    assert looked_up == (["conversations.info"] * 2 if many == 3 else ["conversations.list"])


async def test_a_listing_that_fails_opens_nothing(workspace: Workspace, rights: ViewRights) -> None:
    """Each channel is then looked up alone."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    private = [workspace.add_channel(f"p-{n}", [hanako], private=True) for n in range(9)]
    general = workspace.add_channel("general", [hanako])
    workspace.faults.add("conversations.list", "missing_scope")
    asked = [asked_in(one.id) for one in (*private, general)]
    reader = await rights.principals.of_person(bob.id)

    assert await rights.open_channels(asked, reader) == {general.id}


@pytest.mark.parametrize(
    "title",
    [
        "Rules https://evil.example/?q=1",
        "規程 www.evil.example/a",
        "<https://evil.example|規程>",
        "[Rules](https://evil.example/)",
        "<!channel> Rules",
        "<@U0000000001>\n規程",
        "<!subteam^S1|@admins>",
    ],
)
def test_a_title_links_nowhere_and_pings_nobody(title: str) -> None:
    """It is a line of text, whatever it says."""
    line = safe_line(title)

    assert "\n" not in line
    assert not any(part in line for part in ("https://", "www.e", "<", ">"))
    assert "規程" in line or "Rules" in line or "admins" in line


def test_a_long_title_is_cut() -> None:
    """In characters of what people see."""
    assert len(safe_line("規" * 300, 100)) == 100
