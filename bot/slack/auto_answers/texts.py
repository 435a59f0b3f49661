"""What people read about automatic answers."""

from bot.core.i18n import Text

SWITCHED_OFF = Text(
    "I have switched off automatic answers in this channel: {unwanted} of my last {given} were "
    "not wanted. Mention me whenever you want an answer. "
    "An operator can switch them on again with `{command} channel auto on`.",
    "このチャンネルでの自動回答を停止しました。最近の {given} 件のうち {unwanted} 件が"
    "不要だったためです。質問があるときはメンションしてください。"
    "運用担当者は `{command} channel auto on` で再開できます。",
)
SWITCHED_OFF_THERE = Text(
    "I have switched off automatic answers in {channel}: people did not want {unwanted} of the "
    "last {given}. `{command} feedback` shows which. "
    "To switch them on again, type `{command} channel auto on` there.",
    "{channel} での自動回答を停止しました。最近の {given} 件のうち {unwanted} 件が"
    "不要とされたためです。どの回答かは `{command} feedback` で確認できます。"
    "再開するには、そのチャンネルで `{command} channel auto on` と入力してください。",
)
