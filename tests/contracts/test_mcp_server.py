"""The tools, by a client that is not ours, over every transport: the same for the same person."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp_types import CallToolResult

from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from tests.support.mcp_team import TRANSPORTS, McpTeam, Transport, mcp_team

SECRET = "SALARY-7731"

LEAVE = """\
---
title: {title}
---
# {title}

{fact}
"""


def written(folder: Path) -> None:
    """Write documents for everybody, for members and for #hr."""
    documents = {
        "open/map.md": ("Map", "The canteen is on floor 2. 食堂は2階にあります。"),
        "team/leave.md": (
            "Annual leave",
            "Employees have 25 days of leave a year.\n\n正社員の年次有給休暇は年25日です。",
        ),
        "hr/plan.md": (
            "Salary plan",
            f"The code of the salary plan is {SECRET}.\n\n給与計画の暗証番号は{SECRET}です。",
        ),
    }
    for name, (title, fact) in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(LEAVE.format(title=title, fact=fact), "utf-8")
    long = "\n\n".join(f"## Part {n}\n\n{'Rule ' * 200}{n}." for n in range(9))
    (folder / "team" / "long.md").write_text(f"# Long\n\n{long}\n", "utf-8")
    audiences = {"open": '"anyone"', "team": '"members"', "hr": '["#hr"]'}
    tables = (
        f'[[sources]]\nname = "{name}"\npath = "{name}"\naudience = {audience}\n'
        'url = "https://docs.example/{path}"\n'
        for name, audience in audiences.items()
    )
    (folder / "knowledge.toml").write_text("\n".join(tables), "utf-8")


@pytest.fixture
async def team(tmp_path: Path, redis_url: str, store: RedisConnection) -> AsyncIterator[McpTeam]:
    written(tmp_path)
    async with mcp_team(tmp_path, redis_url) as team:
        yield team


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    found: Transport = request.param
    return found


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if block.type == "text")


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


async def test_the_tools_are_described(team: McpTeam, transport: Transport) -> None:
    """All but one only read, and say so; every schema is one."""
    async with team.calling(team.bob, transport) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert list(tools) == ["ask", "search", "read", "gaps", "hand_over"]
    hints = {
        name: tool.annotations.read_only_hint for name, tool in tools.items() if tool.annotations
    }
    assert hints == {name: name != "hand_over" for name in tools}
    for tool in tools.values():
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema or {})
        assert tool.input_schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("question", "says"),
    [("How many days of annual leave do I get?", "25"), ("年次有給休暇は何日ですか？", "25日")],
)
async def test_an_answer_comes_with_its_citations(
    team: McpTeam, transport: Transport, question: str, says: str
) -> None:
    """As data that fits its schema, and as text with the addresses."""
    async with team.calling(team.bob, transport) as client:
        result = await call(client, "ask", question=question)

    data = result.structured_content
    assert data["status"] in {"answered", "found"}
    assert says in data["answer"]
    assert data["citations"][0]["url"].startswith("https://docs.example/leave.md")
    assert says in data["citations"][0]["quote"]
    assert "https://docs.example/leave.md" in text_of(result)


@pytest.mark.parametrize("query", ["salary plan code", "給与計画の暗証番号"])
async def test_two_people_see_what_each_may_read(
    team: McpTeam, transport: Transport, query: str
) -> None:
    """Passages, answers, citations and refusals."""
    seen = dict[str, str]()
    for person in (team.hanako, team.bob, team.gast):
        async with team.calling(person, transport) as client:
            found = await call(client, "search", query=query)
            asked = await call(client, "ask", question=query)
            read = await call(client, "read", document_id="hr/plan.md")
            team_read = await call(client, "read", document_id="team/leave.md")
            gaps = await call(client, "gaps")
        parts = [found, asked, read, team_read]
        seen[person.name] = json.dumps([part.model_dump(mode="json") for part in parts])
        assert read.is_error == (person is not team.hanako)
        assert team_read.is_error == (person is team.gast)
        assert gaps.is_error == (person is not team.hanako)

    assert SECRET in seen["hanako"]
    assert SECRET not in seen["bob"]
    assert SECRET not in seen["gast"]
    assert "hr/plan.md" not in seen["bob"]


@pytest.mark.parametrize("name", ["hr/plan.md", "hr/none.md", "none/none.md", "../hr/plan.md"])
async def test_what_is_forbidden_looks_like_what_is_not_there(team: McpTeam, name: str) -> None:
    async with team.calling(team.bob) as client:
        result = await call(client, "read", document_id=name)

    assert result.is_error
    assert text_of(result) == (
        "There is no such document that you may read, or it ends before part 0."
    )


async def test_a_long_document_is_read_on(team: McpTeam) -> None:
    async with team.calling(team.bob) as client:
        first = (await call(client, "read", document_id="team/long.md")).structured_content
        second = (
            await call(client, "read", document_id="team/long.md", start=first["next"])
        ).structured_content

    assert first["next"] == len(first["passages"])
    assert {one["part"] for one in first["passages"]}.isdisjoint(
        one["part"] for one in second["passages"]
    )


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ask", {}),
        ("ask", {"question": ""}),
        ("ask", {"question": " \u200b\n"}),
        ("ask", {"question": "x" * 8_001}),
        ("ask", {"question": 7}),
        ("ask", {"question": "x", "hand_over": True}),
        ("search", {"query": "x", "limit": 0}),
        ("search", {"query": "x", "limit": 10**9}),
        ("search", {"query": "x", "limit": True}),
        ("search", {"query": "x", "sources": "team"}),
        ("read", {"document_id": "\ud800"}),
        ("read", {"document_id": "x", "start": -1}),
        ("read", {"document_id": "x", "start": False}),
        ("gaps", {"limit": "many"}),
        ("post", {"text": "x"}),
    ],
)
async def test_wrong_arguments_are_told(
    team: McpTeam, tool: str, arguments: dict[str, object]
) -> None:
    """In words, without a traceback."""
    async with team.calling(team.hanako) as client:
        result = await call(client, tool, **arguments)

    assert result.is_error
    assert 0 < len(text_of(result)) < 1_000
    assert "Traceback" not in text_of(result)


@pytest.mark.parametrize("name", ["post", "Search", "検索", "x" * 1_000])
async def test_a_tool_that_is_none_is_refused(
    team: McpTeam, transport: Transport, name: str
) -> None:
    """In both languages, with the tools that there are; the name is not said again."""
    async with team.calling(team.hanako, transport) as client:
        result = await call(client, name, query="x")

    said = text_of(result)
    assert result.is_error
    assert "There is no such tool" in said
    assert "そのツールはありません" in said
    assert "ask, search, read, gaps" in said
    assert name not in said
    assert result.structured_content is None


async def test_what_is_asked_is_private_and_recorded(team: McpTeam, store: RedisConnection) -> None:
    """The ledger has it; operators count it among the gaps, without its words."""
    question = "Who waters the zebra plants on Fridays?"
    async with team.calling(team.bob) as client:
        answer = (await call(client, "ask", question=question)).structured_content
    async with team.calling(team.hanako) as client:
        gaps = await call(client, "gaps")

    recorded = await Ledger(store.commands).recent(5)
    assert [(one.question.id, one.question.person) for one in recorded] == [
        (answer["question_id"], team.bob.id)
    ]
    assert answer["status"] == "nothing"
    assert gaps.structured_content["gaps"][0]["people"] == 1
    assert "zebra" not in json.dumps(gaps.model_dump(mode="json"))


async def test_limits_of_a_person_hold(tmp_path: Path, redis_url: str, store: object) -> None:
    """The hourly limits are those of Slack; a guest has half."""
    written(tmp_path)
    async with mcp_team(tmp_path, redis_url, limit_questions_hour=2, limit_lookups_hour=2) as team:
        results = dict[str, list[bool]]()
        for person in (team.bob, team.gast):
            async with team.calling(person) as client:
                asked = [await call(client, "ask", question=f"Leave {n}?") for n in range(3)]
                found = [await call(client, "search", query=f"leave {n}") for n in range(3)]
            results[person.name] = [one.is_error for one in (*asked, *found)]

    assert results == {
        "bob": [False, False, True] * 2,
        "gast": [False, True, True] * 2,
    }


async def test_a_budget_that_is_used_up_ends_answers(
    tmp_path: Path, redis_url: str, store: object
) -> None:
    """The same budgets as in Slack."""
    written(tmp_path)
    async with (
        mcp_team(
            tmp_path,
            redis_url,
            openai_base_url="http://127.0.0.1:9/v1",
            budget_person_usd=0.0,
        ) as team,
        team.calling(team.bob) as client,
    ):
        result = await call(client, "ask", question="How many days of leave?")

    assert result.is_error
    assert result.structured_content["status"] == "failed"
    assert "Your budget for today" in text_of(result)


async def test_a_question_is_handed_over_in_slack(team: McpTeam, store: RedisConnection) -> None:
    """It stands in the person's direct messages; only they can pass it on from there."""
    async with team.calling(team.bob) as client:
        result = await call(client, "hand_over", question="経費の締め日はいつですか？")

    posted = team.workspace.messages(team.workspace.direct_channel(team.bob))
    assert not result.is_error
    assert "Slack" in text_of(result)
    assert "経費の締め日はいつですか？" in posted[-1].plain
