"""Attacks on rights: taken names, rights that were taken away, borrowed identities, outsiders.

Each is a program with several inputs in both languages; an escape is something that was shown, or
somebody who was asked, against the rules.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from bot.answering.rights import AnswerRights
from bot.core.errors import AdapterUnavailableError
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Citation, Question
from bot.handoff.handler import HandoffHandler
from bot.handoff.messages import ExpertReply
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.identity import BotIdentity
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames
from bot.slack.client.people import SlackPeople
from bot.slack.client.permissions import Principals
from bot.slack.client.readers import SlackReaders
from bot.slack.client.slack_changes import SlackChanges
from bot.text.question_similarity import QuestionSimilarity
from bot.workspace import Channel, User, Workspace
from bot.workspace.state import Usergroup
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.errors import KnowledgeError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from tests.safety.access import ToChanges
from tests.safety.tally import Tally
from tests.support.handoffs import HandoffMessages, work_off

SECRET = "SALARY-7731"
DOCUMENT = "docs/plan.md"
QUESTIONS = ("What is the salary plan's code?", "給与計画の暗証番号は？")


@dataclass
class Office:
    """A workspace, a worker that has just looked everything up, and a document for some."""

    workspace: Workspace
    principals: Principals
    base: KnowledgeBase
    store: RedisConnection
    folder: Path
    hanako: User
    mallory: User
    channel: Channel
    group: Usergroup

    async def publish(self, *audience: str) -> None:
        """Write the document for *audience*, and let the bot look what the names mean."""
        said = audience[0] if audience[0] == "members" else json.dumps(audience)
        text = f"---\naudience: {said}\n---\n# Salary plan 給与計画\n\nThe code is {SECRET}. "
        text += f"暗証番号は {SECRET} です。\n"
        (self.folder / "docs" / "plan.md").write_text(text, "utf-8")
        await self.base.sync()
        await self.principals.names.look()

    def asked(self, text: str, person: User, channel: Channel | None = None) -> Question:
        """Ask in *channel*, or in a direct message."""
        place = MessageRef(self.workspace.team_id, channel.id if channel else "D1", "1.5")
        return Question(place.question, place.thread, text, Principal(""), person.id)

    async def reads(self, question: Question) -> bool:
        """Tell whether the answer to *question* can hold the secret, fresh or stored."""
        reader = await self.principals.of(question)
        found = await self.base.search(question.text, reader, 20)
        citation = Citation(1, "", "", "", DOCUMENT)
        rights = AnswerRights(self.may_read, self.principals.of)
        shown = await rights.shown(question, Answer("answered", SECRET, (citation,)))
        return SECRET in str(found) or SECRET in shown.text

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        try:
            for document in documents:
                await self.base.read(document, reader, 0, 1)
        except KnowledgeError:
            return False
        return True


@pytest.fixture
async def office(tmp_path: Path, store: RedisConnection) -> AsyncIterator[Office]:
    """Hanako is in #hr and in @hr-team; Mallory is a member, and in neither."""
    (tmp_path / "docs").mkdir()
    settings = tmp_path / "knowledge.toml"
    settings.write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    base = open_knowledge(settings, tmp_path / "index", EmbeddingSettings("hashing", None, None))
    async with await Workspace.start(retry_delays=()) as workspace:
        changes = SlackChanges(store.commands)
        workspace._dispatcher.transport = ToChanges(changes)
        clients = Clients(workspace.bot_token, workspace.api_url)
        clients.open()
        me = BotIdentity(workspace.team_id, workspace.bot_user_id, workspace.bot_id)
        pins = RedisNamePins(store.commands)
        names = PinnedNames(clients.repeating, me.team, pins, base.groups)
        principals = Principals(clients.repeating, me, names, changes=changes)
        hanako, mallory = workspace.add_user("hanako"), workspace.add_user("mallory")
        channel = workspace.add_channel("人事", [hanako])
        group = workspace.add_usergroup("hr-team", [hanako])
        yield Office(workspace, principals, base, store, tmp_path, hanako, mallory, channel, group)
        await clients.aclose()
        await base.aclose()


# Names (finding 3).


def _renamed(office: Office) -> None:
    office.workspace.rename_channel(office.channel, "old")


def _deleted(office: Office) -> None:
    office.workspace.delete_channel(office.channel)


def _archived_renamed(office: Office) -> None:
    office.workspace.rename_channel(office.channel, "archive")
    office.workspace.archive_channel(office.channel)


TAKEN: dict[str, Callable[[Office], None]] = {
    "renamed": _renamed,
    "deleted": _deleted,
    "renamed and archived": _archived_renamed,
}


@pytest.mark.parametrize("how", TAKEN)
@pytest.mark.parametrize("kind", ["private", "public"])
async def test_who_takes_a_name_gets_no_rights(
    how: str, kind: str, office: Office, tally: Tally
) -> None:
    """A channel or a user group under the old name, in a direct message and there."""
    await office.publish("#人事", "@hr-team")
    for question in QUESTIONS:
        assert await office.reads(office.asked(question, office.hanako))
    TAKEN[how](office)
    taken = office.workspace.add_channel("人事", [office.mallory], private=kind == "private")
    office.workspace.rename_usergroup(office.group, "hr-old")
    office.workspace.add_usergroup("hr-team", [office.mallory])
    await office.workspace.drained()
    escapes = list[str]()
    for question in QUESTIONS:
        for place in (None, taken):
            read = await office.reads(office.asked(question, office.mallory, place))
            case = f"{how}, {question}"
            escapes += tally.add("rights: taken names", case, ["was read"] if read else [])
    assert escapes == []


# Freshness (finding 8). Who is asked for is Hanako; afterwards nobody may read there.


def _leaves(office: Office) -> None:
    office.workspace.leave(office.channel, office.hanako)


def _deactivated(office: Office) -> None:
    office.workspace.change_user(office.hanako, deleted=True)


def _moved_abroad(office: Office) -> None:
    office.workspace.change_user(office.hanako, team_id="T0ELSEWHERE")


def _left_group(office: Office) -> None:
    office.workspace.change_usergroup(office.group, [office.mallory])


def _group_removed(office: Office) -> None:
    office.workspace.remove_usergroup(office.group)


def _made_guest(office: Office) -> None:
    office.workspace.change_user(office.hanako, guest=True)


PERSONAL: dict[str, tuple[str, Callable[[Office], None]]] = {
    "leaves the channel": ("channel", _leaves),
    "is deactivated": ("channel", _deactivated),
    "is of another team": ("channel", _moved_abroad),
    "leaves the group": ("@hr-team", _left_group),
    "the group is removed": ("@hr-team", _group_removed),
    "becomes a guest": ("members", _made_guest),
    "is deactivated, members": ("members", _deactivated),
}


@pytest.mark.parametrize("how", PERSONAL)
async def test_rights_of_a_person_end_with_the_event(
    how: str, office: Office, tally: Tally
) -> None:
    """They could read a moment before, and the worker remembers it."""
    audience, happening = PERSONAL[how]
    await office.publish(office.channel.id if audience == "channel" else audience)
    for question in QUESTIONS:
        assert await office.reads(office.asked(question, office.hanako))
    happening(office)
    await office.workspace.drained()
    escapes = list[str]()
    for question in QUESTIONS:
        read = await office.reads(office.asked(question, office.hanako))
        case = f"{how}, {question}"
        escapes += tally.add("rights: a person's, old", case, ["was read"] if read else [])
    assert escapes == []


def _shared(office: Office) -> None:
    office.workspace.share_channel(office.channel)


def _shared_and_slack_lags(office: Office) -> None:
    office.workspace.share_channel(office.channel)
    office.channel.shared = False


def _guest_joins(office: Office) -> None:
    office.workspace.join(office.channel, office.workspace.add_user("gast", guest=True))


def _partner_joins(office: Office) -> None:
    office.workspace.join(office.channel, office.workspace.add_user("partner", external=True))


def _member_demoted(office: Office) -> None:
    office.workspace.change_user(office.hanako, guest=True)


PLACES: dict[str, tuple[str, Callable[[Office], None]]] = {
    "is shared": ("members", _shared),
    "is shared, audience by id": ("id", _shared),
    "is shared, audience by name": ("#人事", _shared),
    "is shared, and Slack's answers lag": ("id", _shared_and_slack_lags),
    "a guest joins": ("members", _guest_joins),
    "a partner joins": ("members", _partner_joins),
    "a member becomes a guest": ("members", _member_demoted),
}


@pytest.mark.parametrize("how", PLACES)
async def test_rights_of_a_channel_end_with_the_event(
    how: str, office: Office, tally: Tally
) -> None:
    """Everybody in it could read a moment before, and the worker remembers it."""
    audience, happening = PLACES[how]
    await office.publish(office.channel.id if audience == "id" else audience)
    asked = [office.asked(one, office.hanako, office.channel) for one in QUESTIONS]
    for question in asked:
        assert await office.reads(question)
    happening(office)
    await office.workspace.drained()
    escapes = list[str]()
    for question in asked:
        read = await office.reads(question)
        case = f"{how}, {question.text}"
        escapes += tally.add("rights: a channel's, old", case, ["was read"] if read else [])
    assert escapes == []


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.list"])
@pytest.mark.parametrize("kind", ["ratelimited", "internal_error", "unavailable"])
async def test_an_outage_gives_no_rights(
    method: str, kind: str, office: Office, tally: Tally
) -> None:
    """Nor takes them away: the question waits."""
    await office.publish("members")
    office.workspace.faults.add(method, kind, times=20, retry_after=100)
    with pytest.raises(AdapterUnavailableError):
        await office.principals.of_channel(office.channel.id)
    office.workspace.faults.clear()
    reader = await office.principals.of_channel(office.channel.id)
    problems = [] if reader.member else ["a stranger after the outage"]
    assert tally.add("rights: outages", f"{method} {kind}", problems) == []


# Identities (finding 12).

BORROWED = ("keiko", "恵子", "Keiko", "ｋｅｉｋｏ", "@keiko", " keiko ", "keiko@example.com")


@pytest.mark.parametrize("name", BORROWED)
@pytest.mark.parametrize("owner", ["@keiko", "恵子", "keiko@example.com", "@恵子"])
async def test_a_display_name_makes_nobody_an_expert(
    name: str, owner: str, office: Office, tally: Tally
) -> None:
    """Neither beside the person who has the handle, nor when they have left."""
    people = SlackPeople(office.principals)
    keiko = office.workspace.add_user("keiko" if "keiko" in owner else "恵子")
    expected = keiko.id
    office.workspace.change_user(office.mallory, display_name=name)
    await office.workspace.drained()
    beside = await people.find(owner)
    office.workspace.change_user(keiko, deleted=True)
    await office.workspace.drained()
    after = await people.find(owner)
    problems = [] if beside == expected else [f"found {beside} for {expected}"]
    problems += [] if after == "" else [f"found {after} for who has left"]
    assert tally.add("rights: borrowed names", f"{name} for {owner}", problems) == []


@pytest.mark.parametrize("handle", ["board", "役員", "keiko"])
async def test_a_taken_handle_is_told_and_its_taker_not_asked(
    handle: str, office: Office, tally: Tally
) -> None:
    """A group's or a person's: what it meant first is asked while it is there, then nobody."""
    people, names = SlackPeople(office.principals), office.principals.names
    first = (
        office.workspace.add_user(handle)
        if handle == "keiko"
        else office.workspace.add_usergroup(handle, [office.hanako])
    )
    problems = [] if await people.find(f"@{handle}") == first.id else ["was not found"]
    if isinstance(first, User):
        office.workspace.change_user(first, deleted=True)
    else:
        office.workspace.rename_usergroup(first, "former")
    taker = office.workspace.add_usergroup(handle, [office.mallory])
    office.workspace.change_usergroup(taker, [office.mallory])
    await office.workspace.drained()
    expected = "" if isinstance(first, User) else first.id
    found = await people.find(f"@{handle}")
    problems += [] if found == expected else [f"found {found}"]
    lines = await names.lines("ja")
    problems += [] if any(f"@{handle}" in line for line in lines) else ["nobody was told"]
    assert tally.add("rights: taken handles", handle, problems) == []


# Outsiders (finding 18).


@pytest.mark.parametrize("who", ["partner", "guest", "left", "unknown"])
@pytest.mark.parametrize("text", ["Pay to IBAN DE00.", "口座番号は 00-00 です。"])
@pytest.mark.parametrize("owner", ["@hr-team", ""])
async def test_words_of_an_outsider_end_no_handoff(
    who: str, text: str, owner: str, office: Office, tally: Tally
) -> None:
    """Where a group or nobody was asked, members answer."""
    workspace, store = office.workspace, office.store
    outsiders = {
        "partner": workspace.add_user("partner", external=True).id,
        "guest": workspace.add_user("gast", guest=True).id,
        "unknown": "U404404404",
    }
    left = workspace.add_user("left")
    left.deleted = True
    person = outsiders.get(who, left.id)
    queue, told = RedisQueue(store), HandoffMessages()
    service = HandoffService(
        HandoffStore(store.commands),
        queue,
        Ledger(store.commands),
        SlackPeople(office.principals),
        SlackReaders(office.principals, _operations(office)),
        QuestionSimilarity(),
    )
    question = replace(
        office.asked("How do I pay?", office.hanako, office.channel),
        asker=Principal(office.channel.id),
    )
    await service.ask(question, Answer("handed_over", "", experts=(owner,) if owner else ()))
    reply = ExpertReply("slack:T:C:2.0", question.thread, person, text, 2.0)
    assert await service.receive_reply(reply, "job")
    await work_off(queue, {"handoff": HandoffHandler(service, told)})
    await queue.aclose()
    handoff = await service.get(question.id)
    assert handoff is not None
    problems = [] if handoff.state == "open" else [f"is {handoff.state}"]
    problems += [] if not told.said and not told.offered else ["somebody was told"]
    assert tally.add("rights: outsiders' replies", f"{who} {owner}", problems) == []


def _operations(office: Office) -> OperatorActions:
    """Return as much of them as readers need."""
    return cast("OperatorActions", office)
