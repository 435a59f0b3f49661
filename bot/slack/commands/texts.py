"""What commands, forms and the home page say."""

from bot.core.i18n import Text

# Help and notices

HELP = Text(
    "Just ask me a question. I search the team's documents and answer with sources.\n"
    "• In a channel, mention {bot}. To go on in the same thread, no mention is needed.\n"
    "• In direct messages, just write. `{command} your question` works anywhere, "
    "and I answer by direct message.\n"
    "• Please rate my answers with 👍 or 👎. They can be wrong, so check the sources.\n"
    "• To make me forget a thread, write {bot} forget in it.",
    "質問を送ってください。社内資料を調べ、出典を付けて答えます。\n"
    "• チャンネルでは {bot} にメンションしてください"
    "（同じスレッドで続けるときは不要です）\n"
    "• ダイレクトメッセージではそのまま質問できます。`{command} 質問` はどこでも使え、"
    "ダイレクトメッセージでお答えします\n"
    "• 回答には 👍 / 👎 で評価をお願いします。間違えることもあるため、出典をご確認ください\n"
    "• スレッドでの会話を忘れさせるには、その中で {bot} 忘れて と書いてください",
)
HELP_MEMBERS = Text(
    "Commands: `{command} status` · `{command} entries [words]` · `{command} export ok|never` · "
    "`{command} help`\n"
    "In a thread, mention {bot} and write `status`, `forget` or `help`.",
    "コマンド: `{command} status`・`{command} entries [語]`・`{command} export ok|never`・"
    "`{command} help`\n"
    "スレッドの中では {bot} にメンションし、続けて `status`、`forget`、`help` のどれかを"
    "書いてください。",
)
HELP_OPERATORS = Text(
    "For operators: `{command} reindex [source]` (update the index) · "
    "`{command} gaps` (unanswered questions) · `{command} feedback` (recent 👎) · "
    "`{command} review` (judge answers) · `{command} week` (last week's post) · "
    "`{command} channel` (settings of the channel) · "
    "`{command} answers [certified|best-effort|draft]` (which answers are shown)",
    "運用担当者だけが使えるコマンド: `{command} reindex [情報源]`（索引の更新）・"
    "`{command} gaps`（未回答の質問）・`{command} feedback`（👎 の一覧）・"
    "`{command} review`（回答のレビュー）・`{command} week`（先週のまとめ）・"
    "`{command} channel`（チャンネルの設定）・"
    "`{command} answers [certified|best-effort|draft]`（表示する回答の方針）",
)
DID_YOU_MEAN = Text(
    "Did you mean `{command} {name}`? If it is a question, write `{command} ask {typed}`.",
    "`{command} {name}` のことでしょうか？ 質問でしたら `{command} ask {typed}` と書いてください。",
)
NO_TEXT = Text(
    "What would you like to know about {names}? Please write your question.",
    "添付ファイル（{names}）について、知りたいことを文章で書いてください。",
)
TOO_LONG = Text(
    "Your question is too long ({length:,} {length:character|characters}). "
    "Please shorten it to {limit:,} {limit:character|characters} and send it again.",
    "質問が長すぎます（{length:,} 文字）。{limit:,} 文字以内に短くして、もう一度送ってください。",
)
NOTHING_TO_STOP = Text(
    "There is nothing to stop right now. If that was a question, please say a little more.",
    "いま中止できる質問はありません。質問でしたら、もう少し詳しく書いてください。",
)
FULL = Text(
    "I have too many questions in the queue and could not take yours. "
    "Please ask again in a few minutes.",
    "ただいま質問が混み合っているため、受け付けられませんでした。数分後にもう一度お送りください。",
)
WRITTEN_BY_BOT = Text(
    "I answer mentions by people only, not by workflows or other apps: two bots could talk for "
    "ever. To ask, mention me yourself, or add my step to the workflow in Workflow Builder. "
    "I say this once in each channel.",
    "ワークフローやほかのアプリからのメンションには、ボット同士の会話が続くおそれがあるため、お答えしません。"
    "ご自身でメンションするか、ワークフロービルダーでこのボットのステップを追加してください"
    "（この案内はチャンネルごとに一度だけです）。",
)
PERSON_FULL = Text(
    "{count} of your questions {count:is|are} still waiting for an answer, so I have not taken "
    "this one. "
    "Please send it again when some of them are answered.",
    "回答待ちの質問はお一人 {count} 件までのため、この質問は受け付けられませんでした。"
    "前の質問への回答が届いてから、もう一度お送りください。",
)
OPERATORS_ONLY = Text(
    "Only operators can do that: {operators}", "この操作は運用担当者だけが行えます: {operators}"
)
SLACK_ADMINS = Text("the admins and owners of this workspace", "ワークスペースの管理者とオーナー")
FORGOTTEN = Text(
    "I have forgotten this thread. To start again, mention me.",
    "このスレッドでの会話を忘れました。続けるには、もう一度メンションしてください。",
)
FORGET_IN_THREAD = Text(
    "To make me forget a thread, write {bot} forget in it. Slack has no commands in threads.",
    "スレッドの中で {bot} 忘れて と書いてください（コマンドはスレッドの中では使えません）。",
)
NOT_HERE = Text(
    "People from outside the team read this channel, too. Type `{command} status` instead.",
    "このチャンネルはチーム外の方も読んでいます。代わりに `{command} status` と入力してください。",
)
CHANNEL_ONLY = Text(
    "Please use this command in the channel.", "このコマンドはチャンネルの中で使ってください。"
)

# Settings of a channel

CHANNEL = Text(
    "Settings of this channel\n• Listening: {listening}\n• Sources: {sources}\n"
    "• Language: {speaks}\n• Automatic answers: {auto}\n• Training export: {export}\n"
    "To change them: `{command} channel follow|mention|off` · "
    "`{command} channel sources name…|all` · `{command} channel language ja|en|auto` · "
    "`{command} channel auto on|ask|off` · `{command} channel export on|all|off`",
    "このチャンネルの設定\n• 応答: {listening}\n• 情報源: {sources}\n• 言語: {speaks}\n"
    "• 自動回答: {auto}\n• 学習用エクスポート: {export}\n"
    "変更: `{command} channel follow|mention|off`・`{command} channel sources 名前…|all`・"
    "`{command} channel language ja|en|auto`・`{command} channel auto on|ask|off`・"
    "`{command} channel export on|all|off`",
)
LISTENING_FOLLOW = Text(
    "mentions, and follow-up questions in the thread (follow)",
    "メンションされたときと、スレッドでの続きの質問（follow）",
)
LISTENING_MENTION = Text("mentions only (mention)", "メンションされたときだけ（mention）")
LISTENING_OFF = Text("off (off)", "停止中（off）")
AUTO_OFF = Text("off (off)", "しない（off）")
AUTO_ON = Text(
    "questions to everybody, where the answer is proven (on)",
    "全員への質問に、証明済みの答えがあるときだけ（on）",
)
AUTO_ASK = Text(
    "questions to everybody, where the answer is proven; else I ask the expert (ask)",
    "全員への質問に、証明済みの答えがあれば回答、なければ担当者に質問（ask）",
)
AUTO_BEGUN = Text(
    "{person} has switched on automatic answers in this channel: {auto}.\n"
    "When somebody asks everybody here a question, I wait {minutes} {minutes:minute|minutes}. If "
    "nobody has "
    "replied, and a certificate proves that I answer such questions right, I answer in the thread. "
    "Otherwise I stay silent. Threads, messages to a person and what bots write are left alone. "
    "To read a question, I send it to the same model as when you mention me.\n"
    "Every member may switch this off: `{command} channel auto off`",
    "{person} さんがこのチャンネルの自動回答を設定しました: {auto}\n"
    "全員への質問があると、{minutes} 分待ちます。返信がなく、そのような質問に正しく答えられることが"
    "証明書で示されている場合だけ、スレッドで回答します。それ以外は何も投稿しません。"
    "スレッド内の会話、特定の人への投稿、ほかのボットの投稿には反応しません。"
    "質問は、メンションされたときと同じモデルに送られます。\n"
    "メンバーはいつでも停止できます: `{command} channel auto off`",
)
AUTO_NOT_PROVEN = Text(
    "For now I stay silent, since no certificate holds (see `kotae eval calibrate`).",
    "有効な証明書がないため、当面は何も回答しません（`kotae eval calibrate` を参照）。",
)
AUTO_ENDED = Text(
    "{person} has switched off automatic answers in this channel. Mention me to ask.",
    "{person} さんがこのチャンネルの自動回答を停止しました。質問するときはメンションしてください。",
)
LANGUAGE_AUTO = Text("same as the question (auto)", "質問と同じ言語（auto）")
LANGUAGE_JA = Text("Japanese (ja)", "日本語（ja）")
LANGUAGE_EN = Text("English (en)", "英語（en）")
OTHER_SOURCES = Text("{count} that cannot be named here", "ここでは表示できない情報源 {count} 件")
ALL_SOURCES = Text("all sources", "すべての情報源")
NO_SUCH_CHOICE = Text("There is no setting “{choice}”.", "「{choice}」という設定はありません。")

# Training export

EXPORT_OFF = Text("off (off)", "しない（off）")
EXPORT_ON = Text("questions from {day} on (on)", "{day} 以降の質問（on）")
EXPORT_ALL = Text("all questions, past ones included (all)", "過去の質問も含めてすべて（all）")
EXPORT_CHANGED = Text(
    "{person} has changed the training export of this channel: {export}\n"
    "It lets approved and corrected answers, with their questions, train a model. Personal data is "
    "removed first. People who use that model may learn what was said here. "
    "To keep your own words out, type `{command} export never`.",
    "{person} さんがこのチャンネルの学習用エクスポートを変更しました: {export}\n"
    "承認または訂正された回答とその質問を、個人情報を取り除いたうえで"
    "モデルの学習に使えるようにする設定です。"
    "そのモデルを使う人に、ここでの発言の内容が伝わることがあります。"
    "ご自分の発言を使われたくない場合は `{command} export never` と入力してください。",
)
EXPORT_REFUSED = Text(
    "Training exports leave out your questions, corrections and saved answers, past ones included. "
    "To undo this, type `{command} export ok`.",
    "あなたの質問・訂正・保存した回答は、過去のものも含めて学習用にエクスポートされません。"
    "戻すには `{command} export ok` と入力してください。",
)
EXPORT_ALLOWED = Text(
    "Channels with the training export on may export your questions and corrections, without "
    "personal data. To keep them out, type `{command} export never`.",
    "学習用エクスポートを許可したチャンネルでは、あなたの質問と訂正が、個人情報を取り除いたうえで"
    "エクスポートされることがあります。"
    "学習に使われたくない場合は `{command} export never` と入力してください。",
)
EXPORT_HOW = Text(
    "To keep your words out, type `{command} export never`. To allow them, type "
    "`{command} export ok`.",
    "学習に使われたくない場合は `{command} export never`、"
    "使われてもよい場合は `{command} export ok` と入力してください。",
)

# Asking

ASK_WHAT = Text(
    "Please add your question: `{command} ask question`",
    "質問を続けて書いてください: `{command} ask 質問`",
)
ASKED_HERE = Text("You asked: {question}", "あなたの質問: {question}")
ANSWER_IN_THREAD = Text(
    "Got it. I will answer in the thread.", "受け付けました。スレッドでお答えします。"
)
ANSWER_BY_DM = Text(
    "Got it. I will answer in your direct messages with me.",
    "受け付けました。ダイレクトメッセージでお答えします。",
)
ASK_TITLE = Text("Ask Kotae", "Kotae に質問")
QUESTION_LABEL = Text("Question", "質問")
WHERE_LABEL = Text("Where to answer", "回答する場所")
WHERE_PRIVATE = Text("Only to me, by direct message", "自分だけに（ダイレクトメッセージ）")
WHERE_THREAD = Text("In the thread, visible to everyone", "スレッドに（全員に表示）")
NOT_THERE = Text(
    "I am not in that channel, so I cannot post in the thread.",
    "ボットがそのチャンネルに参加していないため、スレッドに投稿できません。",
)

# The index

REINDEX_STARTED = Text(
    "Updating the index ({source}). I will tell you when it is done.",
    "索引の更新を受け付けました（{source}）。終わったらお知らせします。",
)
REINDEX_FAILED = Text(
    "The update failed, and nothing has changed. The reason cannot be shown here: "
    "it is in the log, and `kotae sync` shows it.",
    "索引を更新できませんでした。内容は前のままです。理由はここでは表示できないため、"
    "ログか `kotae sync` で確認してください。",
)
UNKNOWN_SOURCE = Text(
    "There is no source “{source}”. Sources: {sources}",
    "「{source}」という情報源はありません。使える情報源: {sources}",
)

# Review

JUDGE_TITLE = Text("Review an answer", "回答のレビュー")
JUDGE_LABEL = Text("Is this answer right?", "この回答は正しいですか")
JUDGE_PROGRESS = Text(
    "{judged} reviewed by you · {left} left", "あなたがレビューした回答 {judged} 件・残り {left} 件"
)
JUDGE_SECOND = Text(
    "{judged} reviewed by you · {left} left that others have reviewed. What do you think? "
    "(Their verdicts are hidden.)",
    "あなたがレビューした回答 {judged} 件・ほかの人がレビューした回答が残り {left} 件。"
    "あなたの判定もお聞かせください（ほかの人の判定は表示しません）。",
)
CORRECTION_LABEL = Text("The right answer", "正しい回答")
CORRECTION_HINT = Text(
    "For answers that are wrong or only partly right. Later answers learn from it.",
    "「一部だけ正しい」「間違っている」のときに書いてください。今後の回答の手本になります。",
)
CORRECTION_OF_RIGHT = Text(
    "A right answer needs no correction. Change the verdict, or clear this field.",
    "「正しい」を選んだ場合、訂正は不要です。判定を変えるか、この欄を空にしてください。",
)
AGREEMENT = Text(
    "{one} and {other} agree on {alike} of {both} (Cohen's kappa {kappa})",
    "{one} と {other}: {both} 件中 {alike} 件が一致（Cohen の κ {kappa}）",
)
AGREEMENT_OF_ALL = Text(
    "Everyone: Krippendorff's alpha {alpha}", "全員の判定の一致: Krippendorff の α {alpha}"
)
VERDICT_RIGHT = Text("Right", "正しい")
VERDICT_PARTLY = Text("Partly right", "一部だけ正しい")
VERDICT_WRONG = Text("Wrong", "間違っている")
ALARM_RAISED = Text(
    "Too many of the answers judged since the calibration were wrong. From now on an answer is "
    "shown from a confidence of {floor}.",
    "校正後に判定された回答に、誤りが多すぎました。"
    "今後は確信度 {floor} 以上の回答だけを表示します。",
)
ALARM_WITHDRAWN = Text(
    "Too many of the answers judged since the calibration were wrong. The certificate is "
    "withdrawn: calibrate again with `kotae eval calibrate`.",
    "校正後に判定された回答に誤りが多すぎたため、証明書を取り消しました。"
    "`kotae eval calibrate` で校正し直してください。",
)
NOTHING_TO_JUDGE = Text("There are no answers left to review.", "レビュー待ちの回答はありません。")
CLOSE = Text("Close", "閉じる")

# Home

HOME_ASK = Text("Ask me", "質問する")
HOME_HOW = Text(
    "Mention {bot} in a channel, or write in the *Messages* tab. I search the team's documents and "
    "answer with sources. If I do not know, I say so and name someone who does.",
    "チャンネルで {bot} にメンションするか、「メッセージ」タブで質問してください。"
    "社内資料を調べ、出典を付けて答えます。わからないときは、そう伝えて担当者をご案内します。",
)
HOME_TRY = Text("Try a question", "試しに質問する")
HOME_INDEX = Text("What I know", "参照している資料")
HOME_YOURS = Text("Your recent questions", "あなたの最近の質問")
HOME_NONE_YET = Text("None yet.", "質問はまだありません。")
HOME_WEEK = Text("Last 7 days", "この 7 日間")
HOME_METRICS = Text(
    "{answered} answered · {found} found · {handed_over} handed over · {failed} failed · "
    "👍 {up} 👎 {down} · cost {cost}",
    "回答 {answered} 件・候補の提示 {found} 件・引き継ぎ {handed_over} 件・失敗 {failed} 件・"
    "👍 {up} 👎 {down}・費用 {cost}",
)
HOME_COMPLAINTS = Text("Recent 👎", "最近の 👎")
HOME_GAPS = Text("Unanswered questions", "未回答の質問")
HOME_NAMES = Text("Names to confirm", "確認が必要な名前")
HOME_NEXT = Text("What to do next", "次にすること")
NEXT_NAMES = Text("Confirm the names below.", "下の「確認が必要な名前」を見て、対応してください。")
NEXT_SOURCES = Text(
    "Look at the sources that cannot be updated: {sources} (reasons below, or `{command} status`)",
    "更新できない情報源を確認してください: {sources}（理由は下、または `{command} status`）",
)
NEXT_GAPS = Text(
    "Answer the questions below, or add a document: `{command} gaps`",
    "下の「未回答の質問」に答えるか、資料を追加してください: `{command} gaps`",
)
NEXT_COMPLAINTS = Text(
    "Look at the answers with 👎: `{command} feedback`",
    "👎 の付いた回答を確認してください: `{command} feedback`",
)
NEXT_REVIEW = Text(
    "Judge some answers: `{command} review`",
    "回答が正しいかどうかを判定してください: `{command} review`",
)
NEXT_INVITE = Text(
    "Invite me to a channel, and ask the first question there.",
    "チャンネルにボットを招待して、最初の質問をしてください。",
)
HOME_ADVANCED = Text("Advanced", "詳細設定")
HOME_TOOLS = Text(
    "On the server: `kotae eval calibrate` (certificate) · `kotae knowledge tune` (search) · "
    "`kotae prompt tune` (prompt) · `kotae export chat` (training data)",
    "サーバーで使うコマンド: `kotae eval calibrate`（証明書）・"
    "`kotae knowledge tune`（検索の調整）・`kotae prompt tune`（プロンプトの調整）・"
    "`kotae export chat`（学習用データ）",
)
HOME_REINDEX = Text("Update the index", "索引を更新")
HOME_REFRESH = Text("Refresh", "表示を更新")
HOME_TREND = Text(
    "Weekly trend ({weeks} {weeks:week|weeks}, this week on the right)",
    "週ごとの推移（{weeks} 週間、右端が今週）",
)
TREND_WITHOUT = Text("answered without a person", "人の手を借りずに回答")
TREND_REPEATS = Text("handed over again", "繰り返しの引き継ぎ")
TREND_MINUTES = Text("time to a person's answer (median)", "人が回答するまでの時間（中央値）")
TREND_COST = Text("cost per answer", "回答 1 件の費用")
TREND_RIGHT = Text("judged right", "正しいと判定された割合")
ANSWERED = Text("answered", "回答")
FOUND = Text("passages found", "候補を提示")
HANDED_OVER = Text("handed over", "引き継ぎ")
CLARIFY = Text("asked back", "聞き返し")
FAILED = Text("failed", "失敗")

# The weekly post

WEEK_TITLE = Text("Kotae: week of {first} to {last}", "Kotae: {first}〜{last} の週")
WEEKLY_NO_CHANNEL = Text(
    "The weekly post: {channel} is not a channel that the bot can see. Invite it there, or write "
    "the channel's id in WEEKLY_CHANNEL.",
    "週に一度の投稿: ボットから {channel} が見えません。チャンネルにボットを招待するか、"
    "WEEKLY_CHANNEL にチャンネルの ID を書いてください。",
)
WEEKLY_OUTSIDERS = Text(
    "The weekly post: guests or people from outside read {channel}. Name another channel in "
    "WEEKLY_CHANNEL.",
    "週に一度の投稿: {channel} はゲストか社外の人も読めます。"
    "WEEKLY_CHANNEL に別のチャンネルを書いてください。",
)
WEEK_QUIET = Text("Nobody asked anything last week.", "先週は質問がありませんでした。")
WEEK_FIGURES = Text(
    "*{questions} asked*: {answered} answered ({share} without a person) · {found} found · "
    "{handed_over} handed over · {failed} failed",
    "*質問 {questions} 件*: 回答 {answered} 件（人の手を借りずに {share} に回答）・"
    "候補の提示 {found} 件・引き継ぎ {handed_over} 件・失敗 {failed} 件",
)
WEEK_BEFORE = Text(
    "The week before: {questions} asked, {share} answered without a person",
    "前の週: 質問 {questions} 件・人の手を借りずに {share} に回答",
)
WEEK_MINUTES = Text("a person's answer took {time} (median)", "人が回答するまで {time}（中央値）")
WEEK_COST = Text("cost {cost}", "費用 {cost}")
WEEK_CHART = Text("Questions by week", "週ごとの質問数")
WEEK_STALE = Text("Documents that have not changed for a long time", "長く更新されていない資料")
STALE_SOURCE = Text("{name}: last change {date}", "{name}: 最終更新 {date}")
WEEK_NEXT_GAPS = Text(
    "Answer an unanswered question, or add a document.",
    "未回答の質問に答えるか、資料を追加してください。",
)
WEEK_NEXT_STALE = Text(
    "Check that the old documents still hold.", "古い資料がいまも正しいか確認してください。"
)
WEEK_NEXT_ASK = Text("Ask me something.", "何か質問してみてください。")
WEEK_FOOT = Text(
    "Posted once a week. Operators choose channel and time.",
    "週に一度の投稿です。チャンネルと時刻は運用担当者が設定します。",
)
WEEK_SENT = Text(
    "I am sending you last week's post by direct message.",
    "先週のまとめをダイレクトメッセージで送ります。",
)

# Complaints and gaps

NO_COMPLAINTS = Text("No 👎 yet.", "👎 の評価はまだありません。")
DIRECT_COMPLAINTS = Text(
    "{count} in direct messages, not shown",
    "ダイレクトメッセージでの回答への 👎 {count} 件（非表示）",
)
HIDDEN_COMMENT = Text("(this comment cannot be shown here)", "（ここでは表示できないコメント）")
GAPS_TITLE = Text("*Unanswered questions*", "*未回答の質問*")
NO_GAPS = Text("There are no unanswered questions.", "未回答の質問はありません。")
GAP_PEOPLE = Text("asked {times}× by {people}", "{people} 人・{times} 回")
GAP_SINCE = Text("first {age} ago", "最初は {age}前")
GAP_OPEN = Text("waiting for an expert", "担当者の回答待ち")
GAP_ANSWERED = Text("answered, not saved", "回答済み・未保存")
GAP_EXPIRED = Text("nobody answered", "回答なし")
GAP_UNSOURCED = Text("answered, but a source is missing", "回答済み・資料不足の指摘あり")
GAP_CLOSEST = Text("closest: {titles}", "近い資料: {titles}")
GAP_NO_DOCUMENT = Text("no close document: one is missing", "近い資料なし（資料が必要です）")
GAP_HIDDEN_DOCUMENT = Text(
    "the closest documents cannot be shown here", "近い資料はありますが、ここでは表示できません"
)
GAP_OTHER_SOURCE = Text("another document is needed", "別の資料が必要です")
DAYS = Text("{count} d", "{count} 日")
HOURS = Text("{count} h", "{count} 時間")
MINUTES = Text("{count} min", "{count} 分")

# First contact

HELLO = Text(
    "Hello! I answer questions from the team's documents, with sources. Mention {bot} and ask. "
    "I can be wrong, so please check the sources.",
    "こんにちは。社内資料をもとに、出典を付けて質問に答えます。"
    "{bot} にメンションして質問してください。間違えることもあるため、出典をご確認ください。",
)
PROMPTS_TITLE = Text("For example", "たとえば")
PROMPT_HELP = Text("What can you do?", "何ができますか？")
