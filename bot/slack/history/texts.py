"""What people read in a channel that becomes a source, or is one no longer."""

from bot.core.i18n import Text

BEGUN = Text(
    "From now on I also answer from what is in this channel: messages, files and canvases of the "
    "last {days} {days:day|days}, and new ones. Only members of this channel get answers from "
    "it. Edits and deletions reach my answers within a minute. I leave out what you write to me, "
    "and what bots write. One of my operators has chosen this channel.",
    "これからは、このチャンネルの投稿・ファイル・canvas（過去 {days} 日分と、新しいもの）も参照して"
    "回答します。ここの内容を使った回答が届くのは、このチャンネルのメンバーだけです。"
    "編集・削除した内容は、1 分以内に回答にも反映されます。"
    "ボットに宛てた投稿と、ボットによる投稿は使いません。"
    "このチャンネルは、運用担当者が選びました。",
)
ENDED = Text(
    "I no longer answer from what is in this channel, and I have deleted my copy of it.",
    "このチャンネルの内容は、今後の回答に使いません。保存していたコピーは削除しました。",
)
