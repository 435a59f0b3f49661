"""Finds what a JSON schema does not name.

Vendors' schemas mostly allow further properties, so that clients of today can read the replies of
tomorrow. A double that gives a property which the vendor has not named is a mistake nevertheless.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

_DEFINITIONS = "#/$defs/"


class UnnamedProperties:
    """Looks for properties that no part of a schema names.

    Args:
        definitions: What schemas refer to as `#/$defs/NAME`, by name.
        is_valid: Tells whether a schema allows a value, to choose one of several.
    """

    def __init__(
        self, definitions: Mapping[str, Json], is_valid: Callable[[object, Json], bool]
    ) -> None:
        self._definitions = definitions
        self._is_valid = is_valid

    def places(self, value: object, schemas: Sequence[Json], place: str = "") -> Iterator[str]:
        """Yield where *value*, which *schemas* describe together, has such properties."""
        parts = [part for schema in schemas for part in self._parts(schema, value)]
        if isinstance(value, list):
            items = [one["items"] for one in parts if isinstance(one.get("items"), dict)]
            for inner in value if items else ():
                yield from self.places(inner, items, f"{place}/*")
        elif isinstance(value, dict) and any(map(_names_properties, parts)):
            for name, inner in value.items():
                found = [one for part in parts if (one := _property(part, name)) is not None]
                if found:
                    yield from self.places(inner, found, f"{place}/{name}")
                else:
                    yield f"{place}/{name}"

    def _parts(self, schema: Json, value: object) -> Iterator[Json]:
        """Yield the schemas without references and alternatives that describe *value*."""
        if reference := schema.get("$ref"):
            yield from self._parts(self._definition(reference), value)
        yield schema
        for one in schema.get("allOf", ()):
            yield from self._parts(one, value)
        for name in ("anyOf", "oneOf"):
            forms = [form for form in schema.get(name, ()) if self._may_fit(form, value)]
            for one in [form for form in forms if self._is_valid(value, form)] or forms:
                yield from self._parts(one, value)

    def _may_fit(self, schema: Json, value: object) -> bool:
        """Tell whether a property that marks one of several forms does not rule it out."""
        if reference := schema.get("$ref"):
            return self._may_fit(self._definition(reference), value)
        if not isinstance(value, dict):
            return True
        stated = (schema.get("properties") or {}).items()
        marks = ((name, _marks(one)) for name, one in stated if name in value)
        return all(not allowed or value[name] in allowed for name, allowed in marks)

    def _definition(self, reference: str) -> Json:
        return self._definitions[reference.removeprefix(_DEFINITIONS)]


def _marks(schema: Json) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _names_properties(schema: Json) -> bool:
    return bool(schema.get("properties") or schema.get("additionalProperties"))


def _property(schema: Json, name: str) -> Json | None:
    """Return what *schema* says of a property, None if it says nothing."""
    stated: Json = schema.get("properties") or {}
    if name in stated:
        return dict(stated[name])
    others = schema.get("additionalProperties")
    if isinstance(others, dict) and others:
        return others
    is_free = others in ({}, True) and not stated  # an object of anything
    return {} if is_free else None
