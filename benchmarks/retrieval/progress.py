"""What a benchmark tells and keeps while it runs; on stderr, so that tables can be piped."""

import json
import sys
from pathlib import Path


def say(text: str, *, passing: bool = False) -> None:
    """Tell *text*; a *passing* one is overwritten by the next, and untold without a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}{'' if passing else chr(10)}")
    elif not passing:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def keep(path: Path | None, results: object) -> None:
    """Write *results* as JSON, after each engine: a run that breaks off leaves what it has."""
    if path:
        path.write_text(json.dumps(results, indent=1), "utf-8")
