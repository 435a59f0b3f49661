"""What people read around an answer, and in place of one."""

from bot.core.i18n import Text

# While the bot works

THINKING = Text("Thinking…", "考えています…")
WAITING = Text(
    "Questions ahead of yours: {count}. Please wait…",
    "順番をお待ちください。先に {count} 件の質問があります…",
)
NEXT = Text("Your question is next. Please wait…", "順番をお待ちください。次にお答えします…")
STATUS = Text("is looking for an answer…", "が答えを調べています…")
STATUS_WAITING = Text(
    "is busy. Questions ahead of yours: {count}…",
    "は順番に回答中です。先に {count} 件の質問があります…",
)
STATUS_NEXT = Text("will answer your question next…", "が次にお答えします…")
LOOKED_INTO = Text("What I looked at", "調べたこと")
STOPPED = Text("Stopped.", "中止しました。")

# Under an answer

SOURCES = Text("Sources", "出典")
TABLE = Text("Table", "表")
PAGE = Text("p. {number}", "{number} ページ")
GOOD = Text("Helpful", "役に立った")
BAD = Text("Not helpful", "役に立たなかった")
GOOD_LABEL = Text("This answer was helpful", "この回答は役に立った")
BAD_LABEL = Text("This answer was not helpful", "この回答は役に立たなかった")
TOO_MANY_QUESTIONS = Text(
    "You have asked {count} {count:question|questions} within an hour, which is as many as I "
    "take from one person. "
    "Please ask this one again {when}.",
    "1 時間に受け付けられる質問の数（お一人 {count} 件）に達しました。"
    "{when}に、もう一度この質問をお送りください。",
)
FILES_OVER_LIMIT = Text(
    "You have sent more files within an hour than I can read, so I answered without these: "
    "{names}. Please send them again later.",
    "1 時間に読み取れるファイルの量を超えたため、{names} を読まずにお答えしました。"
    "時間をおいて、もう一度お送りください。",
)
UNREAD_FILES = Text(
    "I could not read these attachments: {names}. I answered without them.",
    "添付ファイル（{names}）を読み取れなかったため、それを使わずにお答えしました。",
)
CLOSED_LINKS = Text(
    "I did not read these links, because not everybody who reads this answer may open them, or "
    "because I cannot: {names}.",
    "次のリンク先は、この回答を読む全員が開けるとは限らないか、ボットが開けないため、"
    "参照していません: {names}",
)
HEAVY_FILES = Text(
    "These attachments are too large or too complex to read: {names}. I answered without them.",
    "添付ファイル（{names}）は大きすぎるか複雑すぎて読み取れないため、"
    "それを使わずにお答えしました。",
)

# Under an automatic answer

UNASKED = Text(
    "Nobody mentioned me: this is an automatic answer, because the documents are clear here. "
    "To ask more, mention me.",
    "自動回答です（資料に明確な答えがあったため、メンションなしでお答えしました）。"
    "続けて質問するときはメンションしてください。",
)
NOTED = Text(
    "Noted, thank you. If too many of my answers here are unwanted, I stop answering unasked.",
    "承知しました。不要な回答が続いた場合は、このチャンネルでの自動回答を停止します。",
)
NOT_A_QUESTION = Text("Not a question for Kotae", "Kotae への質問ではない")

# To an expert, and about the one who is asked

ASK_OWNER = Text(
    "{owner}, can you help with this question? Please reply in this thread.",
    "{owner} さん、この質問への回答をお願いします。このスレッドに返信してください。",
)
ASK_INSTEAD = Text(
    "{owner}, I could not find {absent} in Slack, so I am asking you instead. "
    "Can you help with this question, or name someone who can? Please reply in this thread.",
    "{owner} さん、担当の {absent} が Slack で見つからないため、代わりにお尋ねします。"
    "この質問への回答をお願いします。詳しい方をご存じの場合は、その方をお知らせください。"
    "このスレッドに返信してください。",
)
ASK_NAMED = Text(
    "{owner} may know this, but I cannot find them in Slack. "
    "Can anyone here help with this question? Please reply in this thread.",
    "{owner} が詳しいはずですが、Slack では見つかりませんでした。"
    "この質問に回答できる方は、このスレッドに返信してください。",
)
ASK_ANYBODY = Text(
    "Can anyone here help with this question? Please reply in this thread.",
    "この質問に回答できる方は、このスレッドに返信してください。",
)
ASK_OWNER_LATER = Text(
    "Many questions have gone to the expert within an hour. "
    "They will hear of this one {when}, together with others.",
    "この 1 時間に担当者への質問が多く届いているため、{when}にほかの質問とまとめて担当者に"
    "知らせます。",
)
ASK_IN_PRIVATE = Text(
    "{person} asked me this in a direct message and agreed that I ask you. "
    "I pass your replies in this thread on to {person}.",
    "{person} さんからダイレクトメッセージで質問がありました。"
    "あなたにお尋ねすることは、本人の了承を得ています。"
    "このスレッドへの返信は {person} さんに伝えます。",
)
ASK_FROM_TERMINAL = Text(
    "Someone asked this in a terminal. I pass your replies in this thread on to them.",
    "ターミナルから質問がありました。このスレッドへの返信は、質問した人に伝えます。",
)
WHY_UNSURE = Text("*Why I am not sure:* {reason}", "*確信が持てない理由:* {reason}")
CLOSEST = Text("*Closest sources:*", "*近い資料:*")
NOTHING_CLOSE = Text(
    "No document covers this subject.", "この件に関する記述が資料に見つかりません。"
)
NOT_SAID = Text("The documents do not say: {missing}", "資料に書かれていないこと: {missing}")
NOT_ANSWERED = Text(
    "Some documents come close, but none has the answer.",
    "近い資料はありますが、答えは書かれていません。",
)
NOT_SUPPORTED = Text(
    "I have a draft, but the documents do not support it.",
    "下書きはありますが、資料による裏付けが足りません。",
)
BELOW_THRESHOLD = Text(
    "I have a draft, but its confidence ({confidence:.0%}) is below the certified threshold.",
    "下書きはありますが、確信度（{confidence:.0%}）が証明済みのしきい値に届いていません。",
)
REASONS = Text(" ({reasons})", "（{reasons}）")
NOT_CERTIFIED = Text(
    "I have a draft, but this channel shows certified answers only.",
    "下書きはありますが、このチャンネルでは証明済みの回答だけを表示します。",
)
DRAFT_ONLY = Text(
    "I have a draft, but answers are hidden in this channel.",
    "下書きはありますが、このチャンネルでは回答を表示しない設定です。",
)
ANSWER_HANDOFF = Text("Answer", "回答する")
NOT_FOR_ME = Text("Not for me", "担当ではありません")
SAVED_BY = Text("saved answer by {person}", "{person} さんが保存した回答")
ASK_EXPERT = Text("Ask the expert", "担当者に尋ねる")
ASK_NOTE = Text(
    "I can ask {owner} in a direct message. Nobody else will see your question.",
    "この質問を、ダイレクトメッセージで {owner} さんに尋ねることができます。"
    "質問がほかの人に見えることはありません。",
)
JOINED = Text(
    "Someone has already asked this. I am waiting for {owner} and will tell you here.",
    "同じ質問をすでに {owner} さんに確認中です。返信があれば、ここでお知らせします。",
)
JOINED_NOBODY = Text(
    "Someone has already asked this. I will tell you here when there is an answer.",
    "同じ質問がすでに出ています。答えがわかれば、ここでお知らせします。",
)
ASK_FOUND = Text("Not what you need? Ask the expert", "違う場合は担当者に尋ねる")
ASK_FOUND_ANYBODY = Text("Not what you need? Ask the team", "違う場合はチームに尋ねる")
SHOW_PASSAGE = Text("Show passage [{number}]", "該当箇所を見る [{number}]")
PASSAGE_TITLE = Text("Passage", "該当箇所")
NO_PASSAGE = Text(
    "This passage is gone, or you may not read it.",
    "この箇所はもうないか、閲覧する権限がありません。",
)
SHOW_DRAFT = Text("Show my draft (experts only)", "下書きを見る（担当者のみ）")
DRAFT = Text("Unproven draft, visible only to you", "未確認の下書き（あなただけに表示）")
NO_DRAFT = Text("This draft no longer exists.", "この下書きはもうありません。")
DRAFT_NOT_READABLE = Text(
    "The draft is based on documents that you may not read, or that have changed since.",
    "この下書きの出典には、あなたが閲覧できない文書か、その後に変わった文書が含まれています。",
)
DRAFT_FOR_OWNER = Text(
    "Only the expert can see an unproven draft.", "未確認の下書きを見られるのは担当者だけです。"
)

# Feedback

THANKS = Text(
    "Thank you! Your feedback is saved.", "フィードバックありがとうございます。記録しました。"
)
NOT_RECORDED = Text(
    "I no longer have a record of this answer, so I could not save your feedback.",
    "この回答の記録が見つからないため、フィードバックを保存できませんでした。",
)
ASK_WHY = Text("Say why", "理由を伝える")
ASK_WHY_TEXT = Text(
    "Your vote is saved. Can you say what was wrong?",
    "評価を記録しました。どこがよくなかったか、教えていただけますか？",
)
REASON_TITLE = Text("What was wrong?", "どこがよくなかったですか？")
REASON_LABEL = Text("Reason", "理由")
REASON_WRONG = Text("It is wrong", "内容が間違っている")
REASON_OUTDATED = Text("It is outdated", "情報が古い")
REASON_MISSING_SOURCE = Text("A source is missing", "必要な資料が使われていない")
REASON_NOT_A_QUESTION = Text("Nobody wanted an answer", "回答は不要だった")
REASON_UNCLEAR = Text("It is unclear", "わかりにくい")
COMMENT_LABEL = Text("The right answer, or a comment", "正しい内容、またはコメント")
SKIP = Text("Close", "閉じる")

# Refusals

SWITCHED_OFF = Text(
    "I am switched off in this channel. An operator can switch me on with "
    "`{command} channel follow`.",
    "このチャンネルでは回答を停止しています。"
    "運用担当者は `{command} channel follow` で再開できます。",
)
NOT_FOR_GUESTS = Text(
    "I do not answer guests. Please ask a member of the team.",
    "ゲストの方の質問にはお答えしていません。チームのメンバーにお尋ねください。",
)
NOT_FOR_OUTSIDERS = Text(
    "I do not answer people from other organisations. Please ask a member of the team.",
    "社外の方の質問にはお答えしていません。チームのメンバーにお尋ねください。",
)
READERS_UNKNOWN = Text(
    "Slack could not tell me who reads here, so I cannot answer. Please ask again later.",
    "ここを誰が読めるのかを Slack に確認できなかったため、お答えできません。"
    "しばらくしてから、もう一度お尋ねください。",
)

# Sharing

ASKED_BY = Text("{person} asked: {question}", "{person} さんの質問: {question}")
SHARE = Text("Share with the channel", "チャンネルに共有する")
SHARED = Text("Shared with the channel.", "チャンネルに共有しました。")
NOT_SHARED = Text(
    "I could not share that. Am I in the channel?",
    "共有できませんでした。ボットがチャンネルに参加しているか確認してください。",
)
NOT_FOR_CHANNEL = Text(
    "I cannot share this answer: some of its sources are not open to everyone in the channel.",
    "この回答の出典には、チャンネルの全員が読めるとは限らない資料が含まれるため、共有できません。",
)
GENERATED = Text(
    "Written by AI. Please check the sources.", "AI による回答です。出典をご確認ください。"
)
