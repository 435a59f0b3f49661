"""The commands as a person or a program runs them: real processes, no key, the sample documents."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.command import ROOT, kotae, started


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the samples are indexed."""
    folder = tmp_path_factory.mktemp("synced")
    done = kotae(folder, "knowledge", "sync")
    assert done.returncode == 0, done.stderr
    assert "skipped" not in done.stdout
    return folder


@pytest.mark.parametrize(
    ("files", "words"),
    [({}, "no files where knowledge.toml points"), ({"社則.pdf": b"%PDF"}, "none of the files")],
)
def test_a_sync_that_leaves_nothing_to_answer_from_says_so(
    tmp_path: Path, files: dict[str, bytes], words: str
) -> None:
    """A wrong path, or a folder of broken files, must not look like success."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    source = '[[sources]]\nname = "docs"\npath = "docs"\naudience = "members"\n'
    config = tmp_path / "knowledge.toml"
    config.write_text(source, "utf-8")

    done = kotae(tmp_path, "knowledge", "sync", KNOWLEDGE_CONFIG=str(config))

    assert done.returncode == 1
    assert words in done.stderr
    assert all(name in done.stdout for name in files)


@pytest.mark.parametrize(
    ("question", "status", "document", "words"),
    [
        (
            "How many days of annual leave do I get?",
            "answered",
            "handbook/people/annual-leave.md",
            "25",
        ),
        (
            "モバイルバッテリーはどうやって捨てればいいですか？",
            "found",
            "waste/seido/faq.md",
            "リチウム",
        ),
    ],
)
def test_ask_prints_the_agreed_object(
    synced: Path, question: str, status: str, document: str, words: str
) -> None:
    """`kotae ask --json` prints the agreed keys in their order, then more, and cites."""
    done = kotae(synced, "ask", "--json", question)

    answer = json.loads(done.stdout)
    assert done.returncode == (0 if status == "answered" else 3)
    assert list(answer) == [
        *("status", "answer", "citations", "confidence", "steps", "termination_reason"),
        *("usage", "cost_usd", "latency_ms", "model"),
        *("confidence_reason", "features", "draft", "withheld", "late_since"),
    ]
    assert answer["status"] == status
    assert words in answer["answer"]
    assert list(answer["citations"][0]) == ["n", "title", "url", "quote", "document_id"]
    assert answer["citations"][0]["document_id"] == document
    if status == "answered":
        assert answer["features"]["sentences"] >= 1
        assert "supported" in answer["confidence_reason"]
    assert answer["steps"][0]["tool"] == "search_knowledge"
    assert answer["cost_usd"] is None


def test_what_the_documents_do_not_say_is_handed_over(synced: Path) -> None:
    """With the owner's name and another exit code, so that scripts can tell."""
    done = kotae(synced, "ask", "--json", "火星のドームで飼う恐竜の餌は何ですか")

    assert done.returncode == 3
    assert json.loads(done.stdout)["status"] == "handed_over"


@pytest.mark.parametrize("question", ["", "長" * 20_000])
def test_a_question_that_cannot_be_asked_fails_with_a_reason(synced: Path, question: str) -> None:
    """Nothing is searched for nothing, or for a whole document."""
    done = kotae(synced, "ask", "--json", question)

    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"]) == (1, "failed")
    assert answer["termination_reason"] == "rejected_input"


def test_search_prints_the_agreed_list(synced: Path) -> None:
    """`kotae knowledge search --json` prints ranked passages with exactly the agreed keys."""
    done = kotae(synced, "knowledge", "search", "スプレー缶", "-k", "3", "--json")

    rows = json.loads(done.stdout)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert list(rows[0]) == [
        *("rank", "score", "document_id", "title", "url", "text", "source"),
    ]
    assert "スプレー" in rows[0]["text"]


def test_only_those_who_may_find_a_restricted_document(synced: Path) -> None:
    """A channel's document is found by its members, and by nobody else."""
    query = ("knowledge", "search", "salary bands pay range", "--json", "-k", "50")

    for_members = json.loads(kotae(synced, *query).stdout)
    for_people_team = json.loads(kotae(synced, *query, "--as", "#people-team").stdout)

    seen = {row["document_id"] for row in for_members}
    assert {row["document_id"] for row in for_people_team} - seen


def test_try_answers_in_both_languages_and_then_says_what_to_do(tmp_path: Path) -> None:
    """The newcomer's first minute in the terminal, with its input closed."""
    done = kotae(tmp_path, "try", "--terminal")

    assert done.returncode == 0, done.stderr
    assert "朝8時まで" in done.stdout
    assert "25 working days" in done.stdout
    assert "waste/seido/faq.md" in done.stdout
    assert "handbook/people/annual-leave.md" in done.stdout


def test_try_shows_a_page_and_answers_on_it(tmp_path: Path) -> None:
    """The newcomer's first minute: an address, two answers, and Ctrl-C ends everything."""
    process = started(tmp_path, "try", "--port", "0")
    assert process.stdout
    said = ""
    while "25 working days" not in said or "朝8時まで" not in said.replace("\n", ""):
        line = process.stdout.readline()
        assert line, said
        said += line

    address = re.search(r"http://127\.0\.0\.1:\d+/\S*", said)
    assert address
    with urllib.request.urlopen(address[0]) as page:
        assert b"Kotae" in page.read()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0
    process.stdout.close()


def test_a_missing_knowledge_file_is_one_line(tmp_path: Path) -> None:
    """It names the file and what to do, without a traceback."""
    done = kotae(tmp_path, "knowledge", "sync", KNOWLEDGE_CONFIG="nowhere.toml")

    assert done.returncode == 1
    assert done.stderr.startswith("kotae: nowhere.toml: no such file")
    assert len(done.stderr.splitlines()) == 1


def test_help_imports_nothing_heavy() -> None:
    """`kotae --help` is instant because vendors are imported where they are used."""
    heavy = ("numpy", "faiss", "tantivy", "openai", "redis", "slack_bolt", "aiohttp", "pydantic")
    program = f"import sys, bot.cli; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


CASES = [
    {
        "id": "ja",
        "question": "モバイルバッテリーはどうやって捨てればいいですか？",
        "answers": ["赤い"],
    },
    {"id": "en", "question": "How many days of annual leave do I get?", "answers": ["25"]},
    {"id": "none", "question": "What is the salary range for G7?", "answerable": False},
]


def test_answers_are_measured_compared_and_not_certified_too_soon(synced: Path) -> None:
    """`kotae eval run`, `compare`, `calibrate`: three cases prove nothing, and that is said."""
    file = synced / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in CASES), "utf-8")
    done = kotae(synced, "eval", "run", "cases.jsonl", "--name", "first", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    numbers = {metric["name"]: metric for metric in summary["metrics"]}
    assert summary["cases"] == 3
    assert numbers["unanswerable, handed over"]["value"] == 1
    assert numbers["answered"]["low"] < numbers["answered"]["value"] < numbers["answered"]["high"]
    done = kotae(synced, "eval", "run", "cases.jsonl", "--name", "second", "--html", "page.html")
    assert done.returncode == 0, done.stderr
    assert "<svg" in (synced / "page.html").read_text("utf-8")
    done = kotae(synced, "eval", "compare", "first", "second", "--json")
    assert [row["proven"] for row in json.loads(done.stdout)] == [False, False, False]
    done = kotae(synced, "eval", "calibrate", "first")
    assert done.returncode == 3, done.stdout
    assert "Not certified at 99 %" in " ".join(done.stdout.split())


def test_malformed_cases_are_refused_by_line(synced: Path) -> None:
    (synced / "bad.jsonl").write_text('{"id": "1"}\n', "utf-8")
    done = kotae(synced, "eval", "run", "bad.jsonl")
    assert done.returncode == 1
    assert "line 1: question" in done.stderr


@pytest.mark.parametrize("place", ["nowhere/質問.jsonl", "."])
def test_a_place_that_cannot_be_written_is_one_line(synced: Path, place: str) -> None:
    """A mistyped path costs no traceback."""
    done = kotae(synced, "eval", "generate", place, "--no-model", "-k", "3")
    assert done.returncode in {1, 2}
    assert place in done.stderr
    assert "Traceback" not in done.stderr
