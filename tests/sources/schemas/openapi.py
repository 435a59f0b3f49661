"""Reads schemas that vendors publish as OpenAPI documents, version 3."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.sources.schemas.rest import Json, Operation, RestSchema

_METHODS = ("get", "post", "put", "delete")
_NOTES = {"deprecated": ["deprecated"], "experimental": ["x-experimental"]}
_COMPONENTS = "#/components/schemas/"


def openapi_schema(
    *paths: Path, prefix: str | None = None, ignored: frozenset[str] = frozenset()
) -> RestSchema:
    """Read a schema.

    Args:
        paths: The documents, which are JSON or YAML.
        prefix: What stands before each path; that of the document's server by default.
        ignored: Parameters that every request may have.
    """
    operations, definitions = list[Operation](), dict[str, Json]()
    for number, path in enumerate(paths):
        document = _loaded(path)
        scope = f"{number}."
        schemas = document.get("components", {}).get("schemas", {})
        definitions |= {scope + name: _converted(one, scope) for name, one in schemas.items()}
        servers = document.get("servers") or [{"url": ""}]
        start = urlsplit(servers[0]["url"]).path.rstrip("/") if prefix is None else prefix
        operations += _operations(document, start, scope)
    return RestSchema(operations, definitions, ignored)


def _loaded(path: Path) -> Json:
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        loaded: Json = json.loads(text)
        return loaded
    import yaml

    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _operations(document: Json, prefix: str, scope: str) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            stated = item[method]
            given = [*item.get("parameters", ()), *stated.get("parameters", ())]
            query = [
                one for one in (_resolved(one, document) for one in given) if one["in"] == "query"
            ]
            yield Operation(
                method.upper(),
                prefix + path,
                {one["name"]: _converted(one.get("schema", {}), scope) for one in query},
                frozenset(one["name"] for one in query if one.get("required")),
                _content(_resolved(stated.get("requestBody", {}), document), scope),
                _reply(stated.get("responses", {}), document, scope),
                " ".join(word for word, names in _NOTES.items() if any(map(stated.get, names))),
            )


def _resolved(stated: Json, document: Json) -> Json:
    if "$ref" not in stated:
        return stated
    found: Any = document
    for part in stated["$ref"].removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return _resolved(found, document)


def _reply(responses: Json, document: Json, scope: str) -> Json | None:
    for status, stated in responses.items():
        if str(status).startswith("2"):
            return _content(_resolved(stated, document), scope)
    return None


def _content(stated: Json, scope: str) -> Json | None:
    for kind, about in stated.get("content", {}).items():
        if "json" in kind and "schema" in about:
            return dict(_converted(about["schema"], scope))
    return None


def _converted(schema: Any, scope: str) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON schema."""
    if isinstance(schema, list):
        return [_converted(one, scope) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_COMPONENTS)
        return {"$ref": f"#/$defs/{scope}{name}"}
    made = {
        name: _converted(value, scope)
        for name, value in schema.items()
        if name not in {"discriminator", "example", "examples", "xml", "default", "description"}
        and not name.startswith("x-")
    }
    if isinstance(schema.get("properties"), Mapping):  # one may be called "example"
        made["properties"] = {
            name: _converted(value, scope) for name, value in schema["properties"].items()
        }
    for name in ("exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(made.get(name), bool):
            del made[name]
    if made.pop("nullable", False):
        if None not in made.get("enum", [None]):
            made["enum"] = [*made["enum"], None]
        return {"anyOf": [made, {"type": "null"}]}
    return made
