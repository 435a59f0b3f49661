"""Reads Google's discovery documents (developers.google.com/discovery/v1/reference/apis)."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.schemas.rest import Json, Mismatch, Operation, RestSchema, Said

_KEPT = ("type", "enum", "properties", "items", "additionalProperties", "$ref", "pattern")
_MASK = re.compile(r"[\w/*]+|[(),]")


class DiscoverySchema(RestSchema):
    """An interface of Google, with the rules for partial replies.

    A request may ask for some fields of a reply alone
    (developers.google.com/workspace/drive/api/guides/fields-parameter): they must exist.
    """

    def __init__(self, path: Path) -> None:
        self._document: Json = json.loads(path.read_text("utf-8"))
        schemas = self._document["schemas"]
        self._schemas = {name: _converted(one) for name, one in schemas.items()}
        super().__init__(list(self._listed(self._document)), self._schemas)

    def mismatches(self, said: Said) -> Iterator[Mismatch]:
        """Yield what the schema does not allow, fields that it does not know included."""
        yield from super().mismatches(said)
        target = urlsplit(said.target)
        operation = self._operation(said.method, target.path)
        mask = parse_qs(target.query).get("fields", [""])[0]
        if operation and operation.reply:
            for name in self._unknown(mask, operation.reply):
                yield Mismatch("request", operation.name, "fields", f"there is no field {name}")

    def _listed(self, holder: Json) -> Iterator[Operation]:
        for method in holder.get("methods", {}).values():
            parameters = {**self._document["parameters"], **method.get("parameters", {})}
            query = {
                name: one for name, one in parameters.items() if one.get("location") == "query"
            }
            reply = method.get("response", {}).get("$ref")
            yield Operation(
                method["httpMethod"],
                f"/{self._document['servicePath']}{method['path']}".replace("{+", "{"),
                {name: _parameter(one) for name, one in query.items()},
                frozenset(name for name, one in query.items() if one.get("required")),
                None,
                {"$ref": f"#/$defs/{reply}"} if reply else None,
            )
        for inner in holder.get("resources", {}).values():
            yield from self._listed(inner)

    def _unknown(self, mask: str, schema: Json) -> Iterator[str]:
        """Yield fields of a *mask*, such as `files(id,owners(emailAddress))`, that are unknown."""
        places, known = [schema], schema
        for part in _MASK.findall(mask):
            if part == "(":
                places.append(known)
            elif part == ")":
                places.pop()
            elif part != ",":
                known = places[-1]
                for name in part.split("/"):
                    found = self._properties(known).get(name)
                    if name == "*" or known is _ANYTHING:
                        break
                    if found is None:
                        yield part
                        break
                    known = found

    def _properties(self, schema: Json) -> Json:
        while "$ref" in schema or "items" in schema:
            name = schema.get("$ref", "").removeprefix("#/$defs/")
            schema = self._schemas[name] if name else schema["items"]
        found: Json = schema.get("properties", {})
        return found


_ANYTHING: Json = {}


def _parameter(stated: Json) -> Json:
    made = _converted(stated)
    for name in ("minimum", "maximum"):
        if name in stated and stated["type"] == "integer":
            made[name] = int(stated[name])
    return {"type": "array", "items": made} if stated.get("repeated") else made


def _converted(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    made = {name: schema[name] for name in _KEPT if name in schema}
    if made.get("type") == "any":
        del made["type"]
    if "$ref" in made:
        return {"$ref": f"#/$defs/{made['$ref']}"}
    if "properties" in made:
        made["properties"] = {name: _converted(one) for name, one in made["properties"].items()}
    for name in ("items", "additionalProperties"):
        if name in made:
            made[name] = _converted(made[name])
    return made
