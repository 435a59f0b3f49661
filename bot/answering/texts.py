"""What operators read about the certificate, and people in place of an answer."""

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
NOT_KEPT = Text(
    "(This answer was based on a search in Slack. Its text is not kept.)",
    "（この回答は Slack の検索結果をもとにしています。本文は保存していません。）",
)
NO_DOCUMENTS = Text(
    "There are no documents yet, so I can only answer from what people save here. "
    "Whoever runs this app adds documents on its server, and then runs `{command}`.",
    "資料がまだ登録されていないため、ここで保存された回答からしかお答えできません。"
    "このアプリの運用担当者がサーバーに資料を置いて `{command}` を実行すると、"
    "資料からもお答えします。",
)
WITHHELD_TURN = Text("(no longer available)", "（現在は表示できません）")

# To what asks nothing

GREETING = Text(
    "Hello! Ask me anything about our documents.", "こんにちは。資料について何でもお尋ねください。"
)
THANKS = Text("You're welcome!", "どういたしまして。")
CHATTER = Text(
    "I'm here whenever you have a question about our documents.",
    "資料についてのご質問があれば、いつでもお尋ねください。",
)
WISH = Text("Thank you, all the best to you too!", "ありがとうございます。よい一日を。")
COMPLAINT = Text(
    "I'm sorry about that. Please ask again in other words, and I will look once more.",
    "申し訳ありません。別の言い方でもう一度お尋ねいただければ、探し直します。",
)
INVITATION = Text(
    "Go ahead: what would you like to know?", "はい、どうぞ。何についてお知りになりたいですか。"
)
TEST = Text("I'm here and working.", "はい、動いています。")
ABOUT = Text(
    "I'm Kotae. I answer questions from your team's documents, and name my sources.",
    "Kotae です。チームの資料をもとに、出典を示して質問にお答えします。",
)
HELP = Text(
    "Ask a question in your own words. I look for the answer in your team's documents.",
    "知りたいことを普段の言葉でお尋ねください。チームの資料から答えを探します。",
)
YOU_COULD_ASK = Text("For example, you could ask:", "たとえば、次のような質問ができます：")
MORE_TO_ASK = Text("Anything else? You could ask:", "ほかにも、次のような質問ができます：")


LATE = Text(
    "Some of these documents may be out of date: they were last checked on {when}.",
    "これらの文書には、最新でないものが含まれている可能性があります（最終確認: {when}）。",
)
