"""Leak probes: what a reader must not see does not reach them, by any way that leads to documents.

Each document holds a word of its own. A probe is a way of asking times a reader; an escape is a
word, anywhere in what comes back, of a document that the reader may not open.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.agent.agent import Agent
from bot.agent.chat_model import ChatModel
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.tool import Tool
from bot.answering.examples import ApprovedExamples
from bot.core.errors import ToolError
from bot.core.serialization import answer_json
from bot.core.types import Answer, Feedback, Label, Question, QuestionId, ThreadId
from bot.llm.extractive import ExtractiveModel
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.tools.read_document import ReadDocument, ReadDocumentArguments
from bot.tools.search_knowledge import SearchKnowledge, SearchKnowledgeArguments
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Access, Principal
from tests.safety.tally import Tally
from tests.support.scripted_model import ScriptedModel, call, finish, says

AUDIENCES: Mapping[str, Access] = {
    "public": Access("anyone"),
    "staff": Access("members"),
    "hr": Access("groups", frozenset({"#hr"})),
    "board": Access("groups", frozenset({"C0BOARD", "@board"})),
    "mixed": Access("groups", frozenset({"#hr", "#finance"})),
}
WORDS = {name: f"WORD{number}{name.upper()}" for number, name in enumerate(AUDIENCES)}
READERS = {
    "a stranger": Principal("UX"),
    "a guest in #hr": Principal("UG", groups=frozenset({"#hr", "C1"})),
    "a member": Principal("UM", member=True),
    "a member in #hr": Principal("UH", member=True, groups=frozenset({"#hr"})),
    "the channel of the board": Principal("C0BOARD", member=True, groups=frozenset({"C0BOARD"})),
    "a channel named like another": Principal("C9", member=True, groups=frozenset({"#HR", "hr"})),
}
QUERIES = (
    "What is the salary adjustment plan?",
    "salary adjustment",
    "給与の改定案は？",
    "給与改定の合言葉",
    "WORD",
    "*",
    "plan OR 1=1",
    *WORDS.values(),
)
PATHS = (
    "{name}/plan.md",
    "{name}/PLAN.md",
    "./{name}/plan.md",
    "public/../{name}/plan.md",
    "{name}/plan.md#0",
    "{name}/plan",
    "%2e%2e/{name}/plan.md",
    "{name}//plan.md",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A document for each audience, and one whose front matter is stricter than its source."""
    folder = tmp_path_factory.mktemp("audiences")
    tables = []
    for name, access in AUDIENCES.items():
        (folder / name).mkdir()
        text = (
            "# Salary adjustment plan 給与の改定案\n\n"
            f"The salary adjustment plan is {WORDS[name]}.\n\n"
            f"給与の改定案の合言葉は {WORDS[name]} です。\n"
        )
        (folder / name / "plan.md").write_text(text, "utf-8")
        audience = sorted(access.groups) if access.groups else access.level
        written = str(audience).replace("'", '"') if access.groups else f'"{audience}"'
        tables.append(f'[[sources]]\nname = "{name}"\npath = "{name}"\naudience = {written}\n')
    strict = (
        f"---\naudience: ['#hr']\n---\n# Salary plan\n\nThe salary plan of HR is {WORDS['hr']}.\n"
    )
    (folder / "public" / "strict.md").write_text(strict, "utf-8")
    (folder / "knowledge.toml").write_text("\n".join(tables), "utf-8")
    base = open_knowledge(
        folder / "knowledge.toml", folder / "index", EmbeddingSettings("hashing", None, None)
    )
    asyncio.run(base.sync())
    return base


def forbidden(reader: Principal) -> list[str]:
    """Return the words that *reader* must not see."""
    return [WORDS[name] for name, access in AUDIENCES.items() if not access.permits(reader)]


def escaped(reader: Principal, seen: str, asked: str = "") -> list[str]:
    """Return the forbidden words of *seen* that were not in what was *asked*."""
    return [word for word in forbidden(reader) if word in seen and word not in asked]


def probe(reader: Principal, text: str, **others: object) -> Question:
    question = Question(QuestionId("p"), ThreadId("t"), text, reader)
    return replace(question, **others) if others else question  # type: ignore[arg-type]


@pytest.mark.parametrize("who", READERS)
async def test_search_finds_only_what_its_reader_may_see(
    who: str, base: KnowledgeBase, tally: Tally
) -> None:
    reader, tool = READERS[who], SearchKnowledge(base, limit=20)
    escapes = list[str]()
    for query in QUERIES:
        for sources in ([], list(AUDIENCES), ["hr", "board"]):
            arguments = SearchKnowledgeArguments(query=query, sources=sources)
            result = await tool.use(arguments, probe(reader, query))
            escapes += tally.add("leak: search", f"{who}: {query}", escaped(reader, str(result)))
    assert escapes == []


async def test_the_probes_can_find_something(base: KnowledgeBase) -> None:
    """Whoever may read a document finds it, so an empty table is no proof of nothing."""
    everything = Principal("U", member=True, groups=frozenset({"#hr", "C0BOARD", "#finance"}))
    found = await base.search("salary adjustment plan", everything, 20)

    assert {word for word in WORDS.values() if word in str(found)} == set(WORDS.values())


@pytest.mark.parametrize("who", READERS)
async def test_read_document_opens_only_what_its_reader_may_see(
    who: str, base: KnowledgeBase, tally: Tally
) -> None:
    """The refusal is the same for what is forbidden and for what is not there."""
    reader, tool = READERS[who], ReadDocument(base)
    escapes = list[str]()
    for name, access in AUDIENCES.items():
        for path in PATHS:
            document = path.format(name=name)
            try:
                arguments = ReadDocumentArguments(document_id=document)
                seen = str(await tool.use(arguments, probe(reader, "read")))
            except ToolError as error:
                seen = str(error).replace(document, "")
            problems = escaped(reader, seen)
            if path == PATHS[0] and not access.permits(reader):
                problems += [] if "there is no document" in seen else ["tells that it is there"]
            escapes += tally.add("leak: read_document", f"{who}: {document}", problems)
    assert escapes == []


@pytest.mark.parametrize("scope", [("public",), ("staff", "mixed"), ("hr",)])
async def test_read_document_keeps_to_the_sources_of_the_channel(
    scope: tuple[str, ...], base: KnowledgeBase, tally: Tally
) -> None:
    """What is outside of them is refused as what is not there, to whoever may read it."""
    reader = Principal("U", member=True, groups=frozenset({"#hr", "C0BOARD", "#finance"}))
    tool, escapes = ReadDocument(base), list[str]()
    for name in AUDIENCES:
        document = f"{name}/plan.md"
        arguments = ReadDocumentArguments(document_id=document)
        try:
            seen = str(await tool.use(arguments, probe(reader, "read", sources=scope)))
        except ToolError as error:
            seen = str(error)
        told = WORDS[name] in seen
        problems = [] if told == (name in scope) else [f"{document} with {scope}"]
        problems += [] if told or "there is no document" in seen else ["tells that it is there"]
        escapes += tally.add("leak: sources of the channel", f"{document}", problems)
    assert escapes == []


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("model", ["no model", "a model that reads everything"])
async def test_an_answer_holds_only_what_its_reader_may_see(
    who: str, model: str, base: KnowledgeBase, tally: Tally
) -> None:
    """Text, citations, drafts, features, steps and evidence: all that is stored of an answer."""
    reader = READERS[who]
    escapes = list[str]()
    for query in QUERIES:
        answer, seen = await answered(base, reader, query, everything=model != "no model")
        stored = answer_json(answer) + seen
        problems = escaped(reader, stored, asked=query)
        escapes += tally.add(f"leak: answers, {model}", f"{who}: {query}", problems)
    assert escapes == []


async def test_a_follow_up_in_another_place_starts_from_nothing(
    base: KnowledgeBase, tally: Tally
) -> None:
    """What was told to one reader's thread is no history of another's."""
    insider, outsider = READERS["a member in #hr"], READERS["a member"]
    first, _ = await answered(base, insider, QUERIES[0], everything=True)
    escapes = list[str]()
    for follow_up in ("And?", "それは？", "What was the answer before?", "前の回答をもう一度"):
        answer, seen = await answered(base, outsider, follow_up, everything=True)
        problems = escaped(outsider, answer_json(answer) + seen, asked=follow_up)
        escapes += tally.add("leak: follow-ups of others", follow_up, problems)

    assert WORDS["hr"] in answer_json(first)
    assert escapes == []


async def test_examples_come_from_the_same_readers_only(
    store: RedisConnection, tally: Tally
) -> None:
    """An approved or corrected answer of #hr is no example in another channel, however alike."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    examples = ApprovedExamples(ledger, labels)
    escapes = list[str]()
    for number, (name, reader) in enumerate(READERS.items()):
        question = replace(probe(reader, QUERIES[0]), id=QuestionId(f"q{number}"))
        await ledger.record(question, Answer("answered", f"The plan is SAID{number}."))
        await ledger.rate(Feedback(question.id, name, "up", via="button"))
        corrected = replace(question, id=QuestionId(f"c{number}"))
        await ledger.record(corrected, Answer("answered", "There is no plan."))
        correction = f"The plan is, after all, SAID{number}."
        await labels.put(Label(corrected.id, "wrong", name, float(number), correction))
    for number, (name, reader) in enumerate(READERS.items()):
        for query in QUERIES[:3]:
            found = await examples.similar(probe(reader, query))
            others = [f"SAID{other}" for other in range(len(READERS)) if other != number]
            problems = [word for word in others if word in str(found)]
            escapes += tally.add("leak: examples", f"{name}: {query}", problems)
    own = await examples.similar(probe(READERS["a member"], QUERIES[0]))

    assert escapes == []
    assert {turn.answer for turn in own} == {
        "The plan is SAID2.",
        "The plan is, after all, SAID2.",
    }


async def answered(
    base: KnowledgeBase, reader: Principal, query: str, *, everything: bool
) -> tuple[Answer, str]:
    """Ask; return the answer, and all that the model was shown."""
    tools: Sequence[Tool] = (SearchKnowledge(base), ReadDocument(base))
    scripted = ScriptedModel(
        says(
            "",
            call("search_knowledge", {"query": query or "plan"}, "s"),
            *(
                call("read_document", {"document_id": f"{name}/plan.md"}, name)
                for name in AUDIENCES
            ),
        ),
        says("", finish("The salary adjustment plan is said [1][2][3][4][5].")),
    )
    model: ChatModel = scripted if everything else ExtractiveModel()
    agent = Agent(model, tools, RunLimits(), Prompt.load(), lambda _: 0.0)
    run = agent.start(probe(reader, query), ())
    async for _ in run.events():
        pass
    shown = "\n".join(text for request in scripted.requests for text in request.observations)
    return run.answer(), shown
