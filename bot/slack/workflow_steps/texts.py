"""What people read of runs that end without an answer, and above answers in channels."""

from bot.core.i18n import Text

UNKNOWN_STEP = Text(
    "I do not know this step any more. Please take it out of the workflow and add it again.",
    "このステップは使えなくなりました。ワークフローから削除し、もう一度追加してください。",
)
NO_QUESTION = Text(
    "The step got no question. Please put a text into “Question”.",
    "質問が空でした。ステップの「質問」にテキストを入れてください。",
)
TOO_LONG = Text(
    "The question is too long ({length:,} characters). Please shorten it to {limit:,} characters.",
    "質問が長すぎます（{length:,} 文字）。{limit:,} 文字以内に短くしてください。",
)
FULL = Text(
    "Too many questions are waiting for an answer. Please run the workflow again later.",
    "順番を待っている質問が多すぎます。しばらくしてから、もう一度実行してください。",
)
NOT_IN_CHANNEL = Text(
    "I cannot answer in the chosen channel. It takes two: invite me there, and have the workflow "
    "run by somebody who is in it. Without a channel, the step hands you the answer itself.",
    "選ばれたチャンネルでは回答できません。私をそのチャンネルに招待し、チャンネルのメンバーが"
    "ワークフローを実行してください。チャンネルを選ばなければ、ステップの結果として回答を渡します。",
)
ASKED = Text(
    "{person} asked in a workflow:\n>{question}",
    "{person} さんがワークフローで質問しました：\n>{question}",
)
NOTHING = Text(
    "The documents do not say.",
    "文書には答えが見つかりませんでした。",
)
IN_THE_CHANNEL = Text(
    "The answer is for the members of the channel: {link}",
    "回答はチャンネルのメンバーだけが読めます：{link}",
)
STOPPED = Text(
    "Somebody has stopped the answer in the channel.",
    "チャンネルで回答が中止されました。",
)
