"""What the bot says without a language model, and where one withholds its answer."""

from bot.core.i18n import Text

WITHHELD = Text(
    "The model's content filter blocked this answer.",
    "モデルのコンテンツフィルターにより、この回答は表示できません。",
)
"""What a turn says that the vendor's filter left empty."""

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
