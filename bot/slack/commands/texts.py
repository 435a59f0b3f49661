"""What commands, forms and the home page say."""

from bot.core.i18n import Text

JUDGE_TITLE = Text("Judge an answer", "回答の判定")
JUDGE_LABEL = Text("Is this answer right?", "この回答は正しいですか")
JUDGE_PROGRESS = Text(
    "{judged} judged by you · {left} left", "判定済み {judged} 件・残り {left} 件"
)
JUDGE_SECOND = Text(
    "{judged} judged by you · {left} left that others have judged: what do you think? "
    "(Their verdicts are not shown.)",
    "判定済み {judged} 件・ほかの人が判定した回答が残り {left} 件。"
    "あなたの判断もお聞かせください（ほかの人の判定は表示しません）。",
)
CORRECTION_LABEL = Text("What the answer should have been", "正しい回答")
CORRECTION_HINT = Text(
    "For answers that are wrong or only partly right. Later answers follow it.",
    "「一部だけ正しい」「間違っている」の場合に書けます。今後の回答の手本になります。",
)
CORRECTION_OF_RIGHT = Text(
    "An answer that is right needs no correction: change the verdict, or clear this.",
    "「正しい」回答に訂正は付けられません。判定を変えるか、訂正を消してください。",
)
AGREEMENT = Text(
    "{one} and {other}: {alike} of {both} alike, Cohen's kappa {kappa}",
    "{one} と {other}: {both} 件中 {alike} 件が一致（Cohen の κ {kappa}）",
)
AGREEMENT_OF_ALL = Text(
    "everybody: Krippendorff's alpha {alpha}", "全員の判定の一致: α（Krippendorff）{alpha}"
)
VERDICT_RIGHT = Text("Right", "正しい")
VERDICT_PARTLY = Text("Partly right", "一部だけ正しい")
VERDICT_WRONG = Text("Wrong", "間違っている")
NOTHING_TO_JUDGE = Text("There is no answer left to judge.", "判定待ちの回答はありません。")
CLOSE = Text("Close", "閉じる")
HELP = Text(
    "Send me a question as it is. I look into the team's documents and answer with sources.\n"
    "• In a channel, mention {bot} (no mention needed to go on in the same thread)\n"
    "• Direct messages work too\n"
    "• Please judge answers with 👍 or 👎\n"
    "Commands: `{command} ask question` · `{command} status` · `{command} reindex [source]` · "
    "`{command} answers [certified|best-effort|draft]` · `{command} gaps` · `{command} review` · "
    "`{command} entries` · `{command} help` "
    "(inside threads, the same words after mentioning {bot})",
    "質問をそのまま送ってください。社内資料を調べ、出典を付けて答えます。\n"
    "• チャンネルでは {bot} へのメンションで質問（同じスレッドでの続きはメンション不要）\n"
    "• ダイレクトメッセージでも質問できます\n"
    "• 回答には 👍 / 👎 で評価をお願いします\n"
    "コマンド: `{command} ask 質問`・`{command} status`・`{command} reindex [ソース]`・"
    "`{command} answers [certified|best-effort|draft]`・`{command} gaps`・`{command} review`・"
    "`{command} entries`・`{command} help`"
    "（スレッドの中では {bot} へのメンションに続けて `status` など）",
)
NO_TEXT = Text(
    "What would you like to know about {names}? Please write your question as text.",
    "添付ファイル（{names}）について、知りたいことを文章で書いてください。",
)
TOO_LONG = Text(
    "That question is too long ({length:,} characters). "
    "Please shorten it to {limit:,} characters and send it again.",
    "質問が長すぎます（{length:,} 文字）。{limit:,} 文字以内に短くして、もう一度送ってください。",
)
NOTHING_TO_STOP = Text(
    "There is nothing to stop just now. If that was a question, please say a little more.",
    "いま中止できる質問はありません。質問でしたら、もう少し詳しく書いてください。",
)
FULL = Text(
    "There are too many questions in line just now, so I could not take this one. "
    "Please ask again in a few minutes.",
    "ただいま質問が混み合っているため、この質問は受け付けられませんでした。"
    "数分後にもう一度お送りください。",
)
OPERATORS_ONLY = Text(
    "Only operators can do that: {operators}", "この操作は管理者だけが行えます。管理者: {operators}"
)
SLACK_ADMINS = Text("the admins and owners of this workspace", "ワークスペースの管理者とオーナー")
FORGOTTEN = Text(
    "I have forgotten what was said in this thread. Mention me to begin again.",
    "このスレッドでの会話を忘れました。続けるには、もう一度メンションしてください。",
)
FORGET_IN_THREAD = Text(
    "Write {bot} forget inside the thread that I should forget (commands do not work in threads).",
    "忘れてほしいスレッドの中で {bot} forget と書いてください"
    "（コマンドはスレッドの中では使えません）。",
)
CHANNEL_ONLY = Text(
    "Please use that in the channel that it is about.", "チャンネルの中で使ってください。"
)
CHANNEL = Text(
    "Settings of this channel\n• Listening: {listening}\n• Sources: {sources}\n"
    "• Language: {speaks}\n• Export for training: {export}\n"
    "Change them: `{command} channel follow|mention|off` · `{command} channel sources name…|all` · "
    "`{command} channel language ja|en|auto` · `{command} channel export on|all|off`",
    "このチャンネルの設定\n• 応答: {listening}\n• 情報源: {sources}\n• 言語: {speaks}\n"
    "• 学習用の書き出し: {export}\n"
    "変更: `{command} channel follow|mention|off`・`{command} channel sources 名前…|all`・"
    "`{command} channel language ja|en|auto`・`{command} channel export on|all|off`",
)
EXPORT_OFF = Text("none (off)", "しない（off）")
EXPORT_ON = Text("questions asked from {day} on (on)", "{day} 以降の質問（on）")
EXPORT_ALL = Text(
    "all questions, those of the past too (all)", "これまでの質問も含めてすべて（all）"
)
EXPORT_CHANGED = Text(
    "{person} has changed what this channel gives for training: {export}\n"
    "It lets answers that were approved or corrected, with their questions, train a model, after "
    "personal data is taken out. Whoever uses that model may learn what was said here. "
    "To keep your own words out, type `{command} export never`.",
    "{person} さんがこのチャンネルの「学習用の書き出し」を変更しました: {export}\n"
    "評価や訂正を受けた回答とその質問を、個人情報を取り除いたうえで"
    "モデルの学習に使えるようにする設定です。"
    "そのモデルを使う人に、ここでの内容が伝わることがあります。"
    "ご自分の発言を使われたくないときは `{command} export never` と入力してください。",
)
EXPORT_REFUSED = Text(
    "Your questions, corrections and saved answers stay out of exports for training, those of the "
    "past too. To take that back, type `{command} export ok`.",
    "あなたの質問・訂正・保存した内容は、学習用に書き出されません（過去のものも含みます）。"
    "戻すには `{command} export ok` と入力してください。",
)
EXPORT_ALLOWED = Text(
    "In channels that were opened for it, your questions and corrections may be exported for "
    "training, after personal data is taken out. To keep them out, type `{command} export never`.",
    "書き出しを許可したチャンネルでのあなたの質問と訂正は、個人情報を取り除いたうえで、"
    "学習用に書き出されることがあります。"
    "使われたくないときは `{command} export never` と入力してください。",
)
EXPORT_HOW = Text(
    "Type `{command} export never` to keep your words out, or `{command} export ok`.",
    "使わない場合は `{command} export never`、使ってよい場合は `{command} export ok` です。",
)
LISTENING_FOLLOW = Text(
    "answers mentions, and goes on in the thread (follow)",
    "メンションに答え、スレッドでは続きの質問にも答えます（follow）",
)
LISTENING_MENTION = Text("only when mentioned (mention)", "メンションされたときだけ（mention）")
LISTENING_OFF = Text("switched off (off)", "停止中（off）")
LANGUAGE_AUTO = Text("that of the question (auto)", "質問の言語（auto）")
LANGUAGE_JA = Text("Japanese (ja)", "日本語（ja）")
LANGUAGE_EN = Text("English (en)", "英語（en）")
NO_SUCH_CHOICE = Text(
    "There is no such setting: “{choice}”.", "「{choice}」という設定はありません。"
)
ASK_WHAT = Text(
    "Please add the question: `{command} ask question`",
    "質問を続けて書いてください: `{command} ask 質問`",
)
ASKED_HERE = Text("You asked: {question}", "質問: {question}")
ANSWER_IN_THREAD = Text(
    "Got it: the answer comes in the thread.", "受け付けました。スレッドで答えます。"
)
ANSWER_BY_DM = Text(
    "Got it: the answer comes by direct message, <#{channel}>.",
    "受け付けました。ダイレクトメッセージ <#{channel}> で答えます。",
)
REINDEX_STARTED = Text(
    "The index is being updated ({source}). I will tell you when it is done.",
    "索引の更新を受け付けました（{source}）。終わったらお知らせします。",
)
ALL_SOURCES = Text("all sources", "すべてのソース")
UNKNOWN_SOURCE = Text(
    "There is no source “{source}”. Sources: {sources}",
    "「{source}」というソースはありません。使えるソース: {sources}",
)
ASK_TITLE = Text("Ask Kotae", "Kotae に質問")
QUESTION_LABEL = Text("Question", "質問")
WHERE_LABEL = Text("Where to answer", "回答する場所")
WHERE_PRIVATE = Text("Only to me, by direct message", "自分だけに（ダイレクトメッセージ）")
WHERE_THREAD = Text("In the thread, for everybody there", "元のスレッドに（全員に見える）")
NOT_THERE = Text(
    "I am not in that channel, so I cannot write in the thread.",
    "そのチャンネルに参加していないため、スレッドには投稿できません。",
)
HOME_ASK = Text("Ask me", "質問する")
HOME_HOW = Text(
    "Mention {bot} in a channel, or write in the *Messages* tab. I look into the team's documents "
    "and answer with sources; when I do not know, I say so and name who does.",
    "チャンネルでは {bot} へのメンション、または「メッセージ」タブで質問してください。"
    "社内資料を調べ、出典を付けて答えます。わからないときは、そう伝えて担当者を案内します。",
)
HOME_INDEX = Text("What I know", "索引")
HOME_YOURS = Text("Your last questions", "あなたの最近の質問")
HOME_NONE_YET = Text("None yet.", "まだありません。")
HOME_WEEK = Text("The last seven days", "この 7 日間")
HOME_METRICS = Text(
    "{answered} answered · {handed_over} handed over · {failed} failed · 👍 {up} 👎 {down} · "
    "cost {cost}",
    "回答 {answered} 件・引き継ぎ {handed_over} 件・失敗 {failed} 件・👍 {up} 👎 {down}・"
    "費用 {cost}",
)
HOME_UNPRICED = Text(" (and {count} whose price is not known)", "（ほかに価格不明 {count} 件）")
HOME_NO_PRICE = Text("not known", "不明")
HOME_COMPLAINTS = Text("Last 👎", "最近の 👎")
HOME_GAPS = Text("What nothing answered", "答えられなかった質問")
HOME_NAMES = Text("Names to confirm", "確認が必要な名前")
HOME_REINDEX = Text("Update the index", "索引を更新")
HOME_REFRESH = Text("Refresh", "表示を更新")
NO_COMPLAINTS = Text("There is no 👎 yet.", "👎 の評価はまだありません。")
GAPS_TITLE = Text("*What nothing answers yet*", "*まだ答えられない質問*")
NO_GAPS = Text(
    "Nothing that was asked is without an answer.", "いま答えられないままの質問はありません。"
)
GAP_PEOPLE = Text("asked {times}× by {people}", "{people} 人・{times} 回")
GAP_SINCE = Text("first {age} ago", "最初は {age}前")
GAP_OPEN = Text("waits for a person", "担当者の回答待ち")
GAP_ANSWERED = Text("answered, not saved", "回答済み・未保存")
GAP_EXPIRED = Text("nobody answered", "回答なし")
GAP_UNSOURCED = Text("answered, but a source is missing", "回答したが資料不足の指摘あり")
GAP_CLOSEST = Text("closest: {titles}", "近い資料: {titles}")
GAP_NO_DOCUMENT = Text("no document comes close: one is missing", "近い資料なし（資料が必要です）")
GAP_HIDDEN_DOCUMENT = Text(
    "the closest documents cannot be shown here", "近い資料はありますが、ここでは表示できません"
)
GAP_OTHER_SOURCE = Text("another document is needed", "別の資料が必要です")
HIDDEN_COMMENT = Text("(the comment cannot be shown here)", "（コメントはここでは表示できません）")
DAYS = Text("{count} d", "{count} 日")
HOURS = Text("{count} h", "{count} 時間")
MINUTES = Text("{count} min", "{count} 分")
HOME_TREND = Text(
    "Week by week ({weeks} weeks, now at the right)", "週ごとの推移（{weeks} 週、右が今週）"
)
TREND_WITHOUT = Text("answered without a person", "人の手を借りずに回答")
TREND_REPEATS = Text("handed over again", "繰り返しの引き継ぎ")
TREND_MINUTES = Text("until a person answered (median)", "人の回答までの時間（中央値）")
TREND_COST = Text("cost of an answer", "回答 1 件の費用")
TREND_RIGHT = Text("judged right", "判定のうち正しい")
ANSWERED = Text("answered", "回答")
HANDED_OVER = Text("handed over", "引き継ぎ")
CLARIFY = Text("asked back", "確認中")
FAILED = Text("failed", "失敗")
PROMPTS_TITLE = Text("For example", "たとえば")
PROMPT_HELP = Text("What can you do?", "何ができますか？")
