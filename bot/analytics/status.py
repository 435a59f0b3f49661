"""Operations on the running program: its status, a new index, the answer policy of a channel."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import get_args

from bot.answering.answer_policy import ChannelPolicies
from bot.answering.gate import Gate
from bot.core.language import Language
from bot.core.types import DeadLetter, Policy
from bot.queue.queue import Queue
from bot.records.ledger import Ledger
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Principal, SyncReport

SHOWN_PROBLEMS = 10
"""Number of unreadable files that a report lists; the others are counted."""

SHOWN_LETTERS = 3
"""Number of newest dead letters that the status lists."""

_STATUS = {
    "en": (
        "Index: {documents} documents, {chunks} chunks, updated {when}\n"
        "Sources: {sources}\n"
        "Questions: {answered} answered, {handed_over} handed over, {failed} failed; "
        "👍 {up} 👎 {down}\n"
        "Queue: {ready} waiting, {running} in work, {delayed} to be retried, {dead} given up"
    ),
    "ja": (
        "索引: 文書 {documents} 件、チャンク {chunks} 件、更新 {when}\n"
        "情報源: {sources}\n"
        "質問: 回答 {answered} 件、担当者へ引き継ぎ {handed_over} 件、失敗 {failed} 件; "
        "👍 {up} 👎 {down}\n"
        "キュー: 待ち {ready} 件、処理中 {running} 件、再試行待ち {delayed} 件、中止 {dead} 件"
    ),
}
_GIVEN_UP = {
    "en": "Given up: {when}, {kind}, {reason}; see `kotae queue list`",
    "ja": "処理できなかったもの: {when}、{kind}、{reason}（`kotae queue list` で確認）",
}
_EMPTY = {
    "en": "Nothing is indexed yet: run `reindex`.",
    "ja": "まだ何も索引されていません。`reindex` を実行してください。",
}
_REPORT = {
    "en": (
        "{documents} documents, {chunks} chunks: {added} added, {changed} changed, "
        "{removed} removed, {unchanged} unchanged ({seconds:.1f} s)."
    ),
    "ja": (
        "文書 {documents} 件、チャンク {chunks} 件: 追加 {added}、変更 {changed}、"
        "削除 {removed}、変更なし {unchanged}（{seconds:.1f} 秒）。"
    ),
}
_SKIPPED = {"en": "Skipped {name}: {reason}", "ja": "読めないため除外 {name}: {reason}"}
_MORE = {"en": "… and {count} more.", "ja": "… ほか {count} 件。"}

_ANSWERS = {
    "en": "Answers in this channel: {policy} ({meaning})",
    "ja": "このチャンネルの回答: {policy}（{meaning}）",
}
_POLICIES: dict[Language, dict[Policy, str]] = {
    "en": {
        "certified": "only answers above the proven threshold; none without a certificate",
        "best-effort": "answers whose sources carry them; above the threshold where one is proven",
        "draft": "no answers; drafts go to the expert",
    },
    "ja": {
        "certified": "証明された確信度以上の回答だけを表示。認証がないときは表示しない",
        "best-effort": "出典に裏付けのある回答を表示。認証があるときは証明された確信度以上だけ",
        "draft": "回答は表示せず、下書きを担当者に渡す",
    },
}


class Operations:
    """Returns texts for operators in their language."""

    def __init__(
        self,
        base: KnowledgeBase,
        queue: Queue,
        ledger: Ledger,
        gate: Gate,
        policies: ChannelPolicies,
        changes: Callable[[Language], Sequence[str]] = lambda _: (),
    ) -> None:
        self.base = base
        self.queue = queue
        self.ledger = ledger
        self.gate = gate
        self.policies = policies
        self.changes = changes

    @property
    def sources(self) -> Sequence[str]:
        """Names of the sources in `knowledge.toml`."""
        return self.base.source_names

    async def status(self, language: Language) -> str:
        """Return the status of index, queue and answers."""
        known = self.base.status()
        if not known.index_version:
            return _EMPTY[language]
        letters = (await self.queue.dead_letters())[-SHOWN_LETTERS:]
        zero = dict.fromkeys(("answered", "handed_over", "failed", "up", "down"), 0)
        status = _STATUS[language].format(
            documents=known.documents,
            chunks=known.chunks,
            when=f"{datetime.fromtimestamp(known.created_at).astimezone():%Y-%m-%d %H:%M}",
            sources=", ".join(f"{source.name} {source.documents}" for source in known.sources),
            **{**zero, **await self.ledger.counts()},
            **await self.queue.backlog(),
        )
        given_up = (_given_up(letter, language) for letter in letters)
        return "\n".join([status, self.gate.standing(language), *self.changes(language), *given_up])

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        """Tell whether *reader* may see every one of *documents*."""
        for document_id in documents:
            if document_id.startswith(("http://", "https://")):
                continue
            try:
                await self.base.read(document_id, reader, 0, 1)
            except KnowledgeError:
                return False
        return True

    async def answers(self, place: str, policy: str, language: Language) -> str:
        """Set *policy* for *place*; return the policy in force, and the other choices."""
        chosen = next((one for one in get_args(Policy) if one == policy), None)
        if chosen is not None:
            await self.policies.choose(place, chosen)
        present = await self.policies.of(place)
        meanings = _POLICIES[language]
        lines = [_ANSWERS[language].format(policy=present, meaning=meanings[present])]
        if chosen is None:
            lines += [f"• {name}: {meaning}" for name, meaning in meanings.items()]
        return "\n".join([*lines, self.gate.standing(language)])

    async def reindex(self, source: str, language: Language) -> str:
        """Sync *source*, or all when it is "", and return what changed and what was skipped."""
        report = await self.base.sync((source,) if source else ())
        return "\n".join([_summary(report, language), *_problems(report, language)])


def _given_up(letter: DeadLetter, language: Language) -> str:
    """Return when and why a job was given up, without the question, which is private."""
    when = f"{datetime.fromtimestamp(letter.at).astimezone():%Y-%m-%d %H:%M}"
    return _GIVEN_UP[language].format(when=when, kind=letter.job.kind, reason=letter.reason)


def _summary(report: SyncReport, language: Language) -> str:
    return _REPORT[language].format(
        documents=report.documents_total,
        chunks=report.chunks_total,
        added=report.added,
        changed=report.changed + report.moved,
        removed=report.removed,
        unchanged=report.unchanged,
        seconds=report.seconds,
    )


def _problems(report: SyncReport, language: Language) -> list[str]:
    lines = [
        _SKIPPED[language].format(name=problem.document_id, reason=problem.reason)
        for problem in report.problems[:SHOWN_PROBLEMS]
    ]
    more = len(report.problems) - SHOWN_PROBLEMS
    return [*lines, _MORE[language].format(count=more)] if more > 0 else lines
