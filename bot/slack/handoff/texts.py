"""What people read while a question waits for a person."""

from bot.core.i18n import Text

ASKED_PRIVATELY = Text(
    "I have asked {owner}. You will read the reply here.",
    "{owner} さんに尋ねました。返信があれば、ここでお知らせします。",
)
NOT_ASKED = Text(
    "That question is no longer open, or nobody can be found to ask.",
    "この質問はもう受け付けられていないか、尋ねる相手が見つかりません。",
)
HAS_ANSWERED = Text(
    "{person} has answered your question: {link}",
    "{person} さんがあなたの質問に回答しました: {link}",
)
SAYS = Text("{person} replies:\n{text}", "{person} さんの返信:\n{text}")
ANSWER_SAVED = Text(
    "Your question is answered, and the answer is saved:\n{text}\n{link}",
    "あなたの質問への回答が登録されました:\n{text}\n{link}",
)
IN_THREAD = Text("see the thread", "スレッドを見る")
REMINDER = Text(
    "{owner}, this question still waits for an answer: {link}",
    "{owner} さん、こちらの質問がまだ回答待ちです: {link}",
)
THE_QUESTION = Text("the question", "質問を見る")
EXPIRED = Text(
    "Nobody has answered within {days} days. Your question stays on the list of gaps.",
    "{days} 日以内に回答がありませんでした。質問は「答えられなかった質問」の一覧に残ります。",
)
PASSED_ON = Text(
    "{person} says that it is not for them, so {owner} is asked.",
    "{person} さんの担当ではないため、{owner} さんに確認します。",
)
NOBODY_LEFT = Text(
    "{person} says that it is not for them, and nobody else is known. "
    "Whoever knows, please reply here.",
    "{person} さんの担当ではなく、ほかの担当者もわかりません。ご存じの方は返信をお願いします。",
)
NOBODY_LEFT_PRIVATE = Text(
    "{person} says that it is not for them, and nobody else is known.",
    "{person} さんの担当ではなく、ほかの担当者もわかりません。",
)
FOR_THE_ASKED = Text(
    "Only the person who was asked can say that.", "これは確認を依頼された人だけが選べます。"
)
NOT_FOR_YOU_NOTED = Text("Understood, thank you.", "承知しました。")
