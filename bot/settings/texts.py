"""What operators read about promotions of settings."""

from bot.core.i18n import Text

HOLDS = Text(
    "Promotion {name}: {settings} ({by}, {when})", "適用中の変更 {name}: {settings}（{by}、{when}）"
)
SUPERSEDED = Text(
    "Promotion {name} is superseded: {values} has been set since "
    "(`kotae rollout revert` removes it)",
    "変更 {name} は無効です: 適用後に {values} が設定されました"
    "（`kotae rollout revert` で取り消せます）",
)
SWITCHING = Text(
    "The promotions have just changed: this process is about to switch",
    "適用中の変更が変わりました。まもなくこのプロセスも切り替わります",
)
