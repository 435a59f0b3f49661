"""Turns an issue or a discussion with its comments into Markdown.

What people wrote is quoted, line by line: whatever it contains, it can neither state metadata, such
as who may read the document, nor look like the words of somebody else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreadComment:
    """A comment: its author's account, its day (ISO), and its Markdown."""

    author: str
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """An issue or a discussion.

    Attributes:
        facts: What is known of it besides: its state, its labels.
        comments: What was written, first the description, then in order.
    """

    title: str
    facts: Sequence[str]
    comments: Iterable[ThreadComment]


def markdown(thread: Thread) -> bytes:
    """Return *thread* as a document with a heading for each comment."""
    import yaml

    title = _line(thread.title)
    front = yaml.safe_dump({"title": title}, allow_unicode=True, width=100_000)
    parts = [f"---\n{front}---\n", f"{' · '.join(filter(None, map(_line, thread.facts)))}\n"]
    for comment in thread.comments:
        if comment.text.strip():
            parts.append(f"## {_line(comment.author) or '?'}, {comment.day[:10]}\n")
            parts.append(_quoted(comment.text))
    return "\n".join(parts).encode("utf-8", "replace")


def _quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.replace("\0", "").splitlines())


def _line(text: str) -> str:
    """Return *text* in one line, without signs of Markdown at its beginning."""
    return " ".join(text.replace("\0", "").split()).lstrip("#>-=`~ ")
