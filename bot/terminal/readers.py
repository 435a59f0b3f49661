"""Who reads what is printed in a terminal."""

from knowledge.types import Principal


def reader_named(name: str) -> Principal:
    """Return the reader that `--as` names: `anyone`, `members`, or groups such as `#hr,C0123`.

    A member of a group is a member of the team.
    """
    match name.strip():
        case "anyone":
            return Principal("anyone")
        case "members" | "":
            return Principal("terminal", member=True)
        case groups:
            names = frozenset(group.strip() for group in groups.split(",") if group.strip())
            return Principal("terminal", member=True, groups=names)
