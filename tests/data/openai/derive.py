"""Writes `requests.json` from the request types of the installed openai package; see README.md.

Run it as `python -m tests.data.openai.derive` when the package moved to a new version.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

TARGET = Path(__file__).parent / "requests.json"

REQUESTS: dict[str, Any] = {
    "chat": CompletionCreateParamsStreaming,
    "responses": ResponseCreateParamsStreaming,
    "embeddings": EmbeddingCreateParams,
}

LEFT_OUT = re.compile(
    r"access_program|apply_?patch|audio|background|caller|code_?interpreter|compaction|computer|container"
    r"|ContextManagement|configuration|custom|file_?search|FunctionShell|ShellCall|^Shell|image_?"
    r"gen|^Image$|additional_?tools|agent|local_?shell|mcp|moderation|namespace|prediction|program"
    r"|^ResponsePromptParam|skill|steer|tool_?search|ToolChoiceShell|web_?search",
    re.IGNORECASE,
)
"""Types of hosted tools, media and platform features that this project never sends."""

PROPERTY_LIMITS: dict[str, dict[str, Any]] = {
    "temperature": {"minimum": 0, "maximum": 2},
    "top_p": {"minimum": 0, "maximum": 1},
    "top_logprobs": {"minimum": 0, "maximum": 20},
    "presence_penalty": {"minimum": -2, "maximum": 2},
    "frequency_penalty": {"minimum": -2, "maximum": 2},
    "n": {"minimum": 1, "maximum": 128},
    "max_tokens": {"minimum": 1},
    "max_completion_tokens": {"minimum": 1},
    "max_output_tokens": {"minimum": 16},
    "dimensions": {"minimum": 1},
    "messages": {"minItems": 1},
    "tool_calls": {"minItems": 1},
    "metadata": {"maxProperties": 16},
    "safety_identifier": {"maxLength": 64},
    "call_id": {"minLength": 1, "maxLength": 64},
    "tool_call_id": {"minLength": 1},
}
"""Ranges that the types cannot express, from the package's docstrings and the vendor's pages."""

EMBEDDED_TEXTS = {"minItems": 1, "maxItems": 2048, "minLength": 1}
FUNCTION_NAME = {"pattern": "^[a-zA-Z0-9_-]+$", "maxLength": 64}
FUNCTIONS = ("FunctionDefinition", "FunctionToolParam", "Function")


def derived() -> dict[str, Any]:
    """Return the schemas: one `$defs` for all, and the requests by name under `requests`."""
    adapters = [(name, "validation", TypeAdapter(kind)) for name, kind in REQUESTS.items()]
    roots, document = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]  # keys are str
    definitions: dict[str, Any] = document["$defs"]
    schemas = {"requests": {name: root for (name, _), root in roots.items()}, "$defs": definitions}
    left_out = {f"#/$defs/{name}" for name in definitions if LEFT_OUT.search(name)}
    reduced: dict[str, Any] = _reduced(schemas, left_out)
    for name in FUNCTIONS:
        for definition in _named(reduced["$defs"], name):
            definition["properties"]["name"] |= FUNCTION_NAME
    for node in _objects(reduced):
        _add_limits(node["properties"])
    for definition in _request_definitions(reduced):
        _loosen(definition)
    reduced["$defs"]["EmbeddingCreateParams"]["properties"]["input"] |= EMBEDDED_TEXTS
    reduced["$defs"]["ResponseCreateParamsStreaming"]["required"] = ["model", "input"]
    reduced["$defs"] = _reachable(reduced)
    return reduced


def _reduced(node: Any, left_out: set[str]) -> Any:
    """Strip words, close objects against unknown keys, and drop what is left out of unions."""
    if isinstance(node, list):
        return [_reduced(item, left_out) for item in node]
    if not isinstance(node, dict):
        return node
    reduced = {
        key: (
            {name: _reduced(value, left_out) for name, value in child.items()}
            if key in {"properties", "$defs"}
            else _reduced(child, left_out)
        )
        for key, child in node.items()
        if key not in {"description", "title", "discriminator"}
    }
    for union in ("anyOf", "oneOf"):
        if union in reduced:
            kept = [item for item in reduced.pop(union) if item.get("$ref") not in left_out]
            reduced["anyOf"] = kept
    if "properties" in reduced:
        reduced["properties"] = {
            key: value
            for key, value in reduced["properties"].items()
            if value.get("$ref") not in left_out and value.get("anyOf") != [{"type": "null"}]
        }
        required = [key for key in reduced.get("required", ()) if key in reduced["properties"]]
        reduced |= {"required": required, "additionalProperties": False}
    return reduced


def _add_limits(properties: dict[str, Any]) -> None:
    for key, limits in PROPERTY_LIMITS.items():
        if key in properties:
            properties[key] |= limits


def _loosen(request: dict[str, Any]) -> None:
    """Allow both kinds of answers, and any model's name."""
    properties = request["properties"]
    if "model" in properties:
        properties["model"] = {"type": "string", "minLength": 1}
    if "stream" in properties:
        properties["stream"] = {"type": ["boolean", "null"]}
    request["required"] = [key for key in request["required"] if key != "stream"]


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _objects(item)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "additionalProperties" in node:
            yield node
        for child in node.values():
            yield from _objects(child)


def _request_definitions(schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for root in schemas["requests"].values():
        yield schemas["$defs"][root["$ref"].removeprefix("#/$defs/")]


def _named(definitions: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for key, definition in definitions.items():
        if key.rsplit("__", 1)[-1] == name:
            yield definition


def _reachable(schemas: dict[str, Any]) -> dict[str, Any]:
    definitions, found = schemas["$defs"], set[str]()
    waiting = _references(schemas["requests"])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= _references(definitions[name])
    return {name: definitions[name] for name in sorted(found)}


def _references(node: Any) -> set[str]:
    return set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(node)))


if __name__ == "__main__":
    TARGET.write_text(json.dumps(derived(), ensure_ascii=False, indent=1) + "\n")
