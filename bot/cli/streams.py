"""The streams of the terminal: what they can show, and what may pass."""

import codecs
import io
import os
import sys

from bot.core.printable import PrintableStream


def read_and_write_utf8() -> None:
    """Start the program again in Python's UTF-8 mode where the locale knows ASCII only.

    Else neither an argument nor a file name could be Japanese. Python does the same by itself
    unless the environment forbids it (PEP 540).
    """
    if codecs.lookup(sys.getfilesystemencoding()).name == "ascii" and not sys.flags.utf8_mode:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def guard_streams() -> None:
    """Let standard output and error print readable characters alone, whatever is written.

    What the terminal's encoding cannot express is written as its number; input that is not UTF-8
    still says something.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            known = codecs.lookup(stream.encoding).name
            stream.reconfigure(
                encoding="utf-8" if known == "ascii" else None, errors="backslashreplace"
            )
            setattr(sys, name, PrintableStream(stream))
