"""What the bot itself says when there is no answer, in the language of the question."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.agent import marks
from bot.types import Citation, Language

LONGEST_QUOTE = 160
"""Characters of a passage that comes close; its source has the rest."""


class _Wording(NamedTuple):
    failed: str
    unanswered: str
    missing: str
    closest: str
    passage: str
    owner: str


_WORDINGS: dict[Language, _Wording] = {
    "ja": _Wording(
        failed="資料を調べることができませんでした：{reason}",
        unanswered="この質問への答えは、資料の中に見つかりませんでした。",
        missing="資料に書かれていないこと：{missing}",
        closest="近い箇所：",
        passage="「{title}」[{number}]：{quote}",
        owner="詳しくは {owner} にお尋ねください。",
    ),
    "en": _Wording(
        failed="The documents could not be searched: {reason}",
        unanswered="The documents do not answer this question.",
        missing="What they do not say: {missing}",
        closest="What comes closest:",
        passage="“{title}” [{number}]: {quote}",
        owner="{owner} is the person to ask.",
    ),
}


def failed(language: Language, reason: str) -> str:
    """Say that nothing could be looked up, and why."""
    return _WORDINGS[language].failed.format(reason=reason)


def handed_over(
    language: Language, *, missing: str, closest: Sequence[Citation], owner: str
) -> str:
    """Say plainly that there is no answer, what is near to one, and who can help."""
    wording = _WORDINGS[language]
    lines = [wording.unanswered]
    if missing:
        lines.append(wording.missing.format(missing=missing))
    if closest:
        lines += ["", wording.closest]
        lines += [f"- {_passage(wording, citation)}" for citation in closest]
        lines.append("")
    if owner:
        lines.append(wording.owner.format(owner=owner))
    return "\n".join(lines).strip()


def _passage(wording: _Wording, citation: Citation) -> str:
    quote = marks.stripped(" ".join(citation.quote.split()))
    if len(quote) > LONGEST_QUOTE:
        quote = quote[:LONGEST_QUOTE] + "…"
    return wording.passage.format(title=citation.title, number=citation.number, quote=quote)
