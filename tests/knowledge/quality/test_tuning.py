"""Tuning finds a better weight if there is one, and claims none otherwise."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError
from knowledge.model.settings import load_settings
from knowledge.model.settings_file import write_dense_weight
from knowledge.model.types import Progress, Vector, Vectors
from knowledge.quality.question_files import read_questions
from tests.support.library import CountingEmbedder, Library

ANIMALS = {
    "whale": "The largest creature of the sea sings for hours.",
    "owl": "It hunts at night and turns its head very far.",
    "camel": "砂漠を何日も水なしで歩く動物です。",
    "penguin": "飛べませんが、氷の海を上手に泳ぐ鳥です。",
    "bat": "It sleeps upside down and hears what it cannot see.",
    "mole": "土の中にトンネルを掘って暮らす動物です。",
    "giraffe": "Its neck reaches the leaves of tall trees.",
    "snail": "家を背負ってゆっくり進みます。",
}
MISLEADING = "動物 or creature: which one is it, and what is it called, {}?"


class MeaningEmbedder:
    """Embeds a text by its subject, as a good model does: one direction per animal."""

    name, weight, dimensions, semantic = "meaning", 0.1, len(ANIMALS), True

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], np.float32)

    async def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _vector(self, text: str) -> Vector:
        vector = np.full(len(ANIMALS), 0.01, np.float32)
        for row, (name, said) in enumerate(ANIMALS.items()):
            if said in text or name.swapcase() in text:
                vector[row] = 1.0
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def squad(folder: Path) -> Path:
    """Write questions that share no word with their passage, so that only vectors help."""
    paragraphs = [
        {
            "context": said,
            "qas": [
                {
                    "question": f"{MISLEADING.format(number)} {name.swapcase()}",
                    "answers": [{"text": "x"}],
                }
                for number in range(6)
            ],
        }
        for name, said in ANIMALS.items()
    ]
    path = folder / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "", "paragraphs": paragraphs}]}), "utf-8")
    return path


def cases(folder: Path, *rows: Mapping[str, object]) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


async def test_better_vectors_get_a_larger_weight(library: Library) -> None:
    """One half selects the weight, and the other half confirms it significantly."""
    steps: list[Progress] = []

    report = await library.open(MeaningEmbedder()).tune(squad(library.folder), steps.append)

    assert report.is_gain
    assert report.best > report.current == 0.1
    assert report.gain >= report.least_gain > 0
    assert (report.questions, report.left_out) == (48, 0)
    assert {step.stage for step in steps} == {"embed", "tune"}
    best = next(trial for trial in report.trials if trial.weight == report.best)
    assert best.confirmed_on.recall_at_1 == 1.0


async def test_vectors_without_meaning_gain_nothing(library: Library) -> None:
    """Hashing adds nothing to the words."""
    library.write_many(12)
    await library.open().sync()
    rows = [
        {
            "question": f"Page {n} の内容は？",
            "gold_documents": [f"docs/pages/{n}.md"],
            "answers": [f"{n} 番"],
        }
        for n in range(12)
    ]

    report = await library.open().tune(cases(library.folder, *rows))

    assert not report.is_gain
    assert report.best == report.current
    assert report.trials[0].confirmed_on.recall_at_1 == 1.0


async def test_the_correct_passage_is_the_one_with_the_answer(library: Library) -> None:
    """In a document of several sections, only the answering one counts, or the named one."""
    library.write(
        "a.md", "# 規程\n\n## 休暇\n\n休暇は10日です。\n\n## 出張\n\n出張の日当は三千円です。\n"
    )
    await library.open().sync()
    rows: list[Mapping[str, object]] = [
        {"question": "出張の日当は？", "gold_documents": ["docs/a.md"], "answers": ["三千円"]},
        {"question": "出張の 日当は？", "gold_documents": ["docs/a.md"], "answers": ["10日"]},
        {"question": "出張の日当 は？", "gold_chunks": ["docs/a.md#1"]},
        {"question": "日当は出張の？", "gold_chunks": ["docs/a.md#1"]},
        {"question": "誰？", "answerable": False},
        {"question": "誰の？", "gold_documents": ["docs/gone.md"]},
    ]

    report = await library.open().tune(cases(library.folder, *rows))

    first = report.trials[0]
    assert (report.questions, report.left_out) == (4, 2)
    assert sorted([first.chosen_on.recall_at_1, first.confirmed_on.recall_at_1]) == [0.5, 1.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no question has a known answer"),
        ('{"question": "x"}', "no question has a known answer"),
        ('{"question": "x", "gold_documents": ["d"]}\n{"q": 1}', ':2: a case needs a "question"'),
        ("question,answer\n", ":1: not a JSON object"),
        pytest.param("[" * 100_000, ":1: not a JSON object", id="deep"),
        pytest.param('{"question": %s}' % ("9" * 5_000), ":1: not a JSON object", id="long number"),
        ('{"question": "x", "gold_documents": "d"}', ':1: "gold_documents" must be a list'),
        ('{"data": [{"title": "t"}]}', "not valid SQuAD"),
    ],
)
def test_an_invalid_file_is_reported_with_the_line(tmp_path: Path, text: str, reason: str) -> None:
    """Its author can correct it."""
    path = tmp_path / "cases.jsonl"
    path.write_text(text)

    with pytest.raises(KnowledgeError, match=reason) as failure:
        read_questions(path)
    assert "\n" not in str(failure.value)


def test_a_missing_file_and_binary_data_are_reported(tmp_path: Path) -> None:
    """Neither gives a traceback."""
    with pytest.raises(KnowledgeError, match="cannot be read: No such file"):
        read_questions(tmp_path / "none.json")
    (tmp_path / "x").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(KnowledgeError, match="not UTF-8"):
        read_questions(tmp_path / "x")


async def test_questions_about_other_documents_are_refused(library: Library) -> None:
    """No result could be correct, so nothing is measured."""
    library.write("a.md", "# A\n\nWords that are there.\n")
    await library.open().sync()
    path = cases(library.folder, {"question": "x", "gold_documents": ["wiki/b.md"]})

    with pytest.raises(KnowledgeError, match="are not indexed"):
        await library.open().tune(path)


async def test_another_embedder_needs_a_sync_first(library: Library) -> None:
    """The index has no vectors of it."""
    library.write("a.md", "# A\n\nWords that are there.\n")
    await library.open().sync()
    path = cases(library.folder, {"question": "x", "gold_documents": ["docs/a.md"]})

    with pytest.raises(KnowledgeError, match="embedder was changed"):
        await library.open(CountingEmbedder("other")).tune(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\n\n[search]\ndense_weight = 0.3\n"),
        (
            "\n# how to search\n[search]  # here\n\n[chunking]\ntokens = 200\n",
            "\n# how to search\n[search]  # here\ndense_weight = 0.3\n\n[chunking]\ntokens = 200\n",
        ),
        (
            "\n[search]\ndense_weight = 0.05  # for hashing\n[check]\n",
            "\n[search]\ndense_weight = 0.3  # for hashing\n[check]\n",
        ),
    ],
)
def test_only_the_weight_is_changed(tmp_path: Path, before: str, after: str) -> None:
    """Comments, order and the other tables stay."""
    sources = '[[sources]]\nname = "docs"\npath = "docs"'
    path = tmp_path / "knowledge.toml"
    path.write_text(sources + before)

    write_dense_weight(path, 0.3)

    assert path.read_text() == sources + after
    assert load_settings(path).search.dense_weight == 0.3


def test_a_file_with_an_inline_table_stays_unchanged(tmp_path: Path) -> None:
    """Its author must change it by hand."""
    path = tmp_path / "knowledge.toml"
    text = 'search = {dense_weight = 0.1}\n[[sources]]\nname = "docs"\npath = "docs"\n'
    path.write_text(text)

    with pytest.raises(KnowledgeConfigError, match="by hand"):
        write_dense_weight(path, 0.3)
    assert path.read_text() == text
