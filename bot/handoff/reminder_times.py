"""When an expert is reminded: times after the question, such as `4h,1d,3d`. Pure."""

import re
from collections.abc import Sequence

_TIME = re.compile(r"(\d+(?:\.\d+)?)([mhd])")
_SECONDS = {"m": 60.0, "h": 3_600.0, "d": 86_400.0}


def read_times(text: str) -> tuple[float, ...]:
    """Read times as seconds, earliest first; `off` and an empty text mean none.

    Raises:
        ValueError: *text* is something else; the message says what to write.
    """
    written = [part.strip() for part in text.split(",") if part.strip()]
    if written in ([], ["off"]):
        return ()
    found = [_TIME.fullmatch(part) for part in written]
    if not all(found):
        raise ValueError("is neither times such as 4h,1d,3d (minutes, hours, days) nor off")
    return tuple(sorted(float(one[1]) * _SECONDS[one[2]] for one in found if one))


def due(times: Sequence[float], elapsed: float) -> int:
    """Return the number of the reminder that is due after *elapsed* seconds, 0 for none.

    Of several that were missed only the last one is due.
    """
    return sum(time <= elapsed for time in times)
