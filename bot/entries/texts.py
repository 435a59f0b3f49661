"""What people read about the regression check of a saved answer."""

from collections.abc import Mapping

from bot.core.i18n import Text

HOLDS = Text(
    "Similar questions asked again: {tried}. Every right answer stayed right.",
    "似た質問 {tried} 件をもう一度試しました。正しい回答はすべて保たれます。",
)
UNTRIED = Text(
    "No reviewed question is affected, so none was asked again.",
    "判定済みの質問には影響しないため、もう一度試した質問はありません。",
)
HELD = Text(
    "Not published yet. Right answers that would be lost or change: {count}.",
    "まだ公開していません。正しい回答 {count} 件が失われるか、別の回答になります。",
)
EFFECTS: Mapping[str, Text] = {
    "lost": Text("no longer answered", "回答できなくなる"),
    "changed": Text("answered differently", "別の回答になる"),
}
"""By the effect that an entry has on a right answer."""

PRIVATE = Text("(asked in private)", "（非公開の質問）")
MORE = Text("… and {count} more", "… ほか {count} 件")

UNPROVEN: Mapping[str, Text] = {
    "budget": Text(
        "I have not checked it against earlier answers: today's budget is used up.",
        "本日の予算を使い切ったため、これまでの回答への影響は確認していません。",
    ),
    "hour": Text(
        "I have not checked it against earlier answers again: I did so within the last hour.",
        "1 時間以内に確認済みのため、これまでの回答への影響は改めて確認していません。",
    ),
    "busy": Text(
        "I have not checked it against earlier answers: the index was busy.",
        "索引の更新中だったため、これまでの回答への影響は確認していません。",
    ),
}
"""By the reason why an entry was published without a complete check."""
