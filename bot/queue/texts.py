"""What people read when there will be no answer."""

from bot.core.i18n import Text

STOPPED = Text("Stopped.", "中止しました。")
TIMED_OUT = Text("This took too long, so I stopped.", "時間がかかりすぎたため、中止しました。")
TOO_LONG = Text(
    "This conversation is too long for the model. Please ask again in a new thread.",
    "会話が長すぎて、モデルで処理できません。新しいスレッドで、もう一度質問してください。",
)
UNREACHABLE = Text(
    "I cannot reach the model right now. Please ask again in a while.",
    "ただいまモデルに接続できません。しばらくしてから、もう一度お試しください。",
)
BUSY = Text(
    "The model is at its rate limit right now. Please ask again in a few minutes.",
    "ただいまモデルの利用が上限に達しています。数分後に、もう一度お試しください。",
)
REFUSED = Text(
    "The model refuses my requests. Please ask an administrator to check my settings.",
    "モデルが要求を受け付けません。管理者に設定の確認を依頼してください。",
)
BROKEN = Text(
    "Something went wrong on my side, so I cannot answer this time.",
    "内部で問題が起きたため、今回はお答えできませんでした。",
)
