"""What the bot says without a language model, and where one withholds its answer."""

from bot.core.i18n import Text

WITHHELD = Text(
    "The model's content filter blocked this answer.",
    "モデルのコンテンツフィルターにより、この回答は表示できません。",
)
"""What a turn says that the vendor's filter left empty."""

BRIEFLY = Text(
    "Write only the answer, in one to three short sentences in the words of the passages. "
    "End each with the number of its passage, such as [1]. "
    "If the passages do not answer the question, say that.",
    "答えだけを、文書片の言葉を使って短い1～3文で書いてください。"
    "各文の終わりに、根拠の文書片の番号を [1] のように付けてください。"
    "文書片に答えがないときは、そう書いてください。",
)
"""Stands behind the question for small models, which analyse at length unless they are told."""

QUOTATION = Text("{source} says:\n\n{quote}", "{source}に次のように書かれています：\n\n{quote}")
CODE = Text(
    "{source} [{number}] says:\n\n{quote}",
    "{source} [{number}] に次のように書かれています：\n\n{quote}",
)
OLDER = Text(
    "The older {source} said: “{quote}” [{number}]",
    "これより古い{source}には次のようにありました：「{quote}」 [{number}]",
)
SAVED_SOURCE = Text(
    "The answer to “{title}”, saved by {owner},", "{owner} さんが保存した「{title}」への回答"
)
SOURCE = Text("“{title}”", "「{title}」")
DATED_SOURCE = Text("“{title}” ({date})", "「{title}」（{date}）")
