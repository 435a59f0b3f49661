"""Markdown pages that a source writes from what it fetched."""

import datetime as dt


def markdown_page(title: str, body: str, date: dt.date | None = None) -> bytes:
    """Return a page of Markdown with front matter for its title and date.

    What people wrote cannot add to the front matter: a dumper of YAML writes it, the title is one
    line, and *body* begins below it.

    Args:
        title: The title, as the source shows it.
        body: Markdown.
        date: The day of the last change, where the source states one.
    """
    import yaml

    line = " ".join(title.encode(errors="replace").decode().split())
    stated = {"title": line} | ({"date": date.isoformat()} if date else {})
    block = yaml.safe_dump(stated, allow_unicode=True, sort_keys=False, width=10_000_000)
    return f"---\n{block}---\n\n{body}\n".encode(errors="replace")
