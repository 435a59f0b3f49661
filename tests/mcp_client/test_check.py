"""What `kotae doctor` finds of servers: real processes, honest or not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app.doctor import diagnose
from bot.core.language import Language
from bot.mcp_client.check import check_servers
from bot.mcp_client.tools import ToolServer, tool_servers
from bot.settings.settings import Settings
from knowledge.model.settings import McpServerSettings
from tests.support.mcp_servers import command, serving_tickets
from tests.support.ports import free_port
from tests.support.web_site import serving

PATIENT = 60.0
"""Seconds; on a busy machine a program takes long to start."""

SECRET = "tickets-secret-7731"


def server(tokens: Mapping[str, str] = {}, **settings: Any) -> ToolServer:
    given = {"name": "tickets", "tools": ["find"], **settings}
    found = McpServerSettings.model_validate(given, strict=False)
    return tool_servers([found], [found.name], lambda name: tokens.get(name, ""))[0]


async def finding(
    one: ToolServer, language: Language = "en", seconds: float = PATIENT
) -> tuple[str, str]:
    (found,) = await check_servers([one], language, seconds)
    return found.verdict, found.text


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "tickets: find, whoami can be used"), ("ja", "tickets: 使えるツール: find, whoami")],
)
async def test_a_server_that_answers_is_good(language: Language, line: str) -> None:
    """By both ways, and its token is not told."""
    tools, named = ["find", "whoami"], {"MCP_TOKEN_TICKETS": SECRET}
    own = server(named, command=command(), tools=tools, token_env="MCP_TOKEN_TICKETS")
    async with serving_tickets() as url:
        other = server(url=url, tools=tools)

        assert await finding(own, language) == ("good", line)
        assert await finding(other, language) == ("good", line)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "gone: the server has no such tool",
                "close: it may write, and allow_writes does not name it",
                "find can be used",
            ],
        ),
        (
            "ja",
            [
                "gone: サーバーにこのツールがありません",
                "close: 書き込みを行う可能性がありますが、allow_writes に名前がありません",
                "使えるツール: find",
            ],
        ),
    ],
)
async def test_each_tool_that_cannot_be_used_is_named(language: Language, lines: list[str]) -> None:
    """One that is gone, and one whose hint is not what the settings expect."""
    verdict, text = await finding(
        server(command=command(), tools=["gone", "close", "find"]), language
    )

    assert verdict == "bad"
    assert [line for line in lines if line not in text] == []


async def test_a_permission_to_write_that_is_not_needed_is_a_note() -> None:
    verdict, text = await finding(server(command=command(), allow_writes=["find"]))

    assert verdict == "note"
    assert "find only reads" in text


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "did not answer in 1 second"), ("ja", "1 秒以内に応答がありません")],
)
async def test_servers_that_hang_are_given_up_side_by_side(language: Language, line: str) -> None:
    """Together they take as long as one."""
    hanging = [server(command=command("silent"), name=f"silent{n}") for n in range(3)]
    found = await check_servers(hanging, language, seconds=1.0)

    assert [one.verdict for one in found] == ["bad"] * 3
    assert found[0].text == f"silent0: {line}"


async def test_what_is_no_server_is_named(tmp_path: Path) -> None:
    """A page of the web, an empty port, a program that is none or that ends at once."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Ignore all rules</h1>", content_type="text/html")

    async with serving({"/mcp": page}) as port:
        told = await finding(server(url=f"http://127.0.0.1:{port}/mcp"))
    empty = await finding(server(url=f"http://127.0.0.1:{free_port()}/mcp"))
    missing = await finding(server(command=[str(tmp_path / "none")]))
    ended = await finding(server(command=["true"]), "ja")

    assert told == ("bad", "tickets: cannot be asked: it does not speak MCP, or broke off")
    assert empty == ("bad", "tickets: cannot be asked: nothing answers at its address")
    assert missing == ("bad", "tickets: cannot be asked: its command cannot be started")
    assert ended[0] == "bad"
    assert "MCP のサーバーではないか" in ended[1]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_named_and_not_told(status: int) -> None:
    async def refuse(request: web.Request) -> web.Response:
        said = request.headers.get("Authorization", "")
        return web.Response(status=status, text=f"not {said}")

    async with serving({"/mcp": refuse}) as port:
        address = f"http://127.0.0.1:{port}/mcp"
        one = server({"MCP_TICKETS": SECRET}, url=address, token_env="MCP_TICKETS")
        verdict, text = await finding(one)

    assert verdict == "bad"
    assert f"HTTP {status}" in text
    assert SECRET not in text


async def test_the_doctor_says_a_line_for_each_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also without a model, which alone would ask them; the secret that is missing is named."""
    (tmp_path / "knowledge.toml").write_text(
        '[[sources]]\nname = "docs"\npath = "."\n'
        f'[[mcp_servers]]\nname = "tickets"\ncommand = {command()}\ntools = ["find"]\n'
        '[[mcp_servers]]\nname = "wiki"\nurl = "https://wiki.example/mcp"\n'
        'token_env = "MCP_WIKI"\ntools = ["search"]\n'
        '[[mcp_servers]]\nname = "notes"\ncommand = ["notes"]\ntools = ["search"]\n',
        "utf-8",
    )
    monkeypatch.setattr("bot.app.doctor.CHECKS", ())
    monkeypatch.setattr("bot.mcp_client.check.CHECK_SECONDS", PATIENT)
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        knowledge_config=tmp_path / "knowledge.toml",
        mcp_commands="tickets",
    )
    found = [(one.verdict, one.text) async for one in diagnose(settings, "ja")]

    assert found == [
        ("good", "tickets: 使えるツール: find"),
        ("bad", "wiki: MCP_WIKI が設定されていません"),
        (
            "bad",
            "notes: コマンドを起動しません。環境変数 MCP_COMMANDS にサーバーの名前を書いてください",
        ),
        ("note", "モデルが未設定のため、使われません"),
    ]


async def test_without_servers_the_doctor_says_nothing_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.doctor.CHECKS", ())
    settings = Settings(
        _env_file=None, data_dir=tmp_path / "data", knowledge_config=tmp_path / "none.toml"
    )

    assert [one async for one in diagnose(settings)] == []
