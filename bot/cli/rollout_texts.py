"""The output of `kotae rollout` in both languages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.core.language import Language
from bot.evaluation.comparison import Comparison, compare
from bot.evaluation.results import Result
from bot.rollout.decision import LEVEL, PairOutcome
from bot.rollout.trials import PairedAnswers, TrialResult
from bot.settings.promotions import Promotions, PromotionStatus

LISTED = 10
"""Answers that the terminal lists; the HTML report lists all."""

_STYLES: Mapping[PairOutcome, str] = {
    "better": "bold green",
    "non-inferior": "green",
    "not proven": "yellow",
    "worse": "bold red",
}

PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "better": "better",
        "non-inferior": "not worse",
        "not proven": "not proven",
        "worse": "worse",
        "fewer wrong answers": "Fewer wrong answers are shown, beyond chance",
        "more right answers": "More questions are answered right, and precision does not fall",
        "no newly wrong answer": "No question gets a wrong answer that did not get one before",
        "within the margin": "Precision did not fall; what chance may hide is within the margin",
        "more wrong answers": "More wrong answers are shown, beyond chance",
        "answers failed": "Some questions failed: try again",
        "too few cases": "There are too few judged answers for a decision",
        "answers to be judged": "It depends on answers that nobody has judged yet",
        "the share of right answers fell": "Precision fell in these cases",
        "too few cases for the margin": "Chance may hide a fall beyond the margin",
        "before": "now",
        "after": "changed",
        "difference": "difference",
        "interval": "95 % interval",
        "p": "p",
        "cases": "cases that count",
        "right among answers given": "right among answers given",
        "wrong answers shown": "wrong answers shown",
        "answered": "answered",
        "good outcomes": "good outcomes",
        "cost of an answer (USD)": "cost of an answer (USD)",
        "time of an answer (seconds)": "time of an answer (seconds)",
        "most fall": "With 95 % confidence, precision falls by at most {most:.1f} points "
        "(margin {margin:g}).",
        "fewer right": "Fewer questions are answered right, beyond chance: {before} before, "
        "{after} now.",
        "needed": "About {count} more judged cases of this kind would prove it.",
        "newly wrong": "Newly wrong ({count}):",
        "newly right": "Newly right ({count}):",
        "lost": "Right before, handed over now ({count}):",
        "to judge": "To be judged ({count}): `kotae review --run {name}{more}`, then "
        "`kotae rollout decide {name}{more}`",
        "judged by model": "{count} verdicts come from a model, not from people.",
        "carried": "{count} verdicts were given to an earlier answer that said the same.",
        "left out": "{count} cases that nobody has checked are left out.",
        "same": "{count} cases are left out: the answers are equal, and nobody has judged them.",
        "failed": "{count} questions failed.",
        "votes": "Weaker evidence, not counted: of {up} answers with 👍, {kept} are unchanged; "
        "of {down} with 👎, {changed} are different now.",
        "threshold": "Lowest confidence of a shown answer: {before} before, {after} now.",
        "promote": "Put it in force: `kotae rollout promote {name}{more}`",
        "private": "(asked in private)",
        "more": "… and {count} more, all in --html",
        "old": "now",
        "new": "changed",
        "handed over": "(handed over)",
        "may not": "{name} cannot be promoted: {outcome}.",
        "promoted already": "{name} is promoted already.",
        "set since": "{name} is {now} now, but it was {before} in the trial: try again",
        "changed since": "The system has changed since the trial {name}: try again",
        "promote?": "Promote {name}?",
        "say yes": "There is no terminal to ask: use --yes",
        "promoted": "{name} is promoted.",
        "restart": "Restart the running processes (`kotae serve`, `kotae worker`) to apply it.",
        "certificate ends": "The certificate no longer holds, because {reason}. Calibrate again: "
        "`kotae eval calibrate {file}`, or on more cases.",
        "how to revert": "Undo it: `kotae rollout revert`",
        "nothing promoted": "Nothing is promoted: all settings are as the environment says.",
        "reverted": "{name} is reverted.",
        "old index": "Searches use the previous index again: bring it up to date with "
        "`kotae knowledge sync`.",
        "tried": "tried",
        "outcome": "outcome",
        "what": "change",
        "standing": "promoted",
        "superseded": "superseded by {values}",
        "no changes": "There is no trial yet: `kotae rollout try NAME=VALUE` makes one.",
        "gone": "Reverted: {name} ({when}, {by})",
        "anyway": "without proof: {reason}",
    },
    "ja": {
        "better": "改善",
        "non-inferior": "悪化なし",
        "not proven": "証明なし",
        "worse": "悪化",
        "fewer wrong answers": "誤答が偶然を超えて減りました",
        "more right answers": "正しく答えた質問が増え、正答率は下がっていません",
        "no newly wrong answer": "新たに誤答を受け取る人はいません",
        "within the margin": "正答率は下がらず、偶然を考えても許容幅の内です",
        "more wrong answers": "誤答が偶然を超えて増えました",
        "answers failed": "処理に失敗した質問があります。もう一度試してください",
        "too few cases": "判定済みの回答が少なすぎて判断できません",
        "answers to be judged": "未判定の回答によって結果が変わります",
        "the share of right answers fell": "この事例では正答率が下がりました",
        "too few cases for the margin": "許容幅を超える低下が偶然に隠れている可能性があります",
        "before": "現在",
        "after": "変更後",
        "difference": "差",
        "interval": "95%区間",
        "p": "p",
        "cases": "対象の事例",
        "right among answers given": "示した回答のうち正しいもの",
        "wrong answers shown": "示した誤答",
        "answered": "回答した割合",
        "good outcomes": "良い結果（正答・正しい引き継ぎ）",
        "cost of an answer (USD)": "1回答の費用（USD）",
        "time of an answer (seconds)": "1回答の時間（秒）",
        "most fall": "正答率の低下は95%の信頼度で最大{most:.1f}ポイント（許容幅 {margin:g}）。",
        "fewer right": "正しく答えた質問は偶然を超えて減りました（{before}件 → {after}件）。",
        "needed": "同様の判定済み事例があと約{count}件あれば証明できます。",
        "newly wrong": "新たな誤答（{count}件）:",
        "newly right": "新たな正答（{count}件）:",
        "lost": "以前は正答、今は引き継ぎ（{count}件）:",
        "to judge": "判定待ち（{count}件）: `kotae review --run {name}{more}` のあと "
        "`kotae rollout decide {name}{more}`",
        "judged by model": "判定のうち{count}件は人ではなくモデルによるものです。",
        "carried": "判定のうち{count}件は、同じ内容の以前の回答に人が付けたものです。",
        "left out": "誰も確認していない事例{count}件は除きました。",
        "same": "両方が同じ回答で判定もない事例{count}件は除きました。",
        "failed": "{count}件の質問は処理に失敗しました。",
        "votes": "参考（集計外）: 👍の回答{up}件のうち{kept}件は元のまま、"
        "👎の回答{down}件のうち{changed}件は別の回答になりました。",
        "threshold": "回答を示す確信度: 以前は{before}以上、変更後は{after}以上。",
        "promote": "`kotae rollout promote {name}{more}` で本番に適用します。",
        "private": "（非公開の質問）",
        "more": "… ほか{count}件（--html ですべて表示）",
        "old": "現在",
        "new": "変更後",
        "handed over": "（引き継ぎ）",
        "may not": "{name} は適用できません（{outcome}）。",
        "promoted already": "{name} はすでに適用済みです。",
        "set since": "{name} は今 {now} ですが、試したときは {before} でした。"
        "もう一度試してください",
        "changed since": "{name} を試したあとに構成が変わりました。もう一度試してください",
        "promote?": "{name} を本番に適用しますか？",
        "say yes": "ここでは確認できません。--yes を付けてください",
        "promoted": "{name} を適用しました。",
        "restart": "動作中の `kotae serve` と `kotae worker` は、再起動すると切り替わります。",
        "certificate ends": "証明書は無効になりました（{reason}）。校正し直してください: "
        "`kotae eval calibrate {file}`（事例を増やしても可）。",
        "how to revert": "`kotae rollout revert` で元に戻せます。",
        "nothing promoted": "適用中の変更はありません。すべて環境の設定どおりです。",
        "reverted": "{name} を取り消しました。",
        "old index": "以前の索引に戻りました。`kotae knowledge sync` で最新にしてください。",
        "tried": "試した日時",
        "outcome": "結果",
        "what": "変更内容",
        "standing": "適用中",
        "superseded": "{values} により無効",
        "no changes": "試した変更はまだありません: `kotae rollout try NAME=VALUE`",
        "gone": "取り消し済み: {name}（{when}、{by}）",
        "anyway": "証明なしで適用: {reason}",
    },
}


def differences(proof: TrialResult) -> list[Comparison]:
    """Return the comparisons of the other measures; none where no case counts."""
    return compare([proof.before, proof.after]) if proof.both else []


def show_proof(proof: TrialResult, language: Language, *, samples: bool) -> None:
    """Print the numbers, the outcome, and the answers that differ."""
    texts, console, found = PHRASES[language], Console(highlight=False), proof.decision
    name, more = proof.trial.name, " --samples" if samples else ""
    if found.before.cases or found.unjudged:
        console.print(_table(proof, texts))
    style = _STYLES[found.outcome]
    end = "。" if language == "ja" else "."
    console.print(
        f"[{style}]{texts[found.outcome]}[/{style}]: {texts[found.reason]}{end}", soft_wrap=True
    )
    for line in notes(proof, language):
        console.print(Text(line), soft_wrap=True)
    for heading, items in (
        ("newly wrong", proof.newly_wrong),
        ("lost", proof.only_lost),
        ("newly right", proof.newly_right),
    ):
        _print_items(console, texts, heading, items, proof)
    if proof.open:
        line = texts["to judge"].format(count=len(proof.open), name=name, more=more)
        console.print(Text(line), soft_wrap=True)
    if found.promotable:
        console.print(Text(texts["promote"].format(name=name, more=more)), soft_wrap=True)


def notes(proof: TrialResult, language: Language) -> list[str]:
    """Return what else people should know about the numbers."""
    texts, found, trial = PHRASES[language], proof.decision, proof.trial
    lines = list[str]()
    if found.after.shown:
        most, margin = 100 * min(1.0, found.most_fall), 100 * found.margin
        lines.append(texts["most fall"].format(most=most, margin=margin))
    if found.p_right < LEVEL and found.lost > found.newly_right:
        before, after = found.before.right, found.after.right
        lines.append(texts["fewer right"].format(before=before, after=after))
    if found.needed:
        lines.append(texts["needed"].format(count=found.needed))
    if trial.floor_before != trial.floor:
        floors = {"before": _number(trial.floor_before), "after": _number(trial.floor)}
        lines.append(texts["threshold"].format(**floors))
    sides = [side for item in proof.both for side in (item.before, item.after)]
    counts = {
        "carried": sum(side.labeler == "carried" for side in sides),
        "judged by model": sum(side.labeler == "judge" for side in sides),
        "left out": trial.left_out,
        "same": proof.same_unjudged,
        "failed": found.failed,
    }
    lines += [texts[key].format(count=count) for key, count in counts.items() if count]
    return [*lines, *_votes(proof, texts)]


def _votes(proof: TrialResult, texts: Mapping[str, str]) -> list[str]:
    votes = proof.trial.votes
    up = [item for item in proof.by_votes if votes[item.before.case.id] > 0]
    down = [item for item in proof.by_votes if votes[item.before.case.id] < 0]
    if not (up or down):
        return []
    kept, changed = sum(item.same for item in up), sum(not item.same for item in down)
    return [texts["votes"].format(up=len(up), kept=kept, down=len(down), changed=changed)]


def _table(proof: TrialResult, texts: Mapping[str, str]) -> Table:
    table = Table(title=f"{proof.trial.name}: {change_text(proof)}", title_justify="left")
    table.add_column("")
    for heading in ("before", "after", "difference", "interval", "p"):
        table.add_column(texts[heading], justify="right")
    for row in rows(proof):
        table.add_row(texts[row[0]], *row[1:])
    return table


def rows(proof: TrialResult) -> list[tuple[str, ...]]:
    """Return the table: measure, before, after, difference, interval, p."""
    found = proof.decision
    gain = found.difference
    low, high = found.interval
    fewer = found.after.wrong - found.before.wrong
    table: list[tuple[str, ...]] = [
        ("cases", str(found.before.cases), str(found.after.cases), "", "", ""),
        (
            "right among answers given",
            f"{_percent(found.before.precision)} ({found.before.right}/{found.before.shown})",
            f"{_percent(found.after.precision)} ({found.after.right}/{found.after.shown})",
            "" if gain is None else f"{100 * gain:+.1f}",
            "" if gain is None else f"{100 * low:+.1f} … {100 * high:+.1f}",
            "",
        ),
        (
            "wrong answers shown",
            str(found.before.wrong),
            str(found.after.wrong),
            f"{fewer:+d} (+{found.newly_wrong} −{found.corrected})",
            "",
            f"{found.p_value:.3f}",
        ),
    ]
    for item in differences(proof):
        if item.measure == "good outcomes" and proof.open:
            continue
        percent = item.measure in {"answered", "good outcomes"}
        factor, digits = (100, 1) if percent else (1, 4)
        before, after = _means(proof, item.measure)
        low, high = item.interval
        table.append(
            (
                item.measure,
                _percent(before) if percent else f"{before:.4f}",
                _percent(after) if percent else f"{after:.4f}",
                f"{factor * item.difference:+.{digits}f}",
                f"{factor * low:+.{digits}f} … {factor * high:+.{digits}f}",
                f"{item.p_value:.3f}",
            )
        )
    return table


def _means(proof: TrialResult, measure: str) -> tuple[float, float]:
    def mean(results: Sequence[Result]) -> float:
        values: Sequence[float] = {
            "answered": [float(item.shown) for item in results],
            "good outcomes": [
                float(bool(item.correct) if item.case.answerable else not item.shown)
                for item in results
            ],
            "cost of an answer (USD)": [
                item.cost_usd for item in results if item.cost_usd is not None
            ],
            "time of an answer (seconds)": [item.latency_ms / 1000 for item in results],
        }[measure]
        return sum(values) / len(values)

    return mean(proof.before.results), mean(proof.after.results)


def change_text(proof: TrialResult) -> str:
    """Return the replaced settings in one line."""
    return ", ".join(
        f"{name}: {item.before or '–'} → {item.after or '–'}"
        for name, item in proof.trial.settings.items()
    )


def _print_items(
    console: Console,
    texts: Mapping[str, str],
    heading: str,
    items: Sequence[PairedAnswers],
    proof: TrialResult,
) -> None:
    if not items:
        return
    console.print(Text(texts[heading].format(count=len(items)), style="bold"))
    for item in items[:LISTED]:
        id_ = item.before.case.id
        private = id_ in proof.trial.private
        console.print(Text(f"• {texts['private'] if private else item.before.case.question}"))
        if private:
            continue
        for side, result in (("old", item.before), ("new", item.after)):
            said = " ".join(result.answer.split()) if result.shown else texts["handed over"]
            console.print(Text(f"    {texts[side]}: {said}", style="dim"), soft_wrap=True)
    if len(items) > LISTED:
        console.print(Text(texts["more"].format(count=len(items) - LISTED)))


def show_list(
    proofs: Sequence[TrialResult],
    statuses: Sequence[PromotionStatus],
    promotions: Promotions,
    language: Language,
) -> None:
    """Print the trials, the promotions, and what was reverted."""
    texts, console = PHRASES[language], Console(highlight=False)
    if not proofs and not promotions.standing:
        console.print(Text(texts["no changes"]))
    standing = {item.promotion.name: item for item in statuses}
    table = Table("", texts["tried"], texts["what"], texts["outcome"], texts["standing"])
    for proof in proofs:
        outcome = proof.decision.outcome
        table.add_row(
            proof.trial.name,
            _when(proof.trial.created_at),
            change_text(proof),
            Text(texts[outcome], style=_STYLES[outcome]),
            _standing(standing.get(proof.trial.name), texts),
        )
    for item in statuses:
        if item.promotion.name not in {proof.trial.name for proof in proofs}:
            changed = ", ".join(
                f"{n}: {r.before} → {r.after}" for n, r in item.promotion.settings.items()
            )
            table.add_row(item.promotion.name, "", changed, "", _standing(item, texts))
    if table.row_count:
        console.print(table)
    for gone in promotions.reverted:
        line = texts["gone"].format(name=gone.promotion.name, when=_when(gone.at), by=gone.by)
        console.print(Text(line), soft_wrap=True)


def _standing(item: PromotionStatus | None, texts: Mapping[str, str]) -> str:
    if item is None:
        return ""
    promotion = item.promotion
    line = f"{_when(promotion.at)}, {promotion.by}"
    if promotion.reason:
        line += "; " + texts["anyway"].format(reason=promotion.reason)
    if item.superseded_by:
        return texts["superseded"].format(values=", ".join(item.superseded_by))
    return line


def proof_data(proof: TrialResult) -> dict[str, Any]:
    """Return a proof as plain JSON data, without private questions and answers."""
    found = proof.decision

    def listed(items: Sequence[PairedAnswers]) -> list[dict[str, object]]:
        return [
            {"case": item.before.case.id}
            if item.before.case.id in proof.trial.private
            else {
                "case": item.before.case.id,
                "question": item.before.case.question,
                "before": item.before.answer if item.before.shown else None,
                "after": item.after.answer if item.after.shown else None,
            }
            for item in items
        ]

    return {
        **proof.trial.model_dump(exclude={"private", "votes"}),
        "outcome": found.outcome,
        "reason": found.reason,
        "promotable": found.promotable,
        "cases": found.after.cases,
        "precision": {"before": found.before.precision, "after": found.after.precision},
        "shown": {"before": found.before.shown, "after": found.after.shown},
        "wrong": {"before": found.before.wrong, "after": found.after.wrong},
        "interval": list(found.interval),
        "p_value": found.p_value,
        "most_fall": found.most_fall,
        "corrected": found.corrected,
        "newly_wrong": listed(proof.newly_wrong),
        "newly_right": listed(proof.newly_right),
        "lost": listed(proof.only_lost),
        "to_judge": len(proof.open),
        "failed": found.failed,
        "needed": found.needed,
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"
