"""Why servers and their tools cannot be asked, and what `kotae doctor` says of them."""

from bot.core.i18n import Text

NOT_STARTED = Text(
    "its command is not started: name it in MCP_COMMANDS, in the environment",
    "コマンドを起動しません。環境変数 MCP_COMMANDS にサーバーの名前を書いてください",
)
NO_TOKEN = Text("{variable} is not set", "{variable} が設定されていません")
UNPROTECTED = Text(
    "a token needs an address with https://", "トークンを送るには https:// のアドレスが必要です"
)
TOO_SLOW = Text(
    "did not answer in {seconds} {seconds:second|seconds}", "{seconds} 秒以内に応答がありません"
)
NOT_REACHED = Text(
    "cannot be asked: nothing answers at its address",
    "アドレスに応答がなく、問い合わせできません",
)
NO_PROGRAM = Text(
    "cannot be asked: its command cannot be started",
    "コマンドを起動できず、問い合わせできません",
)
REFUSED = Text(
    "cannot be asked: it refuses the token, or wants one (HTTP {status})",
    "トークンが拒否されたか、トークンが必要なため、問い合わせできません（HTTP {status}）",
)
FAILED = Text(
    "cannot be asked: it does not speak MCP, or broke off",
    "MCP のサーバーではないか、通信が途切れ、問い合わせできません",
)

NO_SUCH_TOOL = Text("the server has no such tool", "サーバーにこのツールがありません")
MAY_WRITE = Text(
    "it may write, and allow_writes does not name it",
    "書き込みを行う可能性がありますが、allow_writes に名前がありません",
)
UNSUITABLE = Text("needs the argument {argument}", "必須の引数 {argument} に対応していません")

# Of each server, one line.

NEEDS_EXTRA = Text(
    "the extra is missing: pip install 'kotae[mcp]'",
    "追加パッケージがありません: pip install 'kotae[mcp]'",
)
USABLE = Text("{tools} can be used", "使えるツール: {tools}")
ONLY_READS = Text(
    "{tool} only reads: allow_writes need not name it",
    "{tool} は読み取り専用なので、allow_writes に書く必要はありません",
)
UNUSED = Text("only a model would ask it, and none is set", "モデルが未設定のため、使われません")
SEPARATOR = Text("; ", "。")
