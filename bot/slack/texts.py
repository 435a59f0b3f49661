"""Everything that people read, in Japanese and in English."""

from dataclasses import dataclass

from bot.types import Language


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
OTHER_TOOL = Text("{tool}: {what}", "{tool}: {what}")
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
    "{owner} さん、上の質問の確認をお願いします。このスレッドで返信してください。",
    "{owner}, could you help with the question above? Please reply in this thread.",
)
UNREAD_FILES = Text(
    "添付ファイル（{names}）は読めないため、文章だけをもとに答えました。",
    "I cannot read attachments yet ({names}); this rests on the text alone.",
)
THANKS = Text(
    "フィードバックありがとうございます。記録しました。", "Thank you, your feedback is recorded."
)
NOT_RECORDED = Text(
    "この回答の記録が見つからないため、フィードバックを保存できませんでした。",
    "There is no record of this answer any more, so your feedback could not be stored.",
)

# Instead of an answer

HELP = Text(
    "質問をそのまま送ってください。社内資料を調べ、出典を付けて答えます。\n"
    "• チャンネルでは {bot} へのメンションで質問（同じスレッドでの続きはメンション不要）\n"
    "• ダイレクトメッセージでも質問できます\n"
    "• 回答には 👍 / 👎 で評価をお願いします\n"
    "コマンド: `{command} ask 質問`・`{command} status`・`{command} reindex [ソース]`・"
    "`{command} help`（スレッドの中では {bot} へのメンションに続けて `status` など）",
    "Send me a question as it is. I look into the team's documents and answer with sources.\n"
    "• In a channel, mention {bot} (no mention needed to go on in the same thread)\n"
    "• Direct messages work too\n"
    "• Please judge answers with 👍 or 👎\n"
    "Commands: `{command} ask question` · `{command} status` · `{command} reindex [source]` · "
    "`{command} help` (inside threads, the same words after mentioning {bot})",
)
NO_TEXT = Text(
    "画像や添付ファイル（{names}）はまだ読めません。知りたいことを文章で書いてください。",
    "I cannot read images or files yet ({names}). Please write your question as text.",
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

# Commands

ASK_WHAT = Text(
    "質問を続けて書いてください: `{command} ask 質問`",
    "Please add the question: `{command} ask question`",
)
ASKED_HERE = Text("質問: {question}", "You asked: {question}")
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

# First contact

PROMPTS_TITLE = Text("たとえば", "For example")
PROMPT_HELP = Text("何ができますか？", "What can you do?")
