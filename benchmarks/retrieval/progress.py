"""What a benchmark tells the person who waits: on stderr, so that tables can be piped."""

import sys


def say(text: str, *, passing: bool = False) -> None:
    """Tell *text*; a *passing* one is overwritten by the next, and untold without a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}{'' if passing else chr(10)}")
    elif not passing:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
