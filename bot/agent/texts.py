"""What the bot itself says when there is no answer, in the language of the question."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.language import Language
from bot.core.types import Allowance, Citation, SpendScope
from bot.text import citation_markers
from knowledge.model.types import Passage

LONGEST_QUOTE = 160
"""Characters of a passage that comes close; its source has the rest."""


class _Wording(NamedTuple):
    failed: str
    unanswered: str
    withheld: str
    older: str
    newer: str
    over_budget: str
    missing: str
    closest: str
    passage: str
    owner: str
    own: str


_WORDINGS: dict[Language, _Wording] = {
    "ja": _Wording(
        failed="資料を調べることができませんでした：{reason}",
        unanswered="この質問への答えは、資料の中に見つかりませんでした。",
        withheld="確実だと言える答えがないため、担当者に引き継ぎます。",
        over_budget=(
            "{whose}の本日の予算（${limit:g}）を使い切ったため、今は答えられません。"
            "約{hours}時間後にもう一度お尋ねください。"
        ),
        older="これより古い「{title}」（{date}）では異なります：「{quote}」 [{number}]",
        newer="より新しい「{title}」（{date}）では異なります：「{quote}」 [{number}]",
        missing="資料に書かれていないこと：{missing}",
        closest="近い箇所：",
        passage="「{title}」[{number}]：{quote}",
        owner="詳しくは {owner} にお尋ねください。",
        own="この件の担当者はあなたご自身のため、ほかの人には尋ねていません。",
    ),
    "en": _Wording(
        failed="The documents could not be searched: {reason}",
        unanswered="The documents do not answer this question.",
        withheld="I am not sure enough of an answer to give it, so this goes to a person.",
        over_budget=(
            "Today's budget {whose} (${limit:g}) is used up, so I cannot answer now. "
            "Please ask again in about {hours} hours."
        ),
        older="The older “{title}” ({date}) says otherwise: “{quote}” [{number}]",
        newer="But the newer “{title}” ({date}) says otherwise: “{quote}” [{number}]",
        missing="What they do not say: {missing}",
        closest="What comes closest:",
        passage="“{title}” [{number}]: {quote}",
        owner="{owner} is the person to ask.",
        own="You are the one named for this subject, so I have asked nobody else.",
    ),
}


_BUDGETS: dict[Language, dict[SpendScope, str]] = {
    "ja": {"person": "あなた", "channel": "このチャンネル", "day": "チーム全体"},
    "en": {
        "person": "for your questions",
        "channel": "for this channel",
        "day": "for the whole team",
    },
}


def failed(language: Language, reason: str) -> str:
    """Say that nothing could be looked up, and why."""
    return _WORDINGS[language].failed.format(reason=reason)


def handed_over(
    language: Language,
    *,
    missing: str = "",
    closest: Sequence[Citation],
    owner: str,
    withheld: bool = False,
) -> str:
    """Say plainly that there is no answer, what is near to one, and who can help.

    *withheld* is whether there is a draft that nobody may rely on.
    """
    wording = _WORDINGS[language]
    lines = [wording.withheld if withheld else wording.unanswered]
    if missing:
        lines.append(wording.missing.format(missing=missing))
    if closest:
        lines += ["", wording.closest]
        lines += [f"- {_passage(wording, citation)}" for citation in closest]
        lines.append("")
    if owner:
        lines.append(wording.owner.format(owner=owner))
    return "\n".join(lines).strip()


def asking(text: str, language: Language, named: str, asked: str) -> str:
    """Return the *text* of a hand-over that names *named* with whom is *asked* really.

    Nobody is where the asker themselves is the only one who is named.
    """
    wording = _WORDINGS[language]
    was = wording.owner.format(owner=named)
    now = wording.owner.format(owner=asked) if asked else wording.own
    return f"{text.removesuffix(was)}{now}" if text.endswith(was) else text


def over_budget(language: Language, allowance: Allowance) -> str:
    """Say whose budget is used up, how much it was, and when there is a new one."""
    whose = _BUDGETS[language][allowance.scope or "day"]
    return _WORDINGS[language].over_budget.format(
        whose=whose, limit=allowance.limit_usd, hours=max(1, round(allowance.hours))
    )


def otherwise(language: Language, passage: Passage, number: int, *, newer: bool) -> str:
    """Name a source that contradicts the answer, with its date and words."""
    wording = _WORDINGS[language]
    return (wording.newer if newer else wording.older).format(
        title=citation_markers.bracketless(passage.title),
        date=passage.date.isoformat() if passage.date else "",
        quote=citation_markers.bracketless(" ".join(passage.highlight.split()))[:LONGEST_QUOTE],
        number=number,
    )


def _passage(wording: _Wording, citation: Citation) -> str:
    quote = citation_markers.stripped(" ".join(citation.quote.split()))
    if len(quote) > LONGEST_QUOTE:
        quote = quote[:LONGEST_QUOTE] + "…"
    return wording.passage.format(title=citation.title, number=citation.number, quote=quote)
