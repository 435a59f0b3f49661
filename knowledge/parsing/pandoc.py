"""Runs pandoc, a program of its own, which reads many formats and writes HTML.

It starts in some ten milliseconds. `--sandbox` keeps it from every other file and from the network.
It lives in the process group of its parser, and so ends with it.
"""

import html
import json
import resource
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from knowledge.model.errors import ParseError
from knowledge.parsing.access_rules import refuse_unread_keys
from knowledge.parsing.html_markdown import parse_html
from knowledge.parsing.html_tables import Element

SECONDS = 8
"""Of processor time for one file; a book takes four, but its AsciiDoc can take for ever."""

_PATIENCE = 40.0
"""Seconds until we stop waiting: a busy machine gives it less of the processor."""

_HEAP = 1024**3
_SHARE = 2
"""Pandoc gets this part of the memory of its parser, which holds the file meanwhile."""

_EXHAUSTED = 251
"""Its exit code when the heap is used up."""

_TEMPLATE = Path(__file__).with_name("pandoc_template.html")
"""Metadata as JSON on the first line, then the text."""

_LONGEST_REASON = 120


class RefusedByPandocError(ParseError):
    """Pandoc cannot read the file."""


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """What pandoc read: the file's stated metadata, keys in lower case, and its text as HTML."""

    metadata: Mapping[str, object]
    root: Element


def convert(data: bytes, reader: str, *, has_byline: bool = False) -> ConvertedFile:
    """Convert *data* with pandoc's *reader*, such as `rst`.

    Args:
        data: The content of the file.
        reader: The name of its format in pandoc.
        has_byline: Whether its readers see the authors below the title.

    Raises:
        RefusedByPandocError: when pandoc cannot read it.
        ParseError: when its metadata looks like an access rule; only front matter can state one.
        MemoryError: when it needs too much memory.
    """
    arguments = ["--sandbox", "--quiet", f"--from={reader}", "--to=html5", "--wrap=preserve"]
    # A line end within Japanese is no space, so that the line ends are to be seen.
    arguments += ["--mathml", "--syntax-highlighting=none", "--reference-location=block"]
    if has_byline:
        arguments.append("--variable=byline")
    command = [_program(), "+RTS", f"-M{_heap()}", "-RTS", *arguments, f"--template={_TEMPLATE}"]
    try:
        ran = subprocess.run(  # noqa: S603 - our program, in a process of one thread
            command,
            input=data,
            capture_output=True,
            timeout=_PATIENCE,
            preexec_fn=_limit_time,
            check=False,
            cwd="/",
            env={"LANG": "C.UTF-8", "HOME": "/nonexistent"},
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedByPandocError(f"pandoc took longer than {_PATIENCE:.0f} seconds") from error
    if ran.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise RefusedByPandocError(f"pandoc took longer than {SECONDS} seconds")
    if ran.returncode == _EXHAUSTED:
        raise MemoryError
    if ran.returncode:
        reason = " ".join(ran.stderr.decode("utf-8", "replace").split())[:_LONGEST_REASON]
        raise RefusedByPandocError(f"pandoc cannot read it ({reason or ran.returncode})")
    head, _, body = ran.stdout.decode("utf-8", "replace").partition("\n")
    stated = {str(key).lower(): _unescaped(value) for key, value in json.loads(head).items()}
    refuse_unread_keys({"metadata": stated})
    return ConvertedFile(stated, parse_html(body))


@cache
def _program() -> str:
    """Return the path of pandoc: of the package that ships it, else of the system."""
    spec = find_spec("pypandoc")
    for folder in (spec and spec.submodule_search_locations) or ():
        shipped = Path(folder, "files", "pandoc")
        if shipped.is_file():
            return str(shipped)
    found = shutil.which("pandoc")
    if found is None:
        raise ParseError("needs pandoc: install it, or the package pypandoc_binary")
    return found


def _limit_time() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def _heap() -> int:
    """Return the bytes that pandoc may use; the limits of the parser hold for it as well."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return _HEAP if limit == resource.RLIM_INFINITY else min(_HEAP, limit // _SHARE)


def _unescaped(value: object) -> object:
    """Return a value of the metadata as text; pandoc writes it as HTML."""
    if isinstance(value, str):
        root = parse_html(value)
        return " ".join("".join(root.itertext()).split()) if "<" in value else html.unescape(value)
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key: _unescaped(item) for key, item in value.items()}
    return value
