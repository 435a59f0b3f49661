"""The benchmark measures what it says: its figures are right, and its Kotae is the real one."""

import math
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.retrieval import engines
from benchmarks.retrieval.collection import Collection
from benchmarks.retrieval.corpus import Corpus, make
from benchmarks.retrieval.processes import Caps, run
from benchmarks.retrieval.quality import CUTOFF, scores

TEXTS = [
    "Employees get 25 days of annual leave.",
    "燃やすごみは火曜日と金曜日に収集します。",
    "The office opens at nine.",
    "図書館は月曜日に休みます。",
]
GIGABYTE = 1e9


class Passages:
    vectors = np.eye(4, dtype=np.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(TEXTS)

    def __len__(self) -> int:
        return len(TEXTS)


def never_ends() -> None:
    threading.Event().wait()


def answers() -> str:
    return "42"


@pytest.mark.parametrize("variant", ["no-model", "hybrid"])
def test_kotae_finds_passages_and_their_replacement(variant: str, tmp_path: Path) -> None:
    engines.opened(f"kotae:{variant}", tmp_path, 0.4).build(Passages())
    engine = engines.opened(f"kotae:{variant}", tmp_path, 0.4)
    engine.open()

    nowhere = np.zeros(4, np.float32)
    assert engine.search("how many days of annual leave?", nowhere, 2)[0] == 0
    assert engine.search("ごみの収集は何曜日？", nowhere, 2)[0] == 1
    engine.replace(2, "The cafeteria closes at three.", Passages.vectors[3])
    assert engine.search("when does the cafeteria close?", nowhere, 2)[0] == 2


def test_without_vectors_kotae_searches_by_words_alone(tmp_path: Path) -> None:
    engines.opened("kotae:no-model", tmp_path, 0.4).build(Passages())
    engine = engines.opened("kotae:no-model", tmp_path, 0.4)
    engine.open()

    assert not engine.nearest(np.zeros(1, np.float32), 2)


def test_scores_count_the_rank_of_the_right_passage() -> None:
    found = scores(np.array([0, 2, CUTOFF, 7]))

    assert found == pytest.approx(
        {
            "R@1": 25,
            "R@5": 50,
            "R@10": 75,
            "MRR@10": 100 * (1 + 1 / 3 + 1 / 8) / 4,
            "nDCG@10": 100 * (1 + 1 / 2 + 1 / math.log2(9)) / 4,
        }
    )


def test_a_corpus_is_the_same_each_time_and_no_text_is_there_twice(tmp_path: Path) -> None:
    questions = ["How many days?", "何曜日？"]
    for name in ("one", "other"):
        make(tmp_path / name, Collection(TEXTS, questions, [0, 1]), 50, 8, 2)

    one, other = Corpus(tmp_path / "one"), Corpus(tmp_path / "other")
    assert list(one) == list(other)
    assert len(set(one)) == len(one) == 50
    assert np.array_equal(one.vectors, other.vectors)
    exact = np.argsort(-(one.question_vectors @ one.vectors.T), axis=1)[:, :10]
    assert np.array_equal(one.nearest, exact)


def test_a_task_that_meets_its_cap_is_ended_and_says_so() -> None:
    assert run(answers, caps=Caps(60, GIGABYTE)).value == "42"
    assert run(never_ends, caps=Caps(0.1, GIGABYTE)).problem == "not reached (cap 0 min)"


def test_an_engine_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    product = engines.ENGINES["kotae"]._replace(packages=("not-on-this-machine",))
    monkeypatch.setattr(engines, "ENGINES", {"kotae": product})

    with pytest.raises(engines.MissingEngineError, match="not-on-this-machine is not installed"):
        engines.versions("kotae:hybrid")
