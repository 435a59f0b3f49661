"""Progress and partial results of a benchmark; on stderr, so that tables can be piped."""

import json
import sys
from pathlib import Path


def say(text: str, *, passing: bool = False) -> None:
    """Print *text*; the next one overwrites a *passing* one, which needs a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}{'' if passing else chr(10)}")
    elif not passing:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def keep(path: Path | None, results: object) -> None:
    """Write *results* as JSON; called after each engine, so that an aborted run keeps them."""
    if path:
        path.write_text(json.dumps(results, indent=1), "utf-8")
