"""Source code and data files: their text, below the names of what they define."""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines
from knowledge.parsing.decoder import decode
from knowledge.parsing.fences import fenced
from knowledge.parsing.parsers.slack_day import MARK, parse_slack_day
from knowledge.text.titles import title_of_file

_DATA = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".xml": "xml"}
_LINES = {".jsonl": "json", ".ini": "ini", ".cfg": "ini", ".properties": "properties"}
_CODE = {
    ".bash": "bash",
    ".bat": "batch",
    ".c": "c",
    ".cc": "cpp",
    ".clj": "clojure",
    ".cpp": "cpp",
    ".cs": "csharp",
    ".css": "css",
    ".dart": "dart",
    ".ex": "elixir",
    ".exs": "elixir",
    ".go": "go",
    ".gradle": "groovy",
    ".graphql": "graphql",
    ".groovy": "groovy",
    ".h": "c",
    ".hpp": "cpp",
    ".hs": "haskell",
    ".java": "java",
    ".jl": "julia",
    ".js": "javascript",
    ".jsx": "jsx",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".less": "less",
    ".lua": "lua",
    ".m": "objectivec",
    ".php": "php",
    ".pl": "perl",
    ".pm": "perl",
    ".proto": "protobuf",
    ".ps1": "powershell",
    ".py": "python",
    ".pyi": "python",
    ".r": "r",
    ".rb": "ruby",
    ".rs": "rust",
    ".scala": "scala",
    ".scss": "scss",
    ".sh": "bash",
    ".sql": "sql",
    ".svelte": "svelte",
    ".swift": "swift",
    ".tf": "hcl",
    ".ts": "typescript",
    ".tsx": "tsx",
    ".vb": "vb",
    ".vue": "vue",
    ".zsh": "zsh",
}
LANGUAGES = _DATA | _LINES | _CODE
"""The name of the language for each file name ending."""

_WORDS = frozenset(
    {"def", "class", "func", "function", "fn", "interface", "struct", "enum", "trait"}
    | {"impl", "module", "namespace", "protocol", "record", "object", "sub", "procedure"}
    | {"macro", "message", "service", "extension", "resource", "data", "variable"}
    | {"defmodule", "defp", "defn", "contract", "type", "table", "view"}
)
"""Words before the name of what is defined."""

_MODIFIERS = frozenset(
    {"export", "default", "public", "private", "protected", "internal", "static", "final"}
    | {"abstract", "async", "sealed", "virtual", "override", "inline", "unsafe", "pub"}
    | {"open", "partial", "local", "declare", "extern", "case", "suspend", "pub(crate)"}
    | {"create", "or", "replace", "if", "not", "exists", "temporary", "unique"}
)
_NO_TYPES = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "else", "do", "try", "with"}
    | {"new", "throw", "match", "when", "await", "typeof", "print", "elif", "except"}
    | {"assert", "raise", "del", "yield", "from", "import", "lock", "using", "foreach"}
    | {"until", "unless"}
)
_COMMENTS = ("#", "//", "/*", "*", "@", "--", ";;", "[")
"""What begins a line that belongs to the definition below it."""

_NAME = re.compile(r"[\"'`\[(]*([\w.$:-]{1,100})")
_RECEIVER = re.compile(r"\([^()]{0,200}\)\s*")
_CALLED = re.compile(r"([^()=;\"']{1,200})\([^;]{0,500}")
_LONGEST_LINE = 500
_DEEPEST_INDENT = 4
_JSON_INDENT = 2
"""Spaces before the names of an object's members, at most."""

_QUOTES = re.compile("\"{3}|'{3}")
_COMMENT = re.compile(r"/\*")
_COMMENTS_OF_LINES = ("#", "//", "--")
_QUOTED = frozenset({"python", "toml"})
_COMMENTED = frozenset(_CODE.values()) - frozenset(
    {"python", "bash", "zsh", "r", "ruby", "perl", "elixir", "clojure", "powershell", "vb", "julia"}
    | {"haskell", "lua", "batch"}
)
"""Languages whose comments stand between `/*` and `*/`."""

_LONG = 1500
"""Characters after which a blank line begins another block, so that code blocks stay whole."""

_MOST_JSON = 5_000_000
"""Bytes of JSON on one line that are spread over several."""


class CodeParser:
    """Parses source code and data: one section per definition, as code blocks.

    Nothing is executed, and nothing in it is expanded. Definitions of two levels become headings.
    """

    suffixes = frozenset(LANGUAGES)

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = decode(data)
        if text.startswith(MARK):
            return parse_slack_day(text, name)
        return code_file(text, name, LANGUAGES[PurePosixPath(name).suffix.lower()])


def code_file(text: str, name: str, language: str) -> ParsedFile:
    """Return the code or data *text* with its definitions as headings.

    Raises:
        ParseError: when something in its first lines looks like an access rule.
    """
    text = _spread(text) if language == "json" else text
    refuse_unread_lines(text)
    sections = (
        Section(fenced(block, language), headings)
        for headings, lines in _parts(text.split("\n"), language)
        for block in _blocks(lines)
    )
    return ParsedFile(title_of_file(name), tuple(sections))


def _parts(lines: list[str], language: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the lines below each definition, with the names of the definition and its class."""
    path: tuple[str, ...] = ()
    part = list[str]()
    inside = _inside(lines, language)
    for number, line in enumerate(lines):
        if inside[number]:
            part.append(line)
            continue
        following = lines[number + 1] if number + 1 < len(lines) else ""
        level, name = _definition(line[:_LONGEST_LINE], following[:_LONGEST_LINE], language)
        if name and (level == 1 or path):
            begin = len(part)
            while begin and part[begin - 1].lstrip().startswith(_COMMENTS):
                begin -= 1
            yield path, part[:begin]
            part, path = part[begin:], (*path[: level - 1], name)
        part.append(line)
    yield path, part


def _inside(lines: list[str], language: str) -> list[bool]:
    """Tell of each line whether it begins inside a text or a comment of several lines."""
    found, end = list[bool](), ""
    marks = _QUOTES if language in _QUOTED else _COMMENT if language in _COMMENTED else None
    for line in lines:
        found.append(bool(end))
        if marks is None or (not end and line.lstrip().startswith(_COMMENTS_OF_LINES)):
            continue
        at = 0
        while True:
            if end:
                at = line.find(end, at)
                if at < 0:
                    break
                at, end = at + len(end), ""
            mark = marks.search(line, at)
            if mark is None:
                break
            at, end = mark.end(), "*/" if mark[0] == "/*" else mark[0]
    # What is never closed was no such mark.
    return found if not end else _up_to_last_mark(found)


def _up_to_last_mark(inside: list[bool]) -> list[bool]:
    """Return *inside* with the lines after the last mark, which has no end, outside."""
    kept = len(inside)
    while kept and inside[kept - 1]:
        kept -= 1
    return inside[:kept] + [False] * (len(inside) - kept)


def _definition(line: str, following: str, language: str) -> tuple[int, str]:
    """Return the level, 1 or 2, and the name of what *line* defines; "" for nothing."""
    text = line.strip()
    indent = len(line) - len(line.lstrip())
    level = 1 if not indent else 2
    if not text or indent > _DEEPEST_INDENT or text.startswith(_COMMENTS[:-1]):
        return level, ""
    match language:
        case "json":
            opens = (
                0 < indent <= _JSON_INDENT and text.endswith(("{", "[")) and text.startswith('"')
            )
            return 1, text[1:].partition('"')[0] if opens else ""
        case "yaml":
            opens = not indent and text.endswith((":", "|", ">")) and text[0] not in "-{"
            opens = opens and following.startswith((" ", "-", "\t"))
            return 1, text.partition(":")[0].strip("\"'") if opens else ""
        case "toml" | "ini" | "properties":
            return 1, text.strip("[] ") if text.startswith("[") and text.endswith("]") else ""
        case "xml" | "css" | "scss" | "less" | "vue" | "svelte":
            return level, ""
    return level, _defined(text, language)


def _defined(text: str, language: str) -> str:
    words = text.split(maxsplit=8)
    number = next((at for at, word in enumerate(words) if word.lower() not in _MODIFIERS), 0)
    if words[number].lower() in _WORDS and number + 1 < len(words):
        rest = text[text.index(words[number], sum(map(len, words[:number]))) :]
        rest = rest[len(words[number]) :].lstrip()
        if language == "sql":
            rest = " ".join(word for word in rest.split() if word.lower() not in _MODIFIERS)
        receiver = _RECEIVER.match(rest)
        name = _NAME.match(rest[receiver.end() :] if receiver else rest)
        return name[1].rstrip(":.") if name else ""
    return _called(text)


def _called(text: str) -> str:
    """Return the name of a function that is defined as it is called: `int main(void) {`."""
    found = _CALLED.fullmatch(text)
    if not found or not text.endswith(("{", ")")):
        return ""
    words = found[1].split()
    if not words or words[0] in _NO_TYPES or (len(words) == 1 and not text.endswith("{")):
        return ""
    name = words[-1].lstrip("*&")
    return name if name.replace("::", "").replace("~", "").replace("$", "").isidentifier() else ""


def _blocks(lines: list[str]) -> Iterator[str]:
    """Yield blocks of about `_LONG` characters that end at blank lines, or of twice that."""
    block, length = list[str](), 0
    for line in lines:
        if length > 2 * _LONG or (length > _LONG and not line.strip()):
            yield "\n".join(block).strip("\n")
            block, length = [], 0
        if block or line.strip():
            block.append(line)
            length += len(line) + 1
    if length:
        yield "\n".join(block).strip("\n")


def _spread(text: str) -> str:
    """Return JSON that stands on few lines on many, as people read it."""
    if text.count("\n") > max(1, len(text) // 1000) or len(text) > _MOST_JSON:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
