"""Issues with comments, documents and projects of Linear, by its GraphQL API.

See https://linear.app/developers/graphql. A listing of what there is, 250 issues with each call,
tells changes and what is gone; `updatedAt` alone would not tell either of a deleted issue. Private
teams are read only if the settings name them, and then for their members.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.model.errors import ChangedFileError, ParseError, SourceError
from knowledge.model.readers import person
from knowledge.model.source_settings import LinearSettings
from knowledge.model.types import SourceReaders
from knowledge.sync.exclusion import Exclusion
from knowledge.sync.fetched_pages import FetchedPages
from knowledge.sync.http_client import HttpClient
from knowledge.sync.pages import linked_pages
from knowledge.sync.rendered_page import PageComment, markdown_page, with_comments
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources import linear_queries as queries
from knowledge.sync.sources.linear_queries import (
    LinearComment,
    LinearComments,
    LinearItem,
    LinearListedItem,
    LinearMember,
    LinearMembers,
    LinearPage,
    LinearReply,
    LinearTeam,
)

_REFUSED = (400, 401, 403)
"""The API answers 400 to a key that it does not know; to a throttled call, too, with a reset."""

_EVERYBODY: SourceReaders = frozenset()

Data = TypeVar("Data", bound=BaseModel)
Node = TypeVar("Node", LinearComment, LinearListedItem, LinearMember, LinearTeam)


class LinearSource:
    """The teams that an API key can see."""

    def __init__(self, settings: LinearSettings, client: HttpClient) -> None:
        self.name = settings.name
        self._keys = settings.teams
        self._client = client
        self._exclusion = Exclusion(settings.exclude)
        self._following = dict[str, list[str]]()
        self._listed_at = dict[str, dt.datetime]()
        self._fetched = FetchedPages()

    def files(self) -> Iterator[SourceFile]:
        self._fetched.clear()
        self._following.clear()
        self._listed_at.clear()
        readers = {team.id: self._readers(team) for team in self._teams()}
        for kind in queries.LISTINGS:
            listed = [
                (item, who)
                for item in self._listed(kind, list(readers))
                if (who := self._readers_of(item, readers)) is not None
            ]
            ids = [item.id for item, _ in listed]
            for place, (item, who) in enumerate(listed):
                self._following[item.id] = ids[place : place + queries.AHEAD]
                self._listed_at[item.id] = item.changed
                yield self._file(kind, item, who)

    def read(self, file: SourceFile) -> bytes:
        _, kind, number = file.document_id.split("/")
        return self._fetched.take(file.document_id) or self._fetch(kind, number)

    def _fetch(self, kind: str, number: str) -> bytes:
        """Return the page of an item; keep those of the next ones."""
        ids = self._following.get(number, [number])
        reply = self._ask(queries.READINGS[kind], {"ids": ids}, kind, LinearPage[LinearItem])
        pages = {item.id: item for item in reply.nodes}
        if number not in pages:
            raise ParseError("cannot be read: it no longer exists")
        for other in pages.keys() - {number}:
            if not self._is_newer(pages[other]):
                self._fetched.put(f"{self.name}/{kind}/{other}", self._page(pages[other]))
        if self._is_newer(pages[number]):
            raise ChangedFileError  # it may have moved into a private team
        return self._page(pages[number])

    def _is_newer(self, item: LinearItem) -> bool:
        """Tell whether *item* has changed since it was listed with its readers."""
        comments = item.comments.nodes if item.comments else []
        changed = max([item.updatedAt, *(comment.createdAt for comment in comments)])
        return changed > self._listed_at.get(item.id, changed)

    def _page(self, item: LinearItem) -> bytes:
        comments = item.comments.nodes if item.comments else []
        if item.comments and item.comments.following:
            comments = self._comments(item.id)
        said = (
            PageComment(comment.author, comment.createdAt.date(), comment.body)
            for comment in sorted(comments, key=lambda comment: comment.createdAt)
        )
        body = with_comments(item.text, said)
        return markdown_page(item.label, body, item.updatedAt.date(), item.path)

    def _teams(self) -> list[LinearTeam]:
        """Return the teams to read.

        Raises:
            SourceError: when one that the settings name is not there.
        """

        def fetch(after: str | None) -> LinearPage[LinearTeam]:
            return self._ask(queries.TEAMS, {"after": after}, "teams", LinearPage[LinearTeam])

        teams = self._all(fetch)
        if not self._keys:
            return [team for team in teams if team.is_public]
        chosen = {team.key: team for team in teams if team.key in self._keys}
        if missing := sorted(set(self._keys) - chosen.keys()):
            raise SourceError(
                f"source {self.name!r}: Linear shows no team {', '.join(missing)}: check the keys, "
                "and whether the account of the API key is in the team",
                "refused",
            )
        return list(chosen.values())

    def _readers(self, team: LinearTeam) -> SourceReaders:
        if team.is_public:
            return _EVERYBODY

        def fetch(after: str | None) -> LinearPage[LinearMember]:
            variables = {"id": team.id, "after": after}
            return self._ask(queries.MEMBERS, variables, "team", LinearMembers).members

        return frozenset({frozenset(person(member.email) for member in self._all(fetch))})

    def _readers_of(
        self, item: LinearListedItem, teams: Mapping[str, SourceReaders]
    ) -> SourceReaders | None:
        """Return who may read an item, None if it is none of the teams that are read.

        A project may belong to several teams, whose members may all read it.
        """
        if item.trashed:
            return None
        if item.initiative and item.initiative.is_public and not self._keys:
            return _EVERYBODY
        found = [teams[team] for team in item.in_teams if team in teams]
        if not found:
            return None
        if _EVERYBODY in found:
            return _EVERYBODY
        return frozenset({frozenset(name for who in found for names in who for name in names)})

    def _listed(self, kind: str, teams: Sequence[str]) -> Iterator[LinearListedItem]:
        wanted = {"team": {"id": {"in": teams}}} if kind == "issues" else {}

        def fetch(after: str | None) -> LinearPage[LinearListedItem]:
            variables = {"after": after, "filter": wanted}
            page = LinearPage[LinearListedItem]
            return self._ask(queries.LISTINGS[kind], variables, kind, page)

        return self._all(fetch)

    def _comments(self, issue: str) -> list[LinearComment]:
        def fetch(after: str | None) -> LinearPage[LinearComment]:
            variables = {"id": issue, "after": after}
            return self._ask(queries.COMMENTS, variables, "issue", LinearComments).comments

        return list(self._all(fetch))

    def _all(self, fetch: Callable[[str | None], LinearPage[Node]]) -> Iterator[Node]:
        """Yield what is on all pages; *fetch* returns the one after a place."""

        def following(after: str) -> tuple[LinearPage[Node], str | None]:
            page = fetch(after or None)
            return page, page.following

        pages = linked_pages(self.name, "", following, lambda page: (one.id for one in page.nodes))
        for page in pages:
            yield from page.nodes

    def _ask(
        self, query: str, variables: Mapping[str, object], field: str, model: type[Data]
    ) -> Data:
        """Return *field* of the data that answers *query*.

        Raises:
            SourceError: when Linear answers with an error, even if it tells a part.
        """
        body = {"query": query, "variables": variables}
        reply = self._client.post("graphql", LinearReply, body)
        if reply.errors:
            code = reply.errors[0].extensions.code
            said = code if code.replace("_", "").isalnum() else "an error"
            raise SourceError(
                f"source {self.name!r}: Linear answers {said}: check the API key and its rights",
                "throttled" if code == "RATELIMITED" else "refused",
            )
        try:
            return model.model_validate((reply.data or {}).get(field))
        except ValidationError:
            raise SourceError(
                f"source {self.name!r}: Linear gave a reply about {field} that cannot be read"
            ) from None

    def _file(self, kind: str, item: LinearListedItem, readers: SourceReaders) -> SourceFile:
        return SourceFile(
            document_id=f"{self.name}/{kind}/{item.id}",
            name=f"{kind}/{item.id}.md",
            url=item.url,
            version=f"{item.changed.isoformat()} {item.label}",
            date=item.changed.date(),
            passed_over=self._exclusion.reason(item.label),
            readers=readers,
            rendered=True,
        )


def open_source(settings: LinearSettings, secrets: Secrets) -> LinearSource:
    """Return the teams that *settings* describe."""
    headers = {"Authorization": secrets(settings.token)}
    return LinearSource(
        settings, HttpClient(settings.name, settings.site, headers, refused=_REFUSED)
    )
