"""The names that people and groups have at sources, in comparable form."""

import json

from knowledge.model.types import SourceReaders


def person(mail: str) -> str:
    """Return the name of the person with this e-mail address."""
    return f"person:{_comparable(mail)}"


def group(directory: str, identifier: str) -> str:
    """Return the name of a group.

    Args:
        directory: Who knows its members, such as `atlassian`, `google`, `slack` or `ldap`.
        identifier: Its id there, or its name where it has none.
    """
    return f"group:{directory}:{_comparable(identifier)}"


def directory_of(name: str) -> str:
    """Return the directory of the group *name*, as `group` made it; "" for a person."""
    kind, _, rest = name.partition(":")
    return rest.partition(":")[0] if kind == "group" else ""


def write_readers(readers: SourceReaders) -> str:
    """Return *readers* as text, equal for equal readers."""
    return json.dumps(sorted(sorted(names) for names in readers), ensure_ascii=False)


def parse_readers(text: str) -> SourceReaders:
    """Return the readers that `write_readers` wrote."""
    return frozenset(frozenset(names) for names in json.loads(text))


def _comparable(text: str) -> str:
    """Fold the case of ASCII only: other foldings make two people one."""
    text = text.strip()
    return text.lower() if text.isascii() else text
