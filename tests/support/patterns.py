"""Finds every regular expression of the code base, and how each is used.

`python -m tests.support.patterns` prints them as JSON. It needs a fresh process, since it watches
what is compiled while the modules are imported.
"""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "knowledge")
METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
_STAND_IN = "U0STANDIN"
"""Takes the place of what a pattern is joined with at run time."""


@dataclass(frozen=True)
class FoundPattern:
    """A regular expression.

    Attributes:
        place: File and line.
        methods: How it is used; every way, if that cannot be seen.
    """

    place: str
    pattern: str
    is_bytes: bool
    flags: int
    methods: tuple[str, ...]

    def compiled(self) -> "re.Pattern[Any]":
        """Compile it again."""
        written = self.pattern.encode("latin-1") if self.is_bytes else self.pattern
        return re.compile(written, self.flags)


def all_patterns() -> list[FoundPattern]:
    """Return all patterns, found in a process of their own."""
    command = [sys.executable, "-m", "tests.support.patterns"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return [
        FoundPattern(**found | {"methods": tuple(found["methods"])})
        for found in json.loads(done.stdout)
    ]


def _files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported() -> Iterator[tuple[str, int, Any, int]]:
    """Import all modules and yield what they compile: file, line, pattern, flags."""
    compiled = list[tuple[str, int, Any, int]]()
    ours = tuple(f"{ROOT / package}/" for package in PACKAGES)
    original: Any = re._compile  # type: ignore[attr-defined]

    def watched(pattern: Any, flags: Any) -> Any:
        result = original(pattern, flags)
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename == re.__file__:
            frame = frame.f_back
        path = frame.f_code.co_filename
        if path.startswith(ours):
            compiled.append((path, frame.f_lineno, result.pattern, result.flags))
        return result

    re._compile = watched  # type: ignore[attr-defined]
    try:
        for package in PACKAGES:
            for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    finally:
        re._compile = original  # type: ignore[attr-defined]
    yield from compiled


def _in_functions() -> Iterator[tuple[str, int, Any, int]]:
    """Yield the patterns in calls such as `re.sub(pattern, ...)` anywhere in the sources."""
    for path in _files():
        names = vars(sys.modules.get(_module_of(path), re))
        for call in _calls_of_re(path):
            pattern = _evaluated(call.args[0], names)
            with suppress(re.error):  # only a part of one
                if pattern is not None:
                    flags = re.compile(pattern, _flags(call, names)).flags
                    yield str(path), call.lineno, pattern, flags


def _calls_of_re(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and _method(node):
            yield node


def _method(call: ast.Call) -> str:
    """Return the `search` of `re.search(…)`, "" for another call."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    known = function.attr in {"compile", *METHODS}
    return function.attr if known and function.value.id == "re" else ""


def _flags(node: ast.Call, names: dict[str, Any]) -> int:
    written = [word.value for word in node.keywords if word.arg == "flags"]
    place = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(_method(node), 2)
    written += node.args[place : place + 1]
    return int(_value(written[0], names) or 0) if written else 0


def _evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the pattern, with a stand-in for each part that is known at run time only."""
    found = _value(node, names)
    if isinstance(found, re.Pattern):
        return None
    if found is None and isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else _value(part.value, names)
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        ]
        return "".join(_STAND_IN if part is None else str(part) for part in parts)
    return found if isinstance(found, str | bytes) else None


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), names)
    except Exception:  # noqa: BLE001 - whatever is known at run time only
        return None


def _uses() -> tuple[dict[tuple[str, int], set[str]], dict[str, set[str]]]:
    """Return the methods of `re.search(…)` by place, and those of `NAME.search(…)` by name.

    A private name is one of its file, and stands behind that file's path.
    """
    by_place, by_name = defaultdict[tuple[str, int], set[str]](set), defaultdict[str, set[str]](set)
    for path in _files():
        for call in _calls_of_re(path):
            by_place[str(path), call.lineno].add(_method(call))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                value = node.value
                name = value.id if isinstance(value, ast.Name) else getattr(value, "attr", "")
                by_name[f"{path}:{name}" if name.startswith("_") else name].add(node.attr)
    return by_place, by_name


def _name_at(path: str, line: int) -> str:
    """Return the name to which the statement around *line* assigns, or ""."""
    for node in ast.parse(Path(path).read_text("utf-8")).body:
        if node.lineno <= line <= (node.end_lineno or line) and isinstance(node, ast.Assign):
            return getattr(node.targets[0], "id", "")
    return ""


def _main() -> None:
    found = [*_imported(), *_in_functions()]
    by_place, by_name = _uses()
    seen = dict[tuple[str, str, int], FoundPattern]()
    for path, line, pattern, flags in found:
        methods = by_place.get((path, line), set()) - {"compile"}
        name = _name_at(path, line)
        methods = methods or by_name.get(f"{path}:{name}" if name[:1] == "_" else name, set())
        is_bytes = isinstance(pattern, bytes)
        written = pattern.decode("latin-1") if is_bytes else pattern
        place = f"{Path(path).relative_to(ROOT)}:{line}"
        key = place.rpartition(":")[0], written, flags
        seen.setdefault(
            key, FoundPattern(place, written, is_bytes, flags, tuple(sorted(methods or METHODS)))
        )
    json.dump([asdict(one) for one in seen.values()], sys.stdout)


if __name__ == "__main__":
    _main()
