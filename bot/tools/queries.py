"""What a model may search for outside of the documents."""

from typing import Annotated

from pydantic import AfterValidator

from bot.text.query_secrecy import LONGEST_QUERY


def _short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise ValueError(f"a query has at most {LONGEST_QUERY} characters")
    return query


ShortQuery = Annotated[str, AfterValidator(_short)]
"""A query of at most `LONGEST_QUERY` characters."""
