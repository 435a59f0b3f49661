"""What operators and people in charge read about the bot's work."""

from collections.abc import Mapping

from bot.core.i18n import Text
from bot.core.types import Policy

UNITS: Mapping[str, Text] = {
    "min": Text("{count} min", "{count} 分"),
    "h": Text("{count} h", "{count} 時間"),
    "d": Text("{count} d", "{count} 日"),
}
"""How long something took, by the unit."""

# Status

STATUS = Text(
    "Index: {documents} {documents:document|documents}, {chunks} {chunks:chunk|chunks}, updated "
    "{when}\n"
    "Sources: {sources}\n"
    "Questions: {answered} answered, {found} found, {handed_over} handed over, "
    "{failed} failed; 👍 {up} 👎 {down}\n"
    "Queue: {ready} waiting, {running} in progress, {delayed} retrying, {dead} failed",
    "索引: 文書 {documents} 件、チャンク {chunks} 件、更新 {when}\n"
    "情報源: {sources}\n"
    "質問: 回答 {answered} 件、候補の提示 {found} 件、引き継ぎ {handed_over} 件、失敗 {failed} 件、"
    "👍 {up} 👎 {down}\n"
    "キュー: 待ち {ready} 件、処理中 {running} 件、再試行待ち {delayed} 件、失敗 {dead} 件",
)
INDEXED = Text(
    "I know {count} {count:document|documents} that you may read ({sources}), last updated {when}.",
    "閲覧できる文書 {count} 件（{sources}）から答えます。最終更新: {when}",
)
NOTHING_READABLE = Text(
    "I know no documents that you may read.", "閲覧できる文書はまだありません。"
)
HIDDEN_SOURCES = Text("{count} that cannot be named here", "ここでは表示できない情報源 {count} 件")
GIVEN_UP = Text(
    "Failed: {when}, {kind}, {reason} (see `kotae queue list`)",
    "失敗したジョブ: {when}、{kind}、{reason}（`kotae queue list` で確認できます）",
)
UNCLAIMED = Text(
    "⚠️ Jobs of a newer version of Kotae wait ({jobs}): start a worker of that version",
    "⚠️ 新しいバージョンの Kotae のジョブが待っています（{jobs}）。そのバージョンのワーカーを"
    "起動してください",
)
EMPTY_INDEX = Text(
    "The index is empty. Run `reindex`.", "索引は空です。`reindex` を実行してください。"
)

STARTER_QUESTION = Text("What does “{heading}” say?", "「{heading}」には何が書いてありますか？")

# An update of the index

REPORT = Text(
    "{documents} {documents:document|documents}, {chunks} {chunks:chunk|chunks}: "
    "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged ({seconds:.1f} s).",
    "文書 {documents} 件、チャンク {chunks} 件: 追加 {added}、変更 {changed}、"
    "削除 {removed}、変更なし {unchanged}（{seconds:.1f} 秒）。",
)
EMBEDDED = Text(
    "Embedded: {done} of {total} {total:chunk|chunks}; for now, the others are found by their "
    "words alone.",
    "埋め込み: チャンク {total} 件中 {done} 件が完了。残りは、完了するまで語の一致で検索します。",
)
SKIPPED = Text("Skipped {name}: {reason}", "除外しました {name}: {reason}")
MORE = Text("… and {count} more.", "… ほか {count} 件。")
SKIPPED_HIDDEN = Text(
    "Skipped {count} more whose {count:name|names} cannot be shown here (see `kotae knowledge "
    "status`).",
    "ここでは名前を表示できないファイルをほかに {count} 件除外しました"
    "（`kotae knowledge status` で確認できます）。",
)
PASSED_OVER = Text(
    "{count} {count:file|files} of other kinds {count:was|were} not read (see `kotae knowledge "
    "status`).",
    "ほかの種類のファイル {count} 件は読み取っていません"
    "（`kotae knowledge status` で確認できます）。",
)

SOURCE_FAILED = Text(
    "Not updated: {name} ({reason}). Its documents stay as they were.",
    "更新できませんでした: {name}（{reason}）。文書は前回のままです。",
)
SOURCES_FAILED_HIDDEN = Text(
    "Not updated: {count} that cannot be named here (see `kotae knowledge sources`).",
    "ここでは表示できない情報源 {count} 件を更新できませんでした"
    "（`kotae knowledge sources` で確認できます）。",
)

# The sources, for operators

SOURCE = Text(
    "{name} ({kind}): {documents} {documents:document|documents}",
    "{name}（{kind}）: 文書 {documents} 件",
)
SOURCE_AS_OF = Text("up to date as of {when}", "{when} 時点で最新")
SOURCE_LISTED = Text("listed completely {when}", "全件を確認 {when}")
SOURCE_NEXT = Text("next {when}", "次回 {when}")
SOURCE_NEVER = Text("not synced yet", "未同期")
SOURCE_PROGRESS = Text(
    "{done} of {total} {total:file|files} fetched", "{total} 件中 {done} 件を取得済み"
)
SOURCE_SKIPPED = Text("{count} {count:file|files} not read", "読み取れないファイル {count} 件")
SOURCE_UNRESOLVED = Text(
    "{count} {count:document|documents} that nobody may read, because the source does not say "
    "who may",
    "閲覧できる人を情報源が示さないため、誰も読めない文書 {count} 件",
)
SOURCE_FOR_ALL = Text(
    "read by its whole audience, because the source does not say who may read what",
    "情報源が閲覧できる人を示さないため、閲覧範囲の全員が読めます",
)
SOURCE_LATE = Text("⚠️ late", "⚠️ 更新が遅れています")
SOURCE_FAILS = Text("⚠️ failing since {when}: {reason}", "⚠️ {when} から更新に失敗: {reason}")

# What a channel shows

ANSWERS = Text(
    "Answers in this channel: {policy} ({meaning})", "このチャンネルの回答: {policy}（{meaning}）"
)
POLICIES: Mapping[Policy, Text] = {
    "certified": Text(
        "only answers above the certified threshold; none without a certificate",
        "証明済みのしきい値以上の回答だけを表示し、証明書がないときは何も表示しません",
    ),
    "best-effort": Text(
        "answers that their sources support; with a certificate, only those above its threshold",
        "出典に裏付けのある回答を表示し、証明書があるときはしきい値以上の回答だけを表示します",
    ),
    "draft": Text("no answers; experts see the drafts", "回答は表示せず、下書きを担当者に見せます"),
}

# The weekly report

WEEK_OF = Text("week of", "週")
PARTIAL_WEEK = Text(
    "Week by week; the last week is not over yet. Nothing is estimated: a line breaks where there "
    "is no value.",
    "週ごとの数値です。最後の週はまだ終わっていません。推定値は使わず、数値がない週は線を切っています。",
)
ALL_METRICS = Text("All metrics", "すべての指標")
WEEK = Text("week", "週")
UNPRICED = Text(
    "(+n?): n more answers with an unknown price.",
    "(+n?): ほかに価格が不明な回答が n 件あります。",
)
ASKED = Text("asked", "質問")
ANSWERED = Text("answered", "回答")
FOUND = Text("found", "候補の提示")
HANDED_OVER = Text("handed over", "引き継ぎ")
ALONE = Text("alone", "人手なし")
REPEATED = Text("repeats", "繰り返し")
MEDIAN_WAIT = Text("median wait", "回答待ち（中央値）")
SLOW_WAIT = Text("90 % wait", "回答待ち（90% 点）")
COST = Text("cost", "回答の費用")
COST_UNKNOWN = Text("unknown", "不明")
COST_NOTHING = Text("nothing", "なし")
COST_IN_PART = Text(
    "{known} (and {count} at an unknown price)",
    "{known}（ほかに価格不明 {count} 件）",
)
VOTES = Text("👍 / 👎", "👍 / 👎")
RIGHT = Text("right", "正しいとの判定")

WITHOUT_PEOPLE = Text("Answered without a person", "人の手を借りずに回答")
WITHOUT_PEOPLE_NOTE = Text(
    "Share of the questions; the others were shown passages, or were handed over.",
    "質問のうち回答した割合です。残りは候補の提示か引き継ぎです。",
)
REPEATS = Text("Handed over again", "繰り返しの引き継ぎ")
REPEATS_NOTE = Text(
    "Share of the questions that people had already been asked in the 90 days before, in any "
    "wording. The rest were answered from saved answers.",
    "直前 90 日以内に人に尋ねた質問のうち、再び引き継いだ割合です。"
    "残りは保存した回答から答えました。",
)
WAITS = Text("Time until a person answered", "人が回答するまでの時間")
WAITS_NOTE = Text(
    "Solid: the median; dashed: the 90th percentile. Open questions are not included.",
    "実線は中央値、破線は 90% 点です。まだ回答がない質問は含みません。",
)
COSTS = Text("Cost of an answer", "回答 1 件あたりの費用")
COSTS_NOTE = Text(
    "Total cost per answer. Unknown prices are left out, not counted as 0.",
    "費用の合計を回答数で割った値です。価格が不明なものは除きます（0 とは数えません）。",
)
JUDGED_RIGHT = Text("Judged right", "正しいと判定された割合")
JUDGED_RIGHT_NOTE = Text(
    "Share of the answers that people judged, with the exact 95 % interval.",
    "人が判定した回答のうちの割合です。縦線は正確な 95% 区間です。",
)
QUESTIONS = Text("Questions", "質問数")
QUESTIONS_NOTE = Text("Solid: answered; dashed: handed over.", "実線は回答、破線は引き継ぎです。")
