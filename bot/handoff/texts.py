"""What an asker reads when nobody is asked."""

from bot.core.i18n import Text

NOT_PASSED_ON = Text(
    "I have not asked anybody for you: I have passed on as many of your questions "
    "as I may within an hour. Please ask again {when}.",
    "1 時間に担当者へ引き継げる件数に達したため、この質問はまだ誰にも尋ねていません。"
    "{when}に、もう一度お尋ねください。",
)
