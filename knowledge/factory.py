"""Chooses the implementations. Imports heavy libraries only when they are needed."""

import asyncio
import importlib
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.settings import (
    Adjustments,
    EmbeddingSettings,
    IndexServerSettings,
    KnowledgeSettings,
    load_settings,
)
from knowledge.model.source_settings import LiveSettings, SourceSettings
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexEngine
from knowledge.storage.index_versions import IndexVersions
from knowledge.sync.source import FindOutdated, LiveSource, Secrets, Source

SOURCES = "sources"
"""The folder beside the index versions for what sources keep: clones and fetched pages. It may be
deleted between two syncs; then they fetch it again."""

_WITH_FOLDER = frozenset({"git", "web", "slack"})
"""Types of sources that keep something."""


def no_secrets(name: str) -> str:
    """Raise the error for a secret that is not there."""
    raise KnowledgeConfigError(f"{name} is not set: set it to the secret that the source needs")


def open_knowledge(
    config: Path,
    folder: Path,
    embedding: EmbeddingSettings,
    live: Sequence[LiveSource] = (),
    adjustments: Adjustments = Adjustments(),  # noqa: B008 - frozen
    secrets: Secrets = no_secrets,
    slack_history: Path | None = None,
) -> KnowledgeBase:
    """Open the knowledge base that *config* describes.

    Args:
        config: Path of `knowledge.toml`, which each sync reads again.
        folder: Holds the index; the first sync creates it.
        embedding: Which embedder to use.
        live: More sources, of the program itself; *config* may have none of their names.
        adjustments: Values that replace those of *config*.
        secrets: Returns the secrets that *config* names.
        slack_history: Where the bot keeps the messages of Slack's channels.

    Raises:
        KnowledgeConfigError: when *config* is missing or wrong.
    """
    _settings(config, live, adjustments)
    parts = KnowledgeParts(
        settings=partial(_settings, config, live, adjustments),
        embedder=partial(open_embedder, embedding),
        source=partial(
            open_source,
            secrets=partial(_secret, config.absolute().parent, secrets),
            folders={
                **dict.fromkeys(("git", "web"), folder.absolute() / SOURCES),
                "slack": slack_history,
            },
            live={one.source.name: one.source for one in live},
        ),
        engine=open_engine,
        withheld=partial(_withheld, slack_history, [one.outdated for one in live]),
        live=live,
    )
    return KnowledgeBase(IndexVersions(folder), parts)


def _settings(
    config: Path, live: Sequence[LiveSource], adjustments: Adjustments
) -> KnowledgeSettings:
    settings = adjustments.applied(load_settings(config))
    names = {one.source.name for one in live}
    if taken := [source.name for source in settings.sources if source.name in names]:
        raise KnowledgeConfigError(
            f"{config}: sources: the name {taken[0]!r} belongs to Kotae itself: choose another"
        )
    sources = [*settings.sources, *(LiveSettings(name=name) for name in sorted(names))]
    return settings.model_copy(update={"sources": sources})


def open_embedder(settings: EmbeddingSettings) -> Embedder:
    """Return the embedder that `settings.model` names.

    Raises:
        KnowledgeConfigError: when a local model's library or folder is missing.
    """
    kind, _, name = settings.model.partition(":")
    if settings.model == "hashing":
        from knowledge.search.embedders.hashing import HashingEmbedder

        return HashingEmbedder()
    if settings.model == "semantic":
        from knowledge.search.embedders.semantic import SemanticEmbedder

        return SemanticEmbedder()
    if kind == "local":
        from knowledge.search.embedders.local import LocalEmbedder

        return LocalEmbedder(name)
    from knowledge.search.embedders.openai import OpenAIEmbedder

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return OpenAIEmbedder(settings.model, key, settings.base_url)


def open_source(
    settings: SourceSettings,
    secrets: Secrets = no_secrets,
    folders: Mapping[str, Path | None] = MappingProxyType({}),
    live: Mapping[str, Source] = MappingProxyType({}),
) -> Source:
    """Return the source that *settings* describe.

    The module `knowledge.sync.sources.TYPE` has a function `open_source` for its settings.

    Args:
        settings: A `[[sources]]` table.
        secrets: Returns the secrets that it names.
        folders: Where sources of some types keep their copies, by type.
        live: Sources of the program itself, by name.

    Raises:
        KnowledgeConfigError: when a secret, a library, or that folder is missing.
    """
    if isinstance(settings, LiveSettings):
        return live[settings.name]
    try:
        module = importlib.import_module(f"knowledge.sync.sources.{settings.type}")
    except ModuleNotFoundError as error:
        raise KnowledgeConfigError(
            f"source {settings.name!r}: the type {settings.type!r} needs {error.name}, which "
            "is not installed"
        ) from error
    further = (folders.get(settings.type),) if settings.type in _WITH_FOLDER else ()
    if further == (None,):
        raise KnowledgeConfigError(
            f"source {settings.name!r}: the type {settings.type} needs a folder to keep its copy in"
        )
    source: Source = module.open_source(settings, partial(_secret_of, settings, secrets), *further)
    return source


def _secret(folder: Path, secrets: Secrets, name: str) -> str:
    """Return a secret; a relative path in `knowledge.toml` starts at its folder."""
    return secrets(str(folder / name) if name.startswith("./") else name)


def _secret_of(settings: SourceSettings, secrets: Secrets, name: str) -> str:
    """Return a secret; an error names the source and the key."""
    try:
        return secrets(name)
    except KnowledgeConfigError as error:
        values = settings.model_dump(exclude={"audience"}).items()
        named = (
            key for key, value in values if name in (value if isinstance(value, list) else [value])
        )
        key = next(named, "secret")
        raise KnowledgeConfigError(f"source {settings.name!r} {key}: {error}") from None


async def _withheld(
    slack_history: Path | None, outdated: Sequence[FindOutdated], versions: Mapping[str, str]
) -> Collection[str]:
    from knowledge.sync.sources.slack import withheld

    gone = await asyncio.to_thread(withheld, slack_history) if slack_history else frozenset()
    found = {id_ for id_ in versions if id_.partition("/")[2] in gone}
    return found.union(*[await ask(versions) for ask in outdated])


def open_engine() -> IndexEngine:
    """Return what keeps the indexes in files."""
    from knowledge.search.indexes.files import FileEngine

    return FileEngine()


def open_index_server(settings: IndexServerSettings, folder: Path) -> IndexEngine:
    """Return what keeps the indexes of the versions in *folder* in a server."""
    from knowledge.search.indexes.qdrant.engine import QdrantEngine
    from knowledge.search.indexes.qdrant.server import QdrantServer

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return QdrantEngine(QdrantServer(settings.url, key), folder)
