"""Random people, channels, names and documents: does the bot show more than the rules allow?

`python -m tests.safety.access --seed 1 --checks 20000` prints how many checks there were of each
kind, how many of them showed something, and what escaped. What the bot does goes through the real
index, the real rights and the local Slack; what it should do, `Oracle` says on its own.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bot.agent.agent import Agent
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.answering.examples import ApprovedExamples
from bot.answering.rights import AnswerRights
from bot.core.message_ref import MessageRef
from bot.core.serialization import answer_json
from bot.core.types import Answer, Citation, Feedback, Question, QuestionId, Turn
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection, open_redis
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames
from bot.slack.client.people import SlackPeople
from bot.slack.client.permissions import Principals
from bot.slack.client.slack_changes import SlackChanges, change_in
from bot.tools.read_document import ReadDocument
from bot.tools.search_knowledge import SearchKnowledge
from bot.workspace import Channel, User, Workspace
from bot.workspace.delivery import Delivery, DeliveryOutcome, Retry
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.errors import KnowledgeError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from tests.support.scripted_model import ScriptedModel, call, finish, says

PEOPLE, GUESTS, OUTSIDERS = 8, 2, 2
DOCUMENTS = 24
CHANNEL_NAMES = ("hr", "人事", "board", "経理", "general")
GROUP_NAMES = ("leads", "役員")
QUERIES = ("What is the adjustment plan?", "改定案の合言葉は？")


@dataclass
class Tried:
    """The checks so far.

    Attributes:
        shown: Of each kind, how many showed something; `withheld`: how many did not.
        escapes: Of each kind, what was shown and must not be.
        lost: Likewise, what was not shown and should be.
    """

    shown: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    escapes: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, list[str]] = field(default_factory=dict)

    @property
    def checks(self) -> int:
        """How many checks there were."""
        return self.shown.total() + self.withheld.total()

    def add(self, kind: str, case: str, *, shown: bool, allowed: bool) -> None:
        """Count one check."""
        (self.shown if shown else self.withheld)[kind] += 1
        if shown and not allowed:
            self.escapes.setdefault(kind, []).append(case)
        if allowed and not shown:
            self.lost.setdefault(kind, []).append(case)

    def lines(self) -> list[str]:
        """Return the table."""
        head = f"{'kind':<20}{'checks':>8}{'shown':>8}{'withheld':>10}{'escapes':>9}{'lost':>6}"
        found = [head]
        for kind in sorted(self.shown.keys() | self.withheld.keys()):
            shown, withheld = self.shown[kind], self.withheld[kind]
            escapes, lost = len(self.escapes.get(kind, ())), len(self.lost.get(kind, ()))
            found.append(
                f"{kind:<20}{shown + withheld:>8}{shown:>8}{withheld:>10}{escapes:>9}{lost:>6}"
            )
            cases = [*self.escapes.get(kind, ())[:5], *self.lost.get(kind, ())[:5]]
            found += [f"    {case}" for case in cases]
        return found


@dataclass
class Oracle:
    """The rules, written down once more: who may read which document now.

    Attributes:
        audiences: Of each document that exists, by id: `anyone`, `members`, or names and ids.
        meaning: What each name meant on the first look.
        external: Channels that events have called external, whatever Slack's answers say.
    """

    workspace: Workspace
    audiences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    meaning: dict[str, str] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)

    def full(self, person: str) -> bool:
        """A member of the team, no guest, nobody who has left, no bot."""
        user = self.workspace.team.users.get(person)
        home = self.workspace.team_id
        return bool(
            user and user.team_id == home and not (user.guest or user.deleted or user.bot_id)
        )

    def insider(self, person: str) -> bool:
        """A full member or a guest."""
        user = self.workspace.team.users.get(person)
        if self.full(person):
            return True
        here = user is not None and user.team_id == self.workspace.team_id
        return bool(here and user and user.guest and not user.deleted)

    def is_external(self, channel: Channel) -> bool:
        """Others read it, or may soon."""
        return channel.shared or channel.pending_shared or channel.id in self.external

    def person_may(self, person: str, document: str) -> bool:
        """What *person* reads in a direct message."""
        audience = self.audiences.get(document)
        if audience is None:
            return False
        if audience == ("anyone",):
            return True
        if audience == ("members",):
            return self.full(person)
        return self.insider(person) and any(self._counts(person, one) for one in audience)

    def _counts(self, person: str, token: str) -> bool:
        by_name = token[0] in "#@"
        id_ = self.meaning.get(token, "") if by_name else token
        group = self.workspace.team.usergroups.get(id_)
        if group:
            return person in group.members
        channel = self.workspace.team.channels.get(id_)
        if channel is None or channel.archived or person not in channel.members:
            return False
        return not (by_name and self.is_external(channel))

    def channel_may(self, channel: Channel, document: str) -> bool:
        """What everybody in *channel* reads."""
        audience = self.audiences.get(document)
        if audience is None:
            return False
        if audience == ("anyone",):
            return True
        if self.is_external(channel):
            return False
        if audience == ("members",):
            people = [one for one in channel.members if one != self.workspace.bot_user_id]
            return all(map(self.full, people))
        return channel.id in {self.meaning.get(one, one) for one in audience}


class ToChanges:
    """Carries events to what notes changes, as the listeners of an intake process do."""

    def __init__(self, changes: SlackChanges) -> None:
        self.changes = changes

    async def send(self, delivery: Delivery, retry: Retry | None) -> DeliveryOutcome:
        if change := change_in(delivery.payload):
            await self.changes.note(change)
        return DeliveryOutcome()


@dataclass
class World:
    """A workspace, two workers with memories of their own, and documents."""

    chance: random.Random
    workspace: Workspace
    oracle: Oracle
    workers: Sequence[Principals]
    base: KnowledgeBase
    ledger: Ledger
    labels: RedisLabels
    folder: Path
    tried: Tried
    channels: list[Channel] = field(default_factory=list)
    stored: list[tuple[Question, Answer]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    made: int = 0

    @property
    def people(self) -> list[str]:
        """Everybody but the bot, and one whom Slack does not know."""
        known = [one for one in self.workspace.team.users if one != self.workspace.bot_user_id]
        return [*known, "U404404404"]

    def users(self) -> list[User]:
        return [user for user in self.workspace.team.users.values() if not user.bot_id]

    def places(self) -> list[Channel]:
        return [one for one in self.channels if one.id in self.workspace.team.channels]

    def worker(self) -> Principals:
        return self.chance.choice(list(self.workers))

    def allowed(self, question: Question, document: str) -> bool:
        """What the oracle says of the readers of the answer to *question*."""
        place = MessageRef.parse(question.id)
        if place.direct:
            return self.oracle.person_may(question.person, document)
        channel = self.workspace.team.channels.get(place.channel)
        if channel is None:  # nobody reads there; what is for everybody may still be told
            return self.oracle.audiences.get(document) == ("anyone",)
        return self.oracle.channel_may(channel, document)

    # What happens.

    async def happen(self) -> None:
        """Let one random thing happen, and Slack tell of it."""
        happening: Callable[[], object] = self.chance.choice(
            [self.move_person] * 4
            + [self.change_person] * 3
            + [self.change_group] * 3
            + [self.share, self.rename, self.take_name, self.archive, self.take_handle]
        )
        happening()
        await self.workspace.drained()

    def move_person(self) -> None:
        channel, user = self.chance.choice(self.places()), self.chance.choice(self.users())
        if user.id in channel.members:
            self.workspace.leave(channel, user)
        elif not user.deleted:
            self.workspace.join(channel, user)

    def change_person(self) -> None:
        user = self.chance.choice(self.users())
        if user.team_id != self.workspace.team_id:
            return
        change = self.chance.choice(["deleted", "guest", "guest", "back"])
        if change == "deleted":
            for channel in self.places():
                if user.id in channel.members:
                    channel.members.remove(user.id)
                    left = {"type": "member_left_channel", "user": user.id, "channel": channel.id}
                    self.workspace._tell(left)
            self.workspace.change_user(user, deleted=True)
        elif change == "guest":
            self.workspace.change_user(user, guest=not user.guest)
        else:
            self.workspace.change_user(user, deleted=False)

    def change_group(self) -> None:
        groups = list(self.workspace.team.usergroups.values())
        group = self.chance.choice(groups)
        people = [user for user in self.users() if not user.deleted]
        self.workspace.change_usergroup(group, self.chance.sample(people, k=3))

    def share(self) -> None:
        """Share or unshare; sometimes Slack's answers lag behind the event."""
        channel = self.chance.choice(self.places())
        shared = not self.oracle.is_external(channel)
        self.workspace.share_channel(channel, shared=shared)
        (self.oracle.external.add if shared else self.oracle.external.discard)(channel.id)
        if shared and self.chance.random() < 0.5:
            channel.shared = False

    def rename(self) -> None:
        channel = self.chance.choice(self.places())
        self.made += 1
        self.workspace.rename_channel(channel, f"room-{self.made}")

    def take_name(self) -> None:
        """Rename a channel, and let another one have its name."""
        name = self.chance.choice(CHANNEL_NAMES)
        for channel in self.places():
            if channel.name == name:
                self.made += 1
                self.workspace.rename_channel(channel, f"room-{self.made}")
        members = self.chance.sample([one for one in self.users() if not one.deleted], k=3)
        self.channels.append(
            self.workspace.add_channel(name, members, private=self.chance.random() < 0.5)
        )

    def take_handle(self) -> None:
        """Rename a group, or disable it, and let another one have its handle."""
        handle = self.chance.choice(GROUP_NAMES)
        for group in list(self.workspace.team.usergroups.values()):
            if group.handle == handle:
                self.made += 1
                self.workspace.rename_usergroup(group, f"group-{self.made}")
        people = [one for one in self.users() if not one.deleted]
        group = self.workspace.add_usergroup(handle, self.chance.sample(people, k=2))
        self.workspace.rename_usergroup(group, handle)

    def archive(self) -> None:
        channel = self.chance.choice(self.places())
        self.workspace.archive_channel(channel, archived=not channel.archived)

    # Documents.

    def audience(self) -> tuple[str, ...]:
        """Return a random audience."""
        kind = self.chance.random()
        if kind < 0.15:
            return ("anyone",)
        if kind < 0.4:
            return ("members",)
        tokens = [f"#{name}" for name in CHANNEL_NAMES] + [f"@{name}" for name in GROUP_NAMES]
        tokens += [channel.id for channel in self.places()[:6]]
        tokens += list(self.workspace.team.usergroups)[:3]
        return tuple(self.chance.sample(tokens, k=self.chance.randint(1, 2)))

    def write(self, name: str) -> None:
        """Write a document with an audience of its own."""
        audience = self.audience()
        said = audience[0] if audience[0] in {"anyone", "members"} else list(audience)
        text = (
            f"---\naudience: {said}\n---\n# Adjustment plan {name} 改定案\n\n"
            f"The adjustment plan is WORD{name}X.\n\n改定案の合言葉は WORD{name}X です。\n"
        )
        (self.folder / "docs" / f"{name}.md").write_text(text, "utf-8")
        self.oracle.audiences[f"docs/{name}.md"] = audience
        self.words[f"docs/{name}.md"] = f"WORD{name}X"

    async def edit(self) -> None:
        """Change audiences, move a document, delete one, write a new one."""
        for _ in range(3):
            id_ = self.chance.choice(list(self.oracle.audiences))
            name = id_.removeprefix("docs/").removesuffix(".md")
            change = self.chance.choice(["audience", "audience", "move", "delete"])
            if change == "audience":
                self.write(name)
                continue
            path = self.folder / "docs" / f"{name}.md"
            self.made += 1
            if change == "move":
                moved = f"{name.partition('-')[0]}-{self.made}"
                path.rename(path.with_name(f"{moved}.md"))
                self.oracle.audiences[f"docs/{moved}.md"] = self.oracle.audiences.pop(id_)
                self.words[f"docs/{moved}.md"] = self.words[id_]
            else:
                path.unlink()
                del self.oracle.audiences[id_]
                self.write(f"N{self.made}")
        await self.base.sync()

    # What is tried.

    def question(self) -> Question:
        """Ask as a random person in a random place; in a channel anybody may ask."""
        person, query = self.chance.choice(self.people), self.chance.choice(QUERIES)
        self.made += 1
        places = self.places()
        channel = "D000" if self.chance.random() < 0.5 else self.chance.choice(places).id
        place = MessageRef(self.workspace.team_id, channel, f"1.{self.made:06d}")
        return Question(place.question, place.thread, query, Principal(channel), person)

    async def search(self) -> None:
        """Search and read as the readers of an answer; keep an answer for later."""
        question = self.question()
        reader = await self.worker().of(question)
        found = await self.base.search(question.text, reader, 200)
        ids = {passage.document_id for passage in found}
        for document in self.oracle.audiences:
            allowed = self.allowed(question, document)
            case = f"{question.person} in {question.id} {document}"
            self.tried.add("search", case, shown=document in ids, allowed=allowed)
            may = await self.may_read([document], reader)
            self.tried.add("read_document", case, shown=may, allowed=allowed)
        if found:
            passage = self.chance.choice(found)
            citation = Citation(1, passage.title, "", passage.text, passage.document_id)
            answer = Answer("answered", f"{passage.text} [1]", (citation,))
            question = replace(question, asker=reader)
            await self.ledger.record(question, answer)
            await self.ledger.rate(Feedback(question.id, question.person, "up", via="button"))
            self.stored.append((question, answer))

    async def ask_a_model(self) -> None:
        """Let a model that reads and cites everything it can answer a question."""
        question = self.question()
        reader = await self.worker().of(question)
        question = replace(question, asker=reader)
        reads = [
            call("read_document", {"document_id": one}, f"r{number}")
            for number, one in enumerate(self.oracle.audiences)
        ]
        told = "".join(f"[{number}]" for number in range(1, 60))
        model = ScriptedModel(
            says("", call("search_knowledge", {"query": question.text}, "s"), *reads[:7]),
            says("", finish(f"The adjustment plan is known {told}.")),
        )
        tools = (SearchKnowledge(self.base), ReadDocument(self.base))
        run = Agent(model, tools, RunLimits(), Prompt.load(), lambda _: 0.0).start(question, ())
        async for _ in run.events():
            pass
        seen = answer_json(run.answer()) + "".join(
            text for request in model.requests for text in request.observations
        )
        for document in self.oracle.audiences:
            word = self.words[document]
            allowed, case = self.allowed(question, document), f"{question.id} {document}"
            if word in seen or not allowed:  # a model need not read all that it may
                self.tried.add("answer by a model", case, shown=word in seen, allowed=allowed)

    async def show_again(self) -> None:
        """Show what was answered a while ago; use it as a turn, share it, take it for example."""
        if not self.stored:
            return
        question, answer = self.chance.choice(self.stored[-60:])
        document = answer.citations[0].document_id
        worker = self.worker()
        rights = AnswerRights(self.may_read, worker.of)
        allowed = self.allowed(question, document)
        case = f"{question.person} in {question.id} {document}"
        shown = await rights.shown(question, answer)
        self.tried.add("stored answer", case, shown="WORD" in str(shown), allowed=allowed)
        reader = await worker.of(question)
        turns = await rights.turns(
            [Turn(question.text, answer.text, question.id)], reader, self.ledger
        )
        self.tried.add("remembered turn", case, shown="WORD" in str(turns), allowed=allowed)
        channel = self.chance.choice(self.places())
        readers = await worker.of_channel(channel.id)
        self.tried.add(
            "shared answer",
            f"{document} in {channel.id}",
            shown=await rights.permits(answer, readers),
            allowed=self.oracle.channel_may(channel, document),
        )
        again = replace(question, id=QuestionId(f"{question.id}9"), asker=reader)
        examples = ApprovedExamples(self.ledger, self.labels, most=100, rights=rights)
        for turn in await examples.similar(again):
            record = await self.ledger.get(turn.question_id)
            assert record is not None
            told = record.answer.citations[0].document_id
            self.tried.add(
                "example", f"{case} {told}", shown=True, allowed=self.allowed(question, told)
            )

    async def find_owners(self) -> None:
        """Look owners up by handle: the first who had it, while they are there; nobody else."""
        people = SlackPeople(self.worker())
        for name in (*GROUP_NAMES, *(user.name for user in self.users()[:4])):
            found = await people.find(f"@{name}")
            first = self.owners.get(name) or self._only_holder(name)
            if first:
                self.owners[name] = first
            here = first in self.workspace.team.usergroups or self.oracle.full(first)
            case = f"@{name} is {found}, was {first}"
            self.tried.add("owner", case, shown=bool(found), allowed=here)
            if found not in {"", first}:
                self.tried.add("owner", f"{case}: taken over", shown=True, allowed=False)

    def _only_holder(self, handle: str) -> str:
        """Return the member or group with *handle*, as long as there is exactly one."""
        groups = self.workspace.team.usergroups.values()
        having = [group.id for group in groups if group.handle == handle]
        users = self.workspace.team.users.values()
        having += [user.id for user in users if user.name == handle and self.oracle.full(user.id)]
        return having[0] if len(having) == 1 else ""

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        """Do as `Operations.may_read` does."""
        for document in documents:
            try:
                await self.base.read(document, reader, 0, 1)
            except KnowledgeError:
                return False
        return True


@asynccontextmanager
async def world(seed: int, folder: Path, store: RedisConnection) -> AsyncIterator[World]:
    """Make a world; the same *seed* makes the same."""
    chance = random.Random(seed)
    (folder / "docs").mkdir()
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    base = open_knowledge(
        folder / "knowledge.toml", folder / "index", EmbeddingSettings("hashing", None, None)
    )
    async with await Workspace.start(retry_delays=()) as workspace:
        changes = SlackChanges(store.commands)
        workspace._dispatcher.transport = ToChanges(changes)
        clients = Clients(workspace.bot_token, workspace.api_url)
        clients.open()
        me = BotIdentity(workspace.team_id, workspace.bot_user_id, workspace.bot_id)
        pins = RedisNamePins(store.commands)
        workers = [
            Principals(
                clients.repeating,
                me,
                PinnedNames(clients.repeating, me.team, pins, base.groups),
                changes=changes,
            )
            for _ in range(2)
        ]
        ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
        oracle, tried = Oracle(workspace), Tried()
        made = World(chance, workspace, oracle, workers, base, ledger, labels, folder, tried)
        await _settle_in(made)
        yield made
        await clients.aclose()
        await base.aclose()


async def _settle_in(made: World) -> None:
    """Add people, channels, groups and documents, and have all names looked at once."""
    workspace, chance = made.workspace, made.chance
    people = [workspace.add_user(f"person{n}") for n in range(PEOPLE)]
    people += [workspace.add_user(f"guest{n}", guest=True) for n in range(GUESTS)]
    people += [workspace.add_user(f"outsider{n}", external=True) for n in range(OUTSIDERS)]
    for number, name in enumerate(CHANNEL_NAMES):
        members = chance.sample(people[:PEOPLE], k=4)
        made.channels.append(workspace.add_channel(name, members, private=bool(number % 2)))
    made.channels.append(workspace.add_channel("partner", people[-4:], shared=True))
    pending = workspace.add_channel("soon", people[:3])
    pending.pending_shared = True
    made.channels.append(pending)
    for handle in GROUP_NAMES:
        workspace.add_usergroup(handle, chance.sample(people, k=4))
    made.oracle.meaning = {f"#{one.name}": one.id for one in made.channels[: len(CHANNEL_NAMES)]}
    made.oracle.meaning |= {f"@{one.handle}": one.id for one in workspace.team.usergroups.values()}
    names = list(made.oracle.meaning)
    every = f"---\naudience: {names}\n---\n# Adjustment plan 改定案\n\nWORDeveryX\n"
    (made.folder / "docs" / "every.md").write_text(every, "utf-8")
    made.oracle.audiences["docs/every.md"] = tuple(names)
    made.words["docs/every.md"] = "WORDeveryX"
    for number in range(DOCUMENTS):
        made.write(f"D{number}")
    await made.base.sync()
    await made.workers[0].names.look()


async def attack(seed: int, checks: int, folder: Path, store: RedisConnection) -> Tried:
    """Let random things happen and try random ways to read, until there were *checks*."""
    async with world(seed, folder, store) as made:
        number = 0
        while made.tried.checks < checks:
            number += 1
            await made.happen()
            if number % 10 == 0:
                await made.edit()
            await made.search()
            if number % 3 == 0:
                await made.ask_a_model()
            for _ in range(3):
                await made.show_again()
            if number % 5 == 0:
                await made.find_owners()
        return made.tried


async def _main(seed: int, checks: int) -> Tried:
    with tempfile.TemporaryDirectory() as folder:
        from bot.redis.embedded import embedded_redis

        async with (
            embedded_redis(Path(folder) / "redis") as server,
            open_redis(server.url) as store,
        ):
            (Path(folder) / "team").mkdir()
            return await attack(seed, checks, Path(folder) / "team", store)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--checks", type=int, default=20_000)
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    tried = asyncio.run(_main(arguments.seed, arguments.checks))
    escapes = sum(map(len, tried.escapes.values()))
    head = f"seed {arguments.seed}: {tried.checks} checks, {escapes} escapes"
    sys.stdout.write("\n".join([head, *tried.lines(), ""]))
    sys.exit(1 if escapes else 0)
