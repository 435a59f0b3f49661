"""Texts about machines."""

from bot.core.i18n import Text

MACHINE = Text("{host}: index version of {when}{marks}", "{host}: {when} の索引の版{marks}")
NO_VERSION = Text("{host}: no index{marks}", "{host}: 索引なし{marks}")
INDEXER = Text(" (makes the index)", "（索引を作成）")
BEHIND = Text(", older than the newest: {reason}", "、最新より古い版です: {reason}")
FOLLOWS = Text(", is being updated", "、更新中")
APART = Text(
    "⚠️ {hosts} each have an index of their own, so answers depend on which one is asked: set"
    " INDEX_STORE",
    "⚠️ {hosts} がそれぞれ別の索引を持ち、どれが答えるかで回答が変わります。INDEX_STORE を設定して"
    "ください",
)
