"""Changes one value in a `knowledge.toml` that people wrote, and nothing else in it."""

import re
import tomllib
from pathlib import Path

from knowledge.model.errors import KnowledgeConfigError

_TABLE = re.compile(r"^[ \t]*\[search\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEXT_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY = re.compile(r"^([ \t]*dense_weight[ \t]*=[ \t]*)[^\s#]+", re.MULTILINE)


def write_dense_weight(file: Path, weight: float) -> None:
    """Set `dense_weight` in the table `[search]` of *file*; comments and order stay.

    Raises:
        KnowledgeConfigError: when the file is written in a way that would need more than that.
    """
    text = file.read_text("utf-8")
    changed = _with_weight(text, weight)
    expected = tomllib.loads(text)
    expected["search"] = {**expected.get("search", {}), "dense_weight": weight}
    try:
        is_right = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise KnowledgeConfigError(
            f"{file}: write dense_weight = {weight} into its [search] by hand: it is not in a "
            "table of its own"
        )
    file.write_text(changed, "utf-8")


def _with_weight(text: str, weight: float) -> str:
    table = _TABLE.search(text)
    if table is None:
        return f"{text.rstrip()}\n\n[search]\ndense_weight = {weight}\n"
    following = _NEXT_TABLE.search(text, table.end())
    end = following.start() if following else len(text)
    body = text[table.end() : end]
    if _KEY.search(body):
        body = _KEY.sub(rf"\g<1>{weight}", body, count=1)
    else:
        body = f"\ndense_weight = {weight}{body or chr(10)}"
    return text[: table.end()] + body + text[end:]
