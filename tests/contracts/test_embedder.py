"""What every embedder keeps to, and what each of them adds."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec

import numpy as np
import pytest

from knowledge.model.errors import EmbeddingError, KnowledgeConfigError
from knowledge.search.embedder import Embedder
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.embedders.local import LocalEmbedder
from knowledge.search.embedders.openai import OpenAIEmbedder
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
    """Cosine is a dot product only for vectors of length 1, for empty and huge texts too."""
    vectors = await embedder.embed_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_a_question_is_embedded_as_a_document_is(embedder: Embedder) -> None:
    """A question that is word for word a document has cosine 1 with it, and with it alone."""
    vectors = await embedder.embed_documents(TEXTS[:2])
    question = await embedder.embed_query(TEXTS[0])
    assert vectors[0] @ question == pytest.approx(1.0, abs=1e-5)
    assert vectors[1] @ question < 0.9


async def test_order_does_not_depend_on_batches(embedder: Embedder) -> None:
    """Row i belongs to text i, however many requests were needed."""
    texts = [f"規程 {number} / rule {number}" for number in range(300)]
    vectors = await embedder.embed_documents(texts)
    for row in (0, 127, 128, 299):
        assert vectors[row] @ await embedder.embed_query(texts[row]) == pytest.approx(1, abs=1e-5)


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    """Nothing to embed is not an error."""
    assert len(await embedder.embed_documents([])) == 0


async def test_weight_and_name_are_known_before_the_first_call(embedder: Embedder) -> None:
    """The name is written into the index, so the first answer does not change it."""
    name = embedder.name
    await embedder.embed_query("x")
    assert embedder.name == name
    assert 0.0 <= embedder.weight <= 1.0


def test_hashing_is_the_same_in_another_process() -> None:
    """No random seed of the process, nor its hash randomisation, reaches the vectors."""
    program = (
        "import asyncio, json; from knowledge.search.embedders.hashing import HashingEmbedder as H;"
        "print(json.dumps(asyncio.run(H(32).embed_query('ERR-4012 とは')).tolist()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    here = asyncio.run(HashingEmbedder(32).embed_query("ERR-4012 とは"))
    assert json.loads(other.stdout) == here.tolist()


async def test_hashing_puts_texts_of_one_subject_together() -> None:
    """Words in common make vectors similar, in both languages."""
    embedder = HashingEmbedder()
    for near, far, question in [
        ("出張の旅費は月末に精算する", "会議室の予約は総務が行う", "旅費の精算"),
        ("Travel expenses are refunded monthly", "Meeting rooms need a booking", "travel expense"),
    ]:
        vectors = await embedder.embed_documents([near, far])
        cosines = vectors @ await embedder.embed_query(question)
        assert cosines[0] > cosines[1] + 0.1


async def test_openai_batches_by_count_and_by_size(server: EmbeddingsServer) -> None:
    """A request stays under the vendor's limits, and no text is lost or sent twice."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    texts = [f"{number}" for number in range(300)] + ["あ" * 5_000 + f"{n}" for n in range(30)]
    await embedder.embed_documents(texts)
    await embedder.aclose()
    assert max(map(len, server.batches)) <= 128
    assert max(sum(len(text.encode()) for text in batch) for batch in server.batches) <= 180_000
    assert sorted(text for batch in server.batches for text in batch) == sorted(texts)


async def test_openai_puts_a_shuffled_answer_in_order(server: EmbeddingsServer) -> None:
    """The wire format numbers its items; their order is not promised."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    expected = await embedder.embed_documents(["a", "b", "c"])
    server.order = lambda items: items[::-1]
    np.testing.assert_array_equal(await embedder.embed_documents(["a", "b", "c"]), expected)
    await embedder.aclose()


async def test_openai_asks_for_the_dimensions_that_were_given(server: EmbeddingsServer) -> None:
    """Given dimensions are sent and named; otherwise the first answer tells them."""
    asked = OpenAIEmbedder("small", KEY, server.url, dimensions=5)
    assert (await asked.embed_query("x")).shape == (5,)
    assert asked.name == "openai:small:5"
    learned = OpenAIEmbedder("small", KEY, server.url)
    await learned.embed_query("x")
    assert learned.dimensions == server.dimensions
    assert OpenAIEmbedder("text-embedding-3-small", KEY, None).dimensions == 1536
    await asked.aclose()
    await learned.aclose()


async def test_openai_waits_out_a_rate_limit(server: EmbeddingsServer) -> None:
    """A 429 with `Retry-After` is tried again, and the caller never sees it."""
    server.refusals = [(429, {"Retry-After": "0.01"})] * 2
    embedder = OpenAIEmbedder("small", KEY, server.url)
    assert (await embedder.embed_query("x")).shape == (8,)
    await embedder.aclose()
    assert not server.refusals


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "key was refused"), (404, "not known"), (400, "HTTP 400")]
)
async def test_openai_failures_name_the_host_and_never_the_key(
    server: EmbeddingsServer, status: int, reason: str
) -> None:
    """The vendor's own text may repeat the key, so ours replaces it, the cause included."""
    server.refusals = [(status, {})]
    embedder = OpenAIEmbedder("small", KEY, server.url)
    with pytest.raises(EmbeddingError, match=reason) as failure:
        await embedder.embed_documents(["x"])
    await embedder.aclose()
    assert server.keys == {f"Bearer {KEY}"}
    assert "127.0.0.1" in str(failure.value)
    assert KEY not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_openai_refuses_an_answer_with_a_vector_missing(server: EmbeddingsServer) -> None:
    """A gap would shift every later vector to the wrong chunk."""
    server.order = lambda items: items[1:]
    embedder = OpenAIEmbedder("small", KEY, server.url)
    with pytest.raises(EmbeddingError, match="one vector for each text"):
        await embedder.embed_documents(["a", "b"])
    await embedder.aclose()


async def test_openai_refuses_vectors_of_another_length(server: EmbeddingsServer) -> None:
    """A model that was changed behind its name is noticed before it reaches the index."""
    embedder = OpenAIEmbedder("small", KEY, server.url)
    await embedder.embed_query("x")
    server.dimensions = 9
    with pytest.raises(EmbeddingError, match="9 dimensions, not 8"):
        await embedder.embed_query("x")
    await embedder.aclose()


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="the extra is there")
def test_local_says_which_extra_is_missing() -> None:
    """The operator is told what to install, at start and not at the first question."""
    with pytest.raises(KnowledgeConfigError, match=r"pip install 'kotae\[local\]'"):
        LocalEmbedder("any/model")
