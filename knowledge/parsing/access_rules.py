"""Finds what looks like an access rule and was not understood: its document must stay hidden.

A typing mistake in `audience` must not publish a document. What merely writes about audiences is
no rule. The line between them is a statement of readers. Where metadata stands (before the first
line of text, between lines such as `---`, in what a page exports), it is one with

- `audience` and what resembles it, whatever the value is;
- a word for readers (`readers`, `access`, `公開範囲`), unless the value says that everybody reads,
  or says nothing about people (a number, a date, an address, no);
- a word that can also mean something else (`for`, `channel`, `対象`), if the value names readers
  (`#hr`, `@board`, an id) or keeps others out (`HR only`, `人事部のみ`);
- a word for secrecy (`classification`, `機密区分`) with a value that closes.

Elsewhere in the first lines, only values that could be meant for us count (`#hr`, `members`).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from knowledge.model.errors import ParseError

LINES = 30
"""Lines of a document's text that are searched; what stands before its text does not count."""

_MOST_LINES = 300

_Where = Literal["metadata", "above", "text"]
"""Where a line stands: between lines such as `---`, before all text, or in the text."""

_LONGEST_LINE = 300
_BRACKETS = ("{", "<", "[", "%", "/", ";", "#")
_SIMILARITY = 0.8
_KEPT = 4096
"""Keys whose meaning is remembered: a team's documents have the same ones."""

_DEEPEST = 32
_RULES = frozenset(
    {
        "audience",
        "限定公開",
        "公開範囲",
        "公開対象",
        "公開先",
        "公開レベル",
        "公開区分",
        "公開制限",
        "公開設定",
    }
    | {"アクセス権", "アクセス権限", "アクセス範囲", "アクセス制限", "アクセス区分"}
)
_STRICT = frozenset({"audience", "audiences", "aud"})
_VIEW = re.compile("閲覧(?!.*(?:[数日率用]|期[間限]|時間|履歴|方法)).{0,8}")
_KEYS = frozenset(
    {"access", "reader", "readers", "viewers", "acl", "読者", "aud", "配布先", "配布範囲"}
    | {"開示先", "開示範囲", "共有範囲", "参照範囲", "参照権限"}
)
"""More words for the same, which have other meanings outside of metadata."""

_SIMILAR = ("audience", "audiences")
_COMPOUND = frozenset(
    {"audience", "audiences", "access", "readers", "viewers", "permission", "permissions"}
    | {"visibility", "visible", "restricted", "restrict", "allow", "allowed", "share", "shared"}
    | {"limited", "private", "confidential", "authorized", "authorised", "permitted"}
    | {"viewable", "readable", "reader", "viewer", "acl", "groups", "channels", "members"}
)
"""Words of keys that count only with a value that could be meant for us."""

_OF_TEAMS = frozenset({"share", "groups", "channels", "members"})
"""Of these, keys that alone say in a text where a team is found, and who it is."""

_FOUND = _OF_TEAMS | {"channel", "group", "チャンネル", "グループ", "共有"}
"""Keys that above a text say where a team is found."""

_DISTRIBUTION = frozenset(
    {"配布先", "配布範囲", "開示先", "開示範囲", "共有範囲", "参照範囲", "参照権限"}
)
"""Japanese words for those who are given a document; above a text they mean nothing else."""

_TEAM = re.compile(
    r"[\w・、,]{1,20}[部課室係局班]|役員(?:会)?|管理職|経営[層陣]"
    r"|(?:the )?(?:[\w&-]{1,20} ){0,3}(?:hr|team|department|dept|staff|board|committee|managers?"
    r"|management|executives?)"
)
"""Values that name a part of a company."""

_WEAK = frozenset(
    {"for", "only", "scope", "who", "role", "roles", "group", "channel", "channels", "groups"}
    | {"recipient", "recipients", "distribution", "user", "users", "read", "view", "can", "may"}
    | {"intended", "by", "to", "in", "rights", "privacy", "security", "confidentiality", "embargo"}
    | {"classification", "sensitivity", "share", "shared", "with", "limit", "limited"}
)
"""Words with other meanings: a key of nothing else counts where readers are named by a sign, or
others kept out. `slack_channel` is no such key."""

_COMPOUND_JA = re.compile("権限|公開|対象|閲覧|アクセス|読者|限定|共有")
_WEAK_JA = re.compile(
    "(?:グループ|チャンネル|宛先|対象|範囲|区分|公開|取り?扱い?|配布|開示|共有|機密).{0,4}"
)
_KEEPS_OUT = re.compile(
    r"[\w &/,-]{1,40}\bonly\b.{0,20}|.{0,20}[部課室係局班者員役長会](?:のみ|限り|限定|だけ).{0,10}",
)
_SECRECY = frozenset(
    {"visibility", "classification", "confidentiality", "sensitivity", "security", "privacy"}
    | {"機密区分", "秘密区分", "機密度", "機密レベル", "情報区分", "取扱区分"}
)
_CLOSED = frozenset(
    {"private", "restricted", "confidential", "secret", "機密", "極秘", "秘", "部外秘", "非公開"}
    | {"関係者外秘", "strictly confidential", "top secret", "highly confidential"}
)
"""Keys that are a rule when they are true, and values of words for secrecy that are one."""

_TRUE = frozenset({"true", "yes", "on", "はい", "○", "有"})
_NOBODY_MEANT = re.compile(
    r"[\d\s.,:/%TZ+年月日時分秒人名回件以上-]*"
    r"|(?:false|no|off|none|public|open|free|all|every(?:one|body)|anyone|anybody|いいえ|なし)\W?"
    r"|(?:一般|全体)?(?:に?公開)|一般|全員|全社員?|全従業員|(?:誰|だれ|どなた)でも(?:可)?"
    r"|(?:https?:/|\.{0,2})/\S*"
)
"""Values that say that everybody may read, or nothing about who reads."""

_LETTERS = str.maketrans("аеорсухіѕԁԛԝһјոսνιαεουκτϲıɑɡ", "aeopcyxisdqwhjnuviaeouktciag")
"""Letters of other scripts that look like Latin ones (Unicode Technical Standard 39)."""

_COLONS = str.maketrans("∶꞉ː։˸", ":::::")
_KANA = re.compile("[\u3040-\u30ff]")
_FENCE = re.compile(r"[-+=~`_*—–―‐−ー─;.\"']{3,}\s*[\w#]{0,12}\s*")
_CODE_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_LEADING = re.compile(r"[\W_]*")
_BRACKETED = re.compile(r"([^】〕\]〉》]{1,40})[】〕\]〉》]\s*[:=]*\s*(?!\()(.*)")
_OPENING = re.compile(r"[\s#>*+・-]*[【〔\[〈《]")
_PAIR = re.compile(r"([^:={},|]{1,40}?)\s*+[:=]++\s*+(.*)")
_ROW = re.compile(r"([^|]{1,40}?)[\s*]*\|\s*([^|]*)")
_ITEM = re.compile(r"([^\W_]+)[\s|>~-]+(.*)")
_MORE_KEYS = re.compile(r"[{,;|]\s*|\s(?=\S{3,12}\s?[:=])")
_META = re.compile(r"\s*(?:[-#{}\[\]/*<>!;%]|[^\s:=][^:=]{0,40}[:=]|$)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_SEPARATORS = re.compile(r"[\s\\*,;、，\[\](){}\"'“”‘’「」<>]+")
_OURS = re.compile(r"[#@＃＠][\w.-]+|[CGS](?=[A-Z]*\d)[A-Z0-9]{4,}|(?i:anyone|members?)")
_COMMENT_END = re.compile(r"(?:-->|\*/|#\}|%\}|/>)\s*$")
_IMPORT = re.compile(r"\s*(?:import\s+(?:\S.*\bfrom\b|['\"])|export\s+(?:const|let|var|default)\b)")
_EXPORT = re.compile(r"\s*(?:export\s+(?:const|let|var|default)\b|module\.exports\b)[^{]{0,80}\{")


def refuse_unread_keys(metadata: Mapping[str, object]) -> None:
    """Raise `ParseError` for a key of *metadata* that is nearly an access rule, at any depth."""
    for path, value in _keys(metadata):
        key = path[-1]
        if (len(path) > 1 or key.lower() != "audience") and _states_readers(key, value):
            raise _error(f"the key {'.'.join(path)!r}")
        if isinstance(value, str):
            refuse_unread_lines(value, metadata=False)


def refuse_unread_lines(
    text: str, *, metadata: bool = True, levels: bool = True, known: str = ""
) -> None:
    """Raise `ParseError` when one of the first lines of *text* looks like an access rule.

    Args:
        text: A text of which no access rule was understood.
        metadata: Whether its beginning can hold metadata at all; where it cannot (in a Word file),
            only values that could be meant for us count.
        levels: Whether words for everybody, such as `members`, could be meant for us.
        known: The audience that was understood elsewhere; a line that says the same is no news.
    """
    before = metadata  # in front of all text
    fenced = code = comment = exported = False
    left = LINES
    for number, line in enumerate(text.split("\n", _MOST_LINES)[:_MOST_LINES], 1):
        left -= not (fenced or comment or before)
        if left < 0:
            return
        if code or (_CODE_FENCE.match(line) and not before):
            code ^= bool(_CODE_FENCE.match(line))
            continue
        folded = _folded(line[:_LONGEST_LINE])
        plain = folded.strip()
        if _FENCE.fullmatch(plain):
            fenced = metadata
            continue
        heading = bool(_HEADING.match(folded))
        said = line
        if before and (export := _EXPORT.match(line)):
            exported, said = True, line[export.end() - 1 :]
            folded = _folded(said[:_LONGEST_LINE])
        where: _Where = "metadata" if fenced or exported else "above"
        where = where if fenced or (before and not heading) else "text"
        if _looks_like_rule(folded, said[:_LONGEST_LINE], where, known, levels=levels):
            raise _error(f"line {number} ({plain[:60]!r})")
        fenced = fenced and bool(plain)
        comment = (comment or (before and "<!--" in line)) and "-->" not in line
        meta = exported or _META.match(folded) or _IMPORT.match(line)
        before = before and (comment or bool(meta and not heading))
        exported = exported and not plain.startswith("}") and plain[-1:] not in {"}", ";"}


def refuse_unread_statement(key: str, value: str, *, below_title: bool = False) -> None:
    """Raise `ParseError` when a line above a text says who reads it.

    Args:
        key: What stands before the colon, or in the first cell.
        value: What stands behind it.
        below_title: Whether the title of the document stands above, so that words for readers
            count only with a value that names some, or keeps others out.
    """
    if key and _states_above(key, value) and (not below_title or _names_some(key, value)):
        raise _error(f"{key[:60]!r} at the beginning")


def names_readers(value: str) -> bool:
    """Tell whether *value* is a channel, a group or an id, names a department or a limit."""
    said = _trimmed(value)
    return _is_ours(value, levels=False) or bool(
        _KEEPS_OUT.fullmatch(said) or _TEAM.fullmatch(said)
    )


def refuse_unread_property(name: str, value: str) -> None:
    """Raise `ParseError` when a property of a file looks like an access rule."""
    if _names_rule(name) and _is_ours(value):
        raise _error(f"the property {name!r}")


@lru_cache(1024)
def _names_rule(name: str) -> bool:
    """Tell whether a property may be a rule; the messages of a mailbox repeat their names."""
    return _is_rule(name, "metadata") or _is_compound(name, "metadata")


def _error(place: str) -> ParseError:
    return ParseError(
        f"the front matter was not understood: {place} looks like an access rule; write "
        'audience: ["#channel"] between two lines --- at the very top (in a page <meta '
        'name="audience" content="#channel">; for Word, Excel, PDF or CSV give the file a source '
        "of its own), or use another word"
    )


def _looks_like_rule(
    folded: str, raw: str, where: _Where, known: str, *, levels: bool = True
) -> bool:
    leading = _LEADING.match(folded)
    body = _COMMENT_END.sub("", folded[leading.end() if leading else 0 :])
    value = _value_of(raw)
    ours = value.strip() != known and _is_ours(value, levels=levels)
    pairs = [(key[1], key[2]) for key in _pairs(folded, body, where)]
    if not pairs:
        item = _ITEM.fullmatch(body) if where != "text" else None
        return bool(item and _is_rule(item[1], where) and _is_ours(item[2]))
    if where == "metadata" and any(_states_readers(key, said) for key, said in pairs):
        return True
    noted = "<!--" in raw or "{/*" in raw
    if noted and any(_is_weak(key) and _is_ours(said, levels=False) for key, said in pairs):
        return True
    if where == "above":
        found = _FOUND.issuperset({_word(key) for key, _ in pairs})
        if found or any(_states_above(key, said) for key, said in pairs):
            return not found
    return any(
        (_is_rule(key, where) and where != "metadata")
        or (
            (_is_rule(key, "metadata") or _is_compound(key, where))
            and (ours or (said.strip() != known and _is_ours(said, levels=levels)))
        )
        for key, said in pairs
    )


def _pairs(folded: str, body: str, where: _Where) -> Iterator[re.Match[str]]:
    """Yield what may be keys with their values in a line: `key: value`, a table's row, 【key】."""
    if row := _ROW.match(body) if folded.lstrip().startswith("|") else None:
        yield row
    if bracketed := _BRACKETED.match(body) if _OPENING.match(folded) else None:
        yield bracketed
    first = _PAIR.match(body)
    if first is None:
        return
    yield first
    if where != "text" and (" " not in first[1].strip() or folded.lstrip()[:1] in _BRACKETS):
        for part in _MORE_KEYS.split(body):
            if key := _PAIR.match(part):
                yield key


def _value_of(line: str) -> str:
    return re.split("[:：=＝∶꞉ː։˸]", line, maxsplit=1)[-1]


def _keys(
    value: object, above: tuple[str, ...] = (), level: int = 0
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield each key of a mapping, and of the mappings in it, with its path and value."""
    if level > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            path = (*above, str(key))
            yield path, item
            yield from _keys(item, path, level + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item, above, level + 1)


def _states_readers(key: str, value: object) -> bool:
    """Tell whether a key of metadata says with its value who reads a document."""
    said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if _is_rule(key, "metadata"):
        word = "".join(one for one in _folded(key) if one.isalnum())
        strict = any(_is_like(word, known) or word == known for known in _STRICT)
        return strict or not _NOBODY_MEANT.fullmatch(_trimmed(said))
    if _is_compound(key, "metadata") and _is_ours(said):
        return True
    if _is_weak(key) and (_is_ours(said, levels=False) or _KEEPS_OUT.fullmatch(_trimmed(said))):
        return True
    return _closes(key, said)


def _states_above(key: str, value: str) -> bool:
    """Tell whether a line above a text says with its value who reads it."""
    said = _trimmed(value)
    if _NOBODY_MEANT.fullmatch(said):
        return _closes(key, value)
    word = _word(key)
    if _is_rule(key, "above") or word in _DISTRIBUTION:
        return said != "-"
    named = _is_ours(value, levels=False) or _KEEPS_OUT.fullmatch(said)
    return bool(named and word not in _FOUND and _is_weak(key)) or _closes(key, value)


def _names_some(key: str, value: str) -> bool:
    return _closes(key, value) or (_is_rule(key, "above") and names_readers(value))


def _word(key: str) -> str:
    return "".join(one for one in _folded(key) if one.isalnum())


def _trimmed(value: str) -> str:
    """Return a short value without the signs around it, in lower case; a long one as "-"."""
    if len(value) > _LONGEST_LINE:
        return "-"
    return unicodedata.normalize("NFKC", value).strip(" \t'\"[](){},;「」").casefold() or "-"


def _closes(key: str, value: str) -> bool:
    """Tell whether a key says without a name that a document is not for everybody."""
    word, said = _folded(key).strip(" '\""), _trimmed(value)
    return (word in _SECRECY and said in _CLOSED) or (word in _CLOSED and said in _TRUE)


def _is_weak(key: str) -> bool:
    folded = _folded(re.sub("(?<=[a-z])(?=[A-Z])", "_", key))
    words = [word for word in re.split(r"[\W_]+", folded) if word]
    return bool(words) and (_WEAK.issuperset(words) or bool(_WEAK_JA.fullmatch("".join(words))))


class _Visible(dict[int, int | None]):
    """A table for `str.translate` that drops what nobody sees."""

    def __missing__(self, code: int) -> int | None:
        seen = None if unicodedata.category(chr(code)) in {"Cf", "Mn", "Cc"} else code
        if len(self) < _KEPT:
            self[code] = seen
        return seen


_VISIBLE = _Visible({ord("\t"): ord("\t")})


def _folded(text: str) -> str:
    """Return *text* as it looks: one form of each letter, nothing invisible."""
    return text.translate(_FOLDED_ASCII) if text.isascii() else _folded_letters(text)


def _folded_letters(text: str) -> str:
    if _KANA.search(text):  # marks of Japanese letters are no accents
        folded = unicodedata.normalize("NFKC", text)
    else:
        folded = unicodedata.normalize("NFKD", text).translate(_COLONS).translate(_VISIBLE)
    return folded.translate(_COLONS).casefold().translate(_LETTERS)


_FOLDED_ASCII = {code: _folded_letters(chr(code)) for code in range(128)}


@lru_cache(_KEPT)
def _is_rule(key: str, where: _Where) -> bool:
    """Tell whether *key* is an access rule there, whatever its value is."""
    word = "".join(one for one in _folded(key) if one.isalnum())
    if where == "text":
        return False
    if word in _RULES or _VIEW.fullmatch(word) or any(_is_like(word, known) for known in _SIMILAR):
        return True
    like_access = _is_like(word, "access") and word != "accessed"
    return where == "metadata" and (word in _KEYS or like_access)


def _is_like(word: str, known: str) -> bool:
    shorter, total = min(len(word), len(known)), len(word) + len(known)
    if 2 * shorter <= _SIMILARITY * total:  # cheap, and true of nearly every word
        return False
    matcher = SequenceMatcher(None, word, known)
    return matcher.quick_ratio() > _SIMILARITY and matcher.ratio() > _SIMILARITY


@lru_cache(_KEPT)
def _is_compound(key: str, where: _Where) -> bool:
    folded = _folded(re.sub("(?<=[a-z])(?=[A-Z])", "_", key))
    words = [word for word in re.split(r"[\W_]+", folded) if word]
    if where == "text" and len(words) == 1 and words[0] in _OF_TEAMS:
        return False
    return bool(_COMPOUND_JA.search(folded)) or any(
        word in _COMPOUND or _is_rule(word, "above") for word in words
    )


def _is_ours(value: str, *, levels: bool = True) -> bool:
    """Tell whether every word of *value* is a channel, a group, an id or, if asked, a level."""
    normal = unicodedata.normalize("NFKC", _COMMENT_END.sub("", value.strip()))
    words = [word for word in _SEPARATORS.split(normal) if word]
    named = all(_OURS.fullmatch(word) and (levels or not word.isalpha()) for word in words)
    return bool(words) and named
