"""Makes JSON schemas of the types that a vendor's package for TypeScript declares."""

import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sources.schemas.rest import Json, Operation, RestSchema

_PROGRAM = Path(__file__).with_name("types.mjs")
_PLACE = re.compile(r"\{([^}]*)\}")
_PLACE_IN_CODE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class TypedOperation:
    """An operation whose parts are types.

    Attributes:
        query: The type of the parameters; "" for none.
        body: The type of the body; "" for none.
        reply: The type of the reply; "" for a file.
        known_as: How the package's code writes the path; "" where the types tell it.
    """

    method: str
    path: str
    query: str = ""
    body: str = ""
    reply: str = ""
    known_as: str = ""


def typed_schema(
    folder: Path,
    imports: str,
    operations: Sequence[TypedOperation],
    code: Sequence[Path] = (),
    ignored: frozenset[str] = frozenset(),
    rewritten: Callable[[str], str] = str,
    named: Callable[[str], str] = str,
) -> RestSchema:
    """Make a schema.

    Args:
        folder: Where the packages are installed, `typescript` 5 among them.
        imports: The statements that import the types.
        operations: What is asked.
        code: Files of the package in which each path must occur.
        ignored: Parameters that every request may have.
        rewritten: Returns the path that stands for another one.
        named: Returns what the interface calls a parameter that the package calls otherwise.

    Raises:
        LookupError: when a path does not occur.
        RuntimeError: when the types cannot be read.
    """
    texts = _PLACE_IN_CODE.sub("{}", "\n".join(path.read_text("utf-8") for path in code))
    for one in operations:
        known = _PLACE.sub("{}", one.known_as)
        if known and not re.search(rf"[\"'`/]{re.escape(known)}[\"'`?{{]", texts):
            raise LookupError(f"{one.path}: the package asks for no such path")
    types = {
        f"Operation{number}{part}": getattr(one, part)
        for number, one in enumerate(operations)
        for part in ("query", "body", "reply")
        if getattr(one, part)
    }
    lines = [imports, *(f"export type {name} = {stated};" for name, stated in types.items())]
    definitions = _generated(folder, "\n".join(lines))
    made = []
    for number, one in enumerate(operations):
        parts = {
            part: _without(definitions, f"Operation{number}{part}", _PLACE.findall(one.path))
            for part in ("query", "body", "reply")
            if getattr(one, part)
        }
        query = parts.get("query", {})
        made.append(
            Operation(
                one.method,
                one.path,
                {named(name): schema for name, schema in query.get("properties", {}).items()},
                frozenset(map(named, query.get("required", ()))),
                parts.get("body"),
                parts.get("reply"),
            )
        )
    return RestSchema(made, definitions, ignored, rewritten)


def _without(definitions: Mapping[str, Json], name: str, places: Sequence[str]) -> Json:
    """Return a type without the parameters that stand in the path, which packages put together."""
    schema = definitions[name]
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    return {**schema, "required": [one for one in schema.get("required", ()) if one not in places]}


def _generated(folder: Path, text: str) -> dict[str, Json]:
    (folder / "operations.ts").write_text(text, "utf-8")
    done = subprocess.run(
        ["node", str(_PROGRAM), str(folder), "operations.ts"], capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).decode()[-2000:])
    found: dict[str, Json] = json.loads(done.stdout)
    return found
