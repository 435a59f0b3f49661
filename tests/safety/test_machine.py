"""The machine around the bot: ports, the working folder, the terminal, the local page, files.

What is attacked here needs no message in Slack: a request from the network, a file in a folder that
others may write into, a text that an operator only looks at.
"""

import asyncio
import json
import os
import pty
import re
import select
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.app.container import open_knowledge, open_saved, open_store
from bot.core.errors import RedisUnavailableError
from bot.core.types import Job
from bot.entries.entry import Entry
from bot.evaluation.cases import Case
from bot.evaluation.results import EvaluationRun, Result, RunInfo, write_run
from bot.queue.redis_queue import RedisQueue
from bot.redis.binary import find_binary
from bot.redis.version import ServerVersion
from bot.settings.settings import Settings
from bot.workspace import Workspace
from bot.workspace.page import Page
from bot.workspace.page.markup import MentionNames, markdown, mrkdwn
from tests.cli.test_report import keep
from tests.safety.tally import Tally
from tests.support.command import environment, kotae, kotae_from_scratch
from tests.support.ports import free_port

SLOW_SECONDS = 1.0
"""Processor time that one unsigned request may never take."""

# --- Requests from the network (HTTP mode) ------------------------------------------------------

UNSIGNED: dict[str, tuple[str, bytes]] = {
    **{
        f"a body as {charset}": (f"application/json; charset={charset}", b"a" * 999_000)
        for charset in ("punycode", "utf-7", "idna", "hz", "iso2022_jp", "unicode_escape", "big5")
    },
    "a form of a million fields": ("application/x-www-form-urlencoded", b"a=b&" * 249_000),
    "nested JSON": ("application/json", b"[" * 999_000),
    "nested JSON in a form": ("application/x-www-form-urlencoded", b"payload=" + b"[" * 999_000),
    "a long number": ("application/json", b'{"a":' + b"9" * 999_000 + b"}"),
    "parts": ("multipart/form-data; boundary=x", b"--x\r\n\r\n" * 120_000),
    "too long": ("application/json", b"x" * 1_040_000),
}


@pytest.fixture
async def public(
    tmp_path: Path, redis_url: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, int]]:
    """`kotae serve` in HTTP mode: the process, its public port and that of its operators."""
    async with await Workspace.start() as workspace:
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", "--no-worker"),
            stderr=asyncio.subprocess.PIPE,
            cwd=tmp_path,
            env=environment(tmp_path)
            | {
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "SLACK_API_URL": workspace.api_url,
                "REDIS_URL": redis_url,
                "PORT": str(port),
                "METRICS_PORT": str(free_port()),
            },
        )
        assert process.stderr is not None
        while True:
            line = await asyncio.wait_for(process.stderr.readline(), 60)
            assert line, "it ended"
            if b'"ready"' in line:
                break
        yield process, port, json.loads(line)["metrics_port"]
        process.terminate()
        await process.communicate()


async def test_a_request_of_a_stranger_costs_nothing_and_tells_nothing(
    public: tuple[asyncio.subprocess.Process, int, int], tally: Tally
) -> None:
    """Neither a charset nor a shape, and no page for operators on an address that others reach."""
    process, port, metrics = public
    address = f"http://127.0.0.1:{port}"
    escapes = list[str]()
    async with aiohttp.ClientSession() as session:
        for name, (kind, body) in UNSIGNED.items():
            before = _cpu_seconds(process.pid)
            headers = {"Content-Type": kind}
            problems = list[str]()
            with suppress(aiohttp.ClientConnectionError):  # it may be cut off in the middle
                async with session.post(
                    f"{address}/slack/events", data=body, headers=headers
                ) as reply:
                    problems += [] if reply.status in {401, 413} else [f"status {reply.status}"]
            spent = _cpu_seconds(process.pid) - before
            problems += [f"{spent:.1f} s"] if spent > SLOW_SECONDS else []
            escapes += tally.add("machine: unsigned requests", name, problems)
        for path in ("/readyz", "/metrics", "/metrics/", "//metrics", "/slack/../metrics"):
            for method in ("GET", "HEAD", "POST"):
                url = URL(address + path, encoded=True)
                async with session.request(method, url) as reply:
                    told = [f"status {reply.status}"] if reply.status < 400 else []
                case = f"{method} {path}"
                escapes += tally.add("machine: operators' pages in public", case, told)
        async with session.get(f"http://127.0.0.1:{metrics}/metrics") as reply:
            assert reply.status == 200
    for host in {socket.gethostbyname(socket.gethostname()), "127.0.0.2", "::1"} - {"127.0.0.1"}:
        reached = ["reached"] if _connects(host, metrics) else []
        escapes += tally.add("machine: operators' pages in public", f"at {host}", reached)
    assert escapes == []


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _connects(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True


# --- The working folder ---------------------------------------------------------------------------

ENV_FILES = {
    "an address": "OPENAI_BASE_URL={evil}/v1\n",
    "an address in small letters": "openai_base_url={evil}/v1\n",
    "an exported address": "export OPENAI_BASE_URL='{evil}/v1' # ours\n",
    "a search with the key": (
        "WEB_SEARCH_PROVIDER=searxng\nWEB_SEARCH_URL={evil}/${{OPENAI_API_KEY}}\n"
        "OPENAI_BASE_URL={evil}/${{OPENAI_API_KEY}}/v1\n"
    ),
    "Slack's address": "SLACK_API_URL={evil}/api/\n",
    "a server": "REDIS_SERVER=./evil.sh\n",
    "a server in small letters": "redis_server=./evil.sh\n",
    "a server by its path": "REDIS_SERVER={folder}/evil.sh\n",
    "a model's folder": "OPENAI_EMBEDDING_MODEL=local:./evil\n",
}


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_file_that_came_with_the_documents_gets_no_key_and_starts_nothing(
    tmp_path: Path, tally: Tally, ci: str
) -> None:
    """In a checkout with keys in the environment: what would be used, and what would be run."""
    script, ran = tmp_path / "evil.sh", tmp_path / "ran"
    script.write_text(f"#!/bin/sh\necho 'Redis server v=99.0.0 x'; touch {ran}\n")
    script.chmod(0o755)
    own = {"CI": ci, "OPENAI_API_KEY": "sk-ci-secret", "SLACK_BOT_TOKEN": "xoxb-ci-secret"}
    escapes = list[str]()
    for name, text in ENV_FILES.items():
        (tmp_path / ".env").write_text(text.format(evil="http://evil.example", folder=tmp_path))
        shown = kotae(tmp_path, "config", "show", "--json", **own)
        if "server" in text.lower():  # only then is a program to be started
            kotae(tmp_path, "queue", "status", **own)
        used = json.loads(shown.stdout) if not shown.returncode else []
        problems = [
            str(row) for row in used if re.search("evil", row["value"]) or "secret" in row["value"]
        ]
        problems += ["the script ran"] if ran.exists() else []
        problems += [] if shown.stderr else ["it was not said"]
        ran.unlink(missing_ok=True)
        escapes += tally.add(f"machine: .env{' in CI' if ci else ''}", name, problems)
    assert escapes == []


# --- The terminal ---------------------------------------------------------------------------------

TRICKS = {
    "title": "\x1b]0;EVIL\x07",
    "title, ended otherwise": "\x1b]2;EVIL\x1b\\",
    "title in C1": "\x9d0;EVIL\x9c",
    "clipboard": "\x1b]52;c;RVZJTA==\x07",
    "link": "\x1b]8;;EVIL:x\x1b\\L\x1b]8;;\x1b\\",
    "colour": "\x1b[38;5;213m",
    "hidden": "\x1b[8m",
    "clear": "\x1b[2J",
    "clear in C1": "\x9b2J",
    "device string": "\x1bP$qm\x1b\\",
    "reset": "\x1bc",
    "split": "\x1b\x1b[0m]0;EVIL\x07",
    "back": "\x08\x7f",
    "bell": "\x07",
    "override": "\u202eLIVE\u202c",
    "isolate": "\u2066LIVE\u2069",
}
HOSTILE = "".join(TRICKS.values())
_FORBIDDEN = {
    "an operating system command": re.compile("\x1b\\]|\x9d"),
    "the colour": re.compile(r"\x1b\[[\d;]*38;5;213"),
    "hidden text": re.compile(r"\x1b\[(?:\d+;)*8m"),
    "a cleared screen": re.compile("\x1b\\[2J"),
    "a device string": re.compile("\x1bP"),
    "a reset": re.compile("\x1bc"),
    "C1": re.compile("[\x80-\x9f]"),
    "another control": re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"),
    "a direction": re.compile("[\u202a-\u202e\u2066-\u2069]"),
    # What Rich itself writes: styles, and the moves of a progress bar.
    "another sequence": re.compile("\x1b(?!\\[[\\d;]*m|\\[\\?25[lh]|\\[\\d*[AGK])"),
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A team all of whose names and texts are hostile."""
    docs = tmp_path / "docs"
    docs.mkdir()
    text = f"# {HOSTILE} Zorb\n\nThe zorb {HOSTILE} counter is on floor 3. 受付は3階です。\n"
    (docs / f"{HOSTILE}.md").write_text(text, "utf-8")
    (docs / f"{HOSTILE}.pdf").write_bytes(b"no PDF")
    (docs / "bad.md").write_text(f"---\naudience: [{HOSTILE}\n---\nx\n", "utf-8")
    owner = json.dumps(HOSTILE)
    (tmp_path / "knowledge.toml").write_text(
        f'[[sources]]\nname = "docs"\npath = "docs"\nowner = {owner}\n', "utf-8"
    )
    settings = Settings(
        _env_file=None, knowledge_config=tmp_path / "knowledge.toml", data_dir=tmp_path / "data"
    )

    async def fill() -> None:
        base = open_knowledge(settings)
        await base.sync()
        await base.aclose()
        async with open_store(settings) as store:
            await open_saved(settings, base, store).save(
                Entry(f"Who? {HOSTILE}", f"{HOSTILE} Keiko.", HOSTILE, "U1", "", ("#office",))
            )
            queue = RedisQueue(store)
            for number in range(2):
                asked = {"text": f"有給は？ {HOSTILE}"}
                await queue.put(
                    Job(f"slack:T1:C1:1.{number}", "slack:T1:C1:1.0", "question", asked)
                )
            lease = await queue.take(wait=5)
            assert lease is not None
            await lease.dead_letter(f"{HOSTILE} (ab12cd)")
            await queue.aclose()
        await keep(tmp_path, f"駐車場は？ {HOSTILE}", f"Where to park? {HOSTILE}")
        result = Result(
            case=Case(id="a", question=f"{HOSTILE}?"), status="failed", answer=f"{HOSTILE}!"
        )
        info = RunInfo(
            name="old", created_at=0, model=HOSTILE, prompts="", fingerprint="", index_version=""
        )
        for name in ("old", "new"):
            run = EvaluationRun(info=info.model_copy(update={"name": name}), results=(result,))
            write_run(tmp_path / "data" / "evaluation" / "runs" / f"{name}.json", run)

    asyncio.run(fill())
    return tmp_path


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("sync",),
    ("status",),
    ("status", "--json"),
    ("search", "zorb counter"),
    ("search", "zorb counter", "--json"),
    ("ask", "On which floor is the zorb counter?"),
    ("ask", f"受付は何階？{HOSTILE}"),
    ("ask", "--json", f"floor {HOSTILE}?"),
    ("knowledge", "check", "--all"),
    ("knowledge", "check", "--json"),
    ("knowledge", "sources"),
    ("entries", "list"),
    ("entries", "list", "--json"),
    ("entries", "restore", HOSTILE),
    ("gaps",),
    ("gaps", "--json"),
    ("queue", "list", "--text"),
    ("queue", "drop", HOSTILE, "-y"),
    ("report",),
    ("eval", "compare", "old", "new"),
    ("review", "--run", "old"),
    ("doctor",),
    ("config", "show"),
    ("sync", HOSTILE),
    (HOSTILE,),
)


def test_nothing_that_is_printed_acts_on_the_terminal(hostile: Path, tally: Tally) -> None:
    """Each command in a terminal of its own, over texts and names full of sequences."""
    escapes = list[str]()
    for command in COMMANDS:
        printed = in_terminal(hostile, *command, typed="q")
        assert printed, command
        found = [name for name, pattern in _FORBIDDEN.items() if pattern.search(printed)]
        case = " ".join(word.replace(HOSTILE, "…") for word in command)
        escapes += tally.add("machine: terminal", case, found)
    assert escapes == []


def test_a_conversation_and_an_error_are_as_harmless(hostile: Path, tally: Tally) -> None:
    """What is typed comes back; what ends the program is a text as well."""
    escapes = list[str]()
    script = f"raise ValueError({HOSTILE!r})"
    for name, printed in {
        "chat": kotae(hostile, "chat", **_of(hostile)),
        "chat in Japanese": kotae_from_scratch(
            hostile, "chat", **_of(hostile), LC_ALL="ja_JP.UTF-8"
        ),
        "a traceback": _python(f"from bot.cli import streams; streams.guard_streams(); {script}"),
        "a log": _python(
            "from bot.cli import streams; streams.guard_streams()\n"
            "from bot.telemetry.logs import set_up_logging; set_up_logging()\n"
            f"import structlog; structlog.get_logger('bot').warning({HOSTILE!r}, a={HOSTILE!r})"
        ),
    }.items():
        text = printed.stdout + printed.stderr
        found = [kind for kind, pattern in _FORBIDDEN.items() if pattern.search(text)]
        escapes += tally.add("machine: terminal", name, found)
    assert escapes == []


def in_terminal(folder: Path, *command: str, typed: str = "") -> str:
    """Run `kotae` in a terminal; return all that it has printed."""
    ours, theirs = pty.openpty()
    own = environment(folder) | _of(folder) | {"TERM": "xterm-256color", "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *command],
        cwd=folder,
        env=own,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    printed, end, sent = b"", time.monotonic() + 120, False
    while time.monotonic() < end:
        ready = select.select([ours], [], [], 0.1)[0]
        try:
            part = os.read(ours, 65_536) if ready else b""
        except OSError:  # the other side is closed
            break
        printed += part
        if process.poll() is not None and not ready:
            break
        if typed and not sent and b"[r]" in printed:
            os.write(ours, typed.encode())
            sent = True
        elif typed and sent and not ready:
            os.write(ours, typed.encode())
    process.kill()
    process.wait()
    os.close(ours)
    return printed.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _of(folder: Path) -> dict[str, str]:
    return {"KNOWLEDGE_CONFIG": str(folder / "knowledge.toml")}


def _python(script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


# --- The local workspace --------------------------------------------------------------------------

OUTSIDE = Path(__file__).parent / "x.js"
PATHS = (
    *(
        "..%2Fserver.py",
        "..%2F..%2Fblocks.py",
        "..%2Fstatic%2Fmain.js",
        "%2E%2E%2Fstatic%2Fmain.js",
    ),
    *("%2Fetc%2Fpasswd", "%2Ftmp%2Fx.js", "main.js%00.svg", "..\\static\\main.js", ".", "%2E"),
    *("MAIN.JS", "main.js%2F", "%252E%252E%252Fserver.py", "/main.js", ""),
)
SITES = {
    "another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "our origin by https": {"Origin": "https://localhost"},
    "a script": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "a script of another port": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "script"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
}
HOSTS = (
    *("evil.example", "127.0.0.1.evil.example:80", "127.0.0.1", "localhost", "127.0.0.1:1", ""),
    *("localhost:1", "localhost:80", "LOCALHOST:{port}", "127.1:{port}", "2130706433:{port}"),
    *("a@127.0.0.1:{port}", "127.0.0.1:{port}@evil.example", "127.0.0.1:{port}:1", "::1", "[::1"),
    *("[::1]:{port}", "127.0.0.1:99999999999", "127.0.0.1:x", "localhost:{port}/", "localhost.:80"),
    *("ｌocalhost:{port}", "日本.example:{port}", "xn--a:{port}", "%", "a b", "[", "]:{port}", ":"),
)
MARKED = (
    *("<@\ue0000\ue001>", "<!x|\ue0000\ue001>", "`\ue0000\ue001` \ue0001\ue001", "\ue0009\ue001"),
    *(
        "```<@U1>\nx\n```",
        "~~~ <https://a.example/|b> 日本\nx\n~~~",
        '```x" onclick="y <!a>\nz\n```',
    ),
    *("[a](https://a.example/<@U1>)", '<https://a.example/`"x`|`b`>', "[`a`](<https://a/`b`>)"),
)


async def _status(address: URL, *hosts: str) -> int:
    """Ask for *address* with *hosts* as they are; return the status."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    told = "".join(f"Host: {host}\r\n" for host in hosts)
    writer.write(f"GET {address.path} HTTP/1.1\r\n{told}Connection: close\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def test_no_other_site_and_no_other_user_reaches_the_local_workspace(tally: Tally) -> None:
    """Its page, its Web API and its socket."""
    escapes = list[str]()
    async with (
        await Workspace.start() as workspace,
        await Page.start(workspace) as page,
        aiohttp.ClientSession() as session,
    ):
        root = str(URL(page.url).origin())
        for path in PATHS:
            async with session.get(URL(f"{page.url}static/{path}", encoded=True)) as reply:
                served = [f"status {reply.status}"] if reply.status < 400 else []
            escapes += tally.add("machine: files of the page", path, served)
        token = {"Authorization": f"Bearer {workspace.bot_token}"}
        for name, headers in SITES.items():
            for address in (
                f"{page.url}do",
                f"{page.url}static/main.js",
                f"{page.url}live",
                f"{workspace.api_url}conversations.list",
                f"{workspace.api_url}apps.connections.open",
            ):
                async with session.post(address, headers=token | headers) as reply:
                    reached = [] if reply.status == 403 else [f"status {reply.status}"]
                where = URL(address).path.rpartition("/")[2]
                escapes += tally.add("machine: other sites", f"{name}: {where}", reached)
        for address in (f"{page.url}do", f"{page.url}live", f"{workspace.api_url}users.list"):
            for host in HOSTS:
                said = host.format(port=URL(address).port)
                problems = [] if await _status(URL(address), said) == 400 else ["it is served"]
                escapes += tally.add("machine: other hosts", f"{host}: {address}", problems)
        for address in (
            "/",
            "/do",
            "/live",
            "/static/main.js",
            "/index.html/",
            "/x/static/main.js",
        ):
            async with session.get(root + address) as reply:
                reached = [f"status {reply.status}"] if reply.status < 400 else []
            escapes += tally.add("machine: other users", address, reached)
        for guess in ("xoxb-workspace-bot", "xapp-workspace-app", "xoxb-", ""):
            headers = {"Authorization": f"Bearer {guess}"}
            for method in ("auth.test", "apps.connections.open", "chat.postMessage"):
                address = f"{workspace.api_url}{method}"
                async with session.post(address, headers=headers) as reply:
                    done = ["done"] if (await reply.json())["ok"] else []
                escapes += tally.add("machine: other users", f"{guess}: {method}", done)
    assert escapes == []


def test_no_text_leaves_its_place_on_the_page(tally: Tally) -> None:
    """Neither a tag nor an attribute is cut by what people write."""
    escapes = list[str]()
    names = MentionNames({"U1": "花子\ue0000\ue001"}, {})
    for text in MARKED:
        for html in (markdown(text, names), mrkdwn(text, names)):
            tags = re.findall(r"<[^>]*>", html)
            broken = [
                tag for tag in tags if tag.count('"') % 2 or " onclick" in tag or "<" in tag[1:]
            ]
            broken += ["a mark"] if re.search("[\ue000\ue001]", html) else []
            escapes += tally.add("machine: text on the page", repr(text), broken)
    assert escapes == []


# --- Files and servers ----------------------------------------------------------------------------


def test_no_other_user_of_the_machine_reads_what_is_kept(tmp_path: Path, tally: Tally) -> None:
    """Whatever the umask of the shell: the index, runs, reports, entries, Redis."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Leave\n\nTen days. 休暇は10日です。\n")
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    case = '{"id": "a", "question": "How many days of leave?"}\n'
    (tmp_path / "cases.jsonl").write_text(case)
    before = os.umask(0)
    try:
        for command in (
            ("sync",),
            ("ask", "休暇は何日？"),
            ("eval", "run", "cases.jsonl", "--html", "data/page.html"),
            ("report", "--html", "data/weekly.html"),
            ("queue", "status"),
        ):
            kotae(tmp_path, *command, **_of(tmp_path))
    finally:
        os.umask(before)
    kept = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    escapes = list[str]()
    assert {"page.html", "weekly.html", "evaluation"} <= {path.name for path in kept}
    for path in kept:
        mode = stat.S_IMODE(path.lstat().st_mode)
        wide = [f"{mode:o}"] if mode & 0o077 and not path.is_symlink() else []
        escapes += tally.add("machine: files of others", str(path.relative_to(tmp_path)), wide)
    assert escapes == []


@pytest.mark.parametrize(
    "data",
    [
        *(ServerVersion("Redis", numbers) for numbers in ((7, 0, 15), (7, 4, 1), (8, 2, 0))),
        *(ServerVersion("Valkey", numbers) for numbers in ((8, 1, 4), (9, 9, 9))),
        ServerVersion(None, (8, 0, 0)),
    ],
    ids=str,
)
async def test_no_older_server_is_started_on_newer_data(
    data: ServerVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """It would start empty, or take the data for damaged."""
    for name, told in (("redis", "Redis server v=6.2.14"), ("valkey", "Valkey server v=7.2.4")):
        program = tmp_path / f"{name}-server"
        program.write_text(f"#!/bin/sh\necho '{told} sha=0'\n")
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    named = str(tmp_path / "redis-server")
    problems = list[str]()
    for wanted in (named, ""):
        try:
            found = (await find_binary(wanted, data)).version
        except RedisUnavailableError:
            continue
        families = found.family, data.family
        parted = families == ("Valkey", "Redis") and data.numbers >= (7, 4)
        if found.numbers < data.numbers or families == ("Redis", "Valkey") or parted:
            problems.append(str(found))
    assert tally.add("machine: servers", f"data of {data}", problems) == []
