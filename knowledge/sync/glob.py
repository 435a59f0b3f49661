"""Glob patterns for relative paths, matched in linear time whatever the pattern is.

A star that another one follows never has to give anything back: what stands between two places
where the rest begins is taken up by the next star as well. So of each piece only the first place
is tried, in a name as among folders.
"""

import re

from knowledge.model.errors import KnowledgeConfigError

_TOKEN = re.compile(r"\[!?[^\]]{1,100}\]|\*+|.", re.DOTALL)
_FOLDERS = "**"
_MORE_STARS = re.compile(r"\*{2,}")


class Glob:
    """A pattern: `*` is any part of a name, `?` a letter, `[a-z]` one of some letters.

    `**` is any number of folders; at the end, everything below.

    Raises:
        KnowledgeConfigError: when it is no pattern, such as `[z-a]`.
    """

    def __init__(self, pattern: str) -> None:
        names = [_MORE_STARS.sub(_FOLDERS, name) for name in pattern.rstrip("/").split("/")]
        if names[-1] == _FOLDERS:
            names.append("*")
        try:
            self._names = [None if name == _FOLDERS else _regex(name) for name in names]
        except re.error as error:
            text = f"the pattern {pattern!r} cannot be read: {error}"
            raise KnowledgeConfigError(text) from error

    def matches(self, path: str) -> bool:
        """Tell whether the whole of *path* matches."""
        wanted, names = self._names, path.split("/")
        here = there = 0  # in the path, in the pattern
        folders, tried = -1, 0  # the last `**`, and where what follows it was tried
        while here < len(names):
            expected = wanted[there] if there < len(wanted) else None
            if expected is not None and expected.fullmatch(names[here]):
                here, there = here + 1, there + 1
            elif expected is None and there < len(wanted):
                folders, tried, there = there, here, there + 1
            elif folders >= 0:
                here, there = tried + 1, folders + 1
                tried += 1
            else:
                return False
        return not any(wanted[there:])


def _regex(name: str) -> re.Pattern[str]:
    """Compile the pattern of one name; several stars mean no more than one."""
    pieces = [""]
    for token in _TOKEN.findall(name):
        if token.startswith("*"):
            pieces.append("")
        else:
            pieces[-1] += _translate(token)
    first, *others = pieces
    between = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(first + between + "".join(f".*{piece}" for piece in others[-1:]), re.DOTALL)


def _translate(token: str) -> str:
    if len(token) > 1:
        inside = token[1:].replace("[", r"\[")  # re warns of a bare one
        return "[^" + inside[1:] if token[1] == "!" else "[" + inside
    return "." if token == "?" else re.escape(token)  # noqa: S105 - a sign of a pattern
