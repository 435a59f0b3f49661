"""What operators read about the certificate."""

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
