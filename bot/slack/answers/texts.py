"""What people read around an answer and instead of one."""

from bot.core.i18n import Text

THINKING = Text("Thinking…", "考えています…")
WAITING = Text(
    "In line: {count} ahead of your question…",
    "順番をお待ちください。先に {count} 件の質問があります…",
)
NEXT = Text("In line: yours is next…", "順番をお待ちください。次にお答えします…")
STATUS = Text("is looking for an answer…", "が答えを調べています…")
SEARCH_KNOWLEDGE = Text("Searching the documents: {what}", "社内資料を検索: {what}")
READ_DOCUMENT = Text("Reading a document: {what}", "資料を確認: {what}")
SEARCH_WEB = Text("Searching the web: {what}", "ウェブを検索: {what}")
READ_PAGE = Text("Reading a web page: {what}", "ウェブページを確認: {what}")
READ_ATTACHMENT = Text("Reading the attachment: {what}", "添付ファイルを確認: {what}")
OTHER_TOOL = Text("{tool}: {what}", "{tool}: {what}")
LOOKED_INTO = Text("What I looked into", "調べたこと")
FOUND = Text("{count} found", "{count} 件")
FOUND_NOTHING = Text("nothing found", "該当なし")
STEP_FAILED = Text("did not work", "うまくいきませんでした")
SOURCES = Text("Sources", "出典")
GOOD = Text("Helpful", "役に立った")
BAD = Text("Not helpful", "役に立たなかった")
GOOD_LABEL = Text("This answer was helpful", "この回答は役に立った")
BAD_LABEL = Text("This answer was not helpful", "この回答は役に立たなかった")
ASK_OWNER = Text(
    "{owner}, could you help with this question? Please reply in this thread.",
    "{owner} さん、質問の確認をお願いします。このスレッドで返信してください。",
)
ASK_IN_PRIVATE = Text(
    "{person} asked this in a direct message and agreed that I ask you. "
    "What you reply in this thread reaches {person}.",
    "{person} さんがダイレクトメッセージで質問し、あなたに尋ねることに同意しました。"
    "このスレッドでの返信は {person} さんに届きます。",
)
ASK_FROM_TERMINAL = Text(
    "Somebody asked this in a terminal. They will read what you reply in this thread.",
    "ターミナルから次の質問がありました。このスレッドでの返信は、質問した人に届きます。",
)
WHY_UNSURE = Text("*Why I am not sure:* {reason}", "*確信が持てない理由:* {reason}")
CLOSEST = Text("*What comes closest:*", "*近い資料:*")
NOTHING_CLOSE = Text(
    "nothing in the documents is about this.", "資料の中に、この件に関する記述が見つかりません。"
)
NOT_SAID = Text("the documents do not say this: {missing}", "資料にこう書かれていません: {missing}")
NOT_ANSWERED = Text(
    "some documents come close, but none answers it.",
    "近い資料はありますが、答えは書かれていません。",
)
NOT_CARRIED = Text(
    "I have a draft, but the documents do not carry what it says.",
    "下書きはありますが、資料による裏付けが足りません。",
)
BELOW_THRESHOLD = Text(
    "I have a draft, but at {confidence:.0%} its confidence is below what is proven to be right.",
    "下書きの確信度（{confidence:.0%}）が、証明された基準に届いていません。",
)
NOT_CERTIFIED = Text(
    "I have a draft, but this channel shows only answers that are proven.",
    "下書きはありますが、このチャンネルでは証明された回答だけを表示します。",
)
DRAFT_ONLY = Text(
    "I have a draft, but this channel shows none of my answers.",
    "下書きはありますが、このチャンネルでは回答を表示しない設定です。",
)
ANSWER_HANDOFF = Text("Answer", "回答する")
NOT_FOR_ME = Text("Not for me", "担当ではありません")
ASK_EXPERT = Text("Ask the expert", "担当者に尋ねる")
ASK_NOTE = Text(
    "If you agree, I ask {owner} in a direct message. Nobody else sees your question.",
    "同意いただければ、この質問を {owner} さんにダイレクトメッセージで尋ねます。"
    "ほかの人には見えません。",
)
JOINED = Text(
    "The same was asked before: {owner} is asked already, and you will be told here.",
    "同じ質問をすでに {owner} さんに確認中です。返信があれば、ここでお知らせします。",
)
JOINED_NOBODY = Text(
    "The same was asked before; you will be told here as soon as somebody answers.",
    "同じ質問がすでに出ています。答えがわかれば、ここでお知らせします。",
)
SHOW_DRAFT = Text("Show my draft (experts only)", "下書きを見る（担当者のみ）")
DRAFT = Text("Unproven draft, shown to you alone", "確認前の下書き（あなたにだけ表示）")
NO_DRAFT = Text("There is no draft any more.", "下書きはもうありません。")
DRAFT_FOR_OWNER = Text(
    "Only its expert can see an unproven draft.", "確認前の下書きは担当者だけが見られます。"
)
ATTACHED = Text("(Attached: {names})", "（添付: {names}）")
UNREAD_FILES = Text(
    "I could not read these attachments: {names}. I answered without them.",
    "添付ファイル（{names}）は読めなかったため、それ以外をもとに答えました。",
)
HEAVY_FILES = Text(
    "These attachments are too large or too complex to read: {names}. I answered without them.",
    "添付ファイル（{names}）は大きすぎるか複雑すぎるため、読み取れませんでした。",
)
THANKS = Text(
    "Thank you, your feedback is recorded.", "フィードバックありがとうございます。記録しました。"
)
NOT_RECORDED = Text(
    "There is no record of this answer any more, so your feedback could not be stored.",
    "この回答の記録が見つからないため、フィードバックを保存できませんでした。",
)
ASK_WHY = Text("Say why", "理由を伝える")
ASK_WHY_TEXT = Text(
    "Your vote is recorded. Would you say what was wrong?",
    "評価を記録しました。何が良くなかったか、教えていただけますか？",
)
REASON_TITLE = Text("What was wrong?", "何が良くなかったですか")
REASON_LABEL = Text("Reason", "理由")
REASON_WRONG = Text("It is wrong", "内容が間違っている")
REASON_OUTDATED = Text("It is outdated", "情報が古い")
REASON_MISSING_SOURCE = Text("A source is missing", "必要な資料が使われていない")
REASON_UNCLEAR = Text("It is unclear", "わかりにくい")
COMMENT_LABEL = Text("What would be right, or anything else", "正しい内容や補足")
SKIP = Text("Close", "閉じる")
STOPPED = Text("Stopped.", "中止しました。")
SWITCHED_OFF = Text(
    "I am switched off in this channel; an operator can change that with "
    "`{command} channel follow`.",
    "このチャンネルでは回答を停止しています。管理者は `{command} channel follow` で再開できます。",
)
NOT_FOR_GUESTS = Text(
    "I am set up not to answer guests. Please ask a member of the team.",
    "ゲストの方の質問にはお答えしない設定になっています。社内のメンバーにお尋ねください。",
)
NOT_FOR_OUTSIDERS = Text(
    "I am set up not to answer people from other organisations. Please ask somebody of the team.",
    "社外の方の質問にはお答えしない設定になっています。チームの担当者にお尋ねください。",
)
ASKED_BY = Text("{person} asked: {question}", "{person} さんの質問: {question}")
SHARE = Text("Share with the channel", "チャンネルに共有")
SHARED = Text("Shared with the channel.", "チャンネルに共有しました。")
NOT_SHARED = Text(
    "That could not be shared: am I in the channel?",
    "共有できませんでした。チャンネルに参加しているか確認してください。",
)
NOT_FOR_CHANNEL = Text(
    "This answer rests on documents that not everybody in the channel may read, so it stays here.",
    "この回答には、チャンネルの全員が読めるとは限らない資料が使われているため、共有できません。",
)
