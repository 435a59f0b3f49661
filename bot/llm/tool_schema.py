"""The JSON schema of a tool's arguments, in the subset that strict function calling accepts."""

from functools import cache
from typing import Any

from pydantic import BaseModel

_REFUSED = frozenset({"title", "default", "$defs"})
"""Keywords that strict mode refuses, or that only cost tokens."""


@cache
def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of *model*: every key required, no other key allowed, no references.

    A field that may be left out has to be filled in too; null is allowed where the field's own
    type allows it, so that whatever the model sends is valid for *model*. Recursive models
    cannot be told without references and are not supported.

    The rules: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    schema = model.model_json_schema()
    strict = _strict(schema, schema.get("$defs", {}))
    assert isinstance(strict, dict)
    return strict


def _strict(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_strict(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].removeprefix("#/$defs/")]
        return _strict({**target, **{k: v for k, v in node.items() if k != "$ref"}}, definitions)
    strict = {
        key: _strict(value, definitions)
        for key, value in node.items()
        if key not in _REFUSED and key != "properties"
    }
    if node.get("type") == "object":
        properties = node.get("properties", {})
        strict["properties"] = {k: _strict(v, definitions) for k, v in properties.items()}
        strict |= {"required": list(properties), "additionalProperties": False}
    return strict
