"""Parses front matter: a block of YAML (`---`) or TOML (`+++`) before a text."""

import re
import tomllib
from collections.abc import Mapping

from knowledge.model.errors import ParseError
from knowledge.parsing.access_rules import refuse_unread_keys, refuse_unread_lines
from knowledge.parsing.dates import iso_date

_BLOCK = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)^\1[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_UNCLOSED = re.compile(r"\A(?:---|\+\+\+)[ \t]*\n\s*[\w-]+[ \t]*[:=]")
_KEY = re.compile(r"^[ \t]*[\w-]+[ \t]*[:=]", re.MULTILINE)
_HALF_CHARACTER = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F]")
MAX_ALIASES = 5
"""Maximum number of YAML aliases in front matter."""

MAX_LEVELS = 32
"""Maximum number of nested lists and mappings; PyYAML's time grows with its square."""

_TWICE = "the front matter has audience twice: leave one"
_DATE_KEYS = (
    *("updated", "last_updated", "lastmod", "last_modified", "last_modified_at", "modified"),
    *("lastmodified", "updated_at", "last_update", "last_reviewed", "revised", "最終更新日"),
    *(
        "更新日",
        "最終更新",
        "改訂日",
        "改定日",
        "date",
        "日付",
        "published",
        "pubdate",
        "publishdate",
    ),
    *("created", "created_at", "作成日", "制定日", "発行日"),
)
"""Keys of a document's date: of its last change, else of its publication."""


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the metadata (keys in lower case, `date` in ISO form) and the text that follows.

    Raises:
        ParseError: when the front matter cannot be read, or when something in the first lines
            looks like an access rule that was not understood: we never publish what may be
            meant for a few.
    """
    block = _BLOCK.match(text)
    if block is None:
        if _UNCLOSED.match(text):
            raise ParseError("the front matter has no closing line")
        refuse_unread_lines(text)
        return {}, text
    if _HALF_CHARACTER.search(block[2]):
        raise ParseError("the front matter contains an escape for half of a character")
    values = _load(block[1], block[2])
    if not isinstance(values, Mapping):
        refuse_unread_lines(text)
        return {}, text  # a thematic break, not front matter
    metadata = {str(key).lower(): value for key, value in values.items()}
    if sum(str(key).lower() == "audience" for key in values) > 1:
        raise ParseError(_TWICE)
    refuse_unread_keys(values)
    rest = text[block.end() :]
    known = metadata.get("audience")
    if "audience" not in metadata:
        refuse_unread_lines(rest)
    elif isinstance(known, str):  # for many: a rule below may be meant for a few
        refuse_unread_lines(rest, metadata=False, known=known)
    return metadata | _date(metadata), rest


def rendered_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return title and date of a page that a source has rendered, and the text that follows.

    The source tells who reads it, so nothing else counts, and nothing below is a rule.
    """
    block = _BLOCK.match(text)
    values = _load_yaml(block[2]) if block else None
    if block is None or not isinstance(values, Mapping):
        return {}, text
    stated: dict[str, object] = {
        key: str(values[key]) for key in ("title", "date") if key in values
    }
    return stated, text[block.end() :]


def _date(metadata: Mapping[str, object]) -> dict[str, object]:
    known = {key.replace("-", "_").replace(" ", "_"): value for key, value in metadata.items()}
    dates = (iso_date(known[key]) for key in _DATE_KEYS if key in known)
    return {"date": next(filter(None, dates), "")}


def _load(fence: str, block: str) -> object:
    import yaml

    try:
        return tomllib.loads(block) if fence == "+++" else _load_yaml(block)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, ValueError) as error:
        if not _KEY.search(block):
            return None
        raise ParseError(f"the front matter cannot be read: {_reason(error)}") from error


def _load_yaml(block: str) -> object:
    """Load YAML with few aliases and levels; aliases can expand a few lines to gigabytes."""
    import yaml

    aliases = level = 0
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where libyaml is there
    for event in yaml.parse(block, Loader=loader):
        aliases += isinstance(event, yaml.AliasEvent)
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if aliases > MAX_ALIASES:
            raise ParseError("the front matter has too many aliases (*name)")
        if level > MAX_LEVELS:
            raise ParseError(f"the front matter is nested more than {MAX_LEVELS} levels deep")
    root = yaml.compose(block, Loader=loader)
    if isinstance(root, yaml.MappingNode):
        merged = [
            pair
            for key, value in root.value
            if key.tag.endswith(":merge") and isinstance(value, yaml.MappingNode)
            for pair in value.value
        ]
        named = [str(key.value).lower() for key, _ in (*root.value, *merged)]
        if named.count("audience") > 1:
            raise ParseError(_TWICE)  # YAML would take the last one
    return yaml.load(block, Loader=loader)  # noqa: S506 - a safe one


def _reason(error: Exception) -> str:
    """Describe the error in one line, with the line number in the file."""
    from yaml import MarkedYAMLError

    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        place = f"line {error.problem_mark.line + 2}"  # counted from 0, below the fence
        return ": ".join(filter(None, (place, error.context, error.problem)))
    return " ".join(str(error).split())
