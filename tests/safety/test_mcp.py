"""The leak probes and the injected texts again, over MCP: 0 escapes, by every tool.

The client is the SDK's own. What comes back is searched whole: text, data and errors.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

import pytest
from mcp import Client

from bot.agent.agent import Agent
from bot.agent.chat_model import ChatModel
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.analytics.status import Operations
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.answerer import Answerer
from bot.answering.fixed_policy import FixedPolicy
from bot.answering.gate import Gate
from bot.answering.memory import ThreadMemory
from bot.answering.rights import AnswerRights
from bot.answering.spend_limits import DailyLimits, SpendLimits
from bot.app.mcp_server import open_tools
from bot.evaluation.certificate import CertificateStore
from bot.limits.person_limits import HourlyLimits, PersonLimits
from bot.llm.extractive import ExtractiveModel
from bot.mcp_server.callers import CallingPerson
from bot.mcp_server.schemas import AskCall
from bot.mcp_server.server import make_server
from bot.mcp_server.tools import AT_ONCE, KeepPrivate, KotaeTools, TerminalGaps
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.tools.read_document import ReadDocument
from bot.tools.search_knowledge import SearchKnowledge
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal
from tests.safety.attacks import EVIL, Attack, Carrier, attacks
from tests.safety.conftest import Team, active_in, read_pages_here, team_with
from tests.safety.tally import Tally
from tests.safety.test_injections import carries_secret, written
from tests.safety.test_leaks import AUDIENCES, PATHS, QUERIES, READERS, base, escaped
from tests.support.scripted_model import ScriptedModel, call, finish, says

__all__ = ["base"]

ADDRESSES = {"url", "document_id", "source", "question_id"}
"""Fields that hold an address or an id, and no text."""


@asynccontextmanager
async def client_of(tools: KotaeTools, caller: CallingPerson) -> AsyncIterator[Client]:
    async def caller_of(_: object) -> CallingPerson:
        return caller

    async with Client(make_server(tools, caller_of)) as client:
        yield client


def tools_of(
    base: KnowledgeBase,
    store: RedisConnection,
    model: ChatModel,
    keep_private: KeepPrivate = lambda _, __: nullcontext(),
) -> KotaeTools:
    """Return the tools over *base*, with a *model* that may do what it likes."""
    ledger = Ledger(store.commands)
    agent = Agent(
        model, (SearchKnowledge(base), ReadDocument(base)), RunLimits(), Prompt.load(), lambda _: 0
    )
    gate = Gate(FixedPolicy("best-effort"), CertificateStore(store.commands).load, lambda: "")
    policies = ChannelPolicies(store.commands, "best-effort")
    operations = Operations(base, RedisQueue(store), ledger, gate, policies)
    answerer = Answerer(
        agent,
        ThreadMemory(store.commands),
        ledger,
        lambda: "",
        gate=gate,
        spending=SpendLimits(store.commands, DailyLimits()),
        rights=AnswerRights(operations.may_read),
    )
    return KotaeTools(
        base,
        answerer,
        TerminalGaps(None),  # type: ignore[arg-type] # nobody here is an operator
        PersonLimits(store.commands, HourlyLimits(questions=10**6, lookups=10**6)),
        most_open=10,
        hand_over=None,
        keep_private=keep_private,
    )


async def said(client: Client, tool: str, **arguments: object) -> str:
    """Return all that a call gives back, as a text."""
    result = await client.call_tool(tool, arguments)
    return json.dumps(result.model_dump(mode="json"), ensure_ascii=False)


@pytest.mark.parametrize("who", READERS)
async def test_tools_return_only_what_their_caller_may_see(
    who: str, base: KnowledgeBase, store: RedisConnection, tally: Tally
) -> None:
    """Searches in both languages, all ways to write a path, and the gaps."""
    reader, escapes = READERS[who], list[str]()
    tools = tools_of(base, store, ExtractiveModel())
    async with client_of(tools, CallingPerson(reader.id, reader)) as client:
        for query in QUERIES:
            for sources in ([], list(AUDIENCES), ["hr", "board"], ["HR", "none"]):
                seen = await said(client, "search", query=query, limit=20, sources=sources)
                problems = escaped(reader, seen, asked=query)
                escapes += tally.add("leak: MCP search", f"{who}: {query}", problems)
        for name, access in AUDIENCES.items():
            refusals = set[str]()
            for path in (*PATHS, "nowhere/{name}.md"):
                document = path.format(name=name)
                seen = await said(client, "read", document_id=document)
                problems = escaped(reader, seen)
                escapes += tally.add("leak: MCP read", f"{who}: {document}", problems)
                if not access.permits(reader):
                    refusals.add(seen)
            same = [] if len(refusals) <= 1 else ["refusals differ"]
            escapes += tally.add("leak: MCP refusals", f"{who}: {name}", same)
        listed = await said(client, "gaps")
        escapes += tally.add(
            "leak: MCP gaps", who, [] if '"is_error": true' in listed else ["listed"]
        )
    assert escapes == []


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("model", ["no model", "a model that reads everything"])
async def test_answers_hold_only_what_their_caller_may_see(
    who: str, model: str, base: KnowledgeBase, store: RedisConnection, tally: Tally
) -> None:
    reader, escapes = READERS[who], list[str]()
    for query in QUERIES:
        chosen = ExtractiveModel() if model == "no model" else reading_everything(query)
        tools = tools_of(base, store, chosen)
        async with client_of(tools, CallingPerson(reader.id, reader)) as client:
            seen = await said(client, "ask", question=query)
        problems = escaped(reader, seen, asked=query)
        escapes += tally.add(f"leak: MCP answers, {model}", f"{who}: {query}", problems)
    assert escapes == []


async def test_many_questions_of_one_person_are_not_all_in_work_at_once(
    base: KnowledgeBase, store: RedisConnection
) -> None:
    """All are answered; another person's question never waits for all of them."""
    now, most = set[str](), 0

    @contextmanager
    def noted(question: str, text: str) -> Iterator[None]:
        nonlocal most
        if "mallory" in text:
            now.add(question)
        most = max(most, len(now))
        yield
        now.discard(question)

    tools = tools_of(base, store, ExtractiveModel(), noted)
    callers = [CallingPerson(name, Principal(name, member=True)) for name in ("U1", "U2")]
    asked = [(callers[0], f"mallory {number}: how many days of leave?") for number in range(10)]
    asked.append((callers[1], "休暇は何日？"))
    replies = await asyncio.gather(
        *(tools.ask(caller, AskCall(question=text)) for caller, text in asked)
    )

    assert not any(reply.failed for reply in replies)
    assert len(asked) - 1 > AT_ONCE
    assert 0 < most <= AT_ONCE


async def test_the_probes_would_find_something(base: KnowledgeBase, store: RedisConnection) -> None:
    everything = Principal("U", member=True, groups=frozenset({"#hr", "C0BOARD", "#finance"}))
    tools = tools_of(base, store, ExtractiveModel())
    async with client_of(tools, CallingPerson("U", everything)) as client:
        found = await said(client, "search", query=QUERIES[0], limit=20)
        read = await said(client, "read", document_id="board/plan.md")

    assert all(word in found for word in escaped(READERS["a stranger"], found))
    assert len(escaped(READERS["a stranger"], found)) == 4
    assert escaped(READERS["a member"], read)


def reading_everything(query: str) -> ScriptedModel:
    calls = [call("read_document", {"document_id": f"{name}/plan.md"}, name) for name in AUDIENCES]
    return ScriptedModel(
        says("", call("search_knowledge", {"query": query or "plan"}, "s"), *calls),
        says("", finish("The salary adjustment plan is said [1][2][3][4][5].")),
    )


# Injected texts.


async def asked(team: Team, client: Client, attack: Attack) -> list[str]:
    """Ask the attack's question by every tool; return what acts, and what has left the machine."""
    queried, visited = len(team.queries), len(team.visits)
    allowed = ["https://docs.example/", f"https://{EVIL}/{attack.topic}?x="]
    problems = list[str]()
    for tool, arguments in (
        ("ask", {"question": attack.question}),
        ("search", {"query": attack.question}),
        ("read", {"document_id": f"docs/{attack.topic} <!here>.md"}),
    ):
        result = await client.call_tool(tool, arguments)
        told = result.model_dump(mode="json")
        for field, text in texts_in(told):
            if field == "url" and text:
                problems += [] if text.startswith(tuple(allowed)) else [f"{tool}: address {text}"]
            elif field not in ADDRESSES:
                problems += [f"{tool}: {one}" for one in active_in("markdown", text, allowed)]
    told_web = [query for query in team.queries[queried:] if carries_secret(query)]
    problems += [f"a web query: {query[:60]}" for query in told_web]
    return problems + [f"a visit: {visit[:60]}" for visit in team.visits[visited:]]


def texts_in(part: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Give every text of a result, with the field that it is in."""
    if isinstance(part, str):
        yield field, part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from texts_in(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from texts_in(value, field)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("carrier", ["document", "web"])
async def test_what_is_demanded_reaches_nobody_over_mcp(
    carrier: Carrier, tmp_path: Path, redis_url: str, store: object, tally: Tally
) -> None:
    """The worst model obeys every demand; what a program gets back acts on nothing."""
    carriers = attacks(carrier)
    written(tmp_path, carriers if carrier == "document" else [])
    escapes = list[str]()
    async with team_with(carriers, tmp_path, redis_url) as team:
        settings = team.settings.model_copy(update={"limit_lookups_hour": 10_000})
        async with open_tools(settings) as opened:
            read_pages_here(opened.tools._answerer, team.visits)
            caller = await opened.callers.of(team.hanako.id)
            assert caller is not None
            async with client_of(opened.tools, caller) as client:
                for attack in carriers:
                    case = f"{attack.name} ({attack.language})"
                    escapes += tally.add(
                        f"injected {carrier} over MCP", case, await asked(team, client, attack)
                    )
    assert escapes == []
