"""What people read about saved answers."""

from bot.core.i18n import Text

# The form

SAVE_TITLE = Text("Save to knowledge", "ナレッジに保存")
SAVE_BUTTON = Text("Save", "保存")
SAVED_QUESTION_LABEL = Text(
    "Which question does it answer?", "どの質問への回答ですか（質問の形で書いてください）"
)
WORDINGS_LABEL = Text("Other ways to ask it, one per line", "ほかの聞き方を 1 行に 1 つ")
TRANSLATED_LABEL = Text(
    "In the other language, as the model suggests", "モデルが提案する、もう一方の言語での聞き方"
)
SAVED_ANSWER_LABEL = Text("Answer to save", "保存する回答")
AUDIENCE_LABEL = Text("Who may read it", "閲覧できる人")
AUDIENCE_MEMBERS = Text("Every member of the team", "チームの全メンバー")
AUDIENCE_CHANNEL = Text("Only members of this channel", "このチャンネルのメンバーだけ")
AUDIENCE_SAME = Text("The same people as now", "いまと同じ人だけ")
EXPIRY_LABEL = Text("Valid for", "有効期間")
EXPIRY_DAYS = Text("{days} {days:day|days}", "{days} 日間")
EXPIRY_QUARTER = Text("3 months", "3 か月間")
EXPIRY_HALF = Text("6 months", "6 か月間")
EXPIRY_YEAR = Text("1 year", "1 年間")
EXPIRY_NEVER = Text("No end date", "無期限")
EXPIRY_SAME = Text("As now (until {date})", "いまのまま（{date} まで）")
ALREADY_SAVED = Text(
    "{author} has already saved an answer to this question. "
    "Change the question, or ask them to change their answer.",
    "同じ質問への回答を {author} さんがすでに保存しています。"
    "質問を変えるか、本人に変更を頼んでください。",
)
TOO_MANY_ENTRIES = Text(
    "You have saved {count} {count:answer|answers} within an hour. Please leave this form open, "
    "or copy your text, and save it {when}.",
    "1 時間に保存できる回答は {count} 件までです。このフォームを開いたままにするか、"
    "文章を控えておき、{when}に保存してください。",
)
WRITE_SOMETHING = Text("Please write something.", "入力してください。")

# After saving

SAVED = Text(
    "Saved “{question}”. I will use this answer from now on.",
    "「{question}」を保存しました。これからはこの回答をもとにお答えします。",
)
SAVED_LATER = Text(
    "Saved, but not indexed yet. The next update will add it.",
    "保存しましたが、まだ索引に入っていません。次の更新で使えるようになります。",
)
SAVED_YOURS = Text(
    "{person} has saved what you wrote to the knowledge. I will use it from now on.\n"
    "*{question}*\n{answer}",
    "{person} さんが、あなたの投稿をナレッジに保存しました。"
    "これからはこの内容をもとにお答えします。\n*{question}*\n{answer}",
)
OFFER_SAVING = Text(
    "Thanks! Save your reply and I can answer this next time.",
    "ありがとうございます。返信をナレッジに保存すると、次回からはボットがお答えできます。",
)

# Buttons under a saved answer

ENTRY_EDIT = Text("Edit", "編集")
ENTRY_WITHDRAW = Text("Withdraw", "取り下げる")
ENTRY_RENEW = Text("Still right", "いまも正しい")
ENTRY_KEEP = Text("Keep as it is", "このままにする")
ENTRY_TAKE_OVER = Text("Use the new text", "新しい文面にする")
ENTRY_PUBLISH = Text("Publish anyway", "それでも公開する")

# What happens to a saved answer

ENTRY_EXPIRING = Text(
    "This saved answer expires on {date}. Is it still right?\n*{question}*\n{answer}",
    "保存したこの回答は {date} に期限が切れます。いまも正しいですか？\n*{question}*\n{answer}",
)
ENTRY_EXPIRED = Text(
    "This saved answer has expired. I no longer use it.\n*{question}*\n{answer}",
    "保存したこの回答は期限が切れたため、今後は使用しません。\n*{question}*\n{answer}",
)
ENTRY_SOURCE_GONE = Text(
    "I have withdrawn this saved answer, because its message was deleted.\n*{question}*",
    "元のメッセージが削除されたため、保存したこの回答を取り下げました。\n*{question}*",
)
ENTRY_FOLLOWED = Text(
    "I have updated this saved answer, because its message was edited.\n*{question}*\n{answer}",
    "元のメッセージが編集されたため、保存したこの回答を更新しました。\n*{question}*\n{answer}",
)
ENTRY_SOURCE_EDITED = Text(
    "The message behind this saved answer was edited. Should I update the answer, too?\n"
    "*{question}*\n{answer}\n*The message now says*\n{proposal}",
    "元のメッセージが編集されました。保存した回答も更新しますか？\n*{question}*\n{answer}\n"
    "*メッセージの新しい文面*\n{proposal}",
)
ENTRY_CONTRADICTED = Text(
    "This saved answer and a document seem to contradict each other. Which is right?\n"
    "*{question}*\n{entry} ({entry_date})\n{ours}\n{document} ({document_date})\n{theirs}",
    "保存した回答と資料が食い違っているようです。どちらが正しいですか？\n"
    "*{question}*\n{entry}（{entry_date}）\n{ours}\n{document}（{document_date}）\n{theirs}",
)
ENTRY_LINK = Text("Saved answer", "保存した回答")
ENTRY_WITHDRAWN_BY = Text(
    "{person} has withdrawn this answer. I no longer use it.",
    "{person} さんが取り下げました。今後は使用しません。",
)
ENTRY_RENEWED_BY = Text(
    "{person} has confirmed this answer. It is valid until {date}.",
    "{person} さんが確認しました。{date} まで有効です。",
)
ENTRY_RENEWED_FOR_EVER = Text(
    "{person} has confirmed this answer. It has no end date.",
    "{person} さんが確認しました。無期限で有効です。",
)
ENTRY_KEPT_BY = Text(
    "{person} has kept this answer as it is.", "{person} さんが、いまの文面のままにしました。"
)
ENTRY_TAKEN_OVER_BY = Text(
    "{person} has chosen the new text.", "{person} さんが、新しい文面にしました。"
)
ENTRY_PUBLISHED_BY = Text(
    "{person} has published this answer anyway.",
    "{person} さんが、それでも公開することにしました。",
)
ENTRY_LATE = Text(
    "The change takes effect with the next update of the index.",
    "索引には次の更新で反映されます。",
)
ENTRY_GONE = Text("This saved answer no longer exists.", "保存したこの回答は、もうありません。")
ENTRY_NOT_YOURS = Text(
    "Only its author, the person who saved it, and operators can change it, "
    "as long as they may read it.",
    "変更できるのは、投稿した人、保存した人、運用担当者のうち、いまも閲覧できる人だけです。",
)

# The list

NO_ENTRIES = Text(
    "There are no saved answers that you may read.",
    "保存した回答のうち、閲覧できるものはありません。",
)
ENTRIES = Text("Saved answers ({shown} of {count})", "保存した回答（{shown} / {count} 件）")
ENTRY_FACTS = Text("{author}, {date}, {expires}", "{author} さん、{date}、{expires}")
ENTRY_FACTS_SAVED_BY = Text(
    "{author}, saved by {saver}, {date}, {expires}",
    "{author} さん（保存: {saver} さん）、{date}、{expires}",
)
ENTRY_UNTIL = Text("until {date}", "{date} まで")
