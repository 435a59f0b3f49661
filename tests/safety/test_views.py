"""What somebody must not see is in no view: every place that shows a text in Slack is tried.

Every view is listed here with the check that it makes; one that is not listed fails the first
test. Then secret words of every kind are planted where few may read, and every command, button,
form, tab and notice is tried by people who may not. An escape is a secret word in anything that
reaches them.
"""

import ast
import asyncio
import html
import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.container import open_saved
from bot.app.slack_bot import Bot, open_bot
from bot.core.message_ref import STEP, MessageRef, in_slack, is_direct
from bot.core.types import (
    Answer,
    Citation,
    Feedback,
    Handoff,
    Question,
    QuestionId,
    Step,
    ThreadId,
    Waiter,
)
from bot.entries.entry import Entry
from bot.entries.store import EntryStore
from bot.handoff.store import HandoffStore
from bot.operator_page.layout import PATH
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.slack.answers.blocks import ANSWER, ASK_PRIVATELY, DRAFT, FEEDBACK, NOT_MINE, SHARE
from bot.slack.answers.feedback_reasons import ASK_WHY
from bot.slack.client.manifest import manifest
from bot.slack.commands.home import REFRESH, REINDEX
from bot.slack.commands.shortcuts import ASK
from bot.slack.entries.forms import (
    EDIT,
    KEEP,
    PUBLISH,
    RENEW,
    SAVE,
    SAVE_ANSWER,
    TAKE_OVER,
    WITHDRAW,
)
from bot.slack.transport import serve_socket_mode
from bot.slack.workflow_steps.definition import ASK_STEP
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, User, Workspace
from knowledge.model.types import Principal
from tests.safety.tally import Tally
from tests.stories.conftest import listeners_ended
from tests.support.llm_brains import Call, Conversation, Turn
from tests.support.llm_server import llm_server
from tests.support.operator_team import TOKEN, served
from tests.support.waiting import ACK_SECONDS

BOT = Path(__file__).parents[2] / "bot"


# Every view, and what decides on what it shows.

OUTLETS = {
    "answers/reply:SlackReply.fail",
    "client/clients:RateLimitedClient.api_call",
    "client/messages:Messages.set_status",
    "client/messages:Messages.update",
    "client/messages:post_message",
    "client/outbox:Outbox._show",
    "client/outbox:Outbox.direct_message",
    "client/outbox:Outbox.direct_message_once",
    "client/outbox:Outbox.open_form",
    "client/outbox:Outbox.post_once",
    "client/outbox:Outbox.respond",
    "client/outbox:Outbox.update_form",
    "client/streams:Streams.abandon",
    "installations/flow:InstallClient.api_call",
    "transport:requests_app.receive",
    "client/streams:Streams.end",
    "client/streams:Streams.entitle",
    "client/streams:Streams.show",
    "client/streams:Streams.start",
    "client/streams:Streams.write",
}
"""They send what a view gives them. An answer is made of what its readers may read."""

FIXED = {
    "installations/flow:_refused": "a fixed page, for whoever installs the app",
    "installations/flow:_misconfigured": "a fixed page, for whoever installs the app",
    "answers/access:AccessCheck.__call__": "a refusal",
    "answers/not_a_question:NotAQuestionListener.press": "thanks",
    "auto_answers/place:SlackAutoAnswerNews._tell": "a fixed text, a channel, and two numbers",
    "auto_answers/place:SlackAutoAnswerNews.switched_off": "a fixed text, and two numbers",
    "answers/feedback:FeedbackListener._offer_form": "a fixed question, and an id",
    "answers/feedback:FeedbackListener.press": "thanks",
    "answers/feedback_reasons:ReasonForm.open": "fixed choices, and an id",
    "answers/feedback_reasons:ReasonForm.submit": "an error",
    "commands/ask:AskCommand.in_thread": "what the asker has just written for that thread",
    "commands/ask:AskCommand.privately": "what the asker has just written",
    "commands/hello:Hello.joined": "a fixed greeting",
    "commands/home:Home.ask": "a refusal; the question is one of those that its presser was shown",
    "commands/notices:Notices.give_up": "why a job has failed",
    "commands/review:ReviewForm._watch": "what became of the certificate, for who has judged",
    "commands/shortcuts:Shortcuts.ask": "an error",
    "commands/shortcuts:Shortcuts.open_ask": "the message from whose menu it was opened",
    "commands/slash:SlashCommands.reindex_from_home": "a refusal",
    "entries/actions:EntryActions._refuse": "a refusal",
    "entries/messenger:SlackEntryMessenger.tell_failure": "why a job has failed",
    "entries/save:SaveForm.open_message": "a refusal",
    "entries/save:SaveForm.submit": "errors of the form",
    "workflow_steps/handler:StepHandler._ask_in_channel": "what its person has a workflow ask",
    "workflow_steps/handler:StepHandler.give_up": "why a job has failed",
    "handoff/buttons:HandoffButtons._answer": "a fixed text",
    "history/announcer:HistoryAnnouncer._post": "a fixed text, and a number of days",
    "history/file_reader:FileReader._canvas": "nothing: the call only reads",
    "history/updater:HistoryUpdater._sync": "nothing: it ends what was withheld from answers",
    "search:ContextSearch.search": "nothing: the call only reads",
    "handoff/messenger:SlackHandoffMessenger.gather": "links to questions, for who is asked",
    "handoff/messenger:SlackHandoffMessenger.offer_saving": "a fixed offer to who replied",
    "handoff/messenger:SlackHandoffMessenger.remind": "a link for who was asked already",
}
"""Views of fixed texts and of their reader's own words."""

CHECKED = {
    "answers/draft:DraftListener.press": ("slack/answers/draft:DraftListener.press", "includes"),
    "answers/passages:PassageListener.press": (
        "slack/answers/passages:PassageListener.press",
        "passage",
    ),
    "client/linked_files:LinkedFiles._text": (
        "slack/client/linked_files:LinkedFiles._read",
        "_permits",
    ),
    "answers/share:ShareListener._share": ("slack/answers/share:ShareListener._share", "may_read"),
    "answers/share:ShareListener.press": ("slack/answers/share:ShareListener._share", "may_read"),
    "workflow_steps/handler:StepHandler._end": (
        "slack/workflow_steps/handler:StepHandler._may_be_told",
        "permits",
    ),
    "commands/home:Home._suggest": (
        "analytics/starter_questions:StarterQuestions._find",
        "beginnings",
    ),
    "commands/home:Home.draw": ("slack/commands/home:Home._asked", "titles"),
    "commands/weekly_post:WeeklyPost._post": (
        "slack/commands/weekly_post:WeeklyPost._reader",
        "reader",
    ),
    "commands/weekly_post:WeeklyPost._show": (
        "slack/commands/weekly_post:WeeklyPost._reader",
        "reader",
    ),
    "commands/notices:Notices.__call__": ("slack/commands/notices:Notices.status", "reader"),
    "commands/reindex:ReindexHandler._respond": (
        "slack/commands/reindex:ReindexHandler._reader",
        "reader",
    ),
    "commands/reindex:ReindexHandler._tell": ("analytics/status:Operations._told", "may_name"),
    "commands/review:ReviewForm.open": ("slack/commands/review:ReviewForm._shown", "may_see"),
    "commands/review:ReviewForm.submit": ("slack/commands/review:ReviewForm._shown", "may_see"),
    "commands/slash:SlashCommands._list_gaps": (
        "slack/commands/gaps:GapBoard._readable",
        "may_see",
    ),
    "commands/slash:SlashCommands.run": (
        "slack/commands/complaints:ComplaintBoard._comment",
        "may_see",
    ),
    "entries/actions:EntryActions._show": ("entries/permissions:may_change", "may_see"),
    "entries/actions:EntryActions.publish": (
        "entries/service:EntryService.publish_anyway",
        "held",
    ),
    "entries/messenger:SlackEntryMessenger.tell": (
        "entries/handler:EntryHandler._tell",
        "may_be_told",
    ),
    "entries/messenger:SlackEntryMessenger.tell_held_back": (
        "entries/handler:EntryHandler._hold_back",
        "hidden_from",
    ),
    "entries/save:SaveForm._open": ("entries/permissions:may_change", "may_see"),
    "entries/save:SaveForm.open_answer": ("slack/entries/save:SaveForm._may_answer", "may_see"),
    "entries/save:SaveForm.open_handoff": ("slack/entries/save:SaveForm._may_answer", "may_see"),
    "handoff/messenger:SlackHandoffMessenger.ask_privately": (
        "handoff/handler:HandoffHandler._ask_privately",
        "readable",
    ),
    "handoff/messenger:SlackHandoffMessenger.say": (
        "handoff/handler:HandoffHandler._declined",
        "readable_by",
    ),
}
"""Views of what others wrote: the function, and its call, that decides who may see it."""

_API = re.compile(
    r"(?:chat_(?:post|update|startStream|appendStream|stopStream|schedule|meMessage)\w*"
    r"|views_\w+|assistant_threads_\w+|files_\w*upload\w*|canvases_\w+|bookmarks_\w+|api_call)"
)
_OWN = {
    "answer_press", "direct_message", "direct_message_once", "ephemeral", "fail", "open_form",
    "post", "post_once", "replace_buttons", "respond", "say", "send", "tell", "update_form",
}  # fmt: skip


def views_in(tree: ast.AST, within: Sequence[str] = ()) -> Iterator[str]:
    """Yield the functions that show a text in Slack: by a method of its API, or by ours."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from views_in(node, (*within, node.name))
            continue
        match node:
            case ast.Attribute(attr=name) if _API.fullmatch(name):
                yield ".".join(within)
            case ast.Call(func=ast.Attribute(attr=name)) if name in _OWN:
                yield ".".join(within)
            case ast.Call(func=ast.Name(id="ack"), args=args, keywords=keywords):
                if args or keywords:
                    yield ".".join(within)
        yield from views_in(node, within)


def calls_in(place: str) -> set[str]:
    """Return the names of what the function at *place*, `module:Class.function`, calls."""
    module, _, name = place.partition(":")
    node: ast.AST = ast.parse((BOT / f"{module}.py").read_text("utf-8"))
    for part in name.split("."):
        node = next(one for one in ast.iter_child_nodes(node) if getattr(one, "name", "") == part)
    called = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {
        one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called
    }


def test_every_view_is_listed_with_its_check() -> None:
    """Whoever adds a view says here who decides what it shows, and adds a probe below."""
    found = {
        f"{path.relative_to(BOT / 'slack').with_suffix('')}:{view}"
        for path in sorted((BOT / "slack").rglob("*.py"))
        for view in views_in(ast.parse(path.read_text("utf-8")))
    }

    assert found == OUTLETS | FIXED.keys() | CHECKED.keys()


@pytest.mark.parametrize("view", CHECKED)
def test_the_check_of_a_view_is_there(view: str) -> None:
    """The function that is listed makes the call that is listed."""
    place, call = CHECKED[view]

    assert call in calls_in(place)


@pytest.mark.parametrize(
    "written",
    [
        "await self.client.chat_postMessage(channel=c, text=t)",
        "show = self.clients.hasty.views_open",
        "await self.outbox.ephemeral(person, thread, posting)",
        "await ack(text)",
        "await ack(response_action='update', view=view)",
    ],
)
def test_a_new_view_is_found(written: str) -> None:
    """By whatever way it shows its text; a bare acknowledgement shows none."""
    tree = ast.parse(f"class New:\n    async def view(self):\n        {written}\n")

    assert set(views_in(tree)) == {"New.view"}
    assert not list(views_in(ast.parse("async def press(ack):\n    await ack()\n")))


# Secret words, and who looks for them.

Language = Literal["en", "ja"]
LOCALES: dict[Language, str] = {"en": "en-US", "ja": "ja-JP"}


def words_of(kind: str) -> tuple[str, str, str]:
    """Return three secret words of one kind: Latin, Japanese, and in full width."""
    return f"Zq{kind}one", f"極秘{kind}二号", f"ＺＱ{kind}３"


TEXTS, TITLES, FILES = words_of("text"), words_of("title"), words_of("file")
SAVED, ASKED, COMMENTS = words_of("saved"), words_of("asked"), words_of("comment")
DIRECT, DIRECT_COMMENTS = words_of("direct"), words_of("directcomment")
DRAFTS, MISSING = words_of("draft"), words_of("missing")
SOURCE = "hr-zqsource"
_SECRET = re.compile(r"(?:zq|極秘)\w*")


def secrets_in(seen: object) -> list[str]:
    """Return the secret words anywhere in *seen*, however they are written."""
    told = json.dumps(seen, ensure_ascii=False, default=str)
    plain = "".join(
        one for one in unicodedata.normalize("NFKC", told) if unicodedata.category(one) != "Cf"
    )
    return sorted(set(_SECRET.findall(plain.casefold())))


def telling(conversation: Conversation) -> Turn:
    """Say everything that can be found: the most talkative model there can be."""
    if "finish" not in conversation.tools:
        return Turn(text="What is the plan?")
    if not conversation.results and not conversation.forced:
        searches = (conversation.question, "salary plan", "給与の改定案")
        reads = [f"hr/plan{n}.md" for n in range(3)] + ["handbook/closed0.md"]
        return Turn(
            calls=(
                *(Call("search_knowledge", {"query": q, "sources": []}) for q in searches),
                *(Call("read_document", {"document_id": id_}) for id_ in reads),
            )
        )
    told = "\n".join(result.text for result in conversation.results)
    lines = [line for line in told.splitlines() if _SECRET.search(line.casefold())]
    numbers = re.findall(r"^\[(\d+)\] ", told, re.MULTILINE)
    said = " ".join(f"{line} [{numbers[0]}]" for line in lines) if numbers else ""
    done = {
        "status": "answered" if said else "insufficient_evidence",
        "answer": said,
        "citations": [{"n": int(number), "quote": ""} for number in numbers[:1]],
        "missing": told[:300],
        "confidence": 1.0,
    }
    return Turn(calls=(Call("finish", done),))


@dataclass
class World:
    """A team with secrets, and somebody who must not learn them.

    Attributes:
        reader: They; the words around them are in *language*.
        home: A channel that they are in.
        entries: Ids of the saved entries that only #hr may read.
        asked: Ids of questions that the reader must not see.
        heard: Everything that the reader could see so far, but API calls.
    """

    workspace: Workspace
    bot: Bot
    ledger: Ledger
    handoffs: HandoffStore
    saved: EntryStore
    queue: RedisQueue
    hanako: User
    hr: Channel
    reader: User
    home: Channel
    entries: list[str] = field(default_factory=list)
    asked: list[QuestionId] = field(default_factory=list)
    heard: list[object] = field(default_factory=list)

    @property
    def direct(self) -> Channel:
        """The reader's direct messages."""
        return self.workspace.direct_channel(self.reader)

    async def settled(self) -> None:
        """Wait until everything is acknowledged and done."""
        await self.workspace.drained()
        await listeners_ended()  # what Bolt does after it has acknowledged
        while any(count for name, count in (await self.queue.backlog()).items() if name != "dead"):
            await self.workspace.changed(0.01)
        await self.workspace.drained()

    def seen_since(self, since: int) -> list[object]:
        """Return what the bot has sent since call *since* to where the reader looks."""
        mine = {one.id for one in self.workspace.team.channels.values() if self._reads(one)}
        found = list[object]()
        for call in self.workspace.calls()[since:]:
            told = call.arguments
            if not call.method.startswith(("chat.", "views.", "assistant.")):
                continue
            channel = str(told.get("channel") or told.get("channel_id") or "")
            if (channel and channel not in mine) or told.get("user", self.reader.id) != (
                self.reader.id
            ):
                continue
            found.append(told)
        return found

    def _reads(self, channel: Channel) -> bool:
        return self.reader.id in channel.members

    def direct_question(self, person: User, number: int) -> QuestionId:
        """Return the id of a question in the direct messages of *person*."""
        channel = self.workspace.direct_channel(person).id
        return MessageRef(self.workspace.team_id, channel, f"{number}.5").question

    def question(self, number: int) -> QuestionId:
        """Return the id of a question in #hr."""
        return MessageRef(self.workspace.team_id, self.hr.id, f"{number}.0").question


# What is planted.


async def plant(world: World) -> None:
    """Write, save and ask what only #hr, or only Hanako, may know."""
    reader, hr = world.reader, world.hr
    for number in range(3):
        await _record(world, world.question(number), ASKED[number], number, COMMENTS[number])
        place = MessageRef(world.workspace.team_id, world.home.id, f"{number}.2").question
        await _record(world, place, f"Plain question {number}?", number, COMMENTS[number])
        direct = world.direct_question(world.hanako, number)
        await _record(world, direct, DIRECT[number], number, DIRECT_COMMENTS[number])
        asked = QuestionId(f"{STEP}Fx{number}")
        await _record(world, asked, DIRECT[number], number, DIRECT_COMMENTS[number])
        await _gap(world, QuestionId(f"{STEP}FxA{number}"), DIRECT[number], number)
        own = world.direct_question(reader, number)
        await _record(world, own, f"My own question {number}?", number, "", asked_in=world.home.id)
        for place in (
            MessageRef(world.workspace.team_id, hr.id, f"{number}.7").question,
            world.direct_question(world.hanako, 70 + number),
        ):
            await _gap(
                world,
                place,
                DIRECT[number] if MessageRef.parse(place).direct else ASKED[number],
                number,
            )
        entry = Entry(
            f"What is {SAVED[number]}?",
            f"It is {SAVED[number]}, as {TEXTS[number]} says.",
            reader.id,
            world.hanako.id,
            "",
            (hr.id,),
            expires=None,
        )
        world.entries.append((await world.saved.save(entry, by=reader.id)).entry.id)


async def _record(
    world: World, id_: QuestionId, text: str, number: int, comment: str, asked_in: str = ""
) -> None:
    """Keep an answer that cites a document of #hr, and a complaint about it."""
    person = world.reader if asked_in else world.hanako
    origin = str(MessageRef(world.workspace.team_id, asked_in, "")) if asked_in else ""
    asker = Principal(person.id if is_direct(id_) else MessageRef.parse(id_).channel)
    question = Question(id_, ThreadId(id_), text, asker, person.id, time.time(), asked_in=origin)
    answer = Answer("answered", f"The plan is {TEXTS[number]} [1].", citations=(_citation(number),))
    await world.ledger.record(question, answer)
    if comment:
        await world.ledger.rate(
            Feedback(id_, world.hanako.id, "down", "button", time.time(), "wrong", comment)
        )


async def _gap(world: World, id_: QuestionId, text: str, number: int, owner: str = "") -> None:
    """Keep a question that was handed over, with all that the bot had found."""
    private = is_direct(id_)
    asker = Principal(world.hanako.id if private else MessageRef.parse(id_).channel)
    question = Question(id_, ThreadId(id_), text, asker, world.hanako.id, time.time())
    answer = Answer(
        "handed_over",
        f"No answer; the closest is {TITLES[number]}.",
        citations=(_citation(number),),
        steps=(Step("search_knowledge", {"query": text}, (f"hr/plan{number}.md#0",)),),
        draft=f"It may be {DRAFTS[number]}.",
        withheld="unsupported" if id_.rpartition(":")[2].startswith("9") else "",
        missing=f"{MISSING[number]} is not said",
        experts=(owner,) if owner else (),
    )
    await world.ledger.record(question, answer)
    if not in_slack(id_):
        return  # a workflow alone asks no expert
    waiter = Waiter(id_, ThreadId(id_), world.hanako.id, time.time())
    await world.handoffs.open(
        Handoff(
            id_, text, asker, owner, ThreadId(id_), time.time(), language="en",
            private=private, waiting=(waiter,),
        )
    )  # fmt: skip
    world.asked.append(id_)


def _citation(number: int) -> Citation:
    return Citation(1, TITLES[number], "", TEXTS[number], f"hr/plan{number}.md")


def write_documents(folder: Path) -> None:
    """Write open documents, and closed ones: by their source and by their own front matter."""
    for name in ("handbook", "hr", SOURCE):
        (folder / name).mkdir()
    (folder / "handbook" / "rooms.md").write_text("# Rooms\n\nThe rooms are on floor 3.\n", "utf-8")
    for number in range(3):
        text = f"# {TITLES[number]}\n\nThe salary plan 給与の改定案 is {TEXTS[number]}.\n"
        (folder / "hr" / f"plan{number}.md").write_text(text, "utf-8")
        (folder / "hr" / f"{FILES[number]}.md").write_text(text, "utf-8")
        (folder / SOURCE / f"plan{number}.md").write_text(text, "utf-8")
        closed = f"---\naudience: ['#hr']\n---\n{text}"
        (folder / "handbook" / f"closed{number}.md").write_text(closed, "utf-8")
        (folder / "hr" / f"{FILES[number]}.docx").write_bytes(b"broken")
        broken = f"---\naudience: ['#hr'\n---\n{text}"
        (folder / "handbook" / f"{FILES[number]}.md").write_text(broken, "utf-8")
    tables = ('"members"', '["#hr"]', '["#hr"]')
    (folder / "knowledge.toml").write_text(
        "\n".join(
            f'[[sources]]\nname = "{name}"\npath = "{name}"\naudience = {audience}\n'
            for name, audience in zip(("handbook", "hr", SOURCE), tables, strict=True)
        ),
        "utf-8",
    )


@asynccontextmanager
async def world_of(
    who: str, language: Language, folder: Path, redis_url: str, store: RedisConnection
) -> AsyncIterator[World]:
    """Run the whole bot, with *who* as the reader."""
    write_documents(folder)
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=(0.0,), ack_seconds=ACK_SECONDS)
        )
        hanako = workspace.add_user("hanako", admin=True, language="ja-JP")
        reader = workspace.add_user(
            "reader",
            guest=who == "guest",
            external=who == "partner",
            admin=who in {"operator", "insider"},
            language=LOCALES[language],
        )
        home = workspace.add_channel("general", [hanako, reader], shared=who == "partner")
        insiders = [hanako, reader] if who == "insider" else [hanako]
        hr = workspace.add_channel("hr", insiders, private=True)
        model = await closing.enter_async_context(llm_server(telling))
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
            openai_base_url=model.url,
            openai_embedding_model="hashing",
            redis_url=redis_url,
            knowledge_config=folder / "knowledge.toml",
            data_dir=folder / "data",
        )
        bot = await closing.enter_async_context(open_bot(settings, Metrics()))
        await bot.base.sync()
        await closing.enter_async_context(serve_socket_mode(bot.adapter))
        queue = bot.position_notifier._queue
        assert isinstance(queue, RedisQueue)
        world = World(
            workspace, bot, Ledger(store.commands), HandoffStore(store.commands),
            open_saved(settings, bot.base, store), queue, hanako, hr, reader, home,
        )  # fmt: skip
        await plant(world)
        running = asyncio.create_task(bot.worker.run())
        try:
            yield world
        finally:
            running.cancel()
            await asyncio.wait({running})


# What is tried.

COMMANDS = (
    "help", "status", "feedback", "gaps", "forget", "channel", "channel sources nothing",
    "channel sources all", "channel language auto", "answers", "answers draft", "review", "entries",
    "entries plan", "entries 極秘", "export", "export ok", "reindex", "reindex hr",
    "reindex handbook", "reindex nothing", "ask What is the salary plan?",
    "ask 給与の改定案は何ですか？", "ask hr plan0.md",
)  # fmt: skip
SAID = (
    "help", "status", "feedback", "gaps", "channel", "channel sources nothing", "answers",
    "reindex", "reindex hr", "reindex nothing", "What is the salary plan?",
    "給与の改定案は何ですか？", "Who asked about the plan before?", "forget",
)  # fmt: skip

STEPS = (
    "What is the salary plan?", "給与の改定案は何ですか？", "hr plan0.md", "Is there a choir?",
    "hello", "こんにちは", "What can you do?",
)  # fmt: skip
"""What a workflow of the reader has an insider ask."""

Probe = Callable[[World], Awaitable[object]]


def probes() -> Iterator[tuple[str, str, Probe]]:
    """Yield each way to look: the kind of view, a name, and what the reader does."""
    for text in COMMANDS:
        yield "commands", f"/kotae {text}", _command(text)
    for text in SAID:
        yield "words in channels", f"@kotae {text}", _said(text, direct=False)
        yield "words in direct messages", text, _said(text, direct=True)
    yield "Home", "the tab", _home
    yield "Home", "refresh", _press_home(REFRESH)
    yield "Home", "reindex", _press_home(REINDEX)
    yield "Home", "suggested questions", _messages_tab
    for action in (DRAFT, ANSWER, NOT_MINE, ASK_PRIVATELY, SAVE_ANSWER, SHARE, ASK_WHY, FEEDBACK):
        yield "old buttons of answers", action, _press_answers(action)
    for action in (EDIT, WITHDRAW, RENEW, KEEP, TAKE_OVER, PUBLISH):
        yield "old buttons of entries", action, _press_entries(action)
    for shortcut in (ASK, SAVE):
        yield "forms", shortcut, _shortcut(shortcut)
    yield "forms", "review, one after the other", _review
    yield "forms", "save with the question of an entry", _save_again
    yield "the operator's page", "all of it, in both languages", _operator_page
    for text in STEPS:
        yield "workflows", f"by an insider: {text}", _workflow(text, in_hr=False)
        yield "workflows", f"by an insider, in #hr: {text}", _workflow(text, in_hr=True)
    yield "notices", "an expert is asked alone", _asked_alone
    yield "notices", "what entries become", _periodic
    yield "notices", "a message behind an entry is edited", _follow


def _command(text: str) -> Probe:
    async def run(world: World) -> object:
        typed = await world.workspace.command(world.reader, world.home, text)
        await world.settled()
        return typed.response, list(typed.responses)

    return run


def _said(text: str, *, direct: bool) -> Probe:
    async def run(world: World) -> object:
        place = world.direct if direct else world.home
        mention = "" if direct else f"<@{world.workspace.bot_user_id}> "
        message = await world.workspace.post(place, world.reader, mention + text)
        await world.settled()
        thread = world.workspace.messages(place, message)
        return [(reply.text, reply.blocks) for reply in thread if reply.bot_id]

    return run


def _workflow(text: str, *, in_hr: bool) -> Probe:
    """Let Hanako, who may read everything, run a workflow that the reader has built."""

    async def run(world: World) -> object:
        world.workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
        inputs = {"question": text, "channel": world.hr.id if in_hr else ""}
        execution = await world.workspace.run_step(ASK_STEP, inputs, person=world.hanako)
        await world.workspace.wait_for(lambda: execution.status != "running")
        await world.settled()
        return execution.outputs, execution.error

    return run


async def _home(world: World) -> object:
    homes = world.workspace.team.homes
    homes.pop(world.reader.id, None)
    await world.workspace.open_home(world.reader)
    await world.workspace.wait_for(lambda: world.reader.id in homes)
    await world.settled()
    return homes[world.reader.id].body


def _press_home(action: str) -> Probe:
    async def run(world: World) -> object:
        face = {"type": "plain_text", "text": "x"}
        button = {"type": "button", "action_id": action, "text": face}
        return await _press(world, button, action)

    return run


async def _messages_tab(world: World) -> object:
    await world.workspace.open_home(world.reader, tab="messages")
    await world.settled()
    return None


def _press_answers(action: str) -> Probe:
    """Press every button that may stand under an old answer, once for each secret question."""

    async def run(world: World) -> object:
        own = [world.direct_question(world.reader, number) for number in range(3)]
        seen = []
        for id_ in [*world.asked, *own, *(world.question(number) for number in range(3))]:
            value = f"{id_}|{id_}" if action == SAVE_ANSWER else str(id_)
            if action == FEEDBACK:
                element: dict[str, Any] = {
                    "type": "feedback_buttons",
                    "action_id": FEEDBACK,
                    "positive_button": _choice(f"up|{id_}"),
                    "negative_button": _choice(f"down|{id_}"),
                }
                seen.append(await _press(world, element, FEEDBACK, f"down|{id_}"))
            else:
                seen.append(await _press(world, _button(action, value), action))
        return seen

    return run


def _press_entries(action: str) -> Probe:
    async def run(world: World) -> object:
        return [await _press(world, _button(action, id_), action) for id_ in world.entries]

    return run


def _button(action: str, value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "value": value, **_choice(value)}


def _choice(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": "x"}, "value": value}


async def _press(
    world: World, element: dict[str, Any], action: str, value: str | None = None
) -> object:
    """Press a button of an old message that the reader still has."""
    client = AsyncWebClient(world.workspace.bot_token, base_url=world.workspace.api_url)
    kind = "context_actions" if element["type"] == "feedback_buttons" else "actions"
    posted = await client.chat_postMessage(
        channel=world.direct.id, text="old", blocks=[{"type": kind, "elements": [element]}]
    )
    message = world.workspace.team.message(world.direct.id, str(posted["ts"]))
    pressed = await world.workspace.click(message, world.reader, action, value=value)
    await world.settled()
    return pressed.response, _closed_modals(world)


def _closed_modals(world: World) -> list[object]:
    """Return what the forms show that are open, and close them."""
    stack = world.workspace.team.modals.get(world.reader.id) or []
    seen: list[object] = [view.body for view in stack]
    stack.clear()
    return seen


def _shortcut(callback: str) -> Probe:
    async def run(world: World) -> object:
        message = await world.workspace.post(world.home, world.reader, "What is the plan?")
        await world.workspace.shortcut(message, world.reader, callback)
        await world.settled()
        return _closed_modals(world)

    return run


async def _review(world: World) -> object:
    """Judge whatever is shown, as long as there is something."""
    await world.workspace.command(world.reader, world.home, "review")
    seen = list[object]()
    await world.settled()
    while stack := world.workspace.team.modals.get(world.reader.id):
        seen.append(stack[-1].body)
        if not stack[-1].body.get("submit"):
            break
        await world.workspace.submit_view(world.reader, {"verdict": "wrong"})
    _closed_modals(world)
    return seen


async def _save_again(world: World) -> object:
    """Send the form with words that somebody else has saved for fewer people."""
    message = await world.workspace.post(world.home, world.reader, "Floor 3.")
    await world.workspace.shortcut(message, world.reader, SAVE)
    await world.settled()
    if not world.workspace.team.modals.get(world.reader.id):
        return None
    values: dict[str, object] = {"question": "What is it?", "answer": "Floor 3."}
    sent = await world.workspace.submit_view(world.reader, values)
    await world.settled()
    return sent.response, _closed_modals(world)


async def _operator_page(world: World) -> object:
    """Look with the token, which does not say who looks."""
    seen = []
    async with served(world.bot.board) as url, aiohttp.ClientSession() as session:
        for language in LOCALES:
            headers = {"Authorization": f"Bearer {TOKEN}", "Accept-Language": language}
            async with session.get(f"{url}{PATH}", headers=headers) as response:
                assert response.status == 200
                seen.append(html.unescape(await response.text()))
    return seen


async def _asked_alone(world: World) -> object:
    """Ask the reader, as the expert, what somebody asked in private."""
    for number in (80, 81, 82, 90, 91, 92):
        id_ = world.direct_question(world.hanako, number)
        await _gap(world, id_, f"May I ask this {number}?", number % 10, owner=world.reader.id)
        handoff = await world.handoffs.get(id_)
        assert handoff is not None
        await world.bot.adapter.handoffs.ask_alone(handoff)
    await world.settled()
    return None


async def _periodic(world: World) -> object:
    """Let entries come to their end, and be compared with documents."""
    for days in (0, 400):
        for task in world.bot.adapter.periodic_tasks(world.bot.base):
            await task(time.time() + days * 86_400)
        await world.settled()
    return None


async def _follow(world: World) -> object:
    """Have the reader told everything that can happen to an entry of theirs."""
    service = world.bot.adapter.entries
    for id_ in world.entries:
        entry = await world.saved.get(id_)
        quoted = {"title": TITLES[0], "url": "", "document_date": "", "theirs": TEXTS[0]}
        words = {"date": str(entry.expires), "proposal": SAVED[0], "ours": SAVED[0], **quoted}
        for said in ("saved_yours", "gone", "followed", "edited", "contradicted"):
            told = words | {"person": world.hanako.id}
            await service.tell(entry, world.reader.id, said, told, documents=["hr/plan0.md"])
    await world.settled()
    return None


OUTSIDE = ("member", "operator", "guest", "partner")


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("who", OUTSIDE)
async def test_no_view_shows_what_its_reader_must_not_see(
    who: str,
    language: Language,
    tmp_path: Path,
    redis_url: str,
    store: RedisConnection,
    tally: Tally,
) -> None:
    """Members, operators, guests and partners outside #hr, in both languages, in every view."""
    escapes = list[str]()
    async with world_of(who, language, tmp_path, redis_url, store) as world:
        for kind, name, look in probes():
            since = len(world.workspace.calls())
            seen = [await look(world), *world.seen_since(since)]
            escapes += tally.add(f"view: {kind}", f"{who}, {language}: {name}", secrets_in(seen))
    assert escapes == []


async def test_the_views_show_what_their_reader_may_see(
    tmp_path: Path, redis_url: str, store: RedisConnection
) -> None:
    """An operator in #hr reads all of #hr in these views, so an empty table proves something.

    What Hanako wrote in her direct messages they do not read either.
    """
    seen = list[object]()
    async with world_of("insider", "ja", tmp_path, redis_url, store) as world:
        for _, _, look in probes():
            since = len(world.workspace.calls())
            seen += [await look(world), *world.seen_since(since)]
    found = set(secrets_in(seen))
    kinds = (TEXTS, TITLES, FILES, SAVED, ASKED, COMMENTS, DRAFTS, MISSING)

    assert [kind for kind in kinds if not found & set(secrets_in(kind))] == []
    assert "zqsource" in found
    assert not found & set(secrets_in([DIRECT, DIRECT_COMMENTS]))
