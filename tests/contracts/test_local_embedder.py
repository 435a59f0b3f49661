"""Local models, if the extra is installed: the real library with a model of a few words."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge.model.errors import EmbeddingError, KnowledgeConfigError
from knowledge.search.embedders.local import LocalEmbedder

sentence_transformers = pytest.importorskip("sentence_transformers", reason="needs kotae[local]")

WORDS = ("[UNK]", "leave", "holiday", "expenses", "休暇", "経費", "query", "passage", ":")


def make_model(folder: Path, prompts: dict[str, str] | None = None) -> Path:
    """Save a model in which each of WORDS has its own direction."""
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    words = StaticEmbedding(tokenizer, embedding_weights=np.eye(len(WORDS), dtype="f4"))
    model = sentence_transformers.SentenceTransformer(modules=[words], device="cpu")
    if prompts:
        model.prompts = prompts
    model.save(str(folder), create_model_card=False)
    return folder


async def test_a_folder_is_a_model(tmp_path: Path) -> None:
    """It embeds both languages, in order, as vectors of length 1; no texts give no rows."""
    embedder = LocalEmbedder(str(make_model(tmp_path / "tiny")))

    vectors = await embedder.embed_documents(["leave", "経費", "休暇 holiday"])
    question = await embedder.embed_query("休暇")

    assert vectors.shape == (3, embedder.dimensions) == (3, len(WORDS))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ question).argmax() == 2
    assert (await embedder.embed_documents([])).shape == (0, len(WORDS))


async def test_a_models_name_depends_on_its_content_and_not_on_its_path(tmp_path: Path) -> None:
    """Moving the folder costs no new embedding; another model in the same folder does."""
    first = make_model(tmp_path / "a" / "tiny")
    name = LocalEmbedder(str(first)).name
    shutil.copytree(first, tmp_path / "b" / "tiny")

    assert LocalEmbedder(str(tmp_path / "b" / "tiny")).name == name
    assert name.startswith("local:tiny@")
    make_model(first, {"query": "query: ", "document": ""})
    assert LocalEmbedder(str(first)).name != name


async def test_the_models_own_prompts_are_used(tmp_path: Path) -> None:
    """They distinguish questions from documents."""
    folder = make_model(tmp_path / "tiny", {"query": "query : ", "document": "passage : "})
    embedder = LocalEmbedder(str(folder))

    document = (await embedder.embed_documents(["leave"]))[0]
    question = await embedder.embed_query("leave")

    assert document[WORDS.index("passage")] > 0
    assert question[WORDS.index("query")] > 0
    assert question[WORDS.index("passage")] == 0


async def test_a_family_that_needs_prompts_gets_them(tmp_path: Path) -> None:
    """E5 was trained with prompts that its files do not contain."""
    embedder = LocalEmbedder(str(make_model(tmp_path / "e5-tiny")))

    question = await embedder.embed_query("leave")

    assert question[WORDS.index("query")] > 0


async def test_a_missing_model_gives_one_line(tmp_path: Path) -> None:
    """At the start for a wrong path, at the first use for a folder without a model."""
    with pytest.raises(KnowledgeConfigError, match="there is no folder /no/where"):
        LocalEmbedder("/no/where")
    with pytest.raises(KnowledgeConfigError, match="after the colon"):
        LocalEmbedder("")
    with pytest.raises(EmbeddingError, match="contains no sentence-transformers model"):
        await LocalEmbedder(str(tmp_path)).embed_query("x")
