"""What Zendesk's API answers.

The fields: https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/ and
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/.
"""

import datetime as dt

from pydantic import AwareDatetime, BaseModel, model_validator

from knowledge.sync.feed_mark import ChangeStamp
from knowledge.sync.http_client import WebAddress


class _Meta(BaseModel):
    has_more: bool


class _Links(BaseModel):
    next: str | None = None


class ZendeskPage(BaseModel):
    """A page of a list, which tells where the next one is: by a cursor, or by a number.

    Attributes:
        count: How many there are in all, in a list by numbers.

    Raises:
        ValueError: when it does not tell whether there are more pages.
    """

    meta: _Meta | None = None
    links: _Links = _Links()
    next_page: str | None = None
    count: int | None = None

    @model_validator(mode="after")
    def _is_told(self) -> "ZendeskPage":
        lacks_next = self.meta is not None and self.meta.has_more and not self.links.next
        if lacks_next or (self.meta is None and self.count is None):
            raise ValueError("it is not told where the next page is")
        return self

    @property
    def following(self) -> str | None:
        """The address of the next page, None after the last one."""
        if self.meta:
            return self.links.next if self.meta.has_more else None
        return self.next_page


class ZendeskLocales(BaseModel):
    """The languages of a help centre."""

    locales: list[str]


class ZendeskSection(BaseModel):
    """A section, in a category or in another section."""

    id: int
    name: str
    category_id: int
    parent_section_id: int | None = None


class ZendeskSections(ZendeskPage):
    """A page of sections."""

    sections: list[ZendeskSection]


class ZendeskCategory(BaseModel):
    """A category."""

    id: int
    name: str


class ZendeskCategories(ZendeskPage):
    """A page of categories."""

    categories: list[ZendeskCategory]


class ZendeskArticle(BaseModel):
    """An article in one language."""

    id: int
    title: str
    body: str | None = None
    html_url: WebAddress
    locale: str
    source_locale: str = ""
    draft: bool
    section_id: int | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    user_segment_id: int | None
    user_segment_ids: list[int] = []

    @property
    def segments(self) -> set[int]:
        """Ids of the groups of users of which one may read it; empty for everybody."""
        single = set() if self.user_segment_id is None else {self.user_segment_id}
        return single | set(self.user_segment_ids)

    @property
    def stamp(self) -> ChangeStamp:
        """Its place in the changes."""
        return ChangeStamp(str(self.id), self.created_at, self.updated_at)

    @property
    def date(self) -> dt.date:
        """The day on which it was last edited in this language."""
        return (self.edited_at or self.updated_at).date()


class ZendeskArticles(ZendeskPage):
    """A page of articles."""

    articles: list[ZendeskArticle]


class ZendeskArticleReply(BaseModel):
    """One article."""

    article: ZendeskArticle


class ZendeskSegment(BaseModel):
    """A group of users, by conditions."""

    id: int
    user_type: str
    group_ids: list[int] = []
    organization_ids: list[int] = []
    tags: list[str] = []
    or_tags: list[str] = []

    @property
    def is_all_staff(self) -> bool:
        """Whether all agents and administrators belong to it."""
        conditions = (self.group_ids, self.organization_ids, self.tags, self.or_tags)
        return self.user_type == "staff" and not any(conditions)


class ZendeskSegments(ZendeskPage):
    """A page of groups of users."""

    user_segments: list[ZendeskSegment]


class ZendeskUser(BaseModel):
    """A person."""

    id: int
    name: str = ""
    email: str | None = None
    suspended: bool = False


class ZendeskUsers(ZendeskPage):
    """A page of people."""

    users: list[ZendeskUser]


class ZendeskAttachment(BaseModel):
    """A file at an article; an inline one is a picture in its text."""

    id: int
    file_name: str
    content_url: WebAddress
    inline: bool = False
    size: int = 0
    updated_at: AwareDatetime


class ZendeskAttachments(ZendeskPage):
    """A page of files."""

    article_attachments: list[ZendeskAttachment]


class ZendeskAttachmentReply(BaseModel):
    """One file."""

    article_attachment: ZendeskAttachment


class ZendeskTicket(BaseModel):
    """A ticket."""

    id: int
    subject: str | None = None
    status: str
    updated_at: AwareDatetime

    @property
    def is_solved(self) -> bool:
        """Whether its question was answered."""
        return self.status in ("solved", "closed")


class ZendeskTickets(BaseModel):
    """A page of tickets that changed, each perhaps more than once."""

    tickets: list[ZendeskTicket]
    after_cursor: str | None
    end_of_stream: bool


class ZendeskTicketReply(BaseModel):
    """One ticket."""

    ticket: ZendeskTicket


class ZendeskComment(BaseModel):
    """What somebody wrote in a ticket; agents see what is not public, too."""

    id: int
    author_id: int
    plain_body: str = ""
    public: bool
    created_at: AwareDatetime


class ZendeskComments(ZendeskPage):
    """A page of comments, with their authors."""

    comments: list[ZendeskComment]
    users: list[ZendeskUser] = []
