"""What people read about rollouts: trials, promotions and reverts."""

from collections.abc import Mapping

from bot.core.i18n import Text

OUTCOMES: Mapping[str, Text] = {
    "better": Text("better", "改善"),
    "non-inferior": Text("not worse", "悪化なし"),
    "not proven": Text("not proven", "証明なし"),
    "worse": Text("worse", "悪化"),
}
"""By the outcome of a decision."""

REASONS: Mapping[str, Text] = {
    "fewer wrong answers": Text(
        "Fewer wrong answers are shown, beyond chance", "誤答が偶然を超えて減りました"
    ),
    "more right answers": Text(
        "More questions are answered right, and precision does not fall",
        "正しく答えた質問が増え、正答率は下がっていません",
    ),
    "no newly wrong answer": Text(
        "No question gets a wrong answer that did not get one before",
        "新たに誤答になった質問はありません",
    ),
    "within the margin": Text(
        "Precision did not fall; what chance may hide is within the margin",
        "正答率は下がらず、偶然の影響を考えても許容幅に収まります",
    ),
    "more wrong answers": Text(
        "More wrong answers are shown, beyond chance", "誤答が偶然を超えて増えました"
    ),
    "answers failed": Text(
        "Some questions failed: try again", "処理に失敗した質問があります。もう一度試してください"
    ),
    "too few cases": Text(
        "There are too few judged answers for a decision",
        "判定済みの回答が少なすぎて判断できません",
    ),
    "answers to be judged": Text(
        "It depends on answers that nobody has judged yet", "未判定の回答によって結果が変わります"
    ),
    "the share of right answers fell": Text(
        "Precision fell in these cases", "これらの評価ケースでは正答率が下がりました"
    ),
    "too few cases for the margin": Text(
        "Chance may hide a fall beyond the margin",
        "許容幅を超える低下が偶然に隠れている可能性があります",
    ),
}
"""By the reason of a decision."""

HEADINGS: Mapping[str, Text] = {
    "before": Text("now", "現在"),
    "after": Text("changed", "変更後"),
    "difference": Text("difference", "差"),
    "interval": Text("95 % interval", "95% 区間"),
    "p": Text("p", "p"),
}
"""By the column of the table."""

MEASURES: Mapping[str, Text] = {
    "cases": Text("cases that count", "対象の評価ケース"),
    "right among answers given": Text("right among answers given", "示した回答のうち正しいもの"),
    "wrong answers shown": Text("wrong answers shown", "示した誤答"),
    "answered": Text("answered", "回答した割合"),
    "good outcomes": Text("good outcomes", "良い結果（正答・正しい引き継ぎ）"),
    "cost of an answer (USD)": Text("cost of an answer (USD)", "1 回答の費用（USD）"),
    "time of an answer (seconds)": Text("time of an answer (seconds)", "1 回答の時間（秒）"),
}
"""By the row of the table."""

NOTES: Mapping[str, Text] = {
    "judged by model": Text(
        "{count} {count:verdict comes|verdicts come} from a model, not from people.",
        "判定のうち {count} 件は人ではなくモデルによるものです。",
    ),
    "carried": Text(
        "{count} {count:verdict was|verdicts were} given to an earlier answer that said the same.",
        "判定のうち {count} 件は、同じ内容の以前の回答に人が付けたものです。",
    ),
    "left out": Text(
        "{count} {count:case|cases} that nobody has checked {count:is|are} left out.",
        "誰も確認していない評価ケース {count} 件は除きました。",
    ),
    "same": Text(
        "{count} {count:case is|cases are} left out: the answers are equal, and nobody has "
        "judged them.",
        "前後の回答が同じで、判定もない評価ケース {count} 件は除きました。",
    ),
    "failed": Text(
        "{count} {count:question|questions} failed.", "{count} 件の質問は処理に失敗しました。"
    ),
}
"""By what is counted."""

LISTS: Mapping[str, Text] = {
    "newly wrong": Text("Newly wrong ({count}):", "新たな誤答（{count} 件）:"),
    "newly right": Text("Newly right ({count}):", "新たな正答（{count} 件）:"),
    "lost": Text(
        "Right before, handed over now ({count}):", "以前は正答、今は引き継ぎ（{count} 件）:"
    ),
    "to judge": Text(
        "To be judged ({count}): `kotae review --run {name}{more}`, then "
        "`kotae rollout decide {name}{more}`",
        "判定待ち（{count} 件）: `kotae review --run {name}{more}` のあと "
        "`kotae rollout decide {name}{more}`",
    ),
}
"""By the answers that are listed."""

MOST_FALL = Text(
    "With 95 % confidence, precision falls by at most {most:.1f} points (margin {margin:g}).",
    "正答率の低下は 95% の信頼度で最大 {most:.1f} ポイント（許容幅 {margin:g}）。",
)
FEWER_RIGHT = Text(
    "Fewer questions are answered right, beyond chance: {before} before, {after} now.",
    "正しく答えた質問は偶然を超えて減りました（{before} 件 → {after} 件）。",
)
NEEDED = Text(
    "About {count} more judged {count:case|cases} of this kind would prove it.",
    "同じ種類の判定済みの評価ケースが、あと約 {count} 件あれば証明できます。",
)
VOTES = Text(
    "Weaker evidence, not counted: of {up} {up:answer|answers} with 👍, {kept} {kept:is|are} "
    "unchanged; "
    "of {down} with 👎, {changed} {changed:is|are} different now.",
    "参考（集計外）: 👍 の回答 {up} 件のうち {kept} 件は元のまま、"
    "👎 の回答 {down} 件のうち {changed} 件は別の回答になりました。",
)
THRESHOLD = Text(
    "Lowest confidence of a shown answer: {before} before, {after} now.",
    "回答を示す確信度: 以前は {before} 以上、変更後は {after} 以上。",
)
PROMOTE = Text(
    "Put it in force: `kotae rollout promote {name}{more}`",
    "`kotae rollout promote {name}{more}` で本番に適用します。",
)
PRIVATE = Text("(asked in private)", "（非公開の質問）")
MORE = Text("… and {count} more (--html shows all)", "… ほか {count} 件（--html ですべて表示）")
OLD = Text("now", "現在")
NEW = Text("changed", "変更後")
HANDED_OVER = Text("(handed over)", "（引き継ぎ）")
MAY_NOT = Text("{name} cannot be promoted: {outcome}.", "{name} は適用できません（{outcome}）。")
PROMOTED_ALREADY = Text("{name} is already promoted.", "{name} はすでに適用済みです。")
SET_SINCE = Text(
    "{name} is {now} now, but it was {before} in the trial: try again",
    "{name} は今 {now} ですが、試したときは {before} でした。もう一度試してください",
)
CHANGED_SINCE = Text(
    "The system has changed since the trial {name}: try again",
    "{name} を試したあとに構成が変わりました。もう一度試してください",
)
PROMOTE_QUESTION = Text("Promote {name}?", "{name} を本番に適用しますか？")
SAY_YES = Text(
    "There is no terminal to ask: use --yes", "ここでは確認できません。--yes を付けてください"
)
PROMOTED = Text("{name} is promoted.", "{name} を適用しました。")
SWITCH = Text(
    "Running processes (`kotae serve`, `kotae worker`) switch by themselves, on every machine.",
    "動作中の `kotae serve` と `kotae worker` は、どのマシンでも自動で切り替わります。",
)
CERTIFICATE_ENDS = Text(
    "The certificate no longer holds, because {reason}. Calibrate again: "
    "`kotae eval calibrate {file}`, or on more cases.",
    "証明書は無効になりました（{reason}）。校正し直してください: "
    "`kotae eval calibrate {file}`（評価ケースを増やしても構いません）。",
)
HOW_TO_REVERT = Text("Undo it: `kotae rollout revert`", "`kotae rollout revert` で元に戻せます。")
NOTHING_PROMOTED = Text(
    "Nothing is promoted: all settings are as the environment says.",
    "適用中の変更はありません。すべて環境の設定どおりです。",
)
REVERTED = Text("{name} is reverted.", "{name} を取り消しました。")
OLD_INDEX = Text(
    "Searches use the previous index again: bring it up to date with `kotae sync`.",
    "検索は以前の索引に戻りました。`kotae sync` で最新にしてください。",
)
TRIED = Text("tried", "試した日時")
OUTCOME = Text("outcome", "結果")
WHAT = Text("change", "変更内容")
STANDING = Text("promoted", "適用中")
SUPERSEDED = Text("superseded by {values}", "{values} により無効")
NO_CHANGES = Text(
    "There is no trial yet: `kotae rollout try NAME=VALUE` makes one.",
    "試した変更はまだありません。`kotae rollout try NAME=VALUE` で試せます。",
)
GONE = Text("Reverted: {name} ({when}, {by})", "取り消し済み: {name}（{when}、{by}）")
ANYWAY = Text("without proof: {reason}", "証明なしで適用: {reason}")
STOP = Text(".", "。")
