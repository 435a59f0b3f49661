"""The texts that several features share."""

from bot.core.i18n import Text

SEND = Text("Send", "送信")
CANCEL = Text("Cancel", "キャンセル")
MEMBERS_ONLY = Text(
    "Only full members of this workspace can do that.",
    "この操作を行えるのは、ワークスペースの正式なメンバーだけです。",
)
TRY_AGAIN = Text(
    "I cannot do that right now. Please try again in a moment.",
    "ただいま受け付けられません。少し待ってから、もう一度お試しください。",
)
HIDDEN_QUESTION = Text("(this question cannot be shown here)", "（ここでは表示できない質問）")
PRIVATE_QUESTION = Text("(asked in a direct message)", "（ダイレクトメッセージでの質問）")

# Names that settings and documents use

NAME_TAKEN = Text(
    "{name} now belongs to {claimant}, but the settings mean {pinned}. Members of {claimant} get "
    "no rights from {name}. To give them these rights, run `{remedy}`.",
    "{name} は現在 {claimant} の名前ですが、設定では {pinned} を指しています。{claimant} の"
    "メンバーに {name} の権限はありません。権限を与えるには `{remedy}` を実行してください。",
)
NAME_CLAIMED = Text(
    "{name} did not exist when the settings first named it, and now belongs to {claimant}. Nobody "
    "has its rights until you run `{remedy}`.",
    "{name} は設定に書かれた時点では存在せず、現在は {claimant} の名前です。"
    "`{remedy}` を実行するまで、この名前の権限は誰にもありません。",
)
OWNER_GONE = Text(
    "{name} is named as an owner or expert, but has left the workspace. Nobody is asked instead.",
    "{name} は担当者として書かれていますが、ワークスペースにはもういません。"
    "代わりに尋ねる人もいません。",
)
NAME_UNKNOWN = Text(
    "{name} is not a public channel, a user group, or a private channel that I am in. Nobody has "
    "its rights.",
    "{name} は、公開チャンネルにも、ユーザーグループにも、ボットが参加している非公開チャンネルにも"
    "ありません。この名前の権限は誰にもありません。",
)
LATER = Text(
    "Slack cannot tell me right now who may read what. Please try again in a minute.",
    "誰が何を閲覧できるかを、いま Slack に確認できません。"
    "1 分ほどしてから、もう一度お試しください。",
)
