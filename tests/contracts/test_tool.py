"""What every tool promises, run over each of them as the agent has them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from bot.agent.tool import Tool
from bot.core.errors import ToolError
from bot.core.types import WEB, Question, QuestionId, ReadFile, ThreadId
from bot.llm.tool_schema import strict_schema
from bot.tools.read_attachment import ReadAttachment
from bot.tools.read_document import ReadDocument
from bot.tools.read_page import ReadPage
from bot.tools.search_knowledge import SearchKnowledge
from bot.tools.search_slack import FoundMessage, SearchSlack
from bot.tools.search_web import SearchWeb
from bot.web.pages import WebPages
from bot.web.results import WebResult
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from tests.support.shelf import ask
from tests.support.web_site import LOOPBACK, Names, answering, html, serving

CONFIG = """
[[sources]]
name = "handbook"
path = "docs"
audience = "members"
"""
DOCUMENT = "# 休暇規程 Leave\n\n年次有給休暇は10日です。\n\n## Holidays\n\nThe office is closed.\n"
PAGE = html("<p>The office opens at nine. </p>" * 40)
GUEST = Question(QuestionId("q"), ThreadId("t"), "有給", Principal("guest"))


class OneResult:
    """A provider that knows one page."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def search(self, query: str, limit: int) -> list[WebResult]:
        if query == "broken":
            raise ToolError("web search cannot be reached")
        return [WebResult(self.url, "Hours", "Opens at nine.", "2026-04-01T09:00:00Z")]

    async def aclose(self) -> None:
        """Nothing is open."""


class OneMessage:
    """A Slack that knows one message."""

    async def search(self, query: str, question: Question, limit: int) -> list[FoundMessage]:
        if query == "broken":
            raise ToolError("Slack cannot be reached")
        url = "https://team.slack.com/archives/C1/p1700000000000100"
        return [
            FoundMessage("C1/1700000000.000100", url, "general", "bob", "Opens at nine.", 1.7e9)
        ]

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """One index for all tests: they only read it."""
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "docs").mkdir()
    (folder / "docs" / "leave.md").write_text(DOCUMENT, "utf-8")
    base = opened(folder)
    asyncio.run(base.sync())
    return base


def opened(folder: Path) -> KnowledgeBase:
    (folder / "knowledge.toml").write_text(CONFIG, "utf-8")
    return open_knowledge(
        folder / "knowledge.toml", folder / "index", EmbeddingSettings(model="hashing")
    )


@pytest.fixture
async def page() -> AsyncIterator[str]:
    async with serving({"/hours": answering(PAGE)}) as port:
        yield f"http://site.example:{port}/hours"


@pytest.fixture
async def tools(knowledge: KnowledgeBase, page: str) -> AsyncIterator[dict[str, Tool]]:
    pages = WebPages(allow=[LOOPBACK], resolve=Names(site_example=["127.0.0.1"]))
    made: list[Tool] = [
        SearchKnowledge(knowledge),
        ReadDocument(knowledge),
        SearchWeb(OneResult(page)),
        ReadPage(pages),
        SearchSlack(OneMessage()),
    ]
    yield {tool.spec.name: tool for tool in made}
    await pages.aclose()


def arguments_for(tool: Tool, page: str, **changes: object) -> BaseModel:
    usual: dict[str, dict[str, object]] = {
        "search_knowledge": {"query": "有給休暇"},
        "read_document": {"document_id": "handbook/leave.md"},
        "search_web": {"query": "office hours"},
        "read_page": {"url": page},
        "search_slack": {"query": "office hours"},
    }
    return tool.spec.arguments.model_validate(usual[tool.spec.name] | changes)


each_tool = pytest.mark.parametrize(
    "name", ["search_knowledge", "read_document", "search_web", "read_page", "search_slack"]
)


@each_tool
async def test_a_tool_tells_the_model_what_it_is_for(name: str, tools: dict[str, Tool]) -> None:
    """Description and argument descriptions are all that a model knows of it."""
    spec = tools[name].spec

    assert spec.description.endswith(".")
    for field in spec.arguments.model_fields.values():
        assert field.description


@each_tool
async def test_a_tool_brings_numbered_evidence(
    name: str, tools: dict[str, Tool], page: str
) -> None:
    """Every passage names its document, its address and its words, the web's too."""
    tool = tools[name]
    question = replace(ask(f"有給は？ {page}"), action_token="leave")
    result = await tool.use(arguments_for(tool, page), question)

    assert result.passages
    for found in result.passages:
        assert found.id.startswith(f"{found.document_id}#")
        assert found.url
        assert found.title
        assert found.text
        assert (found.source == WEB) == (name in {"search_web", "read_page"})


@pytest.mark.parametrize("name", ["search_knowledge", "read_document", "search_slack"])
async def test_a_tool_has_the_rights_of_the_asker(
    name: str, tools: dict[str, Tool], page: str
) -> None:
    """A guest finds nothing of what is for members, and cannot tell whether it is there."""
    tool = tools[name]
    try:
        result = await tool.use(arguments_for(tool, page), replace(GUEST, action_token="leave"))
    except ToolError:
        return

    assert result.passages == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("read_document", {"document_id": "handbook/none.md"}),
        ("read_document", {"start": 99}),
        ("search_web", {"query": "broken"}),
        ("search_slack", {"query": "broken"}),
        ("read_page", {"start": 99}),
    ],
)
async def test_what_cannot_be_done_is_a_tool_error(
    name: str, changes: dict[str, object], tools: dict[str, Tool], page: str
) -> None:
    tool = tools[name]
    question = replace(ask(f"有給は？ {page}"), action_token="leave")
    with pytest.raises(ToolError):
        await tool.use(arguments_for(tool, page, **changes), question)


async def test_an_index_that_is_missing_is_a_tool_error(tmp_path: Path) -> None:
    base = opened(tmp_path)
    for tool in (SearchKnowledge(base), ReadDocument(base)):
        with pytest.raises(ToolError):
            await tool.use(arguments_for(tool, ""), ask("有給は？"))


@pytest.mark.parametrize("sources", [["handbook"], []])
async def test_a_search_can_keep_to_sources(
    sources: list[str], tools: dict[str, Tool], page: str
) -> None:
    tool = tools["search_knowledge"]
    result = await tool.use(arguments_for(tool, page, sources=sources), ask("有給は？"))

    assert {found.source for found in result.passages} == {"handbook"}


async def test_a_page_is_read_only_if_the_run_knows_its_address(
    tools: dict[str, Tool], page: str
) -> None:
    """An address that the model makes up could carry private text to somebody's server."""
    tool = tools["read_page"]
    question = ask("What are the hours?")
    known = Question(question.id, question.thread, question.text, question.asker, links=(page,))

    assert (await tool.use(arguments_for(tool, page), known)).passages
    for url in (page, f"{page}?q=secret", "file:///etc/passwd"):
        with pytest.raises(ToolError, match="only pages from search results"):
            await tool.use(arguments_for(tool, page, url=url), question)
    with pytest.raises(ToolError):
        await tool.use(arguments_for(tool, page, url=f"{page}?q=secret"), known)


async def test_a_long_page_is_read_in_parts(tools: dict[str, Tool], page: str) -> None:
    """Parts are numbered over the whole page, so that it can be read on."""
    tool = tools["read_page"]
    question = ask(page)
    first = await tool.use(arguments_for(tool, page), question)
    later = await tool.use(arguments_for(tool, page, start=0), question)

    assert [found.id for found in first.passages] == [
        f"{page}#{n}" for n in range(len(first.passages))
    ]
    assert later == first


@pytest.mark.parametrize("query", ["x" * 201, "有給" * 101])
async def test_a_web_query_cannot_carry_a_document_away(
    query: str, tools: dict[str, Tool], page: str
) -> None:
    for name in ("search_web", "search_slack"):
        with pytest.raises(ValidationError, match="200 characters"):
            arguments_for(tools[name], page, query=query)


async def test_slack_is_searched_only_with_the_leave_that_came_with_the_question(
    tools: dict[str, Tool], page: str
) -> None:
    tool = tools["search_slack"]
    with pytest.raises(ToolError, match="cannot be searched"):
        await tool.use(arguments_for(tool, page), ask("office hours"))


async def test_an_attached_document_is_read_in_passages() -> None:
    """Like found ones they can be cited; what is not attached cannot be read."""
    pieces = ("年次有給休暇は10日です。", "Ask the people team.")
    file = ReadFile("規程.md", text="\n\n".join(pieces), pieces=pieces)
    question = replace(ask("要点は？"), files=(file, ReadFile("x.png", picture=b"1")))
    tool = ReadAttachment()
    found = await tool.use(tool.spec.arguments(name="規程.md"), question)

    assert tuple(passage.text for passage in found.passages) == pieces
    assert found.passages[0].title == "規程.md"
    for name in ("x.png", "../secret"):
        with pytest.raises(ToolError, match=r"attached: 規程\.md"):
            await tool.use(tool.spec.arguments(name=name), question)


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("office opening hours", True),
        ("Office, HOURS", True),
        ("窓口 営業時間", True),
        ("office hours KX7731", False),
        ("office 7 7 3 1", False),
        ("窓口 給与", False),
    ],
)
async def test_a_web_query_after_documents_were_read_holds_only_words_of_the_questions(
    tools: dict[str, Tool], page: str, query: str, *, allowed: bool
) -> None:
    """Before, it is free; afterwards it could carry a document out of the house."""
    tool = tools["search_web"]
    asked = replace(ask("office opening hours 窓口の営業時間"), private=True)
    arguments = tool.spec.arguments.model_validate({"query": query})

    assert (await tool.use(arguments, replace(asked, private=False))).passages
    if allowed:
        assert (await tool.use(arguments, asked)).passages
    else:
        with pytest.raises(ToolError, match="only use words of the question"):
            await tool.use(arguments, asked)


async def test_an_unknown_source_is_said_and_all_are_searched(
    tools: dict[str, Tool], page: str
) -> None:
    """ "Nothing was found" would be untrue: models make up names of sources."""
    tool = tools["search_knowledge"]
    made_up = arguments_for(tool, page, sources=["hr", "handbook"])
    result = await tool.use(made_up, ask("有給は？"))

    assert result.text == "There is no source hr; all were searched."
    assert result.passages


async def test_the_names_of_the_sources_are_told_to_the_model(tools: dict[str, Tool]) -> None:
    """Width and case make no difference when it uses them."""
    tool = tools["search_knowledge"]
    listed = strict_schema(tool.spec.arguments)["properties"]["sources"]["items"]
    result = await tool.use(
        tool.spec.arguments(query="有給休暇", sources=["Handbook"]), ask("有給は？")
    )

    assert "handbook" in listed["enum"]
    assert (result.text, bool(result.passages)) == ("", True)
