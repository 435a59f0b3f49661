"""Checks what was said over a GraphQL interface by a vendor's schema of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    InlineFragmentNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.sources.schemas.rest import Mismatch, Said, Side


class GraphqlSchema:
    """The types of a vendor, in the schema definition language."""

    def __init__(self, path: Path) -> None:
        self._schema = build_schema(path.read_text("utf-8"), assume_valid=True)

    def mismatches(self, said: Said) -> Iterator[Mismatch]:
        """Yield what the types do not allow in the query, its variables and the data."""
        body = json.loads(said.body)
        try:
            document = parse(body["query"])
        except GraphQLSyntaxError as broken:
            yield Mismatch("request", "query", "query", broken.message)
            return
        name = getattr(document.definitions[0], "name", None)
        operation = f"query {name.value if name else ''}".strip()
        wrong = validate(self._schema, document)
        for error in wrong:
            yield Mismatch("request", operation, "query", error.message)
        data = said.reply.get("data") if isinstance(said.reply, dict) else None
        if wrong or (said.reply or {}).get("errors") or data is None:
            return
        done = execute_sync(
            self._schema,
            document,
            root_value=data,
            variable_values=body.get("variables"),
            field_resolver=_given,
            type_resolver=_type,
        )
        for failure in done.errors or ():
            side: Side = "reply" if failure.path else "request"
            path = failure.path or []
            place = "/".join("*" if isinstance(part, int) else part for part in path)
            yield Mismatch(side, operation, place or "variables", failure.message)
        if not done.errors:
            for place in _differing(done.data, data, ""):
                yield Mismatch("reply", operation, place, "is not what was asked for")


def _given(source: Any, info: GraphQLResolveInfo, **_arguments: object) -> object:
    """Return what the double gave for a field: execution takes what is asked for, and no more."""
    return source.get(info.path.key)


def _type(value: Any, info: GraphQLResolveInfo, _abstract: object) -> str:
    if "__typename" in value:
        return str(value["__typename"])
    for node in info.field_nodes:
        for selected in node.selection_set.selections if node.selection_set else ():
            if isinstance(selected, InlineFragmentNode):
                return selected.type_condition.name.value
    raise ValueError("the type is not told")


def _differing(made: Any, given: Any, place: str) -> Iterator[str]:
    """Yield places where a reply has more, less or something else than was asked for."""
    if isinstance(made, dict) and isinstance(given, dict):
        for name in sorted(made.keys() | given.keys()):
            if name not in made or name not in given:
                yield f"{place}/{name}"
            else:
                yield from _differing(made[name], given[name], f"{place}/{name}")
    elif isinstance(made, list) and isinstance(given, list):
        for one, other in zip(made, given, strict=False):
            yield from _differing(one, other, f"{place}/*")
    elif made != given:
        yield place
