"""Who reads what is printed in a terminal."""

from bot.core.errors import SettingsError
from knowledge.model.access import parse_group
from knowledge.model.types import Principal


def reader_named(name: str) -> Principal:
    """Return the reader that `--as` names: `anyone`, `members`, or groups such as `#hr,C0123`.

    A member of a group is a member of the team.

    Raises:
        SettingsError: when a group is not written as one.
    """
    match name.strip():
        case "anyone":
            return Principal("anyone")
        case "members" | "":
            return Principal("terminal", member=True)
        case groups:
            try:
                names = frozenset(
                    parse_group(group.strip()) for group in groups.split(",") if group.strip()
                )
            except ValueError as error:
                raise SettingsError(f"--as: {str(error).removeprefix('audience has ')}") from error
            return Principal("terminal", member=True, groups=names)
