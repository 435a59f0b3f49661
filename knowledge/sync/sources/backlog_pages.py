"""What Backlog's API returns, and how it becomes pages.

The fields: https://developer.nulab.com/docs/backlog/.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field, RootModel

from knowledge.sync.feed_mark import ChangeStamp
from knowledge.sync.rendered_page import PageComment, markdown_page, with_comments
from knowledge.sync.sources.backlog_documents import markdown_of_document
from knowledge.sync.sources.backlog_notation import markdown_of_notation

BacklogKind = Literal["wiki", "issues", "documents"]

_ACTIVE = 1
"""Status of a document that is not in the trash."""


class BacklogProject(BaseModel):
    """A project; its texts are in Markdown or in Backlog's own notation."""

    id: int
    key: str = Field(alias="projectKey")
    name: str = ""
    rule: str = Field(default="markdown", alias="textFormattingRule")

    def markdown(self, text: str) -> str:
        """Return a text of this project as Markdown."""
        return markdown_of_notation(text) if self.rule == "backlog" else text


class BacklogAttachment(BaseModel):
    """A file at an issue or a document."""

    id: int
    name: str
    size: int = 0


class BacklogItem(BaseModel, ABC):
    """What wiki pages, issues and documents have in common."""

    id: int | str
    created: AwareDatetime
    updated: AwareDatetime | None = None
    attachments: list[BacklogAttachment] = []

    @property
    def changed(self) -> dt.datetime:
        """The moment of the last change."""
        return self.updated or self.created

    @property
    def stamp(self) -> ChangeStamp:
        """Its place in the changes."""
        return ChangeStamp(str(self.id), self.created, self.changed)

    @property
    @abstractmethod
    def title(self) -> str:
        """What people call it."""

    @property
    def is_read(self) -> bool:
        """Whether it is there to be read."""
        return True

    @property
    @abstractmethod
    def address(self) -> str:
        """The path at which a person opens it; `{project}` stands for the project's key."""


class BacklogWiki(BacklogItem):
    """A page of a wiki; a list of them leaves the content out."""

    name: str
    content: str | None = None

    @property
    def title(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"alias/wiki/{self.id}"

    def page(self, project: BacklogProject) -> bytes:
        """Return it as Markdown."""
        body = project.markdown(self.content or "")
        return markdown_page(self.name, body, self.changed.date(), [project.name])


class BacklogDocument(BacklogItem):
    """A document: a tree of nodes, and its text."""

    name: str = Field(alias="title")
    plain: str | None = None
    tree: str | None = Field(default=None, alias="json")
    status: int = Field(default=_ACTIVE, alias="statusId")

    @property
    def title(self) -> str:
        return self.name

    @property
    def is_read(self) -> bool:
        return self.status == _ACTIVE

    @property
    def address(self) -> str:
        return f"document/{{project}}/{self.id}"

    def page(self, project: BacklogProject) -> bytes:
        """Return it as Markdown."""
        body = markdown_of_document(self.tree or "", self.plain or "")
        return markdown_page(self.name, body, self.changed.date(), [project.name])


class _Named(BaseModel):
    name: str | None = None


class BacklogComment(BaseModel):
    """A comment; one that only notes a change has no content."""

    id: int
    content: str | None = None
    created: AwareDatetime
    author: _Named | None = Field(default=None, alias="createdUser")


class BacklogIssue(BacklogItem):
    """An issue."""

    key: str = Field(alias="issueKey")
    summary: str
    description: str | None = None
    status: _Named | None = None
    kind: _Named | None = Field(default=None, alias="issueType")

    @property
    def title(self) -> str:
        return f"{self.key} {self.summary}"

    @property
    def address(self) -> str:
        return f"view/{self.key}"

    def page(self, project: BacklogProject, comments: Iterable[BacklogComment]) -> bytes:
        """Return it as Markdown, with its comments."""
        said = [
            PageComment(
                (comment.author and comment.author.name) or "",
                comment.created.date(),
                project.markdown(comment.content or ""),
            )
            for comment in comments
        ]
        body = with_comments(project.markdown(self.description or ""), said)
        place = [project.name, *(one.name for one in (self.kind, self.status) if one and one.name)]
        return markdown_page(self.title, body, self.changed.date(), place)


class BacklogCount(BaseModel):
    """How many issues there are."""

    count: int


class _Member(BaseModel):
    mail: str | None = Field(default=None, alias="mailAddress")


BacklogMembers = RootModel[list[_Member]]
BacklogWikis = RootModel[list[BacklogWiki]]
BacklogIssues = RootModel[list[BacklogIssue]]
BacklogDocuments = RootModel[list[BacklogDocument]]
BacklogComments = RootModel[list[BacklogComment]]
