"""The journal has what the next sync needs, and does not grow without limit."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from knowledge.model.errors import KnowledgeError
from knowledge.model.types import NOBODY, Problem
from knowledge.storage.journal import SyncJournal

HASHES = [bytes([number]) for number in range(6)]
VECTORS = np.eye(6, dtype=np.float32)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SyncJournal]:
    """A journal with six texts of embedder `a`."""
    with closing(SyncJournal(tmp_path / "journal.sqlite")) as journal:
        journal.add("a", HASHES, VECTORS)
        yield journal


def test_vectors_come_back_in_the_order_asked(journal: SyncJournal) -> None:
    """Also twice, and without knowing their length."""
    found = journal.vectors("a", [HASHES[2], HASHES[0], HASHES[2]], 0)

    assert found.shape == (3, 6)
    assert np.array_equal(found[np.arange(3)], VECTORS[[2, 0, 2]])
    assert np.array_equal(found[np.array([1])], VECTORS[[0]])
    assert journal.vectors("a", [], 0).shape == (0, 1)


def test_only_what_is_missing_has_to_be_embedded(journal: SyncJournal) -> None:
    """An embedder never gets another one's vectors."""
    assert journal.missing("a", [*HASHES, b"new"]) == {b"new"}
    assert journal.missing("b", HASHES) == set(HASHES)


def test_many_texts_are_looked_up(journal: SyncJournal) -> None:
    """As many as a large collection has."""
    hashes = [number.to_bytes(4, "big") for number in range(1_234)]
    vectors = np.arange(1_234, dtype=np.float32).reshape(-1, 1)
    journal.add("many", hashes, vectors)

    rows = np.arange(1_234)[::-1]
    assert np.array_equal(journal.vectors("many", hashes, 1)[rows], vectors[rows])
    assert journal.missing("many", iter([*hashes, b"new"])) == {b"new"}


def test_vectors_of_another_length_are_refused(journal: SyncJournal) -> None:
    """A model that changed under the same name is reported, and its vectors are not mixed."""
    with pytest.raises(KnowledgeError, match="another length"):
        journal.vectors("a", HASHES, 3)[np.arange(2)]


def test_unused_vectors_are_deleted_once_they_are_the_majority(journal: SyncJournal) -> None:
    """Some old vectors stay, so that a rollback costs nothing."""
    journal.prune("a", HASHES[:3], 3)
    assert not journal.missing("a", HASHES)

    journal.prune("a", HASHES[:2], 2)
    assert journal.missing("a", HASHES) == set(HASHES[2:])


def test_problems_are_replaced_by_source(journal: SyncJournal) -> None:
    """A sync of one source keeps the problems of the others."""
    bad, worse = Problem("y/1.md", "bad", NOBODY), Problem("x/2.md", "worse")
    journal.replace_problems(["x", "y"], {Problem("x/1.md", "bad"): "1", bad: "1"})

    journal.replace_problems(["x"], {worse: "2"})
    assert journal.problems() == {worse: "2", bad: "1"}

    journal.settle(["x/2.md", "x/3.md"], {Problem("x/3.md", "new"): ""})
    assert journal.problems() == {Problem("x/3.md", "new"): "", bad: "1"}

    journal.forget_all_but(["z"])
    assert journal.problems() == {}
