"""What people read in a channel whose messages become a source, or are one no longer."""

from bot.core.i18n import Text

BEGUN = Text(
    "From now on I also answer from what is written in this channel: the messages of the last "
    "{days} days, and new ones. Only members of this channel get answers from it. What you edit "
    "or delete changes in my answers within a minute. I leave out what you write to me, and what "
    "bots write. An operator of mine has chosen this channel.",
    "これからは、このチャンネルの投稿（過去{days}日分と、新しい投稿）も参照して回答します。"
    "ここの内容を使った回答が届くのは、このチャンネルのメンバーだけです。"
    "投稿を編集・削除すると、1分以内に回答にも反映されます。"
    "私への投稿と、ボットの投稿は使いません。この設定は、私の運用担当者が行いました。",
)
ENDED = Text(
    "I no longer answer from what is written in this channel, and I have deleted my copy of it.",
    "このチャンネルの投稿を参照した回答をやめ、保存していたコピーを削除しました。",
)
