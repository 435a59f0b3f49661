"""Texts that repeat on pages or slides: heads, feet, what a slide master shows.

They are no part of any page. Each is read once, since it may be the only place of a statement such
as "Valid from 1 April", unless the title or the rest of the document says it, too.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from knowledge.model.types import Section
from knowledge.parsing.beginnings import refuse_unread_pairs

_MOST = 200
"""Repeated texts of one document that are looked at."""


def repeated_sections(
    repeated: Sequence[tuple[int, str]], title: str, sections: Sequence[Section]
) -> Iterator[Section]:
    """Yield what only *repeated* texts say, those of one page together.

    Args:
        repeated: The first page that has a text, from 1, and the text; in the order of pages.
        title: The document's title.
        sections: Its other text.

    Raises:
        ParseError: when a text looks like an access rule.
    """
    if not repeated:
        return
    refuse_unread_pairs([line for _, text in repeated for line in text.splitlines()])
    texts = (text for section in sections for text in (*section.headings, section.text))
    said = "".join(map(_letters, (title, *texts)))
    found = dict[str, tuple[int, str]]()
    for page, text in repeated[:_MOST]:
        letters = _letters(text)
        if len(letters) > 1 and letters not in said:
            found.setdefault(letters, (page, text))
    for page, alike in groupby(found.values(), itemgetter(0)):
        yield Section("\n".join(text for _, text in alike), page=page)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
