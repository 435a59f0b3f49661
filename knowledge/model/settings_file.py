"""Changes one value in a hand-written `knowledge.toml`, and keeps everything else."""

import re
import tomllib
from pathlib import Path

from knowledge.model.errors import KnowledgeConfigError

_TABLE = re.compile(r"^[ \t]*\[search\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEXT_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY = re.compile(r"^([ \t]*dense_weight[ \t]*=[ \t]*)[^\s#]+", re.MULTILINE)


def write_dense_weight(file: Path, weight: float) -> None:
    """Set `dense_weight` in the `[search]` table of *file*; comments and order stay.

    Raises:
        KnowledgeConfigError: when `[search]` is not a plain table, so that a person must edit it.
    """
    text = file.read_text("utf-8-sig")
    changed = _with_weight(text, weight)
    expected = tomllib.loads(text)
    expected["search"] = {**expected.get("search", {}), "dense_weight": weight}
    try:
        is_right = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise KnowledgeConfigError(
            f"{file}: set dense_weight = {weight} in [search] by hand: the file does not have "
            "[search] as a separate table"
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
