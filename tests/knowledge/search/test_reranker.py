"""The reranker finds the tokens of a question in texts that it does not tokenise."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search.indexes.reranker import Reranker, WeightedTerm
from knowledge.text.analysis import query_terms


def reranker(question: str) -> Reranker:
    return Reranker([WeightedTerm(*term) for term in query_terms(question)])


@pytest.mark.parametrize(
    ("question", "text", "found", "absent"),
    [
        ("What does ERR-4012 mean?", "err 4012\nERR-4012: expired", "err4012", "mean"),
        ("holidays in Kyoto", "Kyoto has many a holiday.", "kyoto", "osaka"),
        ("有給休暇", "休暇は有給です。", "休暇", "給休"),
    ],
)
def test_tokens_are_found(question: str, text: str, found: str, absent: str) -> None:
    (tokens,) = reranker(question).tokens_in([text])
    assert found in tokens
    assert absent not in tokens


def test_no_text_has_no_tokens() -> None:
    """A passage may have no sentence, and a question a code with separators."""
    assert reranker("C++ and ERR-4012").tokens_in([]) == []


@given(st.lists(st.text("ab日本 _-\n。", max_size=10), min_size=2, max_size=5))
def test_a_text_has_the_same_tokens_beside_any_other(texts: list[str]) -> None:
    ranker = reranker("ab ba a日本 日本 aab-b2")
    together = ranker.tokens_in(texts)
    assert together == [ranker.tokens_in([text])[0] for text in texts]
    for pair, tokens in zip(pairwise(texts), pairwise(together), strict=True):
        assert tuple(ranker.tokens_in(pair)) == tokens
