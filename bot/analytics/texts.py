"""What operators and people in charge read about the bot's work."""

from collections.abc import Mapping

from bot.core.i18n import Text
from bot.core.types import Policy

# Status

STATUS = Text(
    "Index: {documents} documents, {chunks} chunks, updated {when}\n"
    "Sources: {sources}\n"
    "Questions: {answered} answered, {handed_over} handed over, {failed} failed; "
    "👍 {up} 👎 {down}\n"
    "Queue: {ready} waiting, {running} in progress, {delayed} retrying, {dead} failed",
    "索引: 文書 {documents} 件、チャンク {chunks} 件、更新 {when}\n"
    "情報源: {sources}\n"
    "質問: 回答 {answered} 件、引き継ぎ {handed_over} 件、失敗 {failed} 件、"
    "👍 {up} 👎 {down}\n"
    "キュー: 待ち {ready} 件、処理中 {running} 件、再試行待ち {delayed} 件、失敗 {dead} 件",
)
GIVEN_UP = Text(
    "Failed: {when}, {kind}, {reason} (see `kotae queue list`)",
    "失敗したジョブ: {when}、{kind}、{reason}（`kotae queue list` で確認できます）",
)
EMPTY_INDEX = Text(
    "The index is empty. Run `reindex`.", "索引は空です。`reindex` を実行してください。"
)

# An update of the index

REPORT = Text(
    "{documents} documents, {chunks} chunks: {added} added, {changed} changed, "
    "{removed} removed, {unchanged} unchanged ({seconds:.1f} s).",
    "文書 {documents} 件、チャンク {chunks} 件: 追加 {added}、変更 {changed}、"
    "削除 {removed}、変更なし {unchanged}（{seconds:.1f} 秒）。",
)
SKIPPED = Text("Skipped {name}: {reason}", "読み取れないため除外 {name}: {reason}")
MORE = Text("… and {count} more.", "… ほか {count} 件。")

# What a channel shows

ANSWERS = Text(
    "Answers in this channel: {policy} ({meaning})", "このチャンネルの回答: {policy}（{meaning}）"
)
POLICIES: Mapping[Policy, Text] = {
    "certified": Text(
        "only answers above the certified threshold; none without a certificate",
        "証明済みのしきい値以上の回答だけを表示し、証明書がないときは表示しません",
    ),
    "best-effort": Text(
        "answers that their sources support; with a certificate, only those above its threshold",
        "出典に裏付けのある回答を表示し、証明書があるときはしきい値以上の回答だけを表示します",
    ),
    "draft": Text("no answers; experts see the drafts", "回答は表示せず、下書きを担当者に見せます"),
}
