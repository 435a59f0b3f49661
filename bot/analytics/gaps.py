"""What was asked and not answered, grouped by meaning: what the documents lack. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome, wording
from bot.core.types import Handoff, QuestionId
from knowledge.model.types import Principal

GapState = Literal["open", "answered", "expired", "unsourced"]
"""`open`: somebody waits; `answered`: by a person, but not saved; `expired`: nobody answered;
`unsourced`: the bot answered, and was told that a source is missing."""

_URGENT: Sequence[GapState] = ("open", "answered", "expired", "unsourced")
_MOST_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that nothing answered, with everybody who asked it at the same time.

    Attributes:
        asks: Question, person and time of each who waits, or waited; the first asker first.
        closest: What came closest, best first.
        saved_at: When it became knowledge, in seconds since the epoch; 0 if it did not.
    """

    text: str
    asker: Principal
    asks: tuple[tuple[QuestionId, str, float], ...]
    state: GapState
    owner: str
    closest: tuple[AnsweredDocument, ...]
    saved_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one meaning that nothing answers.

    Attributes:
        questions: What was asked: id and words of each wording, the newest first.
        asker: Who would have read the newest answer.
        times: How often it was asked.
        people: How many different people asked.
        oldest: When it was asked first, in seconds since the epoch; `newest`: last.
        closest: The documents that came closest; none: the document is missing.
    """

    questions: tuple[tuple[QuestionId, str], ...]
    asker: Principal
    times: int
    people: int
    owner: str
    oldest: float
    newest: float
    state: GapState
    closest: tuple[AnsweredDocument, ...]


def unanswered(
    outcomes: Iterable[HandoffOutcome], handoffs: Iterable[Handoff], right: Collection[str] = ()
) -> list[Unanswered]:
    """Return every question that nothing answered, oldest first, those that were saved included.

    Args:
        outcomes: What the ledger says.
        handoffs: What people were asked; who joined one is part of it.
        right: Ids of answers that people who know have called right, whatever a thumb says.
    """
    known = {outcome.id: outcome for outcome in outcomes}
    found = list[Unanswered]()
    handed = set[QuestionId]()
    for handoff in handoffs:
        found.append(_of_handoff(handoff, known))
        handed |= {handoff.id, *(waiter.question_id for waiter in handoff.waiting)}
    for outcome in known.values():
        unsourced = outcome.status == "answered" and outcome.unsourced and outcome.id not in right
        if outcome.id not in handed and (unsourced or outcome.status == "handed_over"):
            found.append(_of_outcome(outcome, "unsourced" if unsourced else "expired"))
    return sorted(found, key=lambda item: item.asks[0][2])


def texts_of(questions: Iterable[Unanswered]) -> list[str]:
    """Return each wording once: the texts that `find_gaps` needs the likeness of, in its order."""
    known = dict[str, str]()
    for question in questions:
        known.setdefault(wording(question.text), question.text)
    return list(known.values())


def find_gaps(questions: Sequence[Unanswered], same: Mapping[tuple[int, int], float]) -> list[Gap]:
    """Group *questions*, and rank the groups: where most people wait first, then the newest.

    What was asked before its meaning was saved is no gap any more; who waits still is one.

    Args:
        questions: As `unanswered` returns them.
        same: How alike those pairs of `texts_of(questions)` are that ask the same, by position,
            the lower first.
    """
    places = {wording(text): place for place, text in enumerate(texts_of(questions))}
    group_of = {
        place: number for number, group in enumerate(grouped(len(places), same)) for place in group
    }
    groups = dict[int, list[Unanswered]]()
    for question in questions:
        groups.setdefault(group_of[places[wording(question.text)]], []).append(question)
    gaps = [_gap(left) for group in groups.values() if (left := _left(group))]
    return sorted(gaps, key=lambda gap: (-gap.people, -gap.newest))


def grouped(count: int, same: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """Group what is the same with everything in its group (complete linkage), nearest first.

    A chain in which each is like the next, but its ends are not alike, falls apart.

    Args:
        count: How many there are to group.
        same: Likeness of the pairs that are the same, by position, the lower first.
    """
    groups = {place: [place] for place in range(count)}
    group_of = list(range(count))
    for (one, other), _ in sorted(same.items(), key=lambda item: (-item[1], item[0])):
        left, right = sorted((group_of[one], group_of[other]))
        if left == right:
            continue
        pairs = ((min(a, b), max(a, b)) for a in groups[left] for b in groups[right])
        if all(pair in same for pair in pairs):
            groups[left] += groups.pop(right)
            for place in groups[left]:
                group_of[place] = left
    return [sorted(group) for group in groups.values()]


def _of_handoff(handoff: Handoff, known: Mapping[QuestionId, HandoffOutcome]) -> Unanswered:
    first = known.get(handoff.id)
    asks = tuple((one.question_id, one.person, one.at) for one in handoff.waiting)
    return Unanswered(
        handoff.text,
        handoff.asker,
        asks or ((handoff.id, first.person if first else "", handoff.at),),
        "answered" if handoff.state == "saved" else handoff.state,
        handoff.owner or (first.owner if first else ""),
        first.documents if first else (),
        handoff.answered_at or handoff.at if handoff.state == "saved" else 0.0,
    )


def _of_outcome(outcome: HandoffOutcome, state: GapState) -> Unanswered:
    asks = ((outcome.id, outcome.person, outcome.at),)
    closest = () if state == "unsourced" else outcome.documents
    return Unanswered(outcome.text, outcome.asker, asks, state, outcome.owner, closest)


def _left(group: Sequence[Unanswered]) -> list[Unanswered]:
    """Leave out what is knowledge by now."""
    saved_at = max(question.saved_at for question in group)
    return [
        question
        for question in group
        if not question.saved_at and (question.state == "open" or question.asks[0][2] > saved_at)
    ]


def _gap(group: Sequence[Unanswered]) -> Gap:
    newest_first = sorted(group, key=lambda question: -question.asks[-1][2])
    asks = [ask for question in group for ask in question.asks]
    states = {question.state for question in group}
    closest = next((question.closest for question in newest_first if question.closest), ())
    words = dict[str, tuple[QuestionId, str]]()
    for question in newest_first:
        words.setdefault(wording(question.text), (question.asks[0][0], question.text))
    return Gap(
        questions=tuple(words.values()),
        asker=newest_first[0].asker,
        times=len(asks),
        people=len({person for _, person, _ in asks}),
        owner=next((question.owner for question in newest_first if question.owner), ""),
        oldest=min(at for _, _, at in asks),
        newest=max(at for _, _, at in asks),
        state=next(state for state in _URGENT if state in states),
        closest=closest[:_MOST_DOCUMENTS],
    )
