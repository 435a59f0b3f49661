"""What people read about saved answers."""

from bot.core.i18n import Text

SAVE_TITLE = Text("Save to knowledge", "ナレッジに保存")
SAVED_QUESTION_LABEL = Text(
    "Which question does it answer?", "何についての情報ですか（質問の形で）"
)
WORDINGS_LABEL = Text("Other ways to ask it (one per line)", "ほかの聞き方（1行に1つ）")
TRANSLATED_LABEL = Text(
    "In the other language (proposed by the model)", "英語・日本語での聞き方（モデルの提案）"
)
SAVED_ANSWER_LABEL = Text("What to save", "保存する内容")
AUDIENCE_LABEL = Text("Who may read it", "読める人")
AUDIENCE_MEMBERS = Text("Every member of the team", "チームの全メンバー")
AUDIENCE_CHANNEL = Text("Only members of this channel", "このチャンネルのメンバーだけ")
AUDIENCE_SAME = Text("The same people as now", "いまと同じ人だけ")
EXPIRY_LABEL = Text("For how long does it hold?", "有効期間")
EXPIRY_DAYS = Text("{days} days", "{days} 日間")
EXPIRY_QUARTER = Text("3 months", "3 か月間")
EXPIRY_HALF = Text("6 months", "6 か月間")
EXPIRY_YEAR = Text("A year", "1 年間")
EXPIRY_NEVER = Text("For ever", "ずっと")
EXPIRY_SAME = Text("As now (until {date})", "いまのまま（{date} まで）")
ALREADY_SAVED = Text(
    "{author} has saved an answer to this very question: "
    "change the question, or ask them to change theirs.",
    "同じ質問の内容を {author} さんが保存しています。質問を変えるか、本人に変更を頼んでください。",
)
WRITE_SOMETHING = Text("Please write something.", "何か書いてください。")
SAVED = Text(
    "Saved “{question}”. From now on I answer from it.",
    "「{question}」を保存しました。これからはこの内容をもとに答えます。",
)
SAVED_LATER = Text(
    "It is saved, but not indexed yet ({reason}); the next update takes it in.",
    "保存しましたが、まだ索引されていません（{reason}）。次の更新で使えるようになります。",
)
SAVED_YOURS = Text(
    "{person} has saved what you said to the knowledge. From now on I answer from it.\n"
    "*{question}*\n{answer}",
    "{person} さんが、あなたの発言をナレッジに保存しました。これからはこの内容をもとに答えます。\n"
    "*{question}*\n{answer}",
)
OFFER_SAVING = Text(
    "Thank you for your reply. Saved to the knowledge, I can answer it myself next time.",
    "回答ありがとうございます。ナレッジに保存すると、次からは私がお答えできます。",
)
ENTRY_EDIT = Text("Edit", "編集")
ENTRY_WITHDRAW = Text("Withdraw", "取り下げる")
ENTRY_RENEW = Text("Still right", "いまも正しい")
ENTRY_KEEP = Text("Keep", "このままにする")
ENTRY_TAKE_OVER = Text("Take over the new text", "新しい文面にする")
ENTRY_EXPIRING = Text(
    "This is to expire on {date}. Is it still right?\n*{question}*\n{answer}",
    "次の内容は {date} に有効期間が終わります。いまも正しいですか？\n*{question}*\n{answer}",
)
ENTRY_EXPIRED = Text(
    "This has expired, so I no longer answer from it.\n*{question}*\n{answer}",
    "次の内容は有効期間が終わったため、回答に使わなくなりました。\n*{question}*\n{answer}",
)
ENTRY_SOURCE_GONE = Text(
    "The message that it came from was deleted, so I have withdrawn this.\n*{question}*",
    "元のメッセージが削除されたため、次の内容を取り下げました。\n*{question}*",
)
ENTRY_FOLLOWED = Text(
    "The message that it came from was edited, and this has followed.\n*{question}*\n{answer}",
    "元のメッセージの編集に合わせて、次の内容を新しくしました。\n*{question}*\n{answer}",
)
ENTRY_SOURCE_EDITED = Text(
    "The message that this came from was edited. Shall I change it, too?\n*{question}*\n{answer}\n"
    "*The message now says*\n{proposal}",
    "元のメッセージが編集されました。保存した内容も変えますか？\n*{question}*\n{answer}\n"
    "*メッセージの新しい文面*\n{proposal}",
)
ENTRY_CONTRADICTED = Text(
    "What was saved and a document seem to contradict each other. Which one is right?\n"
    "*{question}*\n{entry} ({entry_date})\n{ours}\n{document} ({document_date})\n{theirs}",
    "保存した内容と資料が食い違っているようです。どちらが正しいですか？\n"
    "*{question}*\n{entry}（{entry_date}）\n{ours}\n{document}（{document_date}）\n{theirs}",
)
ENTRY_LINK = Text("What was saved", "保存した内容")
ENTRY_WITHDRAWN_BY = Text(
    "Withdrawn by {person}: I no longer answer from it.",
    "{person} さんが取り下げました。もう回答には使いません。",
)
ENTRY_RENEWED_BY = Text(
    "Confirmed by {person}; it holds until {date}.",
    "{person} さんが確認しました。{date} まで有効です。",
)
ENTRY_RENEWED_FOR_EVER = Text(
    "Confirmed by {person}; it holds for ever.", "{person} さんが確認しました。ずっと有効です。"
)
ENTRY_KEPT_BY = Text("Kept as it is by {person}.", "{person} さんがこのままにしました。")
ENTRY_TAKEN_OVER_BY = Text(
    "{person} has taken over the new text.", "{person} さんが新しい文面にしました。"
)
ENTRY_PUBLISH = Text("Publish anyway", "それでも公開する")
ENTRY_PUBLISHED_BY = Text("{person} has it published anyway.", "{person} さんが公開を決めました。")
ENTRY_LATE = Text("The index shows it with its next update.", "索引には次の更新で反映されます。")
ENTRY_GONE = Text("There is no such entry any more.", "その内容は見つかりません。")
ENTRY_NOT_YOURS = Text(
    "Only who said it, who saved it, and operators can change it.",
    "変更できるのは、発言した人、保存した人、管理者だけです。",
)
NO_ENTRIES = Text("Nothing is saved that you may read.", "保存された内容はありません。")
ENTRIES = Text("What was saved ({shown} of {count})", "保存された内容（{shown} / {count} 件）")
ENTRY_FACTS = Text("{author}, {date}, {expires}", "{author} さん、{date}、{expires}")
ENTRY_UNTIL = Text("until {date}", "{date} まで")
