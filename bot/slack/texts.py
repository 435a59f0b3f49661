"""Everything that people read, in Japanese and in English."""

from dataclasses import dataclass

from bot.core.types import Language


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages, with the same `{placeholders}`."""

    ja: str
    en: str

    def to(self, language: Language, **values: object) -> str:
        """Return the text in *language* with its placeholders filled."""
        template = self.ja if language == "ja" else self.en
        return template.format(**values)


# While the bot works

THINKING = Text("考えています…", "Thinking…")
WAITING = Text(
    "順番をお待ちください。先に {count} 件の質問があります…",
    "In line: {count} ahead of your question…",
)
NEXT = Text("順番をお待ちください。次にお答えします…", "In line: yours is next…")
STATUS = Text("が答えを調べています…", "is looking for an answer…")
SEARCH_KNOWLEDGE = Text("社内資料を検索: {what}", "Searching the documents: {what}")
READ_DOCUMENT = Text("資料を確認: {what}", "Reading a document: {what}")
SEARCH_WEB = Text("ウェブを検索: {what}", "Searching the web: {what}")
READ_PAGE = Text("ウェブページを確認: {what}", "Reading a web page: {what}")
READ_ATTACHMENT = Text("添付ファイルを確認: {what}", "Reading the attachment: {what}")
OTHER_TOOL = Text("{tool}: {what}", "{tool}: {what}")
LOOKED_INTO = Text("調べたこと", "What I looked into")
FOUND = Text("{count} 件", "{count} found")
FOUND_NOTHING = Text("該当なし", "nothing found")
STEP_FAILED = Text("うまくいきませんでした", "did not work")

# Under an answer

SOURCES = Text("出典", "Sources")
GOOD = Text("役に立った", "Helpful")
BAD = Text("役に立たなかった", "Not helpful")
GOOD_LABEL = Text("この回答は役に立った", "This answer was helpful")
BAD_LABEL = Text("この回答は役に立たなかった", "This answer was not helpful")
ASK_OWNER = Text(
    "{owner} さん、質問の確認をお願いします。このスレッドで返信してください。",
    "{owner}, could you help with this question? Please reply in this thread.",
)
ASK_IN_PRIVATE = Text(
    "{person} さんがダイレクトメッセージで質問し、あなたに尋ねることに同意しました。"
    "このスレッドでの返信は {person} さんに届きます。",
    "{person} asked this in a direct message and agreed that I ask you. "
    "What you reply in this thread reaches {person}.",
)
ASK_FROM_TERMINAL = Text(
    "ターミナルから次の質問がありました。このスレッドでの返信は、質問した人に届きます。",
    "Somebody asked this in a terminal. They will read what you reply in this thread.",
)
WHY_UNSURE = Text("*確信が持てない理由:* {reason}", "*Why I am not sure:* {reason}")
CLOSEST = Text("*近い資料:*", "*What comes closest:*")
NOTHING_CLOSE = Text(
    "資料の中に、この件に関する記述が見つかりません。", "nothing in the documents is about this."
)
NOT_SAID = Text("資料にこう書かれていません: {missing}", "the documents do not say this: {missing}")
NOT_ANSWERED = Text(
    "近い資料はありますが、答えは書かれていません。",
    "some documents come close, but none answers it.",
)
NOT_CARRIED = Text(
    "下書きはありますが、資料による裏付けが足りません。",
    "I have a draft, but the documents do not carry what it says.",
)
BELOW_THRESHOLD = Text(
    "下書きの確信度（{confidence:.0%}）が、証明された基準に届いていません。",
    "I have a draft, but at {confidence:.0%} its confidence is below what is proven to be right.",
)
NOT_CERTIFIED = Text(
    "下書きはありますが、このチャンネルでは証明された回答だけを表示します。",
    "I have a draft, but this channel shows only answers that are proven.",
)
DRAFT_ONLY = Text(
    "下書きはありますが、このチャンネルでは回答を表示しない設定です。",
    "I have a draft, but this channel shows none of my answers.",
)
ANSWER_HANDOFF = Text("回答する", "Answer")
NOT_FOR_ME = Text("担当ではありません", "Not for me")
ASK_EXPERT = Text("担当者に尋ねる", "Ask the expert")
ASK_NOTE = Text(
    "同意いただければ、この質問を {owner} さんにダイレクトメッセージで尋ねます。"
    "ほかの人には見えません。",
    "If you agree, I ask {owner} in a direct message. Nobody else sees your question.",
)
ASKED_PRIVATELY = Text(
    "{owner} さんに尋ねました。返信があれば、ここでお知らせします。",
    "I have asked {owner}. You will read the reply here.",
)
NOT_ASKED = Text(
    "この質問はもう受け付けられていないか、尋ねる相手が見つかりません。",
    "That question is no longer open, or nobody can be found to ask.",
)
JOINED = Text(
    "同じ質問をすでに {owner} さんに確認中です。返信があれば、ここでお知らせします。",
    "The same was asked before: {owner} is asked already, and you will be told here.",
)
JOINED_NOBODY = Text(
    "同じ質問がすでに出ています。答えがわかれば、ここでお知らせします。",
    "The same was asked before; you will be told here as soon as somebody answers.",
)
HAS_ANSWERED = Text(
    "{person} さんがあなたの質問に回答しました: {link}",
    "{person} has answered your question: {link}",
)
SAYS = Text("{person} さんの返信:\n{text}", "{person} replies:\n{text}")
ANSWER_SAVED = Text(
    "あなたの質問への回答が登録されました:\n{text}\n{link}",
    "Your question is answered, and the answer is saved:\n{text}\n{link}",
)
IN_THREAD = Text("スレッドを見る", "see the thread")
REMINDER = Text(
    "{owner} さん、こちらの質問がまだ回答待ちです: {link}",
    "{owner}, this question still waits for an answer: {link}",
)
THE_QUESTION = Text("質問を見る", "the question")
EXPIRED = Text(
    "{days} 日以内に回答がありませんでした。質問は「答えられなかった質問」の一覧に残ります。",
    "Nobody has answered within {days} days. Your question stays on the list of gaps.",
)
PASSED_ON = Text(
    "{person} さんの担当ではないため、{owner} さんに確認します。",
    "{person} says that it is not for them, so {owner} is asked.",
)
NOBODY_LEFT = Text(
    "{person} さんの担当ではなく、ほかの担当者もわかりません。ご存じの方は返信をお願いします。",
    "{person} says that it is not for them, and nobody else is known. "
    "Whoever knows, please reply here.",
)
NOBODY_LEFT_PRIVATE = Text(
    "{person} さんの担当ではなく、ほかの担当者もわかりません。",
    "{person} says that it is not for them, and nobody else is known.",
)
FOR_THE_ASKED = Text(
    "これは確認を依頼された人だけが選べます。", "Only the person who was asked can say that."
)
NOT_FOR_YOU_NOTED = Text("承知しました。", "Understood, thank you.")
SHOW_DRAFT = Text("下書きを見る（担当者のみ）", "Show my draft (experts only)")
DRAFT = Text("確認前の下書き（あなたにだけ表示）", "Unproven draft, shown to you alone")
NO_DRAFT = Text("下書きはもうありません。", "There is no draft any more.")
DRAFT_FOR_OWNER = Text(
    "確認前の下書きは担当者だけが見られます。", "Only its expert can see an unproven draft."
)
UNREAD_FILES = Text(
    "添付ファイル（{names}）は読めなかったため、それ以外をもとに答えました。",
    "I could not read these attachments: {names}. I answered without them.",
)
HEAVY_FILES = Text(
    "添付ファイル（{names}）は大きすぎるか複雑すぎるため、読み取れませんでした。",
    "These attachments are too large or too complex to read: {names}. I answered without them.",
)
THANKS = Text(
    "フィードバックありがとうございます。記録しました。", "Thank you, your feedback is recorded."
)
NOT_RECORDED = Text(
    "この回答の記録が見つからないため、フィードバックを保存できませんでした。",
    "There is no record of this answer any more, so your feedback could not be stored.",
)

ASK_WHY = Text("理由を伝える", "Say why")
ASK_WHY_TEXT = Text(
    "評価を記録しました。何が良くなかったか、教えていただけますか？",
    "Your vote is recorded. Would you say what was wrong?",
)
REASON_TITLE = Text("何が良くなかったですか", "What was wrong?")
REASON_LABEL = Text("理由", "Reason")
REASON_WRONG = Text("内容が間違っている", "It is wrong")
REASON_OUTDATED = Text("情報が古い", "It is outdated")
REASON_MISSING_SOURCE = Text("必要な資料が使われていない", "A source is missing")
REASON_UNCLEAR = Text("わかりにくい", "It is unclear")
COMMENT_LABEL = Text("正しい内容や補足", "What would be right, or anything else")
SEND = Text("送信", "Send")
SKIP = Text("閉じる", "Close")

JUDGE_TITLE = Text("回答の判定", "Judge an answer")
JUDGE_LABEL = Text("この回答は正しいですか", "Is this answer right?")
JUDGE_PROGRESS = Text(
    "判定済み {judged} 件・残り {left} 件", "{judged} judged by you · {left} left"
)
JUDGE_SECOND = Text(
    "判定済み {judged} 件・ほかの人が判定した回答が残り {left} 件。"
    "あなたの判断もお聞かせください（ほかの人の判定は表示しません）。",
    "{judged} judged by you · {left} left that others have judged: what do you think? "
    "(Their verdicts are not shown.)",
)
CORRECTION_LABEL = Text("正しい回答", "What the answer should have been")
CORRECTION_HINT = Text(
    "「一部だけ正しい」「間違っている」の場合に書けます。今後の回答の手本になります。",
    "For answers that are wrong or only partly right. Later answers follow it.",
)
CORRECTION_OF_RIGHT = Text(
    "「正しい」回答に訂正は付けられません。判定を変えるか、訂正を消してください。",
    "An answer that is right needs no correction: change the verdict, or clear this.",
)
AGREEMENT = Text(
    "{one} と {other}: {both} 件中 {alike} 件が一致（Cohen の κ {kappa}）",
    "{one} and {other}: {alike} of {both} alike, Cohen's kappa {kappa}",
)
AGREEMENT_OF_ALL = Text(
    "全員の判定の一致: α（Krippendorff）{alpha}", "everybody: Krippendorff's alpha {alpha}"
)
VERDICT_RIGHT = Text("正しい", "Right")
VERDICT_PARTLY = Text("一部だけ正しい", "Partly right")
VERDICT_WRONG = Text("間違っている", "Wrong")
NOTHING_TO_JUDGE = Text("判定待ちの回答はありません。", "There is no answer left to judge.")
CLOSE = Text("閉じる", "Close")

# Instead of an answer

HELP = Text(
    "質問をそのまま送ってください。社内資料を調べ、出典を付けて答えます。\n"
    "• チャンネルでは {bot} へのメンションで質問（同じスレッドでの続きはメンション不要）\n"
    "• ダイレクトメッセージでも質問できます\n"
    "• 回答には 👍 / 👎 で評価をお願いします\n"
    "コマンド: `{command} ask 質問`・`{command} status`・`{command} reindex [ソース]`・"
    "`{command} answers [certified|best-effort|draft]`・`{command} gaps`・`{command} review`・"
    "`{command} entries`・`{command} help`"
    "（スレッドの中では {bot} へのメンションに続けて `status` など）",
    "Send me a question as it is. I look into the team's documents and answer with sources.\n"
    "• In a channel, mention {bot} (no mention needed to go on in the same thread)\n"
    "• Direct messages work too\n"
    "• Please judge answers with 👍 or 👎\n"
    "Commands: `{command} ask question` · `{command} status` · `{command} reindex [source]` · "
    "`{command} answers [certified|best-effort|draft]` · `{command} gaps` · `{command} review` · "
    "`{command} entries` · `{command} help` "
    "(inside threads, the same words after mentioning {bot})",
)
NO_TEXT = Text(
    "添付ファイル（{names}）について、知りたいことを文章で書いてください。",
    "What would you like to know about {names}? Please write your question as text.",
)
TOO_LONG = Text(
    "質問が長すぎます（{length:,} 文字）。{limit:,} 文字以内に短くして、もう一度送ってください。",
    "That question is too long ({length:,} characters). "
    "Please shorten it to {limit:,} characters and send it again.",
)
STOPPED = Text("中止しました。", "Stopped.")
NOTHING_TO_STOP = Text(
    "いま中止できる質問はありません。質問でしたら、もう少し詳しく書いてください。",
    "There is nothing to stop just now. If that was a question, please say a little more.",
)
FULL = Text(
    "ただいま質問が混み合っているため、この質問は受け付けられませんでした。"
    "数分後にもう一度お送りください。",
    "There are too many questions in line just now, so I could not take this one. "
    "Please ask again in a few minutes.",
)
MEMBERS_ONLY = Text(
    "この操作はワークスペースの正式なメンバーだけが行えます。",
    "Only full members of this workspace can do that.",
)
TRY_AGAIN = Text(
    "ただいま受け付けられません。少し待ってから、もう一度お試しください。",
    "I cannot take that right now. Please try again in a moment.",
)

OPERATORS_ONLY = Text(
    "この操作は管理者だけが行えます。管理者: {operators}",
    "Only operators can do that: {operators}",
)
SLACK_ADMINS = Text("ワークスペースの管理者とオーナー", "the admins and owners of this workspace")
SWITCHED_OFF = Text(
    "このチャンネルでは回答を停止しています。管理者は `{command} channel follow` で再開できます。",
    "I am switched off in this channel; an operator can change that with "
    "`{command} channel follow`.",
)
NOT_FOR_GUESTS = Text(
    "ゲストの方の質問にはお答えしない設定になっています。社内のメンバーにお尋ねください。",
    "I am set up not to answer guests. Please ask a member of the team.",
)
NOT_FOR_OUTSIDERS = Text(
    "社外の方の質問にはお答えしない設定になっています。チームの担当者にお尋ねください。",
    "I am set up not to answer people from other organisations. Please ask somebody of the team.",
)

# Commands

FORGOTTEN = Text(
    "このスレッドでの会話を忘れました。続けるには、もう一度メンションしてください。",
    "I have forgotten what was said in this thread. Mention me to begin again.",
)
FORGET_IN_THREAD = Text(
    "忘れてほしいスレッドの中で {bot} forget と書いてください"
    "（コマンドはスレッドの中では使えません）。",
    "Write {bot} forget inside the thread that I should forget (commands do not work in threads).",
)
CHANNEL_ONLY = Text(
    "チャンネルの中で使ってください。", "Please use that in the channel that it is about."
)
CHANNEL = Text(
    "このチャンネルの設定\n• 応答: {listening}\n• 情報源: {sources}\n• 言語: {speaks}\n"
    "• 学習用の書き出し: {export}\n"
    "変更: `{command} channel follow|mention|off`・`{command} channel sources 名前…|all`・"
    "`{command} channel language ja|en|auto`・`{command} channel export on|all|off`",
    "Settings of this channel\n• Listening: {listening}\n• Sources: {sources}\n"
    "• Language: {speaks}\n• Export for training: {export}\n"
    "Change them: `{command} channel follow|mention|off` · `{command} channel sources name…|all` · "
    "`{command} channel language ja|en|auto` · `{command} channel export on|all|off`",
)
EXPORT_OFF = Text("しない（off）", "none (off)")
EXPORT_ON = Text("{day} 以降の質問（on）", "questions asked from {day} on (on)")
EXPORT_ALL = Text(
    "これまでの質問も含めてすべて（all）", "all questions, those of the past too (all)"
)
EXPORT_CHANGED = Text(
    "{person} さんがこのチャンネルの「学習用の書き出し」を変更しました: {export}\n"
    "評価や訂正を受けた回答とその質問を、個人情報を取り除いたうえで"
    "モデルの学習に使えるようにする設定です。"
    "そのモデルを使う人に、ここでの内容が伝わることがあります。"
    "ご自分の発言を使われたくないときは `{command} export never` と入力してください。",
    "{person} has changed what this channel gives for training: {export}\n"
    "It lets answers that were approved or corrected, with their questions, train a model, after "
    "personal data is taken out. Whoever uses that model may learn what was said here. "
    "To keep your own words out, type `{command} export never`.",
)
EXPORT_REFUSED = Text(
    "あなたの質問・訂正・保存した内容は、学習用に書き出されません（過去のものも含みます）。"
    "戻すには `{command} export ok` と入力してください。",
    "Your questions, corrections and saved answers stay out of exports for training, those of the "
    "past too. To take that back, type `{command} export ok`.",
)
EXPORT_ALLOWED = Text(
    "書き出しを許可したチャンネルでのあなたの質問と訂正は、個人情報を取り除いたうえで、"
    "学習用に書き出されることがあります。"
    "使われたくないときは `{command} export never` と入力してください。",
    "In channels that were opened for it, your questions and corrections may be exported for "
    "training, after personal data is taken out. To keep them out, type `{command} export never`.",
)
EXPORT_HOW = Text(
    "使わない場合は `{command} export never`、使ってよい場合は `{command} export ok` です。",
    "Type `{command} export never` to keep your words out, or `{command} export ok`.",
)
LISTENING_FOLLOW = Text(
    "メンションに答え、スレッドでは続きの質問にも答えます（follow）",
    "answers mentions, and goes on in the thread (follow)",
)
LISTENING_MENTION = Text("メンションされたときだけ（mention）", "only when mentioned (mention)")
LISTENING_OFF = Text("停止中（off）", "switched off (off)")
LANGUAGE_AUTO = Text("質問の言語（auto）", "that of the question (auto)")
LANGUAGE_JA = Text("日本語（ja）", "Japanese (ja)")
LANGUAGE_EN = Text("英語（en）", "English (en)")
NO_SUCH_CHOICE = Text(
    "「{choice}」という設定はありません。", "There is no such setting: “{choice}”."
)
ASK_WHAT = Text(
    "質問を続けて書いてください: `{command} ask 質問`",
    "Please add the question: `{command} ask question`",
)
ASKED_HERE = Text("質問: {question}", "You asked: {question}")
ASKED_BY = Text("{person} さんの質問: {question}", "{person} asked: {question}")
ANSWER_IN_THREAD = Text(
    "受け付けました。スレッドで答えます。", "Got it: the answer comes in the thread."
)
ANSWER_BY_DM = Text(
    "受け付けました。ダイレクトメッセージ <#{channel}> で答えます。",
    "Got it: the answer comes by direct message, <#{channel}>.",
)
REINDEX_STARTED = Text(
    "索引の更新を受け付けました（{source}）。終わったらお知らせします。",
    "The index is being updated ({source}). I will tell you when it is done.",
)
ALL_SOURCES = Text("すべてのソース", "all sources")
UNKNOWN_SOURCE = Text(
    "「{source}」というソースはありません。使えるソース: {sources}",
    "There is no source “{source}”. Sources: {sources}",
)

# Message shortcuts, and sharing

ASK_TITLE = Text("Kotae に質問", "Ask Kotae")
SAVE_TITLE = Text("ナレッジに保存", "Save to knowledge")
CANCEL = Text("キャンセル", "Cancel")
QUESTION_LABEL = Text("質問", "Question")
WHERE_LABEL = Text("回答する場所", "Where to answer")
WHERE_PRIVATE = Text("自分だけに（ダイレクトメッセージ）", "Only to me, by direct message")
WHERE_THREAD = Text("元のスレッドに（全員に見える）", "In the thread, for everybody there")
NOT_THERE = Text(
    "そのチャンネルに参加していないため、スレッドには投稿できません。",
    "I am not in that channel, so I cannot write in the thread.",
)
SHARE = Text("チャンネルに共有", "Share with the channel")
SHARED = Text("チャンネルに共有しました。", "Shared with the channel.")
NOT_SHARED = Text(
    "共有できませんでした。チャンネルに参加しているか確認してください。",
    "That could not be shared: am I in the channel?",
)
NOT_FOR_CHANNEL = Text(
    "この回答には、チャンネルの全員が読めるとは限らない資料が使われているため、共有できません。",
    "This answer rests on documents that not everybody in the channel may read, so it stays here.",
)

# Home

HOME_ASK = Text("質問する", "Ask me")
HOME_HOW = Text(
    "チャンネルでは {bot} へのメンション、または「メッセージ」タブで質問してください。"
    "社内資料を調べ、出典を付けて答えます。わからないときは、そう伝えて担当者を案内します。",
    "Mention {bot} in a channel, or write in the *Messages* tab. I look into the team's documents "
    "and answer with sources; when I do not know, I say so and name who does.",
)
HOME_INDEX = Text("索引", "What I know")
HOME_YOURS = Text("あなたの最近の質問", "Your last questions")
HOME_NONE_YET = Text("まだありません。", "None yet.")
HOME_WEEK = Text("この 7 日間", "The last seven days")
HOME_METRICS = Text(
    "回答 {answered} 件・引き継ぎ {handed_over} 件・失敗 {failed} 件・👍 {up} 👎 {down}・"
    "費用 {cost}",
    "{answered} answered · {handed_over} handed over · {failed} failed · 👍 {up} 👎 {down} · "
    "cost {cost}",
)
HOME_UNPRICED = Text("（ほかに価格不明 {count} 件）", " (and {count} whose price is not known)")
HOME_NO_PRICE = Text("不明", "not known")
HOME_COMPLAINTS = Text("最近の 👎", "Last 👎")
HOME_GAPS = Text("答えられなかった質問", "What nothing answered")
HOME_NAMES = Text("確認が必要な名前", "Names to confirm")
NAME_TAKEN = Text(
    "{name} は {claimant} の名前になっていますが、設定では {pinned} を指しています。{claimant} の"
    "メンバーに {name} の権限はありません。これでよければ次を実行してください: `{remedy}`",
    "{name} is the name of {claimant} now, but in the settings it means {pinned}. The members of "
    "{claimant} have no rights by {name}. If they should: `{remedy}`",
)
NAME_CLAIMED = Text(
    "{name} は、設定に書かれたときには存在せず、今は {claimant} の名前です。確認するまで {name} の"
    "権限は誰にもありません。これでよければ次を実行してください: `{remedy}`",
    "{name} did not exist when the settings named it, and is the name of {claimant} now. Nobody "
    "has rights by {name} until you confirm: `{remedy}`",
)
NAME_UNKNOWN = Text(
    "{name} という公開チャンネルもユーザーグループも、ボットのいる非公開チャンネルもありません。"
    "{name} の権限は誰にもありません。",
    "{name} is no public channel, no user group, and no private channel that the bot is in. Nobody "
    "has rights by {name}.",
)
HOME_REINDEX = Text("索引を更新", "Update the index")
HOME_REFRESH = Text("表示を更新", "Refresh")
NO_COMPLAINTS = Text("👎 の評価はまだありません。", "There is no 👎 yet.")
GAPS_TITLE = Text("*まだ答えられない質問*", "*What nothing answers yet*")
NO_GAPS = Text(
    "いま答えられないままの質問はありません。", "Nothing that was asked is without an answer."
)
GAP_PEOPLE = Text("{people} 人・{times} 回", "asked {times}× by {people}")
GAP_SINCE = Text("最初は {age}前", "first {age} ago")
GAP_OPEN = Text("担当者の回答待ち", "waits for a person")
GAP_ANSWERED = Text("回答済み・未保存", "answered, not saved")
GAP_EXPIRED = Text("回答なし", "nobody answered")
GAP_UNSOURCED = Text("回答したが資料不足の指摘あり", "answered, but a source is missing")
GAP_CLOSEST = Text("近い資料: {titles}", "closest: {titles}")
GAP_NO_DOCUMENT = Text("近い資料なし（資料が必要です）", "no document comes close: one is missing")
GAP_HIDDEN_DOCUMENT = Text(
    "近い資料はありますが、ここでは表示できません",
    "the closest documents cannot be shown here",
)
GAP_OTHER_SOURCE = Text("別の資料が必要です", "another document is needed")
HIDDEN_QUESTION = Text("（ここでは表示できない質問）", "(a question that cannot be shown here)")
HIDDEN_COMMENT = Text("（コメントはここでは表示できません）", "(the comment cannot be shown here)")
DAYS = Text("{count} 日", "{count} d")
HOURS = Text("{count} 時間", "{count} h")
MINUTES = Text("{count} 分", "{count} min")
HOME_TREND = Text(
    "週ごとの推移（{weeks} 週、右が今週）", "Week by week ({weeks} weeks, now at the right)"
)
TREND_WITHOUT = Text("人の手を借りずに回答", "answered without a person")
TREND_REPEATS = Text("繰り返しの引き継ぎ", "handed over again")
TREND_MINUTES = Text("人の回答までの時間（中央値）", "until a person answered (median)")
TREND_COST = Text("回答 1 件の費用", "cost of an answer")
TREND_RIGHT = Text("判定のうち正しい", "judged right")
PRIVATE_QUESTION = Text("（ダイレクトメッセージでの質問）", "(asked in a direct message)")
ANSWERED = Text("回答", "answered")
HANDED_OVER = Text("引き継ぎ", "handed over")
CLARIFY = Text("確認中", "asked back")
FAILED = Text("失敗", "failed")

# First contact

PROMPTS_TITLE = Text("たとえば", "For example")
PROMPT_HELP = Text("何ができますか？", "What can you do?")

# Saved knowledge

SAVED_QUESTION_LABEL = Text(
    "何についての情報ですか（質問の形で）", "Which question does it answer?"
)
WORDINGS_LABEL = Text("ほかの聞き方（1行に1つ）", "Other ways to ask it (one per line)")
TRANSLATED_LABEL = Text(
    "英語・日本語での聞き方（モデルの提案）", "In the other language (proposed by the model)"
)
SAVED_ANSWER_LABEL = Text("保存する内容", "What to save")
AUDIENCE_LABEL = Text("読める人", "Who may read it")
AUDIENCE_MEMBERS = Text("チームの全メンバー", "Every member of the team")
AUDIENCE_CHANNEL = Text("このチャンネルのメンバーだけ", "Only members of this channel")
AUDIENCE_SAME = Text("いまと同じ人だけ", "The same people as now")
EXPIRY_LABEL = Text("有効期間", "For how long does it hold?")
EXPIRY_DAYS = Text("{days} 日間", "{days} days")
EXPIRY_QUARTER = Text("3 か月間", "3 months")
EXPIRY_HALF = Text("6 か月間", "6 months")
EXPIRY_YEAR = Text("1 年間", "A year")
EXPIRY_NEVER = Text("ずっと", "For ever")
EXPIRY_SAME = Text("いまのまま（{date} まで）", "As now (until {date})")
ALREADY_SAVED = Text(
    "同じ質問の内容を {author} さんが保存しています。質問を変えるか、本人に変更を頼んでください。",
    "{author} has saved an answer to this very question: "
    "change the question, or ask them to change theirs.",
)
WRITE_SOMETHING = Text("何か書いてください。", "Please write something.")
SAVED = Text(
    "「{question}」を保存しました。これからはこの内容をもとに答えます。",
    "Saved “{question}”. From now on I answer from it.",
)
SAVED_LATER = Text(
    "保存しましたが、まだ索引されていません（{reason}）。次の更新で使えるようになります。",
    "It is saved, but not indexed yet ({reason}); the next update takes it in.",
)
SAVED_YOURS = Text(
    "{person} さんが、あなたの発言をナレッジに保存しました。これからはこの内容をもとに答えます。\n"
    "*{question}*\n{answer}",
    "{person} has saved what you said to the knowledge. From now on I answer from it.\n"
    "*{question}*\n{answer}",
)
OFFER_SAVING = Text(
    "回答ありがとうございます。ナレッジに保存すると、次からは私がお答えできます。",
    "Thank you for your reply. Saved to the knowledge, I can answer it myself next time.",
)
ENTRY_EDIT = Text("編集", "Edit")
ENTRY_WITHDRAW = Text("取り下げる", "Withdraw")
ENTRY_RENEW = Text("いまも正しい", "Still right")
ENTRY_KEEP = Text("このままにする", "Keep")
ENTRY_TAKE_OVER = Text("新しい文面にする", "Take over the new text")
ENTRY_EXPIRING = Text(
    "次の内容は {date} に有効期間が終わります。いまも正しいですか？\n*{question}*\n{answer}",
    "This is to expire on {date}. Is it still right?\n*{question}*\n{answer}",
)
ENTRY_EXPIRED = Text(
    "次の内容は有効期間が終わったため、回答に使わなくなりました。\n*{question}*\n{answer}",
    "This has expired, so I no longer answer from it.\n*{question}*\n{answer}",
)
ENTRY_SOURCE_GONE = Text(
    "元のメッセージが削除されたため、次の内容を取り下げました。\n*{question}*",
    "The message that it came from was deleted, so I have withdrawn this.\n*{question}*",
)
ENTRY_FOLLOWED = Text(
    "元のメッセージの編集に合わせて、次の内容を新しくしました。\n*{question}*\n{answer}",
    "The message that it came from was edited, and this has followed.\n*{question}*\n{answer}",
)
ENTRY_SOURCE_EDITED = Text(
    "元のメッセージが編集されました。保存した内容も変えますか？\n*{question}*\n{answer}\n"
    "*メッセージの新しい文面*\n{proposal}",
    "The message that this came from was edited. Shall I change it, too?\n*{question}*\n{answer}\n"
    "*The message now says*\n{proposal}",
)
ENTRY_CONTRADICTED = Text(
    "保存した内容と資料が食い違っているようです。どちらが正しいですか？\n"
    "*{question}*\n{entry}（{entry_date}）\n{ours}\n{document}（{document_date}）\n{theirs}",
    "What was saved and a document seem to contradict each other. Which one is right?\n"
    "*{question}*\n{entry} ({entry_date})\n{ours}\n{document} ({document_date})\n{theirs}",
)
ENTRY_LINK = Text("保存した内容", "What was saved")
ENTRY_WITHDRAWN_BY = Text(
    "{person} さんが取り下げました。もう回答には使いません。",
    "Withdrawn by {person}: I no longer answer from it.",
)
ENTRY_RENEWED_BY = Text(
    "{person} さんが確認しました。{date} まで有効です。",
    "Confirmed by {person}; it holds until {date}.",
)
ENTRY_RENEWED_FOR_EVER = Text(
    "{person} さんが確認しました。ずっと有効です。", "Confirmed by {person}; it holds for ever."
)
ENTRY_KEPT_BY = Text("{person} さんがこのままにしました。", "Kept as it is by {person}.")
ENTRY_TAKEN_OVER_BY = Text(
    "{person} さんが新しい文面にしました。", "{person} has taken over the new text."
)
ENTRY_PUBLISH = Text("それでも公開する", "Publish anyway")
ENTRY_PUBLISHED_BY = Text("{person} さんが公開を決めました。", "{person} has it published anyway.")
ENTRY_LATE = Text("索引には次の更新で反映されます。", "The index shows it with its next update.")
ENTRY_GONE = Text("その内容は見つかりません。", "There is no such entry any more.")
ENTRY_NOT_YOURS = Text(
    "変更できるのは、発言した人、保存した人、管理者だけです。",
    "Only who said it, who saved it, and operators can change it.",
)
NO_ENTRIES = Text("保存された内容はありません。", "Nothing is saved that you may read.")
ENTRIES = Text("保存された内容（{shown} / {count} 件）", "What was saved ({shown} of {count})")
ENTRY_FACTS = Text("{author} さん、{date}、{expires}", "{author}, {date}, {expires}")
ENTRY_UNTIL = Text("{date} まで", "until {date}")
