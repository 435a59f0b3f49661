"""Reads schemas of packages that declare replies with zod, a library for JavaScript."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.sources.schemas.rest import Json, Operation, RestSchema

_PROGRAM = Path(__file__).with_name("zod.mjs")


def zod_schema(folder: Path, modules: Sequence[str], prefix: str = "") -> RestSchema:
    """Read a schema.

    Args:
        folder: Where the packages are installed.
        modules: Files below `node_modules` whose functions make the requests.
        prefix: What the package writes before paths and the double does not have.

    Raises:
        RuntimeError: when a module cannot be read.
    """
    command = ["node", str(_PROGRAM), str(folder), *modules]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    operations, definitions = list[Operation](), dict[str, Json]()
    for number, one in enumerate(json.loads(done.stdout)):
        reply = one["reply"]
        for name, schema in (reply or {}).pop("$defs", {}).items():
            definitions[f"{number}.{name}"] = _scoped(schema, number)
        operations.append(
            Operation(
                one["method"],
                one["path"].removeprefix(prefix),
                {name: {} for name in one["query"]},
                reply=_scoped(reply, number),
            )
        )
        if '"#"' in json.dumps(reply):
            definitions[f"{number}."] = _scoped(reply, number)
    return RestSchema(operations, definitions)


def _scoped(schema: Any, number: int) -> Any:
    """Return *schema* with references to the definitions of operation *number*."""
    if isinstance(schema, list):
        return [_scoped(one, number) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _scoped(value, number) for name, value in schema.items()}
    reference = made.get("$ref")
    if isinstance(reference, str):
        made["$ref"] = f"#/$defs/{number}.{reference.removeprefix('#').removeprefix('/$defs/')}"
    made.pop("$schema", None)
    return made
