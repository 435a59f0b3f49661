"""What the bot itself says in an answer, and in place of one."""

from collections.abc import Mapping, Sequence

from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Allowance, Citation, SpendScope
from bot.text import citation_markers
from knowledge.model.types import Passage

LONGEST_QUOTE = 160
"""Characters of a passage that comes close; its source has the rest."""

# Steps, while it works

SEARCH_KNOWLEDGE = Text("Searching the documents", "社内資料を検索")
READ_DOCUMENT = Text("Reading a document", "資料を確認")
SEARCH_WEB = Text("Searching the web", "Web を検索")
SEARCH_SLACK = Text("Searching Slack", "Slack を検索")
READ_PAGE = Text("Reading a web page", "Web ページを確認")
ATTACHED = Text("(Attached: {names})", "（添付: {names}）")
"""Stands below a question with files, so that a model reads them."""

READ_ATTACHMENT = Text("Reading an attachment", "添付ファイルを確認")
ASK_SERVER = Text("Asking {server}", "{server} に問い合わせ")
STEP_FOUND = Text("{count} found", "{count} 件")
STEP_FOUND_NOTHING = Text("nothing found", "該当なし")
STEP_FAILED = Text("failed", "失敗しました")

# Instead of an answer

NOT_SEARCHED = Text(
    "I could not search the documents: {reason}", "資料を検索できませんでした: {reason}"
)
UNANSWERED = Text(
    "The documents do not answer this question.", "この質問の答えは、資料に見つかりませんでした。"
)
FOUND = Text(
    "I found this, but no clear answer:",
    "はっきりした答えは見つかりませんでしたが、次の記述が関係していそうです：",
)
SEE_ALSO = Text("See also:", "こちらも参考になるかもしれません：")
NOTHING_FOUND = Text(
    "I found nothing about this in the documents.",
    "資料の中に、この件に関する記述は見つかりませんでした。",
)
OUT_OF_TIME = Text(
    "I ran out of time before I had an answer.", "時間内に回答をまとめられませんでした。"
)
UNREADABLE = Text(
    "The model's reply could not be used, so I have no answer.",
    "モデルの返答を読み取れなかったため、お答えできません。",
)
NOT_SURE = Text(
    "I am not sure enough to answer, so I am handing this over to a person.",
    "確実な答えを示せないため、担当者に引き継ぎます。",
)
MISSING = Text("The documents do not say: {missing}", "資料に書かれていないこと: {missing}")
CLOSEST = Text("Closest passages:", "近い箇所:")
PASSAGE = Text("“{title}” [{number}]: {quote}", "「{title}」[{number}]: {quote}")
EXPERT = Text("Try asking {owner}.", "{owner} にお尋ねください。")
EXPERT_INSTEAD = Text(
    "I could not find {absent} here. Try asking {owner} instead.",
    "{absent} が見つかりませんでした。代わりに {owner} にお尋ねください。",
)
EXPERT_NOT_FOUND = Text(
    "{absent} may know this, but I could not find them here, so nobody has been asked.",
    "{absent} が詳しいはずですが、見つからなかったため、まだ誰にも尋ねていません。",
)
ASKER_IS_EXPERT = Text(
    "You are the expert on this subject, so I have not asked anyone else.",
    "この件の担当者はご本人のため、ほかの方には尋ねていません。",
)
OVER_BUDGET = Text(
    "{whose} budget for today (${limit:g}) is used up. Please ask again {when}.",
    "{whose}の本日の予算（${limit:g}）を使い切りました。{when}に、もう一度お尋ねください。",
)
OUT_OF_CALLS = Text(
    "The team's {limit:,} model {limit:call|calls} for today {limit:is|are} used up. Please ask "
    "again {when}.",
    "チーム全体の本日のモデル呼び出し（{limit:,} 回）を使い切りました。"
    "{when}に、もう一度お尋ねください。",
)
IN_AN_HOUR = Text("in about an hour", "約 1 時間後")
IN_HOURS = Text("in about {hours} {hours:hour|hours}", "約 {hours} 時間後")
BUDGETS: Mapping[SpendScope, Text] = {
    "person": Text("Your", "あなた"),
    "channel": Text("This channel's", "このチャンネル"),
    "day": Text("The team's", "チーム全体"),
}

# In an answer

OLDER = Text(
    "The older “{title}” ({date}) says otherwise: “{quote}” [{number}]",
    "これより古い「{title}」（{date}）では異なります：「{quote}」 [{number}]",
)
NEWER = Text(
    "The newer “{title}” ({date}) says otherwise: “{quote}” [{number}]",
    "より新しい「{title}」（{date}）では異なります：「{quote}」 [{number}]",
)

# Why the confidence is what it is

COMMA = Text(", ", "、")
SUPPORTED = Text(
    "{supported} of {total} {total:sentence|sentences} supported",
    "{total} 文中 {supported} 文に裏付けあり",
)
ONE_SUPPORTED = Text("its sentence is supported", "文に裏付けあり")
REMOVED = Text("{count} left out", "{count} 文を除外")
CONTRADICTED = Text("sources contradict each other", "出典に食い違いあり")
AGREE = Text("sources agree", "出典は一致")
SINGLE = Text("one source", "出典は 1 件")
KIND_UNMET = Text("no answer of the kind you asked for", "問われた種類の答えが見当たらない")
NUMBER_MISSING = Text("a number in the question is not in the source", "質問の数値が出典にない")
FAR_BEHIND = Text("next-best match far behind", "次に近い箇所とは大差")
BEHIND = Text("next-best match behind", "次に近い箇所とは差あり")
CLOSE = Text("next-best match close", "次に近い箇所と僅差")
SELF_RATED = Text("the model's own estimate is {said:.2f}", "モデルの自己評価は {said:.2f}")
OTHER_LANGUAGE = Text("not in the language asked for", "求められた言語と異なる")

# To the model

ANSWER_IN_LANGUAGE = Text("answer in English", "日本語で答えてください")


def failed(language: Language, reason: str) -> str:
    """Say that the search failed, and why."""
    return NOT_SEARCHED.to(language, reason=reason)


def handed_over(
    language: Language,
    *,
    missing: str = "",
    closest: Sequence[Citation],
    owner: str,
    withheld: bool = False,
    why: Text = UNANSWERED,
) -> str:
    """Say that there is no answer and *why*, which passages come closest, and who can help.

    *withheld* is whether there is a draft that nobody may rely on.
    """
    lines = [(NOT_SURE if withheld else why).to(language)]
    if missing:
        lines.append(MISSING.to(language, missing=missing))
    if closest:
        lines += ["", CLOSEST.to(language)]
        lines += [f"- {_passage(citation, language)}" for citation in closest]
        lines.append("")
    if owner:
        lines.append(EXPERT.to(language, owner=owner))
    return "\n".join(lines).strip()


def asking(text: str, language: Language, named: str, asked: str, absent: str = "") -> str:
    """Return the *text* of a handoff with *asked* in place of the expert *named* in it.

    Nobody is asked where the asker is the only expert, or where nobody is found: *absent* is the
    expert who was not.
    """
    was = EXPERT.to(language, owner=named)
    now = EXPERT.to(language, owner=asked) if asked else ASKER_IS_EXPERT.to(language)
    if absent:
        text_of = EXPERT_NOT_FOUND if asked in {"", absent} else EXPERT_INSTEAD
        now = text_of.to(language, absent=absent, owner=asked)
    return f"{text.removesuffix(was)}{now}" if text.endswith(was) else text


def over_budget(language: Language, allowance: Allowance) -> str:
    """Say whose budget is used up, how large it was, and when the next one begins."""
    hours = max(1, round(allowance.hours))
    when = IN_AN_HOUR.to(language) if hours == 1 else IN_HOURS.to(language, hours=hours)
    if allowance.limit_calls:
        return OUT_OF_CALLS.to(language, limit=allowance.limit_calls, when=when)
    whose = BUDGETS[allowance.scope or "day"].to(language)
    return OVER_BUDGET.to(language, whose=whose, limit=allowance.limit_usd, when=when)


def otherwise(language: Language, passage: Passage, number: int, *, newer: bool) -> str:
    """Name a source that contradicts the answer, with its date and words."""
    return (NEWER if newer else OLDER).to(
        language,
        title=citation_markers.bracketless(passage.title),
        date=passage.date.isoformat() if passage.date else "",
        quote=citation_markers.bracketless(" ".join(passage.highlight.split()))[:LONGEST_QUOTE],
        number=number,
    )


def _passage(citation: Citation, language: Language) -> str:
    quote = citation_markers.stripped(" ".join(citation.quote.split()))
    if len(quote) > LONGEST_QUOTE:
        quote = quote[:LONGEST_QUOTE] + "…"
    return PASSAGE.to(language, title=citation.title, number=citation.number, quote=quote)
