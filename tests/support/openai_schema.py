"""Validates requests to OpenAI's API against the schemas in `tests/data/openai`."""

import json
from functools import cache
from pathlib import Path
from typing import Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

RequestKind = Literal["chat", "responses", "embeddings"]

_SCHEMAS = Path(__file__).parents[1] / "data" / "openai" / "requests.json"


def problem_with(kind: RequestKind, body: object) -> str:
    """Return what is wrong with a request, in one line, or ""."""
    error = best_match(_validator(kind).iter_errors(body))
    if error is None:
        return ""
    place = "/".join(map(str, error.absolute_path)) or "request"
    return f"{place}: {error.message}"


@cache
def _validator(kind: RequestKind) -> Draft202012Validator:
    schemas = json.loads(_SCHEMAS.read_text("utf-8"))
    return Draft202012Validator({**schemas["requests"][kind], "$defs": schemas["$defs"]})
