"""`knowledge.toml`: the sources of documents, their audiences, and the experts."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from knowledge.model.access import parse_audience
from knowledge.model.directory_settings import (
    DIRECTORY_TYPES,
    AnyDirectory,
    FileDirectorySettings,
)
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.regular_file import read_regular_file
from knowledge.model.settings_table import SettingsTable
from knowledge.model.source_settings import SOURCE_TYPES, AnySource, FolderSettings
from knowledge.model.types import Access
from knowledge.model.validation_words import in_plain_words


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """Which embedder to use.

    Attributes:
        model: `hashing`, `semantic` (the extra of that name), `local:NAME`
            (sentence-transformers), or the name of a model behind an OpenAI-compatible endpoint.
        api_key: Key of the endpoint.
        base_url: Address of the endpoint; None is OpenAI's.
    """

    model: str
    api_key: SecretStr | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class IndexServerSettings:
    """The Qdrant server that keeps words and vectors.

    Attributes:
        url: Address of its REST interface.
        api_key: None for a server without one.
    """

    url: str
    api_key: SecretStr | None = None


ENTRIES = "saved"
"""Name of the source whose documents say themselves where they come from (`url`) and how else one
may ask for them (`wordings`). Whoever can write into another source could mislead readers so."""


class SearchSettings(SettingsTable):
    """The `[search]` table. `dense_weight` is 0..1; None takes the embedder's own weight."""

    dense_weight: float | None = Field(default=None, ge=0, le=1)


class ChunkingSettings(SettingsTable):
    """The `[chunking]` table. `tokens` is the maximum size of a chunk, in estimated tokens."""

    tokens: int = Field(default=256, ge=32, le=2048)


class CheckSettings(SettingsTable):
    """The `[check]` table: what `kotae knowledge check` reports.

    Attributes:
        stale_days: Age in days above which a document should be reviewed.
        oversized_chunks: Number of chunks above which a document should be split.
        similar: Similarity, 0..1, at or above which two texts are near-duplicates.
        exclude: Glob patterns of document ids to skip, such as `wiki/archive/**`.
    """

    stale_days: int = Field(default=730, ge=1)
    oversized_chunks: int = Field(default=300, ge=1)
    similar: float = Field(default=0.85, ge=0.5, le=1)
    exclude: list[str] = []


class ExpertSettings(SettingsTable):
    """One `[[experts]]` table: somebody to ask when the documents have no answer.

    Attributes:
        owner: `@name`, `@user-group`, an e-mail address or an id.
        topics: Subjects; a question that contains all the words of one goes to this expert.
        channels: Channels of their subject, each `#name` or an id.
    """

    owner: str = Field(min_length=1)
    topics: list[str] = []
    channels: list[str] = []

    @model_validator(mode="after")
    def _knows_something(self) -> Self:
        if not self.topics and not self.channels:
            raise ValueError(f"{self.owner} needs topics or channels: write what they know about")
        return self


class McpServerSettings(SettingsTable):
    """One `[[mcp_servers]]` table: another program that may be asked, by MCP.

    Attributes:
        name: Names it in steps, and in `MCP_COMMANDS`.
        url: Its address, for streamable HTTP.
        command: Or the program to start, and its arguments.
        token_env: Name of the environment variable with its token; `MCP_…`, so that no other
            secret can be sent by mistake.
        tools: The tools that may be used.
        allow_writes: Those of them that may change something.
        audience: Who may have it asked, and read what it says.
        link: The address that citations lead to where a result names none.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*$", max_length=32)
    url: str = ""
    command: list[str] = []
    token_env: str = Field(default="", pattern=r"^(?:MCP_[A-Z0-9_]+)?$")
    tools: list[str] = Field(min_length=1)
    allow_writes: list[str] = []
    audience: Annotated[Access, BeforeValidator(parse_audience)] = Access("members")
    link: str = ""

    @model_validator(mode="after")
    def _is_reached_in_one_way(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError(f"{self.name} needs either a url or a command")
        for address in filter(None, [self.url, self.link]):
            if not address.startswith(("https://", "http://")):
                raise ValueError(f"{self.name}: addresses begin with https:// or http://")
        if unknown := sorted(set(self.allow_writes) - set(self.tools)):
            raise ValueError(f"{self.name}: allow_writes has {unknown[0]}, which is not in tools")
        return self


class KnowledgeSettings(SettingsTable):
    """The whole file."""

    sources: list[AnySource] = Field(min_length=1)
    directories: list[AnyDirectory] = []
    experts: list[ExpertSettings] = []
    mcp_servers: list[McpServerSettings] = []
    search: SearchSettings = SearchSettings()
    chunking: ChunkingSettings = ChunkingSettings()
    check: CheckSettings = CheckSettings()

    @field_validator("sources", mode="before")
    @classmethod
    def _folders_need_no_type(cls, tables: object) -> object:
        if not isinstance(tables, list):
            return tables
        return [{"type": "folder"} | one if isinstance(one, dict) else one for one in tables]

    def check_names(self, wanted: Collection[str]) -> None:
        """Check that each of *wanted* is the name of a source.

        Raises:
            KnowledgeConfigError: one is not; the message lists the names there are.
        """
        known = [source.name for source in self.sources]
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            raise KnowledgeConfigError(
                f"there is no source {unknown[0]!r}: there are {', '.join(known)}"
            )

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        sources = [source.name for source in self.sources]
        servers = [server.name for server in self.mcp_servers]
        directories = [directory.name for directory in self.directories]
        kinds = {"sources": sources, "servers": servers, "directories": directories}
        for kind, names in kinds.items():
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind} are called {name!r}: rename one")
        return self


@dataclass(frozen=True, slots=True)
class Adjustments:
    """Values that replace those of `knowledge.toml`; None keeps the file's value.

    Attributes:
        dense_weight: Replaces `dense_weight` in `[search]`, 0..1.
        chunk_tokens: Replaces `tokens` in `[chunking]`, in estimated tokens.
    """

    dense_weight: float | None = None
    chunk_tokens: int | None = None

    def applied(self, settings: KnowledgeSettings) -> KnowledgeSettings:
        """Return *settings* with these values."""
        changed: dict[str, object] = {}
        if self.dense_weight is not None:
            changed["search"] = SearchSettings(dense_weight=self.dense_weight)
        if self.chunk_tokens is not None:
            changed["chunking"] = ChunkingSettings(tokens=self.chunk_tokens)
        return settings.model_copy(update=changed)


def load_settings(file: Path) -> KnowledgeSettings:
    """Read and validate *file*. Relative paths in it start at its folder.

    Raises:
        KnowledgeConfigError: with a line for each mistake.
    """
    try:
        written = read_regular_file(file)
    except FileNotFoundError as error:
        raise KnowledgeConfigError(
            f"{file}: no such file: create it, or set KNOWLEDGE_CONFIG to its path"
        ) from error
    except OSError as error:
        raise KnowledgeConfigError(f"{file}: not readable as TOML: {error}") from error
    return _read(file, file.absolute().parent, written)


@lru_cache(maxsize=4)  # each question looks at the settings, several times
def _read(file: Path, folder: Path, written: bytes) -> KnowledgeSettings:
    """Validate the bytes *written* in *file*; relative paths in it start at *folder*."""
    try:
        data = tomllib.loads(written.decode("utf-8-sig"))
    except RecursionError as error:
        raise KnowledgeConfigError(f"{file}: not readable as TOML: nested too deeply") from error
    except ValueError as error:  # a number of 5,000 digits is no error of the syntax
        raise KnowledgeConfigError(f"{file}: not readable as TOML: {error}") from error
    try:
        settings = KnowledgeSettings.model_validate(data)
    except ValidationError as error:
        lines = (f"{file}: {_explain(dict(detail), data)}" for detail in error.errors())
        raise KnowledgeConfigError("\n".join(lines)) from error
    sources = [
        s.model_copy(update={"path": folder / s.path.expanduser()})
        if isinstance(s, FolderSettings)
        else s
        for s in settings.sources
    ]
    directories = [
        d.model_copy(update={"path": folder / d.path.expanduser()})
        if isinstance(d, FileDirectorySettings)
        else d
        for d in settings.directories
    ]
    return settings.model_copy(update={"sources": sources, "directories": directories})


_TYPES: Mapping[str, Mapping[str, type[SettingsTable]]] = {
    "sources": SOURCE_TYPES,
    "directories": DIRECTORY_TYPES,
}
"""The tables that have a type, and the settings of each."""


def _explain(detail: Mapping[str, object], data: Mapping[str, object]) -> str:
    """Convert one pydantic error into `key: what is wrong and what to do`."""
    location = detail["loc"]
    assert isinstance(location, tuple)
    key = _key(location, data)
    match detail["type"]:
        case "missing":
            return f"{key} is missing: add it"
        case "extra_forbidden":
            return f"{key} is not a setting{_suggestion(location)}"
        case "union_tag_invalid":
            given = str(dict(detail["ctx"])["tag"]) if isinstance(detail["ctx"], dict) else ""
            close = difflib.get_close_matches(given, SOURCE_TYPES, 1)
            advice = f"did you mean {close[0]}?" if close else f"use {', '.join(SOURCE_TYPES)}"
            return f"{key} type is none that there is: {advice}"
        case _:
            message = in_plain_words(detail)
            return f"{key}: {message}" if key else message


def _key(location: tuple[str | int, ...], data: Mapping[str, object]) -> str:
    """Format a location for people: `source 'wiki' path`, `search dense_weight`."""
    match location:
        case ("sources" | "directories" as kind, int(index), *rest):
            tables = data[kind]
            assert isinstance(tables, list)
            table = tables[index]
            name = table.get("name") if isinstance(table, dict) else None
            rest = rest[1:] if rest[:1] and rest[0] in _TYPES[kind] else rest
            one = "source" if kind == "sources" else "directory"
            return " ".join([one, repr(name) if name else f"{index + 1}", *map(str, rest)])
        case ("experts", int(index), *rest):
            return " ".join(["expert", f"{index + 1}", *map(str, rest)])
        case ("mcp_servers", int(index), *rest):
            return " ".join(["MCP server", f"{index + 1}", *map(str, rest)])
        case _:
            return " ".join(map(str, location))


def _suggestion(location: tuple[str | int, ...]) -> str:
    tables: dict[str | int, type[SettingsTable]] = {
        "experts": ExpertSettings,
        "mcp_servers": McpServerSettings,
        "search": SearchSettings,
        "chunking": ChunkingSettings,
        "check": CheckSettings,
    }
    table: type[SettingsTable] = KnowledgeSettings
    if location[0] in _TYPES and location[2:]:
        table = _TYPES[str(location[0])][str(location[2])]
    elif len(location) > 1:
        table = tables[location[0]]
    close = difflib.get_close_matches(str(location[-1]), table.model_fields, 1)
    return f": did you mean {close[0]}?" if close else f": use {', '.join(table.model_fields)}"
