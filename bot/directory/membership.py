"""Who is in which group, groups within groups included. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from knowledge.model.readers import group, person


class Membership:
    """The groups that each member is in.

    A member that is called like a group is that group; everybody else is a person.

    Args:
        pairs: A group and a member of it: an e-mail address, or the id of another group.
        titles: Names that groups have besides their ids. One that several groups have, or that is
            another group's id, names none of them.
    """

    def __init__(
        self, pairs: Iterable[tuple[str, str]], titles: Mapping[str, str] | None = None
    ) -> None:
        pairs = list(pairs)
        titles = titles or {}
        self._ids = {_key(id_): id_ for id_, _ in pairs} | {_key(id_): id_ for id_ in titles}
        counted = Counter(_key(title) for title in titles.values())
        self._titles = {
            _key(id_): title
            for id_, title in titles.items()
            if title.strip() and counted[_key(title)] == 1 and _key(title) not in self._ids
        }
        self._above: dict[str, set[str]] = {}
        for id_, member in pairs:
            key = _key(member)
            self._above.setdefault(key if key in self._ids else person(member), set()).add(
                _key(id_)
            )

    @property
    def groups(self) -> frozenset[str]:
        """The ids of all groups."""
        return frozenset(self._ids.values())

    def groups_of(self, mail: str) -> frozenset[str]:
        """Return the ids and names of the groups that the person with this address is in."""
        found, new = set[str](), set(self._above.get(person(mail), ()))
        while new:
            found |= new
            new = {above for key in new for above in self._above.get(key, ())} - found
        named = {self._titles[key] for key in found if key in self._titles}
        return frozenset({self._ids[key] for key in found} | named)


def _key(name: str) -> str:
    """Return *name* as names of groups are compared; never that of a person."""
    return group("", name)
