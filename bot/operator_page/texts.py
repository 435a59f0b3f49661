"""What the operator's page says."""

from collections.abc import Mapping

from bot.core.i18n import Text
from knowledge.model.source_health import SourceFailureKind

TITLE = Text("Kotae: for operators", "Kotae: 運用担当者向け")
AS_OF = Text("as of {when} ({zone})", "{when} 時点（{zone}）")
SIGN_OUT = Text("Sign out", "サインアウト")


# Without the token

SIGN_IN = Text("Sign in", "サインイン")
TOKEN = Text("Token", "トークン")
WRONG = Text("This token is wrong.", "トークンが違います。")
TOO_MANY = Text(
    "Too many wrong tokens. Try again in {seconds} {seconds:second|seconds}.",
    "誤ったトークンが多すぎます。{seconds} 秒後に、もう一度お試しください。",
)
NO_REDIS = Text("Redis does not answer", "Redis が応答しません")
NO_REDIS_DO = Text(
    "Nothing can be shown, and no question is answered, until it is back. Look at the server that "
    "REDIS_URL names, then load this page again.",
    "復旧するまで何も表示できず、質問にも回答できません。REDIS_URL のサーバーを確認してから、"
    "このページを再読み込みしてください。",
)
NO_PAGE = Text("There is no page here", "ページがありません")
NO_PAGE_DO = Text(
    "No workspace with this id is at work here just now. Check the address, then ask whoever runs "
    "Kotae.",
    "この ID のワークスペースは、現在ここでは稼働していません。アドレスを確認し、正しければ、"
    "Kotae を動かしている人に問い合わせてください。",
)
SEE = Text("See", "参照:")

# Alarms

ALARMS = Text("What to look at", "確認が必要なこと")
ALL_WELL = Text("No alarm.", "警告はありません。")
NO_WORKER = Text("No process answers questions", "質問に回答するプロセスがありません")
NO_WORKER_DO = Text(
    "Start `kotae worker`, or `kotae serve` without `--no-worker`.",
    "`kotae worker` を起動するか、`kotae serve` を `--no-worker` なしで起動してください。",
)
QUEUE_GROWS = Text(
    "The oldest of {count} waiting {count:job|jobs} has waited for {seconds} s",
    "待機中のジョブ {count} 件のうち、最も古いものは {seconds} 秒待っています",
)
QUEUE_GROWS_DO = Text(
    "Start another worker, or find out why the model is slow.",
    "ワーカーを増やすか、モデルの応答が遅い原因を調べてください。",
)
DEAD = Text("Dead letters: {count}", "配信不能ジョブ: {count} 件")
DEAD_DO = Text(
    "`kotae queue list` says why; retry or drop them.",
    "`kotae queue list` で理由を確かめ、再試行するか削除してください。",
)
UNCLAIMED = Text(
    "Jobs that no running worker understands: {count}",
    "稼働中のワーカーが処理できないジョブ: {count} 件",
)
UNCLAIMED_DO = Text(
    "A newer version of Kotae has put them. Start a worker of that version.",
    "新しいバージョンの Kotae が登録したジョブです。そのバージョンのワーカーを起動してください。",
)
LATE = Text(
    "Sources that may be out of date: {count}", "古くなっている可能性のある情報源: {count} 件"
)
LATE_DO = Text(
    "The table below says why; `kotae knowledge sources` names all of them.",
    "理由は下の表にあります。`kotae knowledge sources` ですべての名前を確認できます。",
)
LAGS = Text(
    "Machines without the newest index version: {count}",
    "最新の索引の版がないマシン: {count} 台",
)
LAGS_DO = Text(
    "Look at their logs, their disk, and the index store.",
    "そのマシンのログとディスク、索引ストアを確認してください。",
)
LAPSED = Text("The certificate does not hold", "証明書が無効です")
LAPSED_DO = Text(
    "Run `kotae eval calibrate`, or revert the change.",
    "`kotae eval calibrate` を実行するか、変更を元に戻してください。",
)
BUDGET = Text("{percent} % of today's budget is used", "今日の予算の {percent}% を使いました")
BUDGET_DO = Text(
    "At 100 %, questions are refused until midnight (UTC). Raise BUDGET_DAY_USD or "
    "BUDGET_DAY_CALLS if that is too early.",
    "100% になると、UTC の 0 時まで質問を受け付けません。早すぎる場合は BUDGET_DAY_USD か "
    "BUDGET_DAY_CALLS を上げてください。",
)

# The queue, the budget and the certificate

QUEUE = Text("Queue", "キュー")
WAITING = Text("waiting", "待ち")
OLDEST = Text("oldest", "最も古いもの")
IN_WORK = Text("in progress", "処理中")
RETRYING = Text("waiting for a retry", "再試行待ち")
DEAD_LETTERS = Text("dead letters", "配信不能")
BUDGET_USED = Text("of today's budget", "今日の予算の使用率")

# Sources

SOURCES = Text("Sources", "情報源")
SOURCE = Text("source", "情報源")
KIND = Text("type", "種類")
DOCUMENTS = Text("documents", "文書")
UP_TO_DATE = Text("up to date as of", "反映済みの時点")
NEXT = Text("next try", "次回")
STATE = Text("state", "状態")
NEVER = Text("never", "なし")
WELL = Text("OK", "正常")
IS_LATE = Text("late", "遅れ")
FAILS = Text("failing since {when}", "{when} から更新に失敗")
HIDDEN_SOURCE = Text(
    "not for all members ({number})", "メンバー全員には公開しない情報源（{number}）"
)
NO_INDEX = Text(
    "The index of this machine cannot be read. `kotae doctor` says why.",
    "このマシンの索引を確認できません。理由は `kotae doctor` で確認できます。",
)
NO_SOURCES = Text("There are no sources.", "情報源はありません。")
FAILURES: Mapping[SourceFailureKind, Text] = {
    "settings": Text(
        "Its settings in knowledge.toml are wrong.", "knowledge.toml の設定に誤りがあります。"
    ),
    "refused": Text(
        "It refuses the token, or the token may not read it.",
        "トークンが拒否されたか、読み取る権限がありません。",
    ),
    "throttled": Text(
        "It has asked Kotae to wait. Kotae tries again by itself.",
        "待つよう求められました。自動で再試行します。",
    ),
    "unreachable": Text(
        "It cannot be reached: check the network and its address.",
        "接続できません。ネットワークとアドレスを確認してください。",
    ),
    "loss": Text(
        "It listed suspiciously few documents. If so many are really gone, sync with --force.",
        "一覧にある文書が少なすぎます。本当に減ったのなら、--force を付けて同期してください。",
    ),
    "running": Text(
        "Another process was syncing it. Kotae tries again by itself.",
        "別のプロセスが同期中でした。自動で再試行します。",
    ),
    "broken": Text(
        "Something unexpected happened; the log has the details.",
        "予期しない問題が起きました。詳しくはログを確認してください。",
    ),
    "incomplete": Text("It does not hold everything yet.", "まだすべての内容がそろっていません。"),
}

# Machines

MACHINES = Text("Workers and other processes", "ワーカーなどのプロセス")
MACHINE = Text("machine", "マシン")
ROLE = Text("role", "役割")
INDEX_VERSION = Text("index version of", "索引の版")
HEARD = Text("last report", "最終報告")
ANSWERS = Text("answers", "回答する")
RECEIVES = Text("answers no questions", "回答しない")
INDEXER = Text("indexer", "インデクサー")
NEWEST = Text("newest", "最新")
BEHIND = Text("behind for {age}", "{age}の遅れ")
NO_VERSION = Text("no index", "索引なし")
SECONDS_AGO = Text("{count} s ago", "{count} 秒前")
NO_MACHINES = Text("No process has reported.", "報告したプロセスはありません。")
MORE = Text("and {count} more", "ほか {count} 件")

# Weeks

WEEKS = Text("Questions by week", "週ごとの質問数")
WEEK = Text("week of", "週")
THIS_WEEK = Text("The last week is not over.", "最後の週はまだ終わっていません。")
ANSWERED = Text("answered", "回答")
FOUND = Text("found", "候補の提示")
HANDED_OVER = Text("handed over", "引き継ぎ")
CLARIFIED = Text("asked back", "聞き返し")
FAILED = Text("failed", "失敗")
ALL = Text("all", "合計")
COST = Text("cost", "費用")
COSTS = Text("Cost by week", "週ごとの費用")
COSTS_NOTE = Text(
    "Of the questions with a known price; without a model, nothing is spent.",
    "価格がわかる質問だけの合計です。モデルを使わない場合、費用はかかりません。",
)
NOT_WHOLE = Text(
    "Only the newest {count} {count:question is|questions are} counted, from {when} on.",
    "集計しているのは、新しい {count} 件の質問だけです（{when} 以降）。",
)

# Gaps and handoffs

GAPS = Text("Gaps, by expert", "担当者ごとの未回答の質問")
GAPS_NOTE = Text(
    "From the last 90 days. Each wording counts once: `/kotae gaps` in Slack also groups questions "
    "that mean the same, and shows each one to those who may read it.",
    "直近 90 日分です。同じ文言だけを 1 件にまとめています。Slack の `/kotae gaps` では同じ意味の"
    "質問もまとめ、閲覧できる人にだけ質問を表示します。",
)
EXPERT = Text("expert", "担当者")
NO_EXPERT = Text("nobody, or not known in Slack", "なし、または Slack で見つからない人")
GAP = Text("gaps", "件数")
PEOPLE = Text("people", "人数")
OPEN = Text("open", "回答待ち")
FIRST_ASKED = Text("first asked", "最初の質問")
NO_GAPS = Text("There are no gaps.", "未回答の質問はありません。")
HANDOFFS = Text("Open handoffs, by age", "回答待ちの引き継ぎ（経過時間ごと）")
AGE = Text("age", "経過時間")
UP_TO = Text("up to {age}", "{age}まで")
OLDER = Text("older", "それより前")
HANDOFF_COUNT = Text("handoffs", "引き継ぎ")
UNASKED = Text("nobody was asked", "担当者なし")
