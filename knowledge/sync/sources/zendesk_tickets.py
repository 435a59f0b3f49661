"""Public comments of solved tickets of Zendesk, for its agents.

By the incremental export, which tells deletions, too:
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/. It
leaves out the last minute, and answers ten calls in a minute.
"""

import datetime as dt
from collections.abc import Iterator

from knowledge.model.types import SourceReaders
from knowledge.sync.http_client import HttpClient, Parameters
from knowledge.sync.pages import linked_pages
from knowledge.sync.rendered_page import PageComment, literal, markdown_page, with_comments
from knowledge.sync.source import SourceChanges, SourceFile
from knowledge.sync.sources.zendesk_replies import (
    ZendeskComment,
    ZendeskComments,
    ZendeskTicket,
    ZendeskTicketReply,
    ZendeskTickets,
)

_EXPORT = "api/v2/incremental/tickets/cursor"
_OVERLAP = 120
"""Seconds before a listing from which changes are asked for again."""


class ZendeskTicketFeed:
    """The solved tickets of an account."""

    def __init__(self, name: str, site: str, client: HttpClient) -> None:
        self._name = name
        self._site = site
        self._client = client

    def files(self, readers: SourceReaders) -> Iterator[SourceFile]:
        """List the solved tickets, for *readers*."""
        tickets, _ = self._changed("start_time=1")
        for ticket in tickets:
            if ticket.is_solved:
                yield self._file(ticket, readers)

    def cursor(self) -> str:
        """Return where changes begin now."""
        return f"start_time={int(dt.datetime.now(dt.UTC).timestamp()) - _OVERLAP}"

    def changes(self, cursor: str, readers: SourceReaders) -> SourceChanges:
        """Return what happened since *cursor*; a ticket that is open again is gone."""
        tickets, following = self._changed(cursor)
        return SourceChanges(
            files=tuple(self._file(ticket, readers) for ticket in tickets if ticket.is_solved),
            removed=tuple(self._id(ticket) for ticket in tickets if not ticket.is_solved),
            cursor=following,
        )

    def read(self, number: str) -> bytes:
        """Return the public comments of a ticket as a page."""
        path = f"api/v2/tickets/{number}"
        ticket = self._client.get(path, ZendeskTicketReply).ticket
        body = with_comments("", self._comments(f"{path}/comments"))
        return markdown_page(ticket.subject or f"#{ticket.id}", body, ticket.updated_at.date())

    def _changed(self, cursor: str) -> tuple[list[ZendeskTicket], str]:
        """Return the tickets that changed, each as it is now, and the next cursor."""
        found, following = dict[int, ZendeskTicket](), cursor

        def fetch(after: str) -> tuple[ZendeskTickets, str | None]:
            name, _, value = after.partition("=")
            page = self._client.get(_EXPORT, ZendeskTickets, {name: value})
            nonlocal following
            following = f"cursor={page.after_cursor}" if page.after_cursor else following
            return page, None if page.end_of_stream else following

        for page in linked_pages(
            self._name,
            cursor,
            fetch,
            lambda page: ((one.id, one.updated_at) for one in page.tickets),
        ):
            found |= {ticket.id: ticket for ticket in page.tickets}
        return list(found.values()), following

    def _comments(self, path: str) -> Iterator[PageComment]:
        parameters: Parameters = {"include": "users", "page[size]": 100}

        def fetch(link: str) -> tuple[ZendeskComments, str | None]:
            page = self._client.get(link, ZendeskComments, parameters if link == path else None)
            return page, page.following

        for page in linked_pages(self._name, path, fetch, lambda page: map(_key, page.comments)):
            names = {user.id: user.name for user in page.users}
            for comment in page.comments:
                if comment.public:
                    yield PageComment(
                        names.get(comment.author_id, ""),
                        comment.created_at.date(),
                        literal(comment.plain_body),
                    )

    def _id(self, ticket: ZendeskTicket) -> str:
        return f"{self._name}/tickets/{ticket.id}"

    def _file(self, ticket: ZendeskTicket, readers: SourceReaders) -> SourceFile:
        return SourceFile(
            document_id=self._id(ticket),
            name=f"tickets/{ticket.id}.md",
            url=f"{self._site}/agent/tickets/{ticket.id}",
            version=ticket.updated_at.isoformat(),
            date=ticket.updated_at.date(),
            readers=readers,
            rendered=True,
        )


def _key(comment: ZendeskComment) -> int:
    return comment.id
