"""What a space of Confluence consists of, and what its page restrictions say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import BaseModel

from knowledge.model.readers import person
from knowledge.sync.http_client import HttpClient
from knowledge.sync.sources.atlassian import atlassian_group

Admitted = frozenset[str] | None
"""Names of those who may read something and what is below it; None admits all."""

Place = tuple[str, str]
"""Kind and id of something that contains pages, such as `("page", "123")`."""

RESTRICTIONS = "restrictions.read.restrictions.user,restrictions.read.restrictions.group"
"""What to expand in a list of content to learn who may view each item."""

_MOST = 100
"""People, or groups, of a restriction in one reply."""

_MOST_OF_ALL = 10_000
"""People, or groups, of a restriction, beyond which they are left out and so not admitted."""


@dataclass(frozen=True, slots=True)
class ConfluenceNode:
    """Something in the tree of a space; `above` is what contains it: a parent, or all ancestors."""

    admitted: Admitted
    above: tuple[Place, ...] = ()


HIDDEN = ConfluenceNode(frozenset())
"""What the token may not see: nobody can be told to be admitted."""


@dataclass(frozen=True, slots=True)
class ConfluencePage:
    """A page (`kind` is `page`) or a blog post (`blogpost`)."""

    kind: str
    id: str
    title: str
    version: str
    changed: str
    address: str
    node: ConfluenceNode


@dataclass(frozen=True, slots=True)
class ConfluenceAttachment:
    """A file of the page whose id is `page`; `size` is in bytes, 0 if it is not told."""

    page: str
    id: str
    title: str
    version: str
    changed: str
    address: str
    size: int = 0


class ConfluenceUser(BaseModel):
    """A person in a reply. Cloud knows account ids, Data Center user names and keys."""

    accountId: str = ""  # noqa: N815 - the vendor's name
    email: str | None = None
    username: str = ""
    userKey: str = ""  # noqa: N815


class ConfluenceGroup(BaseModel):
    """A group in a reply."""

    name: str = ""


MailOf = Callable[[ConfluenceUser], str]
"""Returns the address of a person, "" if it is hidden."""


class NamedUsers(BaseModel):
    """Some people of a restriction."""

    results: list[ConfluenceUser] = []
    limit: int = _MOST


class NamedGroups(BaseModel):
    """Some groups of a restriction."""

    results: list[ConfluenceGroup] = []
    limit: int = _MOST


class Subjects(BaseModel):
    """Who is named by a restriction."""

    user: NamedUsers = NamedUsers()
    group: NamedGroups = NamedGroups()


class Restriction(BaseModel):
    """The restriction of one operation; without people and groups there is none."""

    restrictions: Subjects = Subjects()

    @property
    def is_cut(self) -> bool:
        """Tell whether there may be more people or groups than these."""
        user, group = self.restrictions.user, self.restrictions.group
        return len(user.results) >= user.limit or len(group.results) >= group.limit


class Restrictions(BaseModel):
    """The restrictions of an item in a list, as `RESTRICTIONS` expands them."""

    read: Restriction = Restriction()


def admitted_by(restriction: Restriction, mail_of: MailOf) -> Admitted:
    """Return who may view what has *restriction*; people whose mail is hidden are left out."""
    users, groups = restriction.restrictions.user.results, restriction.restrictions.group.results
    return names(users, groups, mail_of) if users or groups else None


def names(
    users: Iterable[ConfluenceUser], groups: Iterable[ConfluenceGroup], mail_of: MailOf
) -> frozenset[str]:
    """Return the names of people and groups that can be told."""
    people = (person(mail) for user in users if (mail := mail_of(user)))
    return frozenset([*people, *(atlassian_group(group.name) for group in groups if group.name)])


def restriction_of(client: HttpClient, content: str) -> Restriction:
    """Fetch who may view the content with that id, however many they are.

    Raises:
        NotFoundError: when the token may not see it.
        SourceError: as `HttpClient.get`.
    """
    whole = Subjects()
    start = 0
    while start < _MOST_OF_ALL:
        found = client.get(
            f"rest/api/content/{content}/restriction/byOperation/read",
            Restriction,
            {"expand": "restrictions.user,restrictions.group", "start": start, "limit": _MOST},
        )
        users, groups = found.restrictions.user.results, found.restrictions.group.results
        whole = Subjects(
            user=NamedUsers(results=[*whole.user.results, *users]),
            group=NamedGroups(results=[*whole.group.results, *groups]),
        )
        longest = max(len(users), len(groups))
        if not longest or not found.is_cut:
            break
        start += longest
    return Restriction(restrictions=whole)


def no_space(source: str, space: str) -> str:
    """Return what an operator is told of a space that is not there."""
    return (
        f"source {source!r}: there is no space {space!r}, or the token may not see it: correct "
        "`spaces`, or let its account view the space"
    )
