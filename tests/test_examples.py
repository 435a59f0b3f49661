"""The examples run as their README says, in both languages, with no key and no network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
HANDBOOK = EXAMPLES / "handbook"


def _run(*command: str, data: Path) -> str:
    """Run *command* with no setting but where data is, and return what it prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "KNOWLEDGE_CONFIG": str(HANDBOOK / "knowledge.toml"),
        "DATA_DIR": str(data),
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=data,
        env=kept | own,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the handbook in its index."""
    data = tmp_path_factory.mktemp("handbook")
    _run("-m", "bot", "knowledge", "sync", data=data)
    return data


@pytest.mark.parametrize(
    ("question", "words", "document"),
    [
        ("What may a hotel cost?", "€140", "handbook/travel.md"),
        ("在宅勤務は週に何日できますか？", "3日", "handbook/在宅勤務.md"),
    ],
)
def test_the_handbook_answers(indexed: Path, question: str, words: str, document: str) -> None:
    """The example's questions are answered from its documents, with their citation."""
    answer = json.loads(_run("-m", "bot", "ask", question, "--json", data=indexed))

    assert answer["status"] == "answered"
    assert words in answer["answer"]
    assert answer["citations"][0]["document_id"] == document


def test_the_handbook_keeps_its_audience(indexed: Path) -> None:
    """What only the finance channel may read is found for it, and for nobody else."""
    query = ("-m", "bot", "knowledge", "search", "approval limit invoices", "--json")
    everybody = json.loads(_run(*query, data=indexed))
    finance = json.loads(_run(*query, "--as", "#finance", data=indexed))

    assert "handbook/approvals.md" not in {passage["document_id"] for passage in everybody}
    assert finance[0]["document_id"] == "handbook/approvals.md"


def test_the_handbooks_cases_are_answered_right(indexed: Path) -> None:
    """`kotae eval run` reads the example's cases, and finds every answer right."""
    command = ("-m", "bot", "eval", "run", str(HANDBOOK / "cases.jsonl"), "--json")
    summary = json.loads(_run(*command, data=indexed))
    shares = {metric["name"]: metric["value"] for metric in summary["metrics"]}

    assert summary["cases"] == 5
    assert shares["answerable, answered right"] == 1.0
    assert shares["unanswerable, handed over"] == 1.0


@pytest.mark.parametrize(
    ("question", "words"),
    [("What may a hotel cost?", "€140"), ("在宅勤務手当はいくらですか？", "3,000円")],
)
def test_a_program_can_ask(tmp_path: Path, question: str, words: str) -> None:
    """The public parts answer a question without Slack and without Redis."""
    printed = _run(str(EXAMPLES / "ask_from_python.py"), question, data=tmp_path)

    assert printed.startswith("answered: ")
    assert words in printed
    assert "[1] " in printed


@pytest.mark.parametrize(
    ("query", "first"),
    [("Where do I park?", "Parking"), ("自転車はどこに止めますか", "駐輪場")],
)
def test_a_source_of_ones_own_is_searched(tmp_path: Path, query: str, first: str) -> None:
    """A class with two methods is a source; its pages are found in either language."""
    printed = _run(str(EXAMPLES / "custom_source.py"), query, data=tmp_path)

    assert f" {first}: " in printed.splitlines()[0]
    assert f"https://wiki.example.com/{first}" in printed
