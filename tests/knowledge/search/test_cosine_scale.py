"""One scale for the cosines of all embedders."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.model.types import Vectors
from knowledge.search.index import IndexEntry, Query
from knowledge.search.indexes.cosine_scale import CosineScale, measure
from knowledge.search.indexes.dense import DenseBuilder, DenseIndex
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.lexical import LexicalBuilder, LexicalIndex

COUNT = 200
TEXTS = [f"passage {n} about leave" if n % 2 else f"第{n}章 休暇について" for n in range(COUNT)]


def random_vectors(count: int, dimensions: int = 64) -> Vectors:
    vectors = np.random.default_rng(1).standard_normal((count, dimensions)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def narrowed(vectors: Vectors) -> Vectors:
    """Return vectors with every cosine c turned into 0.8 + 0.2 c, as in a model such as e5."""
    common = np.full((len(vectors), 1), np.sqrt(0.8), np.float32)
    return np.hstack([vectors * np.float32(np.sqrt(0.2)), common])


def built(folder: Path, vectors: Vectors, builder: DenseBuilder | None = None) -> HybridIndex:
    entries = [IndexEntry(key, 0, text) for key, text in enumerate(TEXTS)]
    LexicalBuilder().build(folder / "lexical", removed=[], added=entries, vectors=vectors)
    dense = builder or DenseBuilder()
    dense.build(folder / "dense", removed=[], added=entries, vectors=vectors)
    return HybridIndex(
        LexicalIndex.open(folder / "lexical"),
        DenseIndex.open(folder / "dense"),
        0.5,
        lambda keys: {key: TEXTS[key] for key in keys},
    )


@pytest.mark.parametrize("question", ["leave", "休暇"])
def test_a_weight_means_the_same_wherever_the_cosines_lie(tmp_path: Path, question: str) -> None:
    """Two embedders that order everything alike rank alike, though one uses 0.7 to 0.9 only."""
    vectors = random_vectors(COUNT)
    asked = (vectors[6] + vectors[7] + vectors[30]) / np.float32(np.sqrt(3))
    asked /= np.linalg.norm(asked)
    wide = built(tmp_path / "wide", vectors).search(Query(question, asked), 10)
    narrow = built(tmp_path / "narrow", narrowed(vectors)).search(
        Query(question, narrowed(asked[None])[0]), 10
    )
    assert [hit.key for hit in wide] == [hit.key for hit in narrow]
    for one, other in zip(wide, narrow, strict=True):
        assert one.score == pytest.approx(other.score, abs=0.01)
        assert 0 <= one.score <= 1


def test_an_index_without_a_scale_gets_one_when_it_is_opened(tmp_path: Path) -> None:
    """Earlier versions of this program wrote none."""
    built(tmp_path, narrowed(random_vectors(COUNT)))
    written = DenseIndex.open(tmp_path / "dense").scale
    (tmp_path / "dense" / "scale.npy").unlink()
    assert DenseIndex.open(tmp_path / "dense").scale == pytest.approx(written)
    assert written.mean == pytest.approx(0.8, abs=0.02)


def test_the_scale_follows_what_is_added_and_removed(tmp_path: Path) -> None:
    """An update measures again, in the recent segment too, in exact and inexact indexes."""
    vectors = random_vectors(COUNT, 65)
    for name, builder in {
        "exact": DenseBuilder(),
        "ivf": DenseBuilder(exact_up_to=40, min_lists=4, max_recent=1_000),
    }.items():
        folder = tmp_path / name
        built(folder, vectors, builder)
        assert DenseIndex.open(folder / "dense").scale.mean == pytest.approx(0, abs=0.03)
        more = narrowed(random_vectors(COUNT))
        entries = [IndexEntry(COUNT + row, 0, "") for row in range(COUNT)]
        builder.build(folder / "dense", removed=range(150), added=entries, vectors=more)
        assert DenseIndex.open(folder / "dense").scale.mean > 0.4


def test_few_or_equal_vectors_have_a_scale(tmp_path: Path) -> None:
    """One document, or copies of one, divide by nothing."""
    one = random_vectors(1)
    assert measure(one) == measure(one[:0]) == CosineScale()
    assert CosineScale().similarity(0.4) == pytest.approx(0.7)
    copies = measure(np.repeat(one, 5, axis=0))
    assert 0 <= copies.similarity(1.0) <= 1
    assert copies.similarity(-1.0) == 0


def test_cosines_below_the_mean_keep_their_order() -> None:
    """A question in another language than the passages has no others."""
    scale = CosineScale(0.82, 0.03)
    assert 0 < scale.similarity(0.75) < scale.similarity(0.78) < 0.5
