"""What people read where nothing answers, and a passage probably does: the passage, whole."""

from collections.abc import Sequence

from bot.agent import texts
from bot.core.language import Language
from bot.core.types import Citation
from bot.text import citation_markers
from bot.text.excerpts import cells_of
from knowledge.model.types import Passage

LONGEST = 2_000
"""Characters of a passage that are shown; longer ones are cut at a line."""

_LONGEST_QUOTE = 200
"""Characters of what is quoted of the other passages."""

_FENCE = "```"
_NO_MARKUP = str.maketrans(dict.fromkeys("`*_[]<>|\\~$", " "))
"""An author may have any name; none opens code or a link in the line of a passage."""


def said(
    language: Language, passages: Sequence[Passage], citations: Sequence[Citation], owner: str
) -> str:
    """Show the first of *passages* whole, then the titles of the others with their best lines.

    *citations* are those of the passages, in the same order. Without any, say that nothing was
    found, and that *owner* may know.
    """
    if not passages:
        return texts.handed_over(language, closest=(), owner=owner, why=texts.NOTHING_FOUND)
    best, *others = zip(passages, citations, strict=True)
    parts = [texts.FOUND.to(language), heading(*best), whole(best[0])]
    if others:
        lines = (_line(citation, language) for _, citation in others)
        parts.append("\n".join([texts.SEE_ALSO.to(language), *lines]))
    return "\n\n".join(parts)


def heading(passage: Passage, citation: Citation) -> str:
    """Return the path of *passage* as a line: its title and the headings above it."""
    path = " › ".join(dict.fromkeys([passage.title, *passage.headings]))
    changed = " ".join(citation.changed.translate(_NO_MARKUP).split())
    date = f" ({changed})" if changed else ""
    return f"**{citation_markers.bracketless(path).strip()}**{date} [{citation.number}]"


def whole(passage: Passage) -> str:
    """Return the text of *passage* in Markdown, without marks of its own."""
    text = passage.text.strip()
    if len(text) > LONGEST:
        text = text[: text.rfind("\n", 0, LONGEST) if "\n" in text[:LONGEST] else LONGEST] + "\n…"
    if text.count(_FENCE) % 2:
        text += f"\n{_FENCE}"
    return citation_markers.bracketless(text)


def _line(citation: Citation, language: Language) -> str:
    said = citation.quote.replace("**", "")
    if said.startswith("|"):
        said = " · ".join(filter(None, cells_of(said)))
    quote = citation_markers.bracketless(" ".join(said.split()))
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE] + "…"
    return "- " + texts.PASSAGE.to(
        language, title=citation.title, number=citation.number, quote=quote
    )
