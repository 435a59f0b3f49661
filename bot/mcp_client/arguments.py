"""The arguments of a server's tool: described to the model in our own words, checked before a call.

A server describes its arguments by any JSON schema. Only names, simple types, choices and short
descriptions of it are told to the model. What the model writes leaves the house, and is held to
the same rule as a web query.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from bot.agent.evidence import visible
from bot.core.errors import ToolError
from bot.core.types import Question
from bot.text.query_secrecy import LONGEST_QUERY, foreign_words
from knowledge.text.plain_text import plain_text

MOST_VALUES = 8
"""Values of one call, those in lists counted: many small ones could spell a document."""

LONGEST_DESCRIPTION = 200
_MOST_PROPERTIES = 20
_MOST_CHOICES = 50
_LONGEST_NAME = 64
_MOST_LEVELS = 3
_TYPES: Mapping[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
_TAKEN = frozenset(dir(BaseModel))
"""Names that the fields of a model cannot have."""


class UnsuitableSchemaError(Exception):
    """A tool needs an argument that cannot be told to a model simply; the text is its name."""


def short(text: object) -> str:
    """Return a server's own words in one short line of visible characters."""
    words = " ".join(visible(plain_text(text)).split()) if isinstance(text, str) else ""
    return words if len(words) <= LONGEST_DESCRIPTION else f"{words[:LONGEST_DESCRIPTION]}…"


def arguments_of(schema: Mapping[str, Any]) -> type[BaseModel]:
    """Return the arguments that *schema*, a JSON schema of an object, describes.

    What is optional and not simple is left out.

    Raises:
        UnsuitableSchemaError: something required is not simple.
    """
    properties = schema.get("properties")
    needed = {one for one in _list(schema.get("required")) if isinstance(one, str)}
    fields = dict[str, Any]()
    for name, described in _properties(properties):
        kind = _type_of(described) if _is_name(name) else None
        if kind is None:
            continue
        about = short(described.get("description"))
        if name in needed:
            fields[name] = (kind, Field(description=about))
        else:
            fields[name] = (kind | None, Field(None, description=about))
        if len(fields) == _MOST_PROPERTIES:
            break
    if missing := sorted(needed - fields.keys()):
        raise UnsuitableSchemaError(repr(missing[0][:_LONGEST_NAME]))
    config = ConfigDict(extra="forbid", protected_namespaces=())
    return create_model("ServerArguments", __config__=config, **fields)


def check(values: Mapping[str, Any], question: Question, arguments: type[BaseModel]) -> None:
    """Check what a call for *question* would tell the server.

    Raises:
        ToolError: it is too much, or holds words that are not the asker's own.
    """
    leaves = list(_leaves(values))
    if len(leaves) > MOST_VALUES or sum(len(str(one)) for one in leaves) > LONGEST_QUERY:
        raise ToolError(f"a call has at most {MOST_VALUES} values and {LONGEST_QUERY} characters")
    if not question.private:
        return
    choices = _choices(arguments)
    told = [str(one) for one in leaves if not isinstance(one, bool) and one not in choices]
    foreign = [word for text in told for word in foreign_words(text, question)]
    if foreign:
        raise ToolError(
            "after documents were read, arguments may only use words and numbers of the question; "
            f"leave out: {', '.join(foreign)}"
        )


def _properties(properties: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(properties, Mapping):
        for name, described in properties.items():
            if isinstance(name, str) and isinstance(described, Mapping):
                yield name, described


def _list(value: object) -> Sequence[Any]:
    """Return *value* if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def _is_name(name: str) -> bool:
    fits = name.isascii() and name.isidentifier() and len(name) <= _LONGEST_NAME
    return fits and not name.startswith("_") and name not in _TAKEN


def _type_of(described: Mapping[str, Any], levels: int = _MOST_LEVELS) -> Any:
    """Return the type of a simple value, a choice, or a list of simple values; None for others."""
    if levels == 0:
        return None
    if unions := _list(described.get("anyOf")):  # a type, or null
        others = [one for one in unions if isinstance(one, Mapping) and one.get("type") != "null"]
        return _type_of(others[0], levels - 1) if len(others) == 1 else None
    kind = described.get("type")
    if others := [one for one in _list(kind) if one != "null"]:  # ["string", "null"]
        kind = others[0] if len(others) == 1 else None
    if kind == "array":
        items = described.get("items")
        if not isinstance(items, Mapping) or items.get("type") == "array":
            return None
        inner: Any = _type_of(items, levels - 1)
        return None if inner is None else list[inner]
    plain = _TYPES.get(kind) if isinstance(kind, str) else None
    if plain is str and (choices := _list(described.get("enum"))):
        names = [one for one in choices if isinstance(one, str) and one == short(one)]
        if not names or len(names) > _MOST_CHOICES:
            return None
        return Annotated[str, WithJsonSchema({"type": "string", "enum": names})]
    return plain


def _choices(arguments: type[BaseModel]) -> frozenset[str]:
    """Return the values that the server itself has named."""
    return frozenset(_enums(arguments.model_json_schema()))


def _enums(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from (one for one in _list(node.get("enum")) if isinstance(one, str))
        for value in node.values():
            yield from _enums(value)
    elif isinstance(node, list):
        for value in node:
            yield from _enums(value)


def _leaves(value: object) -> Iterator[Any]:
    """Yield the values inside *value*; None is none."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield value
