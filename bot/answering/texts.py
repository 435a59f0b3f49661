"""What operators read about the certificate, and what stands for an answer that is withheld."""

from bot.core.i18n import Text

NO_CERTIFICATE = Text(
    "Certificate: none. `kotae eval calibrate` makes one.",
    "証明書: なし（`kotae eval calibrate` で作成できます）",
)
CERTIFICATE = Text("Certificate: {promise}", "証明書: {promise}")
INVALID_CERTIFICATE = Text(
    "Certificate: no longer valid ({reason}). Run `kotae eval calibrate`.",
    "証明書: 無効です（{reason}）。`kotae eval calibrate` を実行してください。",
)

NO_LONGER_READABLE = Text(
    "I had an answer, but its sources have changed, or not everybody here may read them any more. "
    "Please ask again.",
    "回答は用意できていましたが、出典の文書が変わったか、"
    "ここにいる全員が読める文書ではなくなりました。もう一度お尋ねください。",
)
WITHHELD_TURN = Text("(no longer available)", "（現在は表示できません）")
