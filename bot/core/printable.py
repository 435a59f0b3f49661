"""Makes foreign text harmless in a terminal: it can be read, and it can do nothing."""

import json
import re
from typing import Any, TextIO

# No run may pass the beginning of the next sequence: else many open ones would take a square.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return *text* without what acts on a terminal, in linear time.

    Escape sequences (ECMA-48: CSI, OSC, DCS and others) go as a whole, then every control character
    but newline and tab, and the marks that turn the direction of writing.
    """
    return _ACTING.sub("", _SEQUENCE.sub("", text))


def printable_json(data: object, **options: Any) -> str:
    """Return *data* as JSON in which every acting character is written as its number."""
    written = json.dumps(data, ensure_ascii=False, **options)
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def printable_values(value: Any) -> Any:
    """Return *value* with `printable` applied to the texts in it; other types stay."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: printable_values(item) for name, item in value.items()}
    return list(map(printable_values, value)) if isinstance(value, list) else value


class PrintableStream:
    """A text stream that prints only what `printable` leaves.

    Attributes:
        rich_proxied_file: The stream below, for writers that clean foreign text themselves and add
            colours of their own. The name is Rich's: its consoles write there by themselves.
    """

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        """Write *text*, cleaned; return its length as it was given."""
        self.rich_proxied_file.write(printable(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write *lines*, cleaned."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)
