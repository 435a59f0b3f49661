"""The questions that are asked of GitHub's GraphQL interface, and its replies.

They follow the published schema (https://docs.github.com/graphql/overview/public-schema). Pull
requests are no issues there.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

ThreadKind = Literal["issues", "discussions"]

LIST = """
query List($owner: String!, $name: String!, $after: String, $direction: OrderDirection!) {
  repository(owner: $owner, name: $name) {
    all: KIND { totalCount }
    newest: KIND(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { number updatedAt url }
    }
    latest: KIND(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes { number updatedAt url }
    }
    page: KIND(first: 100, after: $after, orderBy: {field: ORDER, direction: $direction}) {
      nodes { number updatedAt url }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
"""Asks for a page of threads, and for what tells later whether one was deleted.

`KIND` is `issues` or `discussions`, `ORDER` is `CREATED_AT` or `UPDATED_AT`.
"""

ONE: dict[ThreadKind, str] = {
    "issues": """
    t{number}: issue(number: {number}) {
      id title body createdAt state author { login __typename }
      labels(first: 50) { nodes { name } }
      comments(first: 100) {
        nodes { id body createdAt isMinimized author { login __typename } }
        pageInfo { hasNextPage endCursor }
      }
    }
""",
    "discussions": """
    t{number}: discussion(number: {number}) {
      id title body createdAt closed author { login __typename }
      category { name }
      labels(first: 50) { nodes { name } }
      comments(first: 50) {
        nodes {
          id body createdAt isMinimized isAnswer author { login __typename }
          replies(first: 50) {
            nodes { id body createdAt isMinimized author { login __typename } }
            pageInfo { hasNextPage endCursor }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
""",
}
"""Asks for one thread."""

MANY = """
query Read($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {THREADS  }
}
"""

MORE: dict[str, str] = {
    "issues": """
query More($id: ID!, $after: String) {
  node(id: $id) { ... on Issue { page: comments(first: 100, after: $after) {
    nodes { id body createdAt isMinimized author { login __typename } }
    pageInfo { hasNextPage endCursor }
  } } }
}
""",
    "discussions": """
query More($id: ID!, $after: String) {
  node(id: $id) { ... on Discussion { page: comments(first: 50, after: $after) {
    nodes {
      id body createdAt isMinimized isAnswer author { login __typename }
      replies(first: 50) {
        nodes { id body createdAt isMinimized author { login __typename } }
        pageInfo { hasNextPage endCursor }
      }
    }
    pageInfo { hasNextPage endCursor }
  } } }
}
""",
    "replies": """
query More($id: ID!, $after: String) {
  node(id: $id) { ... on DiscussionComment { page: replies(first: 100, after: $after) {
    nodes { id body createdAt isMinimized author { login __typename } }
    pageInfo { hasNextPage endCursor }
  } } }
}
""",
}
"""Asks for a further page of comments."""


_SHOWN = BeforeValidator(lambda nodes: [node for node in nodes or () if node is not None])
"""The schema lets GitHub write null for what it does not show, and for a whole list."""


class _GithubModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class GithubError(_GithubModel):
    """An error within a reply, which may have data besides it."""

    type: str = ""
    path: list[str | int] = []


class GithubReply(_GithubModel):
    """What every question is answered with."""

    data: dict[str, object] | None = None
    errors: list[GithubError] = []


class PageInfo(_GithubModel):
    """Whether more follows, and after which place."""

    has_next_page: bool
    end_cursor: str | None = None


class ThreadState(_GithubModel):
    """A thread without its text."""

    number: int
    updated_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
    url: str


class _Count(_GithubModel):
    total_count: int


class _States(_GithubModel):
    nodes: list[ThreadState]


class _StatePage(_States):
    page_info: PageInfo


class GithubListing(_GithubModel):
    """The reply to `LIST`."""

    all: _Count
    newest: _States
    latest: _States
    page: _StatePage


class _Author(_GithubModel):
    login: str
    kind: str = Field(default="", alias="__typename")


class _Name(_GithubModel):
    name: str


class _Names(_GithubModel):
    nodes: Annotated[list[_Name], _SHOWN]


class GithubComment(_GithubModel):
    """A comment, or a reply to one; without an author if the account was deleted."""

    id: str
    body: str
    created_at: str
    is_minimized: bool
    is_answer: bool = False
    author: _Author | None = None
    replies: "GithubComments | None" = None


class GithubComments(_GithubModel):
    """A page of comments."""

    nodes: Annotated[list[GithubComment], _SHOWN]
    page_info: PageInfo


class GithubThread(_GithubModel):
    """An issue or a discussion with its first comments."""

    id: str
    title: str
    body: str
    created_at: str
    state: str = ""
    closed: bool = False
    author: _Author | None = None
    category: _Name | None = None
    labels: _Names | None = None
    comments: GithubComments


class CommentsPage(_GithubModel):
    """The reply to `MORE`."""

    page: GithubComments
