"""The only reader of the environment; all other code is given the settings that it needs."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core.addresses import secrets_in, shown_value
from bot.core.errors import SettingsError
from bot.handoff.reminder_times import read_times
from bot.redis.keys import NAMESPACE
from bot.settings.env_file import (
    check_addresses,
    ci_variable,
    env_file,
    in_environment,
    starts_program,
    values_in,
)
from bot.settings.promotions import FILE, PromotionStatus, read_promotions, resolved
from bot.settings.workspace import FILE as OWN_FILE
from bot.settings.workspace import NEVER_INHERITED, is_team, own_index_store, own_settings
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.regular_file import read_regular_file
from knowledge.model.schedule import Schedule
from knowledge.model.validation_words import in_plain_words

_IN_KNOWLEDGE = {
    "KNOWLEDGE_DENSE_WEIGHT": ("search", "dense_weight"),
    "KNOWLEDGE_CHUNK_TOKENS": ("chunking", "tokens"),
}
"""Settings that replace a value of `knowledge.toml`: its table and its key."""

_SECRET_BYTES = 65_536
"""Most bytes of a file with a secret."""

_ADDRESSES = (
    "slack_api_url",
    "openai_base_url",
    "web_search_url",
    "otel_exporter_otlp_endpoint",
    "index_url",
)
_CHANNEL = re.compile(r"#\S{1,80}|[CG][A-Z0-9]{2,}")
_HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[ -~]{0,8000}")
_PAGE_TOKEN = re.compile(r"[!-~]{24,200}")
_PRICE = re.compile(r"\d+(\.\d+)?(/\d+(\.\d+)?){1,2}")

SLACK_API_URL = "https://slack.com/api/"

INDEX_SETTINGS = ("OPENAI_EMBEDDING_MODEL", "KNOWLEDGE_CHUNK_TOKENS")
"""Settings of the index: another value needs another index."""

ANSWERING = (
    "OPENAI_MODEL",
    "OPENAI_BASE_URL",
    "OPENAI_WIRE",
    "PROMPT_STRATEGY",
    "VERIFIER",
    "ANSWER_THRESHOLD",
    "KNOWLEDGE_DENSE_WEIGHT",
    *INDEX_SETTINGS,
    "WEB_SEARCH_PROVIDER",
    "WEB_SEARCH_URL",
)
"""Settings that change answers: a change of one can be tried, proven and promoted."""


def _listed(value: object) -> object:
    return (
        [name.strip() for name in value.split(",") if name.strip()]
        if isinstance(value, str)
        else value
    )


NameList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""Names in one text, separated by commas."""


_SIMILARITY = 0.86
"""Similarity (`difflib`) from which a name is a misspelt setting."""


class _EnvFileSource(DotEnvSettingsSource):
    """The file of settings, without what does not count in it."""

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        return {
            name.lower(): value
            for name, value in values_in(file_path).items()
            if value and name in names() and not starts_program(name, value)
        }


class Settings(BaseSettings):
    """All settings, from environment variables or a `.env` file; their names are a contract.

    An empty value counts as absent, so that a copied `.env.example` works.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    slack_bot_token: SecretStr | None = Field(None, description="Bot token of the app (xoxb-…).")
    slack_app_token: SecretStr | None = Field(
        None, description="App-level token (xapp-…): Socket Mode, no public address needed."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret: HTTP mode, used when there is no app-level token."
    )
    slack_client_id: str = Field(
        "", description="Client ID of the app: people install it in several workspaces by OAuth."
    )
    slack_client_secret: SecretStr | None = Field(
        None, description="Client secret of the app, for installing by OAuth."
    )
    slack_redirect_url: str = Field(
        "",
        description="The https://…/slack/oauth_redirect to use; empty: the first in the app.",
    )
    installation_key: SecretStr | None = Field(
        None,
        description="Encrypts the tokens of installations: `kotae workspaces key` makes one.",
    )
    kotae_workspace: str = Field(
        "", description="Id (T123) of the workspace that a command is for, where there are several."
    )
    slack_api_url: str = Field(SLACK_API_URL, description="Base address of Slack's Web API.")
    slack_command: str = Field("/kotae", description="Name of the slash command.")
    slack_catch_up_hours: int = Field(
        24, ge=0, le=144, description="How far back to read what was missed while down; 0: never."
    )
    slack_operators: NameList = Field(
        (),
        description="Who may operate the bot (U123,@it-team); empty: the workspace's admins.",
    )
    slack_guests: Literal["answer", "refuse"] = Field(
        "answer", description="Guests' questions: answer (from what they may read) or refuse."
    )
    slack_outsiders: Literal["answer", "refuse"] = Field(
        "refuse", description="Questions of people from other organisations in shared channels."
    )
    host: str = Field(
        "",
        description="Address to listen on; empty: 127.0.0.1 in Socket Mode, 0.0.0.0 for HTTP.",
    )
    port: int = Field(3000, ge=1, le=65535, description="HTTP port of `kotae serve`.")
    metrics_host: str = Field(
        "", description="Address for /readyz and /metrics (HTTP mode, workers); empty: 127.0.0.1."
    )
    metrics_port: int = Field(
        3001,
        ge=1,
        le=65535,
        description="Port for /readyz and /metrics in HTTP mode, or the next free one.",
    )
    operator_page_token: SecretStr | None = Field(
        None,
        description="Token of the operator's page, 24 characters or more; empty: no page.",
    )

    worker_concurrency: int = Field(
        64, ge=1, le=10_000, description="Jobs that one process works on at the same time."
    )
    worker_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="HTTP port of `kotae worker` for health and metrics, or the next free one.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level that is logged: debug, info, warning or error."
    )
    otel_exporter_otlp_endpoint: str = Field(
        "",
        description="Collector of traces (OpenTelemetry, OTLP over HTTP); empty: none are made.",
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        None,
        description="Headers for that collector, name=value,name=value; values percent-encoded.",
    )

    openai_api_key: SecretStr | None = Field(
        None, description="Key of the model's vendor; without it and a base URL, there is no model."
    )
    openai_base_url: str | None = Field(
        None, description="Any OpenAI-compatible endpoint (vLLM, Ollama, LM Studio, …)."
    )
    openai_model: str = Field("gpt-6-luna", description="Model that answers.")
    openai_wire: Literal["auto", "responses", "chat"] = Field(
        "auto", description="Wire format; auto: Responses for OpenAI and Azure, chat elsewhere."
    )
    openai_pictures: Literal["auto", "on", "off"] = Field(
        "auto", description="Show attached pictures to the model; auto: where its vendor can."
    )
    openai_embedding_model: str = Field(
        "text-embedding-3-small",
        description=(
            "Embedding model at the same endpoint; `semantic` (extra of that name), `local:NAME`, "
            "or `hashing` (no model)."
        ),
    )

    openai_price: str = Field(
        "",
        description="US dollars per million tokens, input/output[/cached]; empty: known prices.",
    )
    prompt_strategy: str = Field(
        "direct",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="How the model is asked: a strategy of Kotae, or an adopted prompt.",
    )
    verifier: Literal["off", "model", "decisions"] = Field(
        "off",
        description="Judge of doubtful sentences: the model, or OpenAI's Decisions endpoint.",
    )

    answer_policy: Literal["certified", "best-effort", "draft"] = Field(
        "best-effort",
        description="What is shown with no certificate; `/kotae answers` sets a channel's.",
    )
    answer_threshold: float | None = Field(
        None, ge=0, le=1, description="Lowest confidence that is shown, besides a certificate's."
    )
    answer_limit_usd: float = Field(1.0, gt=0, description="Most US dollars for one answer.")
    budget_person_usd: float | None = Field(
        None, ge=0, description="US dollars a day (UTC) for one person's questions."
    )
    budget_channel_usd: float | None = Field(
        None, ge=0, description="US dollars a day for one channel's questions."
    )
    budget_day_usd: float = Field(
        100.0,
        ge=0,
        description="US dollars a day for everything; the default holds where prices are known.",
    )
    budget_day_calls: int = Field(
        20_000, ge=0, description="Model calls a day for everything, whatever they cost."
    )

    limit_open_questions: int = Field(
        20, ge=1, description="Questions of one person that may be waiting or in progress."
    )
    limit_questions_hour: int = Field(60, ge=1, description="Questions of one person in an hour.")
    limit_handoffs_hour: int = Field(
        20, ge=0, description="Questions of one person that experts are asked in an hour."
    )
    limit_pings_hour: int = Field(
        12, ge=1, description="Messages that notify one expert in an hour; more are gathered."
    )
    limit_entries_hour: int = Field(
        30, ge=1, description="Answers that one person may save in an hour."
    )
    limit_attachments_mb_hour: int = Field(
        100, ge=0, description="Megabytes of one person's files that are read in an hour."
    )
    limit_auto_answers_hour: int = Field(
        6, ge=1, description="Automatic answers in one channel in an hour."
    )
    limit_lookups_hour: int = Field(
        600, ge=1, description="Searches and readings of one person's programs in an hour."
    )

    kotae_mcp_token: SecretStr | None = Field(
        None, description="Token of `kotae mcp token create`, for `kotae mcp` over stdio."
    )
    mcp_hosts: NameList = Field(
        (),
        description="Host names of `kotae mcp --http` besides localhost: bot.example.com, …",
    )
    mcp_slack_identity: Literal["off", "on"] = Field(
        "off", description="Trust people whom Slackbot names in requests that Slack has signed."
    )
    mcp_commands: NameList = Field(
        (),
        description="Names of [[mcp_servers]] whose command may be started; environment only.",
    )

    redis_url: SecretStr | None = Field(
        None, description="Redis 6.2 or later; absent: the program starts a server of its own."
    )
    redis_replicas: int = Field(
        0,
        ge=0,
        le=100,
        description="Replicas that must have each change; 1 with Sentinels: a failover loses none.",
    )
    redis_server: str = Field("", description="Path of the redis-server to start.")
    knowledge_config: Path = Field(
        Path("knowledge.toml"), description="File that names the sources."
    )
    knowledge_dense_weight: float | None = Field(
        None, ge=0, le=1, description="Overrides dense_weight in knowledge.toml."
    )
    knowledge_chunk_tokens: int | None = Field(
        None, ge=32, le=2048, description="Overrides tokens of [chunking] in knowledge.toml."
    )
    data_dir: Path = Field(Path(".kotae"), description="Where the index and Redis keep data.")
    index_store: str = Field(
        "",
        description=(
            "Where several machines share the index: a folder, s3://BUCKET/PREFIX, gs:// or az://."
        ),
    )
    index_url: str = Field(
        "", description="A Qdrant server that keeps words and vectors; empty: files do."
    )
    index_api_key: SecretStr | None = Field(None, description="Key of INDEX_URL; may write.")
    indexer: Literal["on", "off"] = Field(
        "on", description="Whether this process may make the shared index; it needs the documents."
    )
    record_days: int = Field(
        400, ge=1, le=3_650, description="Days that answers, votes and handoffs are kept."
    )
    memory_days: int = Field(
        30, ge=1, le=400, description="Days of silence until a thread's memory is dropped."
    )
    evaluation_days: int = Field(
        400,
        ge=0,
        le=3_650,
        description="Days that runs, rollouts and prompt searches are kept; 0: for ever.",
    )
    audit_days: int = Field(
        730,
        ge=0,
        le=3_650,
        description="Days that the audit log is kept; 0: the last 100,000 acts.",
    )
    saved_days: int = Field(365, ge=0, description="Days until a saved answer expires; 0: never.")
    reindex_schedule: str = Field(
        "", description="When to index by itself: 03:00 (daily) or cron fields; empty: never."
    )
    time_zone: str = Field(
        "UTC", description="Time zone of schedules and weekly numbers, e.g. Asia/Tokyo."
    )

    weekly_channel: str = Field(
        "", description="Channel of the weekly post, #name or id; empty: none is posted."
    )
    weekly_schedule: str = Field(
        "0 9 * * 1", description="When the weekly post is due, written like REINDEX_SCHEDULE."
    )

    handover_reminders: str = Field(
        "4h,1d,3d", description="When an expert who has not replied is reminded; off: never."
    )
    handover_days: float = Field(
        7, gt=0, le=90, description="Days after which a question that nobody answers is given up."
    )

    auto_answer_minutes: float = Field(
        2,
        ge=0,
        le=60,
        description="Minutes that people have to reply before an automatic answer.",
    )

    slack_search: Literal["off", "on"] = Field(
        "off", description="Search Slack's public channels while a question is answered."
    )
    web_search_provider: Literal["off", "searxng", "brave", "tavily", "ddgs"] = Field(
        "off", description="Provider of the web search tool."
    )
    web_search_url: str | None = Field(None, description="Address of the SearXNG server.")
    web_search_api_key: SecretStr | None = Field(None, description="Key of Brave or Tavily.")

    _promotions: tuple[PromotionStatus, ...] = PrivateAttr(())
    _index: str = PrivateAttr("index")
    _deployment: Path | None = PrivateAttr(None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - of the library
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the file in our own way."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        file = _EnvFileSource(settings_cls, env_file=dotenv_settings.env_file)
        return init_settings, env_settings, file

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            if isinstance(value, str) and "\x00" in value:
                raise ValueError(f"{name.upper()} must not contain a NUL character")
        return values

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _starts(self.slack_bot_token, ("xoxb-", "xoxe.xoxb-"), "SLACK_BOT_TOKEN")
        self._check_installing()
        _starts(self.slack_app_token, ("xapp-",), "SLACK_APP_TOKEN")
        _check_page_token(self.operator_page_token)
        for name in _ADDRESSES:
            address = getattr(self, name)
            if address and not address.startswith(("http://", "https://")):
                raise ValueError(f"{name.upper()} must begin with http:// or https://")
        if self.openai_price and not _PRICE.fullmatch(self.openai_price):
            raise ValueError("OPENAI_PRICE must be like 0.10/0.50 (US dollars per million tokens)")
        if not self.slack_command.startswith("/"):
            raise ValueError("SLACK_COMMAND must begin with /")
        _check_schedule("REINDEX_SCHEDULE", self.reindex_schedule, self.time_zone)
        _check_schedule("WEEKLY_SCHEDULE", self.weekly_schedule, self.time_zone)
        if self.weekly_channel and not _CHANNEL.fullmatch(self.weekly_channel):
            raise ValueError("WEEKLY_CHANNEL must be #name or an id such as C0123ABCD")
        _check_reminders(self.handover_reminders)
        _ = self.otlp_headers
        _check_index_store(self.index_store, self.redis_url)
        if self.redis_replicas and self.redis_url is None:
            raise ValueError("REDIS_REPLICAS needs REDIS_URL: a server of Kotae's own has none")
        _check_index_url(self.index_url)
        if self.web_search_provider == "searxng" and self.web_search_url is None:
            raise ValueError("WEB_SEARCH_PROVIDER=searxng needs WEB_SEARCH_URL")
        if self.web_search_provider in {"brave", "tavily"} and self.web_search_api_key is None:
            raise ValueError(
                f"WEB_SEARCH_PROVIDER={self.web_search_provider} needs WEB_SEARCH_API_KEY"
            )
        return self

    def _check_installing(self) -> None:
        """Raise `ValueError` if the settings of OAuth do not fit together."""
        if self.workspace and not is_team(self.workspace):
            raise ValueError("KOTAE_WORKSPACE must be an id such as T0123ABCD")
        if self.workspace or not (self.slack_client_id and self.slack_client_secret):
            return
        if self.slack_bot_token is not None:
            raise ValueError(
                "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET "
                "are for several: set the token or those two"
            )
        if self.slack_redirect_url and not _is_redirect(self.slack_redirect_url):
            raise ValueError(
                "SLACK_REDIRECT_URL must be like https://kotae.example.com/slack/oauth_redirect"
            )

    @property
    def workspace(self) -> str:
        """Id of the workspace that these settings are for; "" where there is one, or for all."""
        return self.kotae_workspace

    @property
    def installed_by_oauth(self) -> bool:
        """Whether people install the app in any number of workspaces."""
        return bool(self.slack_client_id and self.slack_client_secret and not self.slack_bot_token)

    @property
    def lacking_for_oauth(self) -> str:
        """The setting without which the app cannot be installed by OAuth; "" where none is meant.

        One of the two alone may be another program's, so that it counts where there is no token.
        """
        if self.workspace or self.slack_bot_token is not None:
            return ""
        if self.slack_client_id and self.slack_client_secret is None:
            return "SLACK_CLIENT_SECRET"
        return "SLACK_CLIENT_ID" if self.slack_client_secret and not self.slack_client_id else ""

    @property
    def namespace(self) -> str:
        """What all keys in Redis belong to; one workspace of several has its own."""
        return f"{NAMESPACE}:{self.workspace}" if self.workspace else NAMESPACE

    def command(self, words: str) -> str:
        """Return what an operator types for `kotae` *words* with these settings."""
        return f"kotae --workspace {self.workspace} {words}" if self.workspace else f"kotae {words}"

    @property
    def redis_folder(self) -> Path:
        """Folder of the Redis that this program starts: one for all workspaces."""
        return (self._deployment or self.data_dir) / "redis"

    @property
    def otlp_headers(self) -> dict[str, str]:
        """The headers for the collector of traces, decoded.

        https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables

        Raises:
            ValueError: a part is no pair, or not what a header may hold.
        """
        secret = self.otel_exporter_otlp_headers
        found = dict[str, str]()
        for pair in filter(str.strip, secret.get_secret_value().split(",") if secret else ()):
            name, equals, value = pair.partition("=")
            name, value = name.strip().lower(), unquote(value.strip())
            if not equals or not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(
                    "OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value in plain ASCII"
                )
            found[name] = value
        return found

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secret values; they must not appear anywhere, not even in a log."""
        values = [getattr(self, name) for name in type(self).model_fields]
        secrets = [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
        texts = [*secrets, *(v for v in values if isinstance(v, str) and "://" in v)]
        inside = [one for text in texts for one in secrets_in(text)]
        keys = self.installation_key.get_secret_value().split(",") if self.installation_key else ()
        more = (*self.otlp_headers.values(), *filter(None, map(str.strip, keys)))
        return tuple(dict.fromkeys((*secrets, *inside, *more)))

    @property
    def promotions(self) -> tuple[PromotionStatus, ...]:
        """The promotions, oldest first, and whether they hold."""
        return self._promotions

    @property
    def listen_host(self) -> str:
        """The address to listen on: in Socket Mode nobody outside has to reach it."""
        return self.host or ("127.0.0.1" if self.slack_app_token else "0.0.0.0")  # noqa: S104

    @property
    def monitoring_host(self) -> str:
        """The address of the pages that name the team and its costs: by default, this machine."""
        return self.metrics_host or (self.host if self.slack_app_token else "") or "127.0.0.1"

    @property
    def index_folder(self) -> Path:
        """Folder of the index."""
        return self.data_dir / self._index

    def with_index(self, folder: str) -> Self:
        """Return the settings with the index in *folder* of the data folder."""
        changed = self.model_copy()
        changed._index = folder  # noqa: SLF001 - of its own kind
        return changed

    def written(self, name: str) -> str:
        """Return the setting *name* as written in the environment, "" if it is absent.

        A secret is masked. A value that is left to `knowledge.toml` is read there.
        """
        value = getattr(self, name.lower())
        if value is None and name in _IN_KNOWLEDGE:
            value = self._from_knowledge(name)
        if isinstance(value, tuple):
            return ",".join(value)
        return "" if value is None else str(value)

    def is_in_knowledge(self, name: str) -> bool:
        """Tell whether `knowledge.toml` itself sets the value of the setting *name*."""
        if name not in _IN_KNOWLEDGE:
            return False
        table = self._knowledge_table(name)
        return table is not None and _IN_KNOWLEDGE[name][1] in table.model_fields_set

    def _from_knowledge(self, name: str) -> float | None:
        table = self._knowledge_table(name)
        return getattr(table, _IN_KNOWLEDGE[name][1], None)

    def _knowledge_table(self, name: str) -> BaseModel | None:
        """Return the table of `knowledge.toml` that holds the setting; None without the file."""
        from knowledge.model.settings import load_settings as load_knowledge

        if not self.knowledge_config.exists():
            return None
        table: BaseModel = getattr(load_knowledge(self.knowledge_config), _IN_KNOWLEDGE[name][0])
        return table

    @property
    def has_model(self) -> bool:
        """Whether an endpoint is configured; without one the extractive model answers."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def embedding_model(self) -> str:
        """The embedding model that can be used: without an endpoint, one that needs none."""
        chosen = self.openai_embedding_model
        local = chosen in {"hashing", "semantic"} or chosen.startswith("local:")
        return chosen if local or self.has_model else "hashing"


def load_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`, then the promotions; *overrides* win over both.

    Overrides come from command line options.

    Raises:
        SettingsError: one line that names the unknown or malformed setting.
    """
    plain = environment_settings(**overrides)
    if ci_variable() and not in_environment("DATA_DIR") and "data_dir" not in overrides:
        return plain  # in a checkout, the data folder is anybody's, as its `.env` is
    promotions = read_promotions(plain.data_dir)
    if not promotions.standing:
        return plain
    places = {name: value for name, value in overrides.items() if name.upper() not in ANSWERING}
    as_set = environment_settings(**places)
    named = {name for promotion in promotions.standing for name in promotion.settings}
    if unknown := sorted(named - set(ANSWERING)):
        raise SettingsError(
            f"{plain.data_dir / FILE} sets {unknown[0]}, which no promotion may change"
        )
    found, values = resolved(promotions, {name: as_set.written(name) for name in named})
    check_addresses(
        set(map(str.upper, overrides)),
        {"SLACK_API_URL": SLACK_API_URL},
        promoted={name for name in named if values[name] != as_set.written(name)},
    )
    changed = {name.lower(): values[name] for name in named if values[name]}
    cleared = {name.lower(): default_of(name) for name in named if not values[name]}
    settings = environment_settings(**(changed | cleared | overrides))
    settings._promotions = found  # noqa: SLF001 - this function is how settings are made
    indexes = [
        item.promotion.index for item in found if item.promotion.index and not item.superseded_by
    ]
    return settings.with_index(indexes[-1]) if indexes else settings


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    """A setting, its value as text, and where the value comes from.

    Attributes:
        value: "" where it is absent; a secret is not shown.
    """

    name: str
    value: str
    source: str


def setting_origins(settings: Settings) -> list[SettingOrigin]:
    """Return every setting with where its value in *settings* comes from; secrets are hidden."""
    file = env_file()
    in_file = {name.upper() for name in _EnvFileSource(Settings, env_file=file).env_vars}
    own_file = settings.data_dir / OWN_FILE
    of_workspace = set(values_in(own_file)) if settings.workspace and own_file.exists() else set()
    in_environment = {name.upper() for name, value in os.environ.items() if value}
    promoted = {
        name: item.promotion.name
        for item in settings.promotions
        if not item.superseded_by
        for name in item.promotion.settings
    }
    found = list[SettingOrigin]()
    for name in names():
        value = settings.written(name)
        if name in promoted:
            source = f"rollout {promoted[name]}"
        elif name in of_workspace:
            source = str(own_file)
        elif settings.workspace and name in NEVER_INHERITED:
            source = "default"
        elif name in in_environment:
            source = "environment"
        elif name in in_file:
            source = str(file)
        else:
            unset = getattr(settings, name.lower()) is None
            left_to_file = unset and settings.is_in_knowledge(name)
            source = str(settings.knowledge_config) if left_to_file else "default"
        found.append(SettingOrigin(name, shown_value(value), source))
    return found


def environment_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env` alone; *overrides* win.

    Raises:
        SettingsError: as `load_settings`.
    """
    _refuse_misspelt(os.environ)
    chosen = {"kotae_workspace": _workspace[0]} if any(_workspace) else {}
    settings = _read(chosen | overrides)
    if settings.workspace:
        deployment = settings.data_dir
        own = own_settings(deployment, settings.workspace)
        own["index_store"] = own_index_store(settings.index_store, settings.workspace)
        filled = {name: default_of(name) if value == "" else value for name, value in own.items()}
        settings = _read(filled | chosen | overrides)
        if "data_dir" not in overrides:
            settings._deployment = deployment  # noqa: SLF001 - this function makes settings
    check_addresses(set(map(str.upper, overrides)), {"SLACK_API_URL": SLACK_API_URL})
    return settings


def use_workspace(team: str) -> None:
    """Read the settings of the workspace *team* from now on, "" for those of the deployment."""
    _workspace[:] = [team]


_workspace: list[str] = []


def _read(overrides: Mapping[str, Any]) -> Settings:
    """Read the environment and the file of settings. Raises `SettingsError`."""
    file = env_file()
    try:
        return Settings(_env_file=file, **overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(_lines(error))) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: not UTF-8 text") from None


def default_of(name: str) -> Any:
    """Return the default of the setting *name*."""
    return Settings.model_fields[name.lower()].default


def server_token(name: str) -> str:
    """Return the token of an MCP server that the variable *name* holds, "" where it is not set.

    The environment wins over the file of settings. Only `MCP_…` is read: `knowledge.toml` names
    the variable, and an address to which its value is sent.
    """
    if not name.startswith("MCP_"):
        return ""
    file = env_file()
    try:
        written = values_in(file) if file is not None and file.is_file() else {}
    except (OSError, ValueError):
        written = {}
    return in_environment(name) or written.get(name) or ""


_CLOUDS = {"s3": "AWS_", "gs": "GOOGLE_", "az": "AZURE_"}
"""Schemes of INDEX_STORE, and how the usual variables of each begin."""


def index_store_options(url: str) -> dict[str, str]:
    """Return the credentials and addresses for the index store *url*, by their usual names.

    All come from the environment if it has any, else from the file of settings: a file alone must
    not send keys of the environment to an address of its own.
    """
    prefix = _CLOUDS[url.partition("://")[0]]
    found: Mapping[str, str | None] = {name.upper(): value for name, value in os.environ.items()}
    if not any(name.startswith(prefix) for name in found):
        file = env_file()
        try:
            found = values_in(file) if file is not None and file.is_file() else {}
        except (OSError, ValueError):
            found = {}
    return {name: value for name, value in found.items() if name.startswith(prefix) and value}


def source_secret(name: str) -> str:
    """Return the secret that *name* in `knowledge.toml` stands for.

    It is a file, if it begins with a path, else a variable; the environment wins over the file of
    settings. Settings of Kotae itself are refused: `knowledge.toml` also says where a secret goes.

    Raises:
        KnowledgeConfigError: there is none; the text says what to do and never has the value.
    """
    if name.startswith(("/", "./", "~/")):
        return _secret_in(Path(name).expanduser())
    if name in names():
        raise KnowledgeConfigError(f"{name} is a setting of Kotae: name a variable of the source")
    file = env_file()
    try:
        written = values_in(file) if file is not None and file.is_file() else {}
    except (OSError, ValueError):
        written = {}
    if secret := (in_environment(name) or written.get(name) or "").strip():
        return secret
    place = f"in the environment or in {file}" if file else "in the environment"
    raise KnowledgeConfigError(f"{name} is not set: set it {place}")


def _secret_in(file: Path) -> str:
    try:
        secret = read_regular_file(file)[:_SECRET_BYTES].decode("utf-8").strip()
    except (OSError, ValueError) as error:
        why = (
            "is not text" if isinstance(error, ValueError) else f"cannot be read ({error.strerror})"
        )
        raise KnowledgeConfigError(f"{file} {why}: write the secret into it") from None
    if not secret:
        raise KnowledgeConfigError(f"{file} is empty: write the secret into it")
    return secret


def own_environment() -> dict[str, str]:
    """Return the environment for child processes that this program starts."""
    return dict(os.environ)


def names() -> list[str]:
    """Return the names of all settings, as they are written in the environment."""
    return [name.upper() for name in Settings.model_fields]


def _starts(secret: SecretStr | None, prefixes: tuple[str, ...], name: str) -> None:
    if secret is not None and not secret.get_secret_value().startswith(prefixes):
        raise ValueError(f"{name} must begin with {prefixes[0]}")


def _check_page_token(secret: SecretStr | None) -> None:
    if secret is not None and not _PAGE_TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError(
            "OPERATOR_PAGE_TOKEN must be 24 to 200 letters, digits and signs, without spaces: "
            "run `openssl rand -hex 24`"
        )


def _is_redirect(url: str) -> bool:
    """Tell whether Slack can send people to *url*; without TLS, on this machine alone."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https"
        or (parts.scheme == "http" and host in {"localhost", "127.0.0.1", "::1"})
    )


def _check_schedule(name: str, text: str, zone: str) -> None:
    try:
        time_zone = ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"TIME_ZONE is not known: {zone!r}; try UTC or Asia/Tokyo") from None
    if text:
        try:
            Schedule(text, time_zone)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None


def _check_index_store(url: str, redis: SecretStr | None) -> None:
    scheme, is_url, _ = url.partition("://")
    if is_url and scheme not in _CLOUDS:
        raise ValueError("INDEX_STORE must be a folder, or begin with s3://, gs:// or az://")
    if is_url and ("@" in url or "?" in url):
        raise ValueError("INDEX_STORE must not hold credentials: set the usual variables")
    if url and redis is None:
        raise ValueError("INDEX_STORE needs REDIS_URL: all machines have to share one Redis")


def _check_index_url(url: str) -> None:
    if url and (not urlsplit(url).hostname or "@" in url or "?" in url or "#" in url):
        raise ValueError("INDEX_URL must be an address without credentials, as http://qdrant:6333")


def _check_reminders(text: str) -> None:
    try:
        read_times(text)
    except ValueError as error:
        raise ValueError(f"HANDOVER_REMINDERS {error}") from None


def _refuse_misspelt(environment: Iterable[str]) -> None:
    """Refuse variables that are nearly a setting's name; others belong to other programs."""
    known = names()
    for variable in environment:
        if variable in known or not variable.startswith(
            (
                "SLACK_",
                "OPENAI_",
                "KNOWLEDGE_",
                "WEB_SEARCH_",
                "REDIS_",
                "REINDEX_",
                "BUDGET_",
                "HANDOVER_",
                "LIMIT_",
                "INDEX_",
                "OPERATOR_",
            )
        ):
            continue
        close = difflib.get_close_matches(variable, known, n=1, cutoff=_SIMILARITY)
        if close:
            raise SettingsError(f"Unknown setting {variable}: did you mean {close[0]}?")


def misspelt_in_file() -> Iterator[str]:
    """Say which variables of the file are nearly a setting; all others are other programs'."""
    file = env_file()
    if file is None or not file.is_file():
        return
    try:
        written = values_in(file)
    except (OSError, ValueError):
        return  # an unreadable file is somebody else's complaint
    known = names()
    for variable in written:
        close = difflib.get_close_matches(variable, known, n=1, cutoff=_SIMILARITY)
        if close and variable not in known:
            yield f"{variable} in {file} is not a setting: did you mean {close[0]}?"


def _lines(error: ValidationError) -> Iterable[str]:
    for item in error.errors():
        name = ".".join(map(str, item["loc"])).upper()
        if item["type"] == "value_error":
            yield str(item["ctx"]["error"])
        else:
            yield f"Setting {name} is malformed: {in_plain_words(item)}"
