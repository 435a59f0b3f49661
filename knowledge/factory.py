"""Chooses the implementations; nothing heavy is imported before it is needed."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.model.settings import (
    Adjustments,
    EmbeddingSettings,
    KnowledgeSettings,
    SourceSettings,
    load_settings,
)
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexBuilder
from knowledge.storage.index_versions import DENSE, LEXICAL, IndexVersions
from knowledge.sync.source import Source


def open_knowledge(
    config: Path,
    folder: Path,
    embedding: EmbeddingSettings,
    further: Sequence[SourceSettings] = (),
    adjustments: Adjustments = Adjustments(),  # noqa: B008 - frozen
) -> KnowledgeBase:
    """Open the knowledge base of *config*, kept in *folder*.

    Args:
        config: `knowledge.toml`; it is read again at each sync.
        folder: Where the generations are kept; made by the first sync.
        embedding: Which embedder to use.
        further: Sources that no file names; one of the same name in *config* wins.
        adjustments: What holds in place of what *config* says.

    Raises:
        KnowledgeConfigError: when *config* is missing or wrong.
    """
    load_settings(config)
    parts = KnowledgeParts(
        settings=partial(_settings, config, further, adjustments),
        embedder=partial(open_embedder, embedding),
        source=open_source,
        builders=open_builders,
    )
    return KnowledgeBase(IndexVersions(folder), parts)


def _settings(
    config: Path, further: Sequence[SourceSettings], adjustments: Adjustments
) -> KnowledgeSettings:
    settings = adjustments.applied(load_settings(config))
    names = {source.name for source in settings.sources}
    sources = [*settings.sources, *(source for source in further if source.name not in names)]
    return settings.model_copy(update={"sources": sources})


def open_embedder(settings: EmbeddingSettings) -> Embedder:
    """Return the embedder that `settings.model` names."""
    kind, _, name = settings.model.partition(":")
    if settings.model == "hashing":
        from knowledge.search.embedders.hashing import HashingEmbedder

        return HashingEmbedder()
    if kind == "local":
        from knowledge.search.embedders.local import LocalEmbedder

        return LocalEmbedder(name)
    from knowledge.search.embedders.openai import OpenAIEmbedder

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return OpenAIEmbedder(settings.model, key, settings.base_url)


def open_source(settings: SourceSettings) -> Source:
    """Return the source that *settings* describe."""
    from knowledge.sync.sources.folder import FolderSource

    return FolderSource(settings.name, settings.path, settings.url, settings.exclude)


def open_builders() -> Mapping[str, IndexBuilder]:
    """Return the index builders, by the folder of a generation that each writes."""
    from knowledge.search.indexes.dense import DenseBuilder
    from knowledge.search.indexes.lexical import LexicalBuilder

    return {LEXICAL: LexicalBuilder(), DENSE: DenseBuilder()}
