"""What Workflow Builder shows of the step, and what people read of its runs."""

from bot.core.i18n import Text

ABOUT_STEP = Text(
    "Answers a question from your team's documents, with sources.",
    "チームの資料から、出典付きで質問に答えます。",
)
QUESTION = Text("Question", "質問")
ABOUT_QUESTION = Text("What to look up in your team's documents", "チームの資料で調べること")
PERSON = Text("Person", "実行した人")
ABOUT_PERSON = Text(
    "Who runs the workflow; Slack fills it in", "ワークフローを実行した人（Slack が設定します）"
)
CHANNEL = Text("Channel for the answer", "回答するチャンネル")
ABOUT_CHANNEL = Text(
    "Optional: posts the answer there, from what all its members may read",
    "任意: メンバー全員が読める資料をもとに、そのチャンネルで回答します",
)
ANSWER = Text("Answer with sources", "出典付きの回答")
ABOUT_ANSWER = Text("For a message", "メッセージ用")
TEXT = Text("Answer as text", "回答のテキスト")
ABOUT_TEXT = Text("For sheets, lists and forms", "シート・リスト・フォーム用")
STATUS = Text("Status", "結果")
ABOUT_STATUS = Text(
    "answered, found (only passages), nothing, or posted (see the channel)",
    "answered（回答）・found（関連する箇所だけ）・nothing（なし）・posted（チャンネルを参照）",
)
LINK = Text("Link", "リンク")
ABOUT_LINK = Text(
    "The answer in the channel, else its first source", "チャンネルでの回答、なければ最初の出典"
)
UNKNOWN_STEP = Text(
    "I do not know this step any more. Please take it out of the workflow and add it again.",
    "このステップは使えなくなりました。ワークフローから削除し、もう一度追加してください。",
)
NO_QUESTION = Text(
    "The step got no question: its text is empty, or only a greeting. "
    "Please put a question into “Question”.",
    "質問がありませんでした（空か、あいさつだけです）。ステップの「質問」に質問を入力してください。",
)
TOO_LONG = Text(
    "The question is too long ({length:,} {length:character|characters}). Please shorten it to "
    "{limit:,} {limit:character|characters}.",
    "質問が長すぎます（{length:,} 文字）。{limit:,} 文字以内に短くしてください。",
)
FULL = Text(
    "Too many questions are waiting for an answer. Please run the workflow again later.",
    "回答待ちの質問が多すぎます。しばらくしてから、ワークフローをもう一度実行してください。",
)
NOT_IN_CHANNEL = Text(
    "I cannot answer in the chosen channel. I must be invited there, and the person who runs the "
    "workflow must be a member of it. Without a channel, the step itself returns the answer.",
    "選ばれたチャンネルでは回答できません。ボットをそのチャンネルに招待し、チャンネルのメンバーが"
    "ワークフローを実行してください。チャンネルを選ばない場合は、ステップが回答を直接渡します。",
)
CANNOT_POST = Text(
    "Slack does not let me post in the chosen channel ({error}). It may be archived, or only some "
    "may post there. Choose another channel, or ask an admin to let me post.",
    "選ばれたチャンネルに投稿できません（{error}）。アーカイブされているか、投稿できる人が限られて"
    "います。別のチャンネルを選ぶか、投稿の許可を管理者に依頼してください。",
)
ASKED = Text(
    "{person} asked in a workflow:",
    "{person} さんがワークフローで質問しました:",
)
NOTHING = Text(
    "The documents do not say.",
    "資料には答えが見つかりませんでした。",
)
IN_THE_CHANNEL = Text(
    "What I found is for the members of the channel:",
    "調べた結果は、チャンネルのメンバーだけが読めます:",
)
STOPPED = Text(
    "Somebody has stopped the answer in the channel.",
    "チャンネルで、回答が中止されました。",
)
