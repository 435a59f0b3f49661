"""Judged questions of people, to ask again, and when their verdicts still apply.

A verdict belongs to one answer. It is carried over to a new answer only if that says the same: with
the same words, or with the same quotes and the same numbers. A verdict "right" is also carried over
to an answer that cites the same document and repeats all numbers and words that the old answer took
from its quotes. The new answer must be in the same language. It must not contain a word that was
neither said nor quoted before, and must not negate what the old one affirmed. Otherwise it has to
be judged again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.agent.verification.overlap import content_words, denials
from bot.core.language import language_of
from bot.core.live_evidence import any_live
from bot.core.message_ref import MCP, STEP
from bot.core.types import Answer, Label, Question
from bot.evaluation.answer_match import plain
from bot.evaluation.cases import Case, Exchange
from bot.evaluation.labelled import is_right, verdicts
from bot.evaluation.results import Result
from bot.records.ledger import LedgerRecord
from bot.text import numbers

MOST_TURNS = 10
"""Number of earlier turns of a thread that are included."""


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question of the ledger with its answer and people's verdicts.

    Attributes:
        case: The question as a case.
        question: The question with the rights of its readers.
        right: The combined verdict, None without labels.
        votes: Balance of 👍 and 👎: weaker evidence, never counted as labels.
        correction: A person's correction of the answer, "" if there is none.
        private: Whether it was asked in private.
    """

    case: Case
    question: Question
    answer: Answer
    right: bool | None
    votes: int = 0
    correction: str = ""
    private: bool = False


def judged_history(
    records: Iterable[LedgerRecord], labels: Iterable[Label], most: int
) -> list[PastQuestion]:
    """Return at most *most* questions whose answer was judged, newest first.

    Answers with votes only come after those with labels. Questions with attachments are left out,
    because the attachments are gone.
    """
    newest_first = sorted(records, key=lambda record: -record.at)
    made = list(labels)
    said = verdicts(made)
    corrections = {label.answer_id: label.correction for label in made if label.correction}
    turns = _threads(newest_first)
    found = list[PastQuestion]()
    for record in newest_first:
        question, answer = record.question, record.answer
        judged = said.get(question.id)
        votes = sum(1 if vote.verdict == "up" else -1 for vote in record.feedback)
        if question.attachments or not question.text or not (judged or votes):
            continue
        if answer.status != "answered" or any_live(answer.behind):
            continue
        found.append(
            PastQuestion(
                _case(question, turns[question.thread]),
                question,
                answer,
                is_right(judged) if judged else None,
                votes,
                corrections.get(question.id, ""),
                _is_private(question),
            )
        )
    return sorted(found, key=lambda item: item.right is None)[:most]


def _threads(newest_first: Sequence[LedgerRecord]) -> dict[str, list[tuple[str, str, str]]]:
    """Return the turns of each thread, oldest first: id, question, answer."""
    threads: dict[str, list[tuple[str, str, str]]] = {}
    for record in reversed(newest_first):
        asked = record.question
        turn = asked.id, asked.text, record.answer.text
        threads.setdefault(asked.thread, []).append(turn)
    return threads


def _case(question: Question, turns: Sequence[tuple[str, str, str]]) -> Case:
    ids = [id_ for id_, _, _ in turns]
    earlier = turns[: ids.index(question.id)][-MOST_TURNS:]
    asked_on = datetime.fromtimestamp(question.received_at, UTC).astimezone().date()
    return Case(
        id=question.id,
        question=question.text,
        lang=question.language,
        as_of=asked_on.isoformat() if question.received_at else "",
        tags=("history",),
        history=tuple(Exchange(question=said, answer=answer) for _, said, answer in earlier),
        group=question.thread,
        asked_at=question.received_at,
        reader=_reader(question),
    )


def _reader(question: Question) -> str:
    """Return a key of the readers and the sources of the answer, as far as they affect it."""
    asker = question.asker
    names = sorted(asker.groups) or ["members" if asker.member else "anyone"]
    names += [] if asker.member or not asker.groups else ["guest"]
    return ",".join([*names, *(f"source={name}" for name in sorted(question.sources))])


def _is_private(question: Question) -> bool:
    """Tell whether only one person read its answer: in Slack, by a program, or by a workflow."""
    adapter, _, place = question.thread.partition(":")
    direct = adapter == "slack" and any(part.startswith("D") for part in place.split(":")[1:2])
    return direct or question.id.startswith((MCP, STEP)) or bool(question.asked_in)


def carried_verdict(asked: PastQuestion, replayed: Result, beside: str = "") -> bool | None:
    """Return the verdict on *asked* if it applies to the *replayed* answer, else None.

    The new answer may also use and cite the text of the document *beside*.
    """
    if asked.right is None or not replayed.shown:
        return None
    old, new = plain(asked.answer.text), plain(replayed.answer)
    if _letters(old) == _letters(new):
        return asked.right
    if language_of(old) != language_of(new) or denials(old) != denials(new):
        return None
    quoted = plain("\n".join(source.quote for source in asked.answer.citations))
    added = [source.quote for source in replayed.citations if source.document_id == beside]
    known = "\n".join([old, quoted, *map(plain, added)])
    if content_words(new) - content_words(known) or numbers.missing(new, known):
        return None
    if numbers.missing(old, new):
        return None
    if asked.right and {*_cited(asked.answer), beside} & _cited(replayed):
        kept = content_words(old) & content_words(quoted)
        return True if kept and kept <= content_words(new) else None
    same = _quoted(asked.answer) and _quoted(asked.answer) == _quoted(replayed)
    return asked.right if same and not numbers.missing(new, old) else None


def _cited(said: Answer | Result) -> set[str]:
    return {source.document_id for source in said.citations}


def _quoted(said: Answer | Result) -> set[tuple[str, str]]:
    return {(source.document_id, _letters(plain(source.quote))) for source in said.citations}


def with_carried(asked: PastQuestion, replayed: Result) -> Result:
    """Return *replayed* with the verdict that is carried over to it, if there is one."""
    right = carried_verdict(asked, replayed)
    return replayed.model_copy(
        update={"correct": right, "labeler": "" if right is None else "carried"}
    )


def _letters(text: str) -> str:
    """Return *text* without punctuation and spaces."""
    return "".join(character for character in text if character.isalnum())
