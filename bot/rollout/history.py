"""Questions that people asked and judged, to be asked again: what their verdicts still tell.

A verdict is on one answer. It is carried over to a new one only where that says the same: in the
same words, or resting on the same quotations with the same figures. A right one is carried over to
an answer, too, that cites the same document and repeats all figures and words that the old answer
had from its quotations. Neither may hold a word that was neither said nor quoted before, say no
where the other did not, or be in another language. All else has to be judged again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.agent.verification.overlap import content_words, denials
from bot.core.language import language_of
from bot.core.serialization import answer_from_data, question_from
from bot.core.types import Answer, Label, Question
from bot.evaluation.answer_match import plain
from bot.evaluation.cases import Case, Exchange
from bot.evaluation.labelled import is_right, verdicts
from bot.evaluation.results import Result
from bot.text import numbers

MOST_TURNS = 10
"""Of what was said before in a thread, so many turns go along."""


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question of the ledger, what was answered, and what people said of it.

    Attributes:
        case: To ask it again.
        question: With the rights of its readers.
        right: What the labels come to, None without any.
        votes: Balance of 👍 and 👎: weaker evidence, never counted with the labels.
        correction: What somebody who knows wrote in its place, "" if nobody did.
        private: It was asked where nobody else reads along.
    """

    case: Case
    question: Question
    answer: Answer
    right: bool | None
    votes: int = 0
    correction: str = ""
    private: bool = False


def judged_history(
    records: Iterable[Mapping[str, Any]], labels: Iterable[Label], most: int
) -> list[PastQuestion]:
    """Return the questions whose answer was judged, newest first, at most *most* of them.

    Answers that were only voted on come after those with labels. What came with attachments is
    left out, since those are gone.
    """
    rows = sorted(records, key=lambda row: -float(row["recorded_at"]))
    made = list(labels)
    said = verdicts(made)
    corrections = {label.answer_id: label.correction for label in made if label.correction}
    turns = _threads(rows)
    found = list[PastQuestion]()
    for row in rows:
        question = question_from(row["question"])
        judged = said.get(question.id)
        votes = sum({"up": 1, "down": -1}.get(vote["verdict"], 0) for vote in row["feedback"])
        if question.attachments or not question.text or not (judged or votes):
            continue
        answer = answer_from_data(row["answer"])
        if answer.status != "answered":
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


def _threads(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, str, str]]]:
    """Return what was said in each thread, oldest first: id, question, answer."""
    threads: dict[str, list[tuple[str, str, str]]] = {}
    for row in reversed(rows):
        asked, said = row["question"], row["answer"]
        turn = str(asked["id"]), str(asked["text"]), str(said["text"])
        threads.setdefault(str(asked["thread"]), []).append(turn)
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
    """Name who reads the answer, and what it is answered from, as far as both matter to it."""
    asker = question.asker
    names = sorted(asker.groups) or ["members" if asker.member else "anyone"]
    names += [] if asker.member or not asker.groups else ["guest"]
    return ",".join([*names, *(f"source={name}" for name in sorted(question.sources))])


def _is_private(question: Question) -> bool:
    """Tell whether it was asked where nobody else reads along: Slack's direct messages."""
    adapter, _, place = question.thread.partition(":")
    direct = adapter == "slack" and any(part.startswith("D") for part in place.split(":")[1:2])
    return direct or bool(question.asked_in)


def carried_verdict(asked: PastQuestion, replayed: Result, beside: str = "") -> bool | None:
    """Return what the verdict on *asked* tells of the *replayed* answer; None: nothing.

    What the document *beside* says may stand in the new answer, too, and may be its source.
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
    """Return *replayed* with the verdict that is carried over to it, if one is."""
    right = carried_verdict(asked, replayed)
    return replayed.model_copy(
        update={"correct": right, "labeler": "" if right is None else "carried"}
    )


def _letters(text: str) -> str:
    """Return *text* without what makes no difference: punctuation and spaces."""
    return "".join(character for character in text if character.isalnum())
