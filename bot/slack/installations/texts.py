"""What people read who install the app, in their browser."""

from bot.core.i18n import Text

INSTALL = Text("Add Kotae to Slack", "Kotae を Slack に追加")
INSTALL_HINT = Text(
    "Slack asks which workspace, and what the app may do there.",
    "追加先のワークスペースと許可する内容は、次の Slack の画面で確認できます。",
)
INSTALLED = Text("Kotae is installed", "Kotae を追加しました")
INSTALLED_HINT = Text(
    "In Slack, invite it to a channel and mention it with a question.",
    "Slack でチャンネルに招待し、メンションして質問してください。",
)
NOT_INSTALLED = Text("Kotae was not installed", "Kotae は追加されていません")
CANCELLED = Text(
    "You cancelled. Nothing was changed.", "キャンセルしました。何も変更していません。"
)
BEGIN_AGAIN = Text(
    "Start again in this browser: the link works once, within ten minutes.",
    "このブラウザーで最初からやり直してください。リンクは 10 分以内に 1 回だけ使えます。",
)
FAILED = Text(
    "Slack or this server could not install it just now. Please try again later.",
    "ただいま処理できません。しばらくしてからもう一度お試しください。",
)
MISCONFIGURED = Text(
    "Slack does not accept how this app is set up. Please tell its administrator; the log of the "
    "server says why.",
    "このアプリの設定を Slack が受け付けませんでした。理由はサーバーのログにあります。"
    "アプリの管理者に確認を依頼してください。",
)
AGAIN = Text("Start again", "最初からやり直す")
