"""What people read while a question waits for an expert."""

from bot.core.i18n import Text

ASKED_PRIVATELY = Text(
    "I have asked {owner}. You will see the reply here.",
    "{owner} さんに尋ねました。返信があれば、ここでお知らせします。",
)
NOT_ASKED = Text(
    "This question is no longer open, or there is nobody to ask.",
    "この質問の受付はすでに終わったか、尋ねる相手がいません。",
)
HAS_ANSWERED = Text(
    "{person} has answered your question: {link}",
    "{person} さんがあなたの質問に回答しました: {link}",
)
SAYS = Text("{person} replied:\n{text}", "{person} さんの返信:\n{text}")
ANSWER_SAVED = Text(
    "This question now has a saved answer:\n{text}\n{link}",
    "この質問への回答が保存されました:\n{text}\n{link}",
)
SAVED_ELSEWHERE = Text(
    "This question has been answered, but not everybody here may read the answer. "
    "Please ask again in a direct message to me.",
    "質問への回答が保存されましたが、ここにいる全員が読めるものではありません。"
    "ダイレクトメッセージでもう一度お尋ねください。",
)
IN_THREAD = Text("see the thread", "スレッドを見る")
GATHERED = Text(
    "{owner}, these questions are waiting for your answer (I gather them when many come at once):",
    "{owner} さん、次の質問が回答待ちです（一度に多く届いたため、まとめてお知らせします）:",
)
ASKED_LATER = Text(
    "Many questions have gone to {owner} within an hour. I will ask them this one {when}.",
    "この 1 時間に {owner} さんへの質問が多く届いているため、{when}に尋ねます。",
)
REMINDER = Text(
    "{owner}, this question is still waiting for your answer: {link}",
    "{owner} さん、こちらの質問への回答をお待ちしています: {link}",
)
THE_QUESTION = Text("see the question", "質問を見る")
EXPIRED = Text(
    "Nobody answered within {days} {days:day|days}. Your question stays on the list of "
    "unanswered questions.",
    "{days} 日以内に回答がありませんでした。質問は「未回答の質問」の一覧に残ります。",
)
PASSED_ON = Text(
    "{person} is not the right person for this question. {owner}, can you help?",
    "{person} さんの担当ではないとのことです。{owner} さん、回答をお願いできますか？",
)
NOBODY_LEFT = Text(
    "{person} is not the right person for this question, and I know no other expert. "
    "If you know the answer, please reply here.",
    "{person} さんの担当ではないとのことですが、ほかの担当者がわかりません。"
    "答えをご存じの方は、ここに返信をお願いします。",
)
NOBODY_LEFT_PRIVATE = Text(
    "{person} is not the right person for this question, and I know no other expert.",
    "{person} さんの担当ではないとのことですが、ほかの担当者がわかりません。",
)
FOR_THE_ASKED = Text(
    "Only the expert I asked can choose this, and only while the question is open.",
    "これを選べるのは、回答を依頼された人だけです（質問の受付中に限ります）。",
)
NOT_FOR_YOU_NOTED = Text("Understood, thank you.", "承知しました。")
