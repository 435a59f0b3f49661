"""Gaps in the documents: unanswered questions, grouped by meaning. Pure functions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome, wording
from bot.core.message_ref import is_direct
from bot.core.types import Handoff, QuestionId
from knowledge.model.types import Principal

GapState = Literal["open", "answered", "expired", "unsourced"]
"""`open`: somebody waits; `answered`: by a person, but not saved; `expired`: nobody answered;
`unsourced`: the bot answered, and somebody reported a missing source."""

_URGENT: Sequence[GapState] = ("open", "answered", "expired", "unsourced")
_MOST_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the documents did not answer, with everybody who asked it at the same time.

    Attributes:
        asks: Question, person and time of everybody who waits or waited; the first asker first.
        closest: The closest documents, best first.
        saved_at: When its answer was saved, in seconds since the epoch; 0 if it was not.
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
    """Unanswered questions of one meaning.

    Attributes:
        questions: Id and text of each wording, the newest first.
        asker: The readers of the newest answer.
        times: How often it was asked.
        people: How many different people asked it.
        oldest: When it was first asked, in seconds since the epoch; `newest`: last asked.
        closest: The closest documents; empty if the document is missing.
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


@dataclass(frozen=True, slots=True)
class VisibleGap:
    """A gap as one reader may see it: `words` is "" where they may not read the question."""

    words: str
    times: int
    people: int
    owner: str
    oldest: float
    state: GapState
    closest: tuple[AnsweredDocument, ...]

    @classmethod
    def of(cls, gap: Gap, words: str, closest: Sequence[AnsweredDocument]) -> "VisibleGap":
        """Return what may be seen of *gap*: *words* of it and *closest* of its documents."""
        return cls(words, gap.times, gap.people, gap.owner, gap.oldest, gap.state, tuple(closest))


def public_words(gap: Gap) -> str:
    """Return how *gap* was asked where more than one person read it; "" if nowhere."""
    return next((text for id_, text in gap.questions if not is_direct(id_)), "")


def unanswered(
    outcomes: Iterable[HandoffOutcome], handoffs: Iterable[Handoff], right: Collection[str] = ()
) -> list[Unanswered]:
    """Return every unanswered question, oldest first, including those whose answer was saved.

    Args:
        outcomes: Outcomes of the ledger.
        handoffs: All handoffs, with everybody who joined them.
        right: Ids of answers that were labelled right, whatever their votes.
    """
    known = {outcome.id: outcome for outcome in outcomes}
    found = list[Unanswered]()
    handed = set[QuestionId]()
    for handoff in handoffs:
        found.append(_of_handoff(handoff, known))
        handed |= {handoff.id, *(waiter.question_id for waiter in handoff.waiting)}
    for outcome in known.values():
        shown = outcome.status in {"answered", "found"}
        unsourced = shown and outcome.unsourced and outcome.id not in right
        if outcome.id not in handed and (unsourced or outcome.status == "handed_over"):
            found.append(_of_outcome(outcome, "unsourced" if unsourced else "expired"))
    return sorted(found, key=lambda item: item.asks[0][2])


def texts_of(questions: Iterable[Unanswered]) -> list[str]:
    """Return each wording once: the texts whose similarity `find_gaps` needs, in its order."""
    known = dict[str, str]()
    for question in questions:
        known.setdefault(wording(question.text), question.text)
    return list(known.values())


def find_gaps(questions: Sequence[Unanswered], same: Mapping[tuple[int, int], float]) -> list[Gap]:
    """Group *questions*, and rank the groups: those of most waiting people first, then the newest.

    A question asked before its answer was saved is not a gap any more, unless somebody still waits.

    Args:
        questions: As `unanswered` returns them.
        same: Similarity of the pairs in `texts_of(questions)` that ask the same, by position, the
            lower one first.
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
    """Group items by complete linkage, the most similar first.

    A chain of similar items whose ends are not similar is divided.

    Args:
        count: Number of items.
        same: Similarity of the pairs that are the same, by position, the lower one first.
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
    """Leave out questions whose answer has been saved since."""
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
