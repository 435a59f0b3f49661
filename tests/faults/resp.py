"""Redis's wire format (RESP2), read as it streams by."""

from collections.abc import Iterator

Value = bytes | int | list["Value"] | Exception | None
"""A command is a list of bytes; an error reply is an `Exception` with its text."""


class _IncompleteError(Exception):
    """The rest has not arrived yet."""


class Reader:
    """Cuts a stream into whole values."""

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> Iterator[tuple[Value, bytes]]:
        """Take in *data*; yield each value that is whole now, with its bytes."""
        self._bytes += data
        start = 0
        try:
            while start < len(self._bytes):
                value, end = self._value(start)
                yield value, self._bytes[start:end]
                start = end
        except _IncompleteError:
            pass
        self._bytes = self._bytes[start:]

    def _value(self, start: int) -> tuple[Value, int]:
        end = self._bytes.find(b"\r\n", start)
        if end < 0:
            raise _IncompleteError
        kind, rest, after = self._bytes[start : start + 1], self._bytes[start + 1 : end], end + 2
        match kind:
            case b"+":
                return rest, after
            case b"-":
                return RuntimeError(rest.decode(errors="replace")), after
            case b":":
                return int(rest), after
            case b"$":
                return self._text(int(rest), after)
            case b"*":
                return self._items(int(rest), after)
            case _:
                raise ValueError(f"not RESP2: {self._bytes[start : start + 40]!r}")

    def _text(self, length: int, start: int) -> tuple[Value, int]:
        if length < 0:
            return None, start
        end = start + length
        if len(self._bytes) < end + 2:
            raise _IncompleteError
        return self._bytes[start:end], end + 2

    def _items(self, count: int, start: int) -> tuple[Value, int]:
        if count < 0:
            return None, start
        items = list[Value]()
        for _ in range(count):
            item, start = self._value(start)
            items.append(item)
        return items, start
