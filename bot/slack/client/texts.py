"""What several features say in Slack."""

from bot.core.i18n import Text

SEND = Text("Send", "送信")
MEMBERS_ONLY = Text(
    "Only full members of this workspace can do that.",
    "この操作はワークスペースの正式なメンバーだけが行えます。",
)
TRY_AGAIN = Text(
    "I cannot take that right now. Please try again in a moment.",
    "ただいま受け付けられません。少し待ってから、もう一度お試しください。",
)
CANCEL = Text("Cancel", "キャンセル")
NAME_TAKEN = Text(
    "{name} is the name of {claimant} now, but in the settings it means {pinned}. The members of "
    "{claimant} have no rights by {name}. If they should: `{remedy}`",
    "{name} は {claimant} の名前になっていますが、設定では {pinned} を指しています。{claimant} の"
    "メンバーに {name} の権限はありません。これでよければ次を実行してください: `{remedy}`",
)
NAME_CLAIMED = Text(
    "{name} did not exist when the settings named it, and is the name of {claimant} now. Nobody "
    "has rights by {name} until you confirm: `{remedy}`",
    "{name} は、設定に書かれたときには存在せず、今は {claimant} の名前です。確認するまで {name} の"
    "権限は誰にもありません。これでよければ次を実行してください: `{remedy}`",
)
NAME_UNKNOWN = Text(
    "{name} is no public channel, no user group, and no private channel that the bot is in. Nobody "
    "has rights by {name}.",
    "{name} という公開チャンネルもユーザーグループも、ボットのいる非公開チャンネルもありません。"
    "{name} の権限は誰にもありません。",
)
HIDDEN_QUESTION = Text("(a question that cannot be shown here)", "（ここでは表示できない質問）")
PRIVATE_QUESTION = Text("(asked in a direct message)", "（ダイレクトメッセージでの質問）")
