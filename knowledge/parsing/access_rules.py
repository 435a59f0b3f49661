"""Finds what looks like an access rule and was not understood: its document must stay hidden.

A typing mistake in `audience` must not publish a document. What merely writes about audiences is
no rule. The line between them: a key counts with any value where metadata stands (before the first
line of text, and between lines such as `---`), and elsewhere in the first lines only with a value
that could be meant for us (`#hr`, `@board`, an id, `members`, `anyone`).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Literal

from knowledge.model.errors import ParseError

LINES = 30
"""Lines of a document that are searched."""

_Where = Literal["metadata", "above", "text"]
"""Where a line stands: between lines such as `---`, before all text, or in the text."""

_LONGEST_LINE = 300
_BRACKETS = ("{", "<", "[", "%", "/", ";", "#")
_SIMILARITY = 0.8
_DEEPEST = 4
_RULES = frozenset(
    {
        "audience",
        "公開範囲",
        "公開対象",
        "公開先",
        "閲覧",
        "閲覧者",
        "閲覧範囲",
        "閲覧権限",
        "閲覧可能",
        "閲覧制限",
    }
    | {"アクセス権", "アクセス権限", "アクセス範囲"}
)
_KEYS = frozenset({"access", "reader", "readers", "viewers", "acl", "対象者", "対象読者"})
"""More words for the same, which have other meanings outside of metadata."""

_SIMILAR = ("audience", "audiences")
_COMPOUND = frozenset(
    {"audience", "audiences", "access", "readers", "viewers", "permission", "permissions"}
    | {"visibility", "visible", "restricted", "restrict", "allow", "allowed", "share", "shared"}
    | {"groups", "channels", "members", "権限", "公開", "対象"}
)
"""Words of keys that count only with a value that could be meant for us."""

_LETTERS = str.maketrans("аеорсухіѕԁԛԝһјոսνιαεουκτϲıɑɡ", "aeopcyxisdqwhjnuviaeouktciag")
"""Letters of other scripts that look like Latin ones (Unicode Technical Standard 39)."""

_COLONS = str.maketrans("∶꞉ː։˸", ":::::")
_FENCE = re.compile(r"[-+=~`_*—–―‐−ー─;.\"']{3,}\s*[\w#]{0,12}\s*")
_CODE_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_LEADING = re.compile(r"[\s{\[(<>!#/*;%|\"'`•・-]*")
_PAIR = re.compile(r"([^:={},|]{1,40}?)\s*+[:=]++\s*+(.*)")
_ITEM = re.compile(r"([^\W_]+)[\s|>~-]+(.*)")
_MORE_KEYS = re.compile(r"[{,;|]\s*|\s(?=\S{3,12}\s?[:=])")
_META = re.compile(r"\s*(?:[-#{}\[\]/*<>!;%]|[^\s:=][^:=]{0,40}[:=]|$)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_SEPARATORS = re.compile(r"[\s\\*,;、，\[\](){}\"'“”‘’「」<>]+")
_OURS = re.compile(r"[#@＃＠][\w.-]+|(?=[A-Z]*\d)[A-Z][A-Z0-9]{4,}|(?i:anyone|members?)")
_COMMENT_END = re.compile(r"(?:-->|\*/|#\}|%\})\s*$")


def refuse_unread_keys(metadata: Mapping[str, object]) -> None:
    """Raise `ParseError` for a key of *metadata* that is nearly an access rule, at any depth."""
    for path, value in _keys(metadata):
        if path != ("audience",) and (
            _is_rule(path[-1], "metadata") or (_is_compound(path[-1]) and _is_ours(str(value)))
        ):
            raise _error(f"the key {'.'.join(path)!r}")


def refuse_unread_lines(text: str, *, metadata: bool = True) -> None:
    """Raise `ParseError` when one of the first lines of *text* looks like an access rule.

    Args:
        text: A text of which no access rule was understood.
        metadata: Whether its beginning can hold metadata at all; where it cannot (in a Word file),
            only values that could be meant for us count.
    """
    before = metadata  # in front of all text
    fenced = code = False
    for number, line in enumerate(text.split("\n", LINES)[:LINES], 1):
        if code or (_CODE_FENCE.match(line) and not before):
            code ^= bool(_CODE_FENCE.match(line))
            continue
        folded = _folded(line[:_LONGEST_LINE])
        plain = folded.strip()
        if _FENCE.fullmatch(plain):
            fenced = metadata
            continue
        where: _Where = "metadata" if fenced else "above" if before else "text"
        if _looks_like_rule(folded, line[:_LONGEST_LINE], where):
            raise _error(f"line {number} ({plain[:60]!r})")
        fenced = fenced and bool(plain)
        is_text = _HEADING.match(folded) if before else True
        before = before and not is_text and bool(_META.match(folded))


def refuse_unread_property(name: str, value: str) -> None:
    """Raise `ParseError` when a property of a file looks like an access rule."""
    if (_is_rule(name, "metadata") or _is_compound(name)) and _is_ours(value):
        raise _error(f"the property {name!r}")


def _error(place: str) -> ParseError:
    return ParseError(
        f"the front matter was not understood: {place} looks like an access rule; write "
        'audience: ["#channel"] between two lines --- at the very top, or use another word'
    )


def _looks_like_rule(folded: str, raw: str, where: _Where) -> bool:
    leading = _LEADING.match(folded)
    body = _COMMENT_END.sub("", folded[leading.end() if leading else 0 :])
    first, ours = _PAIR.match(body), _is_ours(_value_of(raw))
    if first is None:
        item = _ITEM.fullmatch(body) if where != "text" else None
        return bool(item and _is_rule(item[1], where) and _is_ours(item[2]))
    keys = [first]
    if where != "text" and (" " not in first[1].strip() or folded.lstrip()[:1] in _BRACKETS):
        keys += [key for part in _MORE_KEYS.split(body) if (key := _PAIR.match(part))]
    return any(
        _is_rule(key[1], where)
        or ((_is_rule(key[1], "metadata") or _is_compound(key[1])) and (ours or _is_ours(key[2])))
        for key in keys
    )


def _value_of(line: str) -> str:
    return re.split("[:：=＝∶꞉ː։˸]", line, maxsplit=1)[-1]


def _keys(
    metadata: Mapping[object, object] | Mapping[str, object], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in metadata.items():
        path = (*above, str(key))
        yield path, value
        if isinstance(value, Mapping) and len(path) < _DEEPEST:
            yield from _keys(value, path)


def _folded(text: str) -> str:
    """Return *text* as it looks: one form of each letter, nothing invisible."""
    normal = unicodedata.normalize("NFKD", text).translate(_COLONS)
    seen = (one for one in normal if unicodedata.category(one) not in {"Cf", "Mn", "Cc"})
    folded = "".join("\t" if one == "\t" else one for one in seen)
    # Marks of Japanese letters are no accents.
    kana = (
        unicodedata.normalize("NFKC", text) if any("\u3040" <= c <= "\u30ff" for c in text) else ""
    )
    return (kana or folded).translate(_COLONS).casefold().translate(_LETTERS)


def _is_rule(key: str, where: _Where) -> bool:
    """Tell whether *key* is an access rule there, whatever its value is."""
    word = "".join(one for one in _folded(key) if one.isalnum())
    if where == "text":
        return False
    if word in _RULES or any(_is_like(word, known) for known in _SIMILAR):
        return True
    return where == "metadata" and (word in _KEYS or _is_like(word, "access"))


def _is_like(word: str, known: str) -> bool:
    return SequenceMatcher(None, word, known).ratio() > _SIMILARITY


def _is_compound(key: str) -> bool:
    words = re.split(r"[\W_]+", _folded(key))
    return any(word in _COMPOUND or _is_rule(word, "above") for word in words if word)


def _is_ours(value: str) -> bool:
    """Tell whether every word of *value* is a channel, a group, an id or a level."""
    normal = unicodedata.normalize("NFKC", _COMMENT_END.sub("", value.strip()))
    words = [word for word in _SEPARATORS.split(normal) if word]
    return bool(words) and all(_OURS.fullmatch(word) for word in words)
