"""Checks what was said over a REST interface by a vendor's schema of it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.sources.schemas.unnamed import UnnamedProperties

Json = dict[str, Any]
Side = Literal["request", "reply"]

_ERROR = 400
_SHORT = 24
"""Characters of a text that may be one of a list of allowed ones."""
_PLACE = re.compile(r"\{[^}]*\}")
_LIST = re.compile(r"\[\d*\]$")


@dataclass(frozen=True, slots=True)
class Said:
    """A request and its reply, as they were written down.

    Attributes:
        test: Where it happened.
        reply: JSON; None if it is a file.
    """

    test: str
    double: str
    method: str
    target: str
    body: bytes
    status: int
    reply: Any
    is_file: bool


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What a vendor's schema does not allow.

    Attributes:
        operation: What was asked.
        place: Where it is in the request or the reply; `*` stands for any number.
    """

    side: Side
    operation: str
    place: str
    problem: str


class VendorSchema(Protocol):
    """What a vendor has published about its interface."""

    def mismatches(self, said: Said) -> Iterator[Mismatch]:
        """Yield what it does not allow of what was said."""
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of request.

    Attributes:
        path: Its path, with `{name}` for what varies.
        query: Schemas of the parameters, by name.
        required: Parameters that may not be missing.
        body: The schema of the body; None if it has none, or none that is JSON.
        reply: The schema of the reply to a request that succeeds; None if it is not published.
        note: What the vendor says of it, such as that it may change.
    """

    method: str
    path: str
    query: Mapping[str, Json] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    body: Json | None = None
    reply: Json | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.method} {self.path}"


class RestSchema:
    """The operations of a vendor.

    Args:
        operations: All of them, in any order.
        definitions: What their schemas refer to, as `#/$defs/NAME`.
        ignored: Parameters that every request may have, such as a key.
        rewritten: Returns the path that stands for another one.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        definitions: Mapping[str, Json],
        ignored: frozenset[str] = frozenset(),
        rewritten: Callable[[str], str] = str,
    ) -> None:
        self._definitions = definitions
        self._ignored = ignored
        self._rewritten = rewritten
        self._unnamed = UnnamedProperties(definitions, self._is_valid)
        # What has fewer places is meant first: /users/count before /users/{id}.
        by_places = sorted(operations, key=lambda one: len(_PLACE.findall(one.path)))
        self._operations = [(_pattern(one.path), one) for one in by_places]
        self._validators: dict[int, tuple[Json, Draft202012Validator]] = {}

    def mismatches(self, said: Said) -> Iterator[Mismatch]:
        """Yield what the schema does not allow of what was said; replies with errors may be any."""
        target = urlsplit(said.target)
        operation = self._operation(said.method, self._rewritten(target.path))
        if operation is None:
            path = re.sub(r"\d+", "N", unquote(target.path))
            yield Mismatch("request", f"{said.method} {path}", "path", "no such operation")
            return
        if operation.note:
            yield Mismatch("request", operation.name, "operation", operation.note)
        for place, problem in self._of_query(operation, target.query):
            yield Mismatch("request", operation.name, place, problem)
        if operation.body is not None:
            for place, problem in self._of(operation.body, json.loads(said.body or b"null")):
                yield Mismatch("request", operation.name, place, problem)
        if said.status < _ERROR and operation.reply is not None and not said.is_file:
            for place, problem in self._of(operation.reply, said.reply):
                yield Mismatch("reply", operation.name, place, problem)

    def _operation(self, method: str, path: str) -> Operation | None:
        for pattern, operation in self._operations:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def _of_query(self, operation: Operation, query: str) -> Iterator[tuple[str, str]]:
        given = dict[str, list[str]]()
        for name, value in parse_qsl(query, keep_blank_values=True):
            known = name if name in operation.query else _LIST.sub("", name)
            given.setdefault(known, []).append(value)
        for name in sorted(operation.required - given.keys()):
            yield name, "is required"
        for name, values in given.items():
            if name in self._ignored:
                continue
            if name not in operation.query:
                yield name, "no such parameter"
                continue
            validator = self._validator(operation.query[name])
            if not any(validator.is_valid(meant) for meant in _meant(values)):
                yield name, f"{values[0]!r} is not allowed"

    def _of(self, schema: Json, value: object) -> Iterator[tuple[str, str]]:
        value = _different(value)
        for error in self._validator(schema).iter_errors(value):
            yield from _told(error)
        for place in dict.fromkeys(self._unnamed.places(value, [schema])):
            yield place.removeprefix("/"), "is not named by the schema"

    def _is_valid(self, value: object, schema: Json) -> bool:
        return bool(self._validator(schema).is_valid(value))

    def _validator(self, schema: Json) -> Draft202012Validator:
        """Return what checks by *schema*, which is kept, so that its id stays its own."""
        if id(schema) not in self._validators:
            whole = {**schema, "$defs": self._definitions}
            self._validators[id(schema)] = schema, Draft202012Validator(whole)
        return self._validators[id(schema)][1]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, _PLACE.split(path))))


def _meant(values: Sequence[str]) -> Iterator[object]:
    """Yield what the text of a parameter may stand for."""
    for value in values[:1] if len(values) == 1 else ():
        yield value
        if re.fullmatch(r"-?\d+", value):
            yield int(value)
        if value in {"true", "false"}:
            yield value == "true"
        yield [int(part) if part.isdigit() else part for part in value.split(",")]
        yield value.split(",")
    yield list(values)
    yield [int(value) if value.isdigit() else value for value in values]


def _different(value: Any) -> Any:
    """Return *value* with one of those items of a list that look the same: lists may be long."""
    if isinstance(value, list):
        return list({_look(item): _different(item) for item in value}.values())
    if isinstance(value, dict):
        return {name: _different(inner) for name, inner in value.items()}
    return value


def _look(value: Any) -> str:
    """Return names, types, and texts that may be one of some that are allowed."""
    if isinstance(value, dict):
        return "".join(f"{name}:{_look(inner)}," for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return f"[{''.join(sorted(set(map(_look, value))))}]"
    if isinstance(value, str) and (len(value) > _SHORT or value.isdigit()):
        return "text"
    return value if isinstance(value, str) else type(value).__name__


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield the places and the problems of an error; of several forms, those of the likeliest."""
    if error.validator in ("anyOf", "oneOf") and error.context:
        forms = dict[int, list[ValidationError]]()
        for inner in error.context:
            forms.setdefault(int(inner.schema_path[0]), []).append(inner)
        for inner in min(forms.values(), key=_unlikeliness):
            yield from _told(inner)
        return
    place = "/".join("*" if isinstance(part, int) else str(part) for part in error.absolute_path)
    message = error.message
    if error.validator in ("type", "enum", "const"):
        message = f"{json.dumps(error.instance, ensure_ascii=False)[:40]} is no {_wanted(error)}"
    yield place or "all", message[:160]


def _unlikeliness(errors: Sequence[ValidationError]) -> tuple[int, int]:
    """Return how little a form was meant: its kind or a mark in it differs, or much else does."""
    marks = [one for one in errors if one.validator in ("const", "enum") and len(one.path) <= 1]
    kinds = [one for one in errors if one.validator == "type" and not one.path]
    return len(marks) + len(kinds), len(errors)


def _wanted(error: ValidationError) -> str:
    wanted = error.validator_value
    return str(wanted) if not isinstance(wanted, list) else " or ".join(map(str, wanted))[:80]
