"""`kotae rollout` as an operator runs it: an equal model is promoted, a worse one is not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from bot.app.container import open_knowledge, open_store
from bot.core.types import Answer, Citation, Feedback, Label, Question, QuestionId, ThreadId
from bot.evaluation.certificate import Certificate, CertificateStore
from bot.evaluation.results import read_run
from bot.records.label_file import FileLabels
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.settings.settings import load_settings
from knowledge.model.types import Principal
from knowledge.storage.index_versions import IndexVersions
from tests.support.command import kotae, started
from tests.support.library import Library, source_table
from tests.support.llm_brains import Brain, Call, Conversation, Turn, searching_brain
from tests.support.llm_server import LlmServer, llm_server
from tests.support.waiting import wait_until

OFFICES = ("payroll", "travel", "parking", "library", "badge", "print", "mail", "garden")
WINDOWS = ("経理", "旅費", "駐車場", "図書", "入館証", "印刷", "郵便", "庭園")
GOOD, BAD = "gpt-6-sol", "gpt-6-bad"
CASES = [
    {
        "id": f"en-{n}",
        "question": f"On which floor is the {name} office?",
        "answers": [f"floor {n}"],
    }
    for n, name in enumerate(OFFICES, 1)
] + [
    {"id": f"ja-{n}", "question": f"{name}窓口は何階にありますか？", "answers": [f"{n}階"]}
    for n, name in enumerate(WINDOWS, 1)
]
EXTRA = [
    {**case, "id": f"{case['id']}-again", "question": f"{case['question']} ".replace("？", "")}
    for case in CASES[:6] + CASES[8:14]
]


def mistaken(conversation: Conversation) -> Turn:
    """A model that confuses phone number and floor in half of the questions."""
    turn = searching_brain()(conversation)
    if conversation.model != BAD or not turn.calls or turn.calls[0].name != "finish":
        return turn
    said = dict(turn.calls[0].arguments)  # type: ignore[arg-type]
    for name, number in (("travel", 902), ("badge", 905), ("print", 906), ("mail", 907)):
        if name in conversation.question:
            said |= {
                "answer": f"The {name} office has the number {number}. [1]",
                "citations": [{"n": 1, "quote": f"The {name} office has the number {number}."}],
            }
    for name, number in (("旅費", 902), ("入館証", 905), ("印刷", 906), ("郵便", 907)):
        if name in conversation.question:
            said |= {
                "answer": f"{name}窓口の番号は{number}です。[1]",
                "citations": [{"n": 1, "quote": f"{name}窓口の番号は{number}です。"}],
            }
    return Turn(calls=(Call("finish", said),))


@dataclass
class Office:
    """A folder with documents, cases and an endpoint."""

    folder: Path
    server: LlmServer
    settings: dict[str, str] = field(default_factory=dict)

    async def kotae(self, *arguments: str, **settings: str) -> CompletedProcess[str]:
        """Run a command to its end."""
        return await asyncio.to_thread(kotae, self.folder, *arguments, **(self.settings | settings))

    async def data(self, *arguments: str) -> Any:
        """Run a command, and read the JSON object that it prints."""
        done = await self.kotae(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


@asynccontextmanager
async def office(folder: Path, brain: Brain = mistaken) -> AsyncIterator[Office]:
    library = Library(folder)
    for n, name in enumerate(OFFICES, 1):
        text = f"The {name} office is on floor {n}. The {name} office has the number {900 + n}."
        library.write(f"{name}.md", f"# The {name} office\n\n{text}\n")
    for n, name in enumerate(WINDOWS, 1):
        text = f"{name}窓口は{n}階にあります。{name}窓口の番号は{900 + n}です。"
        library.write(f"ja-{n}.md", f"# {name}窓口\n\n{text}\n")
    cases = folder / "data" / "evaluation" / "cases"
    cases.mkdir(parents=True)
    lines = (json.dumps(case, ensure_ascii=False) for case in [*CASES, *EXTRA])
    (cases / "offices.jsonl").write_text("\n".join(lines), "utf-8")
    async with llm_server(brain) as server:
        settings = {
            "KNOWLEDGE_CONFIG": str(library.config),
            "OPENAI_BASE_URL": server.url,
            "OPENAI_EMBEDDING_MODEL": "hashing",
            "OPENAI_PRICE": "1/2",
        }
        await index(library.config, folder)
        yield Office(folder, server, settings)


async def index(config: Path, folder: Path) -> None:
    """Index what *config* names, as `kotae sync` does."""
    settings = load_settings(
        knowledge_config=config, data_dir=folder / "data", openai_embedding_model="hashing"
    )
    async with aclosing(open_knowledge(settings)) as base:
        await base.sync()


async def certify(data: Path, certificate: Certificate) -> None:
    """Keep *certificate* as `kotae eval calibrate` does."""
    async with open_store(load_settings(data_dir=data)) as store:
        await CertificateStore(store.commands).save(certificate)


async def test_an_equal_model_is_promoted_and_reverted(tmp_path: Path) -> None:
    """To prove, promote, show and revert takes one command each."""
    async with office(tmp_path) as team:
        page = tmp_path / "page.html"
        tried = await team.kotae(
            "rollout", "try", f"OPENAI_MODEL={GOOD}", "--no-history", "--name", "sol",
            "--html", str(page), "--language", "en",
        )  # fmt: skip
        assert tried.returncode == 0, tried.stderr
        assert (
            "not worse: No question gets a wrong answer that did not get one before."
            in tried.stdout
        )
        assert "Put it in force: `kotae rollout promote sol`" in tried.stdout
        assert "悪化なし" in page.read_text("utf-8")

        measured = read_run(tmp_path / "data" / "rollouts" / "sol" / "before.json").info
        proven = Certificate(0.1, 0.95, 0.95, 0.4, 120, 2, measured.fingerprint, 0.0)
        await certify(tmp_path / "data", proven)
        done = await team.kotae("rollout", "promote", "sol", "--yes", "--language", "ja")
        assert "証明書は無効になりました（the model was changed）" in done.stdout
        assert "+ OPENAI_MODEL=gpt-6-sol" in done.stdout
        assert "自動で切り替わります" in done.stdout

        asked = ("ask", "On which floor is the mail office?")
        assert (await team.data(*asked))["model"] == GOOD
        doctor = await team.kotae("doctor")
        assert "Promotion sol: OPENAI_MODEL=gpt-6-sol ← gpt-6-luna" in " ".join(
            doctor.stdout.split()
        )
        back = await team.kotae("rollout", "revert", "--language", "en")
        assert "sol is reverted." in back.stdout
        listed = await team.data("rollout", "list")
        assert [item["promotion"]["name"] for item in listed["reverted"]] == ["sol"]
        assert listed["promoted"] == []


async def test_a_worse_model_cannot_be_promoted_without_a_reason(tmp_path: Path) -> None:
    """Newly wrong answers are listed, in both languages; the reason is kept with the promotion."""
    async with office(tmp_path) as team:
        tried = await team.kotae(
            "rollout", "try", f"OPENAI_MODEL={BAD}", "--no-history", "--name", "bad",
            "--language", "ja",
        )  # fmt: skip
        assert tried.returncode == 3, tried.stderr
        assert "悪化: 誤答が偶然を超えて増えました。" in tried.stdout
        assert "新たな誤答（" in tried.stdout
        assert "旅費窓口は何階にありますか？" in tried.stdout

        refused = await team.kotae("rollout", "promote", "bad", "--yes", "--language", "en")
        assert refused.returncode == 3
        assert "bad cannot be promoted: worse." in refused.stderr
        forced = await team.kotae("rollout", "promote", "bad", "--yes", "--anyway", "値下げのため")
        assert forced.returncode == 0
        listed = await team.data("rollout", "list")
        [told], [live] = listed["tried"], listed["promoted"]
        assert {item["case"] for item in told["newly_wrong"]} >= {"en-2", "ja-2", "en-5", "ja-7"}
        assert (live["reason"], live["outcome"]) == ("値下げのため", "worse")


async def test_a_killed_trial_continues_where_it_was(tmp_path: Path) -> None:
    """No trial is incomplete, and no answer is paid for twice."""
    async with office(tmp_path) as team:
        options = ("rollout", "try", f"OPENAI_MODEL={GOOD}", "--no-history", "--name", "sol")
        let_go = asyncio.Event()

        async def hold_the_last(_: Conversation) -> None:
            if len(team.server.requests) >= 30:
                await let_go.wait()

        team.server.before_turn = hold_the_last
        process = started(tmp_path, *options, **team.settings)
        await wait_until(lambda: len(team.server.requests) >= 30)
        process.kill()
        let_go.set()
        await asyncio.to_thread(process.communicate)
        assert (await team.kotae("rollout", "show", "sol")).returncode == 1

        assert (await team.data(*options))["promotable"]
        whole, in_work = 2 * 2 * (len(CASES) + len(EXTRA)), 2 * 4
        assert len(team.server.requests) <= whole + in_work


async def test_another_chunking_has_an_index_of_its_own(tmp_path: Path) -> None:
    """The index in use is not touched; promotion and revert switch to another folder."""
    async with office(tmp_path) as team:
        live = IndexVersions(tmp_path / "data" / "index").pointer.read_text("ascii")
        options = ("rollout", "try", "chunking.tokens=64", "--no-history", "--name", "small")
        assert (await team.data(*options))["promotable"]
        assert (await team.kotae("rollout", "promote", "small", "--yes")).returncode == 0
        own = IndexVersions(tmp_path / "data" / "rollouts" / "small" / "index").pointer
        status = await team.data("knowledge", "status")
        assert status["index_version"] == own.read_text("ascii").strip()
        assert IndexVersions(tmp_path / "data" / "index").pointer.read_text("ascii") == live

        back = await team.kotae("rollout", "revert", "--language", "en")
        assert "kotae sync" in back.stdout
        assert not load_settings(data_dir=tmp_path / "data").promotions


async def test_a_threshold_asks_nothing_new(tmp_path: Path) -> None:
    """It is applied to the newest run; a threshold that shows nothing is not proven.

    One below the threshold of a certificate is refused.
    """
    async with office(tmp_path) as team:
        cases = str(tmp_path / "data" / "evaluation" / "cases" / "offices.jsonl")
        assert (await team.kotae("eval", "run", cases)).returncode == 0
        asked = len(team.server.requests)

        kept = await team.data("rollout", "try", "--threshold", "0.01", "--no-history")
        assert (kept["outcome"], kept["floor"]) == ("non-inferior", 0.01)
        silent = await team.data("rollout", "try", "--threshold", "0.999", "--no-history")
        assert (silent["promotable"], silent["shown"]["after"]) == (False, 0)
        assert len(team.server.requests) == asked

        measured = kept["fingerprint_before"]
        proven = Certificate(0.6, 0.95, 0.95, 0.4, 120, 2, measured, 0.0)
        await certify(tmp_path / "data", proven)
        lower = await team.kotae("rollout", "try", "--threshold", "0.5", "--no-history")
        assert lower.returncode == 2
        assert "A certificate holds from 0.600 on" in lower.stderr


@pytest.fixture
async def asked(store: RedisConnection) -> list[Question]:
    """Questions of a channel's people, judged by others, and two answers with votes only."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    reader = Principal("C_HR", member=True, groups=frozenset({"#hr"}))
    questions = list[Question]()
    for n in range(1, 25):
        id_ = f"slack:T1:C_HR:{n}"
        text = f"基準{n}番の上限額は？" if n % 2 else f"What is the limit of rule {n}?"
        said = (
            f"基準{n}番の上限額は{n}千円です。" if n % 2 else f"The limit of rule {n} is {n} yen."
        )
        question = Question(QuestionId(id_), ThreadId(id_), text, reader, received_at=1e9 + n)
        quote = Citation(1, "rule", "", said, f"hr/{n}.md")
        await ledger.record(question, Answer("answered", f"{said} [1]", (quote,)))
        if n <= 22:
            await labels.put(Label(id_, "right", "恵子", 1.0))
        else:
            await ledger.rate(Feedback(QuestionId(id_), "U1", "up", "button", 1.0))
        questions.append(question)
    return questions


def unsure(conversation: Conversation) -> Turn:
    """A model that answers two questions in other words, and judges them right."""
    if conversation.forced == "judge":
        return Turn(calls=(Call("judge", {"reason": "same", "verdict": "right"}),))
    turn = searching_brain()(conversation)
    if conversation.model != BAD or not turn.calls or turn.calls[0].name != "finish":
        return turn
    said = dict(turn.calls[0].arguments)  # type: ignore[arg-type]
    other = {"基準7番": "基準7番の担当は部長です。", "rule 8?": "Rule 8 belongs to Kim."}
    for part, text in other.items():
        if part in conversation.question:
            said |= {"answer": f"{text} [1]", "citations": [{"n": 1, "quote": text}]}
    return Turn(calls=(Call("finish", said),))


async def test_history_is_asked_again_with_its_readers_rights(
    tmp_path: Path, redis_url: str, asked: list[Question]
) -> None:
    """An equal answer keeps its verdict; a different one waits for one, which decides."""
    library = Library(tmp_path)
    rules = tmp_path / "rules"
    rules.mkdir()
    for n in range(1, 25):
        text = (
            f"# 基準{n}番\n\n基準{n}番の上限額は{n}千円です。基準{n}番の担当は部長です。\n"
            if n % 2
            else f"# Rule {n}\n\nThe limit of rule {n} is {n} yen. Rule {n} belongs to Kim.\n"
        )
        (rules / f"{n}.md").write_text(text, "utf-8")
    library.configure(source_table("hr", "rules", audience=["#hr"]))
    async with llm_server(unsure) as server:
        settings = {
            "KNOWLEDGE_CONFIG": str(library.config),
            "OPENAI_BASE_URL": server.url,
            "OPENAI_EMBEDDING_MODEL": "hashing",
            "REDIS_URL": redis_url,
        }
        team = Office(tmp_path, server, settings)
        await index(library.config, tmp_path)
        same = await team.data("rollout", "try", f"OPENAI_MODEL={GOOD}", "--name", "same")
        assert (same["outcome"], same["cases"], same["to_judge"]) == ("non-inferior", 22, 0)

        tried = await team.kotae(
            "rollout", "try", f"OPENAI_MODEL={BAD}", "--name", "other", "--language", "en"
        )
        assert tried.returncode == 3
        assert "It depends on answers that nobody has judged yet." in tried.stdout
        assert "To be judged (2): `kotae review --run other`" in tried.stdout
        assert "of 2 answers with 👍, 2 are unchanged" in " ".join(tried.stdout.split())

        judging = ("rollout", "try", f"OPENAI_MODEL={BAD}", "--name", "by-model", "--judge", GOOD)
        by_model = await team.kotae(*judging, "--language", "en")
        assert by_model.returncode == 0
        assert "2 verdicts come from a model, not from people." in by_model.stdout

        waiting = read_run(tmp_path / "data" / "rollouts" / "other" / "open.json").results
        assert {item.case.id for item in waiting} == {"slack:T1:C_HR:7", "slack:T1:C_HR:8"}
        labels = FileLabels(tmp_path / "data" / "evaluation" / "labels.jsonl")
        for item in waiting:
            await labels.put(Label(item.id, "right", "Tom", 1.0))
        decided = await team.kotae("rollout", "decide", "other", "--language", "ja")
        assert decided.returncode == 0
        assert "悪化なし: 新たに誤答になった質問はありません。" in decided.stdout


async def test_a_damaged_file_of_promotions_is_one_line(tmp_path: Path) -> None:
    """It stops every command, because nobody knows what is in force; the line says what to do."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "promotions.json").write_text("{", "utf-8")
    done = await asyncio.to_thread(kotae, tmp_path, "rollout", "list")
    assert done.returncode == 2
    assert done.stderr.startswith("kotae: ")
    assert "promotions.json is damaged" in done.stderr
    assert done.stderr.count("\n") == 1
