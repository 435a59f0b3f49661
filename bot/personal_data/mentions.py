"""Finds what is stored about one person: each value that names them, or a question of theirs.

Everything is looked through, whatever it is called, so that no store can be forgotten here.
"""

import json
import re
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.backup.contents import REBUILT, SKIPPED_FILES, index_in
from bot.backup.redis_keys import RedisKeys, StoredKey
from bot.redis.connection import RedisClient

_ENDS = re.compile(r"""[\s"'\\,\[\]{}<>()]+""")
"""What stands around an id, in JSON and in text."""

_SCRIPTS = ("[A-Za-z0-9_]", "[\u3400-\u9fff々]", "[\u3041-\u3096]", "[\u30a1-\u30faー]")
"""Japanese has no spaces: a name ends where its script does."""

_TITLES = "様|氏|殿|君|先生|部長|課長|係長|社長|さん|さま|くん|ちゃん"
"""What stands after a name in its own script."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One stored value.

    Attributes:
        store: What kind of thing it is: how the key begins, or the name in the data folder.
        place: The key with its field, or the path with its line.
        value: What is stored there, decoded where it is JSON.
        expires_at: When it is forgotten, in milliseconds since the epoch; None: it has no time.
    """

    store: str
    place: str
    value: object
    expires_at: int | None = None


class PersonPattern:
    """Tells whether a text names a person, or one of their questions; the time is linear.

    Args:
        person: An id of the surface, such as `U012AB3CD`, or a name in a terminal.
        questions: Ids of the questions that they asked.
    """

    def __init__(self, person: str, questions: Collection[str] = ()) -> None:
        before, after = _no_more_before(person[0]), _no_more_after(person[-1])
        forms = {person, json.dumps(person)[1:-1], json.dumps(person, ensure_ascii=False)[1:-1]}
        written = "|".join(map(re.escape, sorted(forms)))
        self._person = re.compile(f"{before}(?:{written})(?:(?={_TITLES})|{after})")
        self._questions = frozenset(questions)

    def is_in(self, text: str) -> bool:
        """Tell whether *text* names one of them."""
        if self._person.search(text):
            return True
        return bool(self._questions) and not self._questions.isdisjoint(_ENDS.split(text))


def _script(sign: str) -> str:
    """Return the letters that would go on with a word next to *sign*."""
    return next((script for script in _SCRIPTS if re.match(script, sign)), _SCRIPTS[0])


def _no_more_before(sign: str) -> str:
    script = _script(sign)
    joined = f"(?<!{script}[.@-])" if script == _SCRIPTS[0] else ""
    return f"(?<!{script}){joined}"


def _no_more_after(sign: str) -> str:
    script = _script(sign)
    joined = f"(?![.@-]{script})" if script == _SCRIPTS[0] else ""
    return f"(?!{script}){joined}"


async def stored_mentions(client: RedisClient, pattern: PersonPattern) -> AsyncIterator[Mention]:
    """Yield what is kept in Redis.

    What Slack says about people and channels, and the events of channels that are sources, are not
    looked through: they are forgotten within an hour and two days.

    Raises:
        RedisUnavailableError: it cannot be reached.
    """
    async for key in RedisKeys(client).read():
        whole = pattern.is_in(_after_prefix(key.name))
        for part, text in _parts(key):
            if whole or pattern.is_in(part) or pattern.is_in(text):
                place = f"{key.name} {part}".strip()
                yield Mention(_store(key.name), place, _decoded(text), key.expires_at)


def file_mentions(data_dir: Path, pattern: PersonPattern) -> Iterator[Mention]:
    """Yield the lines of files in *data_dir*; the index holds documents, and is left out."""
    for path in sorted(data_dir.rglob("*")):
        relative = path.relative_to(data_dir)
        first = relative.parts[0]
        if first == REBUILT or first in SKIPPED_FILES or index_in(relative) or not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if pattern.is_in(line):
                    yield Mention(first, f"{relative}:{number}", _decoded(line.strip()))


def _parts(key: StoredKey) -> Iterator[tuple[str, str]]:
    """Yield what a key holds: its field, if it has any, and its text."""
    match key.kind:
        case "hash":
            yield from zip(key.words[::2], key.words[1::2], strict=True)
        case "zset":
            yield from (("", member) for member in key.words[::2])
        case "stream":
            for id_, fields in key.entries:
                named = dict(zip(fields[::2], fields[1::2], strict=True))
                yield id_, json.dumps(named, ensure_ascii=False)
        case _:
            yield from (("", word) for word in key.words)


def _store(name: str) -> str:
    return name.partition(":")[0]


def _after_prefix(name: str) -> str:
    """Return what follows the kind of a key; ids hold colons themselves."""
    return name.partition(":")[2]


def _decoded(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value
