"""`kotae prompt` as a person runs it, against a model endpoint on this machine."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.agent.prompt import Prompt
from tests.support.command import ROOT, environment, kotae
from tests.support.llm_server import Conversation, LlmServer, llm_server
from tests.support.prompt_brain import RULE, prompt_brain

CASES = ROOT / "knowledge" / "samples" / "cases.jsonl"
TUNE = ("prompt", "tune", "few.jsonl", "--generations", "1", "--population", "4")


class Ended(NamedTuple):
    code: int | None
    said: str
    complained: str


class Team:
    """A folder with indexed samples, and an endpoint."""

    def __init__(self, folder: Path, server: LlmServer) -> None:
        self.folder = folder
        self.server = server

    async def start(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=environment(self.folder)
            | {"OPENAI_BASE_URL": self.server.url, "OPENAI_EMBEDDING_MODEL": "hashing"}
            | settings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def kotae(self, *arguments: str, **settings: str) -> Ended:
        process = await self.start(*arguments, **settings)
        said, complained = await process.communicate()
        return Ended(process.returncode, said.decode(), complained.decode())


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the samples are indexed, with some of their questions."""
    folder = tmp_path_factory.mktemp("indexed")
    assert kotae(folder, "knowledge", "sync").returncode == 0
    lines = CASES.read_text("utf-8").splitlines()
    (folder / "few.jsonl").write_text("\n".join([*lines[:12], *lines[-12:]]), "utf-8")
    return folder


@pytest.fixture
async def team(indexed: Path, tmp_path: Path) -> AsyncIterator[Team]:
    shutil.copytree(indexed, tmp_path / "team")
    async with llm_server(prompt_brain()) as server:
        yield Team(tmp_path / "team", server)


async def test_a_prompt_is_improved_shown_approved_and_used(team: Team) -> None:
    """A prompt is in force only after a person's approval and the setting, in that order."""
    tuned = await team.kotae(*TUNE, "--calls", "400", "--name", "ours", "--html", "page.html")

    assert tuned.code == 0, tuned.complained
    assert "No proven gain" in tuned.said or "A proven gain" in tuned.said
    assert "kotae prompt adopt ours" in tuned.said
    assert "price unknown" in tuned.said
    page = (team.folder / "page.html").read_text("utf-8")
    assert "<svg" in page
    assert "世代ごとの得点" in page

    ask = ("ask", "宿泊費は？")
    early = await team.kotae(*ask, PROMPT_STRATEGY="ours")
    assert "Nobody has approved" in early.said

    unasked = await team.kotae("prompt", "adopt", "ours")
    assert unasked.code == 1
    assert "+" + RULE["ja"] in unasked.said or "+" + RULE["en"] in unasked.said

    assert (await team.kotae("prompt", "adopt", "ours", "-y")).code == 0
    await team.kotae(*ask, PROMPT_STRATEGY="ours")
    used = Prompt.load("ours", team.folder / "data" / "prompts")
    assert team.server.conversations[-1].system == used.system["ja"]


@pytest.mark.parametrize("algorithm", ["genetic", "gepa"])
async def test_programs_get_one_object(team: Team, algorithm: str) -> None:
    """Without any text of a case; stored answers are not asked for again."""
    arguments = (*TUNE, "--budget", "0.6", "--json", "--algorithm", algorithm)
    first = await team.kotae(*arguments, OPENAI_PRICE="1/5")
    asked = len(team.server.requests)
    again = await team.kotae(*arguments, OPENAI_PRICE="1/5")
    report = json.loads(first.said)

    assert json.loads(again.said) == report
    assert len(team.server.requests) == asked
    assert 0 < report["spent_usd"] <= 0.6
    assert report["generations"][0]["runs"] == 24
    questions = [json.loads(line)["question"] for line in CASES.read_text("utf-8").splitlines()]
    assert not [question for question in questions if question in first.said]


async def test_a_stopped_run_continues(team: Team) -> None:
    """Ctrl-C keeps the best so far; a kill loses nothing that was answered."""
    let_go = asyncio.Event()

    async def hold_new_prompts(conversation: Conversation) -> None:
        if conversation.forced == "hand_in":
            await let_go.wait()

    team.server.before_turn = hold_new_prompts
    for signals in (signal.SIGINT, signal.SIGKILL):
        process = await team.start(*TUNE, "--calls", "400", "--name", "ours")
        assert process.stdout is not None
        while b"generation 0" not in (line := await process.stdout.readline()):
            assert line, "it ended by itself"
        process.send_signal(signals)
        said, _ = await process.communicate()
        assert process.returncode == (130 if signals == signal.SIGINT else -signal.SIGKILL)
        if signals == signal.SIGINT:
            assert "kept as ours" in said.decode()
    let_go.set()
    asked = len(team.server.requests)
    state = json.loads((team.folder / "data/prompt-tuning/ours/state.json").read_text("utf-8"))
    assert state["runs"] == 24

    done = await team.kotae(*TUNE, "--calls", "400", "--name", "ours", "--json")
    questions = [json.loads(line)["question"] for line in CASES.read_text("utf-8").splitlines()]
    baseline = Prompt.load().system.values()
    asked_again = [
        conversation
        for conversation in team.server.conversations[asked:]
        if conversation.system in baseline and conversation.question in questions
    ]
    assert done.code == 0
    assert asked_again == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("few.jsonl",), "The price of gpt-6-luna is not known"),
        (("few.jsonl", "--calls", "20"), "give more than"),
        (("few.jsonl", "--calls", "200", "--name", "direct"), "comes with Kotae"),
        (("few.jsonl", "--calls", "200", "--name", "../up"), "is not a valid name"),
        ((), "Name a file of cases"),
    ],
)
async def test_a_refusal_is_one_line(
    team: Team, arguments: tuple[str, ...], complaint: str
) -> None:
    ended = await team.kotae("prompt", "tune", *arguments)

    assert ended.code in {1, 2}
    assert complaint in ended.complained
    assert "Traceback" not in ended.complained


async def test_without_a_model_there_is_nothing_to_improve(team: Team) -> None:
    ended = await team.kotae("prompt", "tune", "few.jsonl", OPENAI_BASE_URL="")

    assert (ended.code, ended.said) == (2, "")
    assert ended.complained.startswith("kotae: Prompts need a model")
