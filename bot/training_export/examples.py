"""Judged answers as training examples. Pure functions, without input or output."""

import datetime as dt
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from bot.core.language import Language, wanted_language
from bot.core.message_ref import MessageRef, channel_key
from bot.core.types import Answer, Citation, Label, LabelVerdict, Question, Turn
from bot.evaluation.labelled import is_right
from bot.records.ledger import LedgerRecord
from bot.text import citation_markers
from bot.training_export.licences import UNKNOWN
from knowledge.model.types import Passage

ExampleKind = Literal["chat", "preference"]
Origin = Literal["approved", "corrected", "saved"]

REWRITTEN = 0.6
"""Similarity (`difflib`) up to which a correction counts as a person's own text."""

MOST_EARLIER = 4
"""Number of earlier turns that a question keeps."""

TERMINAL = "terminal"
"""The channel of questions asked in a terminal."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A training example, with everything that decides whether it may be used.

    Attributes:
        channel: Key of the channel where it was asked; "" in private.
        at: When it was asked, in seconds since the epoch.
        citations: The citations that the markers in its texts refer to.
        documents: Ids of all documents behind its texts, earlier turns included.
        rejected: A worse answer, "" for rows of the kind `chat`.
        generators: Models that wrote any of its texts; empty if people wrote all of them.
        people: People whose words it contains.
    """

    id: str
    thread: str
    channel: str
    at: float
    question: str
    chosen: str
    origin: Origin
    language: Language
    earlier: tuple[Turn, ...] = ()
    citations: tuple[Citation, ...] = ()
    documents: frozenset[str] = frozenset()
    rejected: str = ""
    generators: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JudgedRecord:
    """A record of the ledger with people's verdicts."""

    question: Question
    answer: Answer
    votes: frozenset[str]
    verdicts: Mapping[str, LabelVerdict]
    correction: str = ""
    corrector: str = ""

    @property
    def said(self) -> str:
        """The bot's answer, or its draft that was withheld."""
        return self.answer.text if self.answer.status == "answered" else self.answer.draft

    @property
    def approved(self) -> bool:
        """Whether most people judged it right; without labels, a 👍 and no 👎."""
        if self.answer.status != "answered":
            return False
        if self.verdicts:
            return is_right(self.verdicts) and "down" not in self.votes
        return self.votes == {"up"}

    @property
    def rejected(self) -> bool:
        """Whether most people judged it wrong or partly right; without labels, a 👎 and no 👍."""
        if self.verdicts:
            return not is_right(self.verdicts)
        return self.votes == {"down"}


def judged_records(records: Iterable[LedgerRecord], labels: Iterable[Label]) -> list[JudgedRecord]:
    """Join ledger *records* with *labels*; oldest first."""
    said = defaultdict[str, dict[str, Label]](dict)
    for label in labels:
        said[label.answer_id][label.person] = label
    found = list[JudgedRecord]()
    for record in records:
        of_it = said.get(record.question.id, {})
        written = [label for label in of_it.values() if label.correction.strip()]
        last = max(written, key=lambda label: label.at, default=None)
        found.append(
            JudgedRecord(
                record.question,
                record.answer,
                frozenset(vote.verdict for vote in record.feedback if vote.verdict),
                {person: label.verdict for person, label in of_it.items()},
                last.correction.strip() if last else "",
                last.person if last else "",
            )
        )
    return sorted(found, key=lambda item: item.question.received_at)


def chat_examples(judged: Sequence[JudgedRecord]) -> tuple[list[TrainingExample], Counter[str]]:
    """Return the examples of approved answers, and how many records are left out, by reason."""
    earlier, found, left_out = _Earlier(judged), list[TrainingExample](), Counter[str]()
    for item in judged:
        if item.correction:
            found.append(_corrected(item, earlier))
        elif item.approved:
            found.append(_approved(item, earlier))
        else:
            left_out[_why_not(item)] += 1
    return found, left_out


def preference_examples(
    judged: Sequence[JudgedRecord],
) -> tuple[list[TrainingExample], Counter[str]]:
    """Return pairs of a better and a worse answer to the same question.

    The better one is a correction, or an approved answer that the same readers got to the same
    question text; the worse one was judged wrong, or was withheld and then corrected.
    """
    earlier, found, left_out = _Earlier(judged), list[TrainingExample](), Counter[str]()
    approved = {_asked(item): item for item in judged if item.approved and not item.correction}
    for item in judged:
        better = approved.get(_asked(item))
        if not item.said.strip():
            left_out["no worse answer"] += 1
        elif item.correction and (item.rejected or item.answer.status != "answered"):
            better_one = _corrected(item, earlier)
            found.append(_paired(better_one, item, better_one.citations, item.said))
        elif item.rejected and better is not None:
            citations, worse = _joined(better.answer, item)
            found.append(_paired(_approved(better, earlier), item, citations, worse))
        else:
            left_out["not judged" if not item.rejected else "no better answer"] += 1
    different = [item for item in found if literal(item.chosen) != literal(item.rejected)]
    left_out["the same text twice"] += len(found) - len(different)
    return different, +left_out


def saved_examples(
    passages: Iterable[Passage],
    facts: Mapping[str, Mapping[str, str]],
    teams: Iterable[str],
) -> list[TrainingExample]:
    """Return the saved answers of experts as examples, each with itself as evidence.

    Args:
        passages: The passages of all entries, in order.
        facts: Where the entries come from, and whose they are, by document id.
        teams: Workspaces whose channels they may come from.
    """
    entries = defaultdict[str, list[Passage]](list)
    for passage in passages:
        entries[passage.document_id].append(passage)
    return [
        _saved(parts, facts.get(document_id, {}), sorted(teams))
        for document_id, parts in entries.items()
    ]


def literal(text: str) -> str:
    """Return the normal form of a text: without width, case, punctuation and spaces."""
    folded = unicodedata.normalize("NFKC", citation_markers.stripped(text)).casefold()
    return "".join(character for character in folded if character.isalnum())


def channel_of(question: Question) -> str:
    """Return the channel of *question*; "" in private."""
    if question.id.startswith("terminal:"):
        return TERMINAL
    try:
        place = MessageRef.parse(question.id)
    except ValueError:
        return ""
    return "" if place.direct or question.asked_in else channel_key(place)


class _Earlier:
    """Finds the earlier turns of a thread."""

    def __init__(self, judged: Sequence[JudgedRecord]) -> None:
        self._threads = defaultdict[str, list[JudgedRecord]](list)
        for item in judged:
            self._threads[item.question.thread].append(item)

    def before(self, item: JudgedRecord) -> list[JudgedRecord]:
        """Return the turns before *item* that its readers saw, oldest first."""
        at = item.question.received_at
        turns = [
            other
            for other in self._threads[item.question.thread]
            if other.question.received_at < at
            and other.answer.status in {"answered", "clarify"}
            and channel_of(other.question) == channel_of(item.question)
            and other.question.text.strip()
            and other.answer.text.strip()
        ]
        return turns[-MOST_EARLIER:]


def _approved(item: JudgedRecord, earlier: _Earlier) -> TrainingExample:
    return _material(item, earlier, item.answer.text, "approved", [_model(item)], [])


def _corrected(item: JudgedRecord, earlier: _Earlier) -> TrainingExample:
    own = _alike(item.correction, item.said) <= REWRITTEN
    numbers = range(1, 1 + len(item.answer.citations))
    text = citation_markers.normalised(item.correction, numbers)
    if not citation_markers.numbers_in(text):  # as the agent does when a model forgets its markers
        text = f"{text}{' ' if numbers else ''}{''.join(f'[{number}]' for number in numbers)}"
    generators = [] if own else [_model(item)]
    return _material(item, earlier, text, "corrected", generators, [item.corrector])


def _material(
    item: JudgedRecord,
    earlier: _Earlier,
    chosen: str,
    origin: Origin,
    generators: Sequence[str],
    people: Sequence[str],
) -> TrainingExample:
    asked, before = item.question, earlier.before(item)
    turns = [
        Turn(other.question.text, citation_markers.stripped(other.answer.text), other.question.id)
        for other in before
    ]
    return TrainingExample(
        id=asked.id,
        thread=asked.thread,
        channel=channel_of(asked),
        at=asked.received_at,
        question=asked.text,
        chosen=chosen,
        origin=origin,
        language=asked.reply_language,
        earlier=tuple(turns),
        citations=item.answer.citations,
        documents=frozenset().union(*map(_documents, [item, *before])),
        generators=frozenset([*generators, *map(_model, before)]),
        people=frozenset([asked.person, *people, *(other.question.person for other in before)]),
    )


def _paired(
    better: TrainingExample, worse: JudgedRecord, citations: tuple[Citation, ...], rejected: str
) -> TrainingExample:
    return replace(
        better,
        citations=citations,
        documents=better.documents | _documents(worse),
        rejected=rejected,
        generators=better.generators | {_model(worse)},
        people=better.people | {worse.question.person},
    )


def _joined(better: Answer, worse: JudgedRecord) -> tuple[tuple[Citation, ...], str]:
    """Return the citations of both answers, and the worse answer with its markers renumbered."""
    citations, numbers = list(better.citations), dict[int, int]()
    for citation in worse.answer.citations:
        same = next((one for one in citations if _source(one) == _source(citation)), None)
        if same is None:
            same = replace(citation, number=len(citations) + 1)
            citations.append(same)
        numbers[citation.number] = same.number
    order = [0] * len(citations)
    for old, new in numbers.items():
        order[new - 1] = old
    text = citation_markers.normalised(worse.said, numbers)
    return tuple(citations), citation_markers.renumbered(text, order)


def _saved(
    parts: Sequence[Passage], facts: Mapping[str, str], teams: Sequence[str]
) -> TrainingExample:
    first = parts[0]
    text = "\n".join(part.text.strip() for part in parts)
    people = (facts.get(name, "") for name in ("owner", "saved_by", "changed_by"))
    return TrainingExample(
        id=first.document_id,
        thread=first.document_id,
        channel=_channel_of_entry(facts, teams),
        at=_start_of(first),
        question=first.title,
        chosen=f"{text} [1]",
        origin="saved",
        language=wanted_language(first.title),
        citations=(
            Citation(1, first.title, first.url, text, first.document_id, str(first.date or "")),
        ),
        documents=frozenset([first.document_id]),
        people=frozenset(filter(None, [first.owner, *people])),
    )


def _channel_of_entry(facts: Mapping[str, str], teams: Sequence[str]) -> str:
    """Return the channel of an entry, by its place or its link; "" in private or elsewhere."""
    try:
        place = MessageRef.parse(facts.get("place", ""))
    except ValueError:
        _, _, rest = facts.get("url", "").partition("/archives/")
        channel = rest.partition("/")[0]
        # A link names no workspace: with several workspaces it is ambiguous.
        if not channel or len(teams) != 1:
            return ""
        place = MessageRef(teams[0], channel, "")
    return "" if place.direct else channel_key(place)


def _start_of(passage: Passage) -> float:
    if passage.date is None:
        return 0.0
    day = dt.datetime.combine(passage.date, dt.time.max, dt.UTC)
    return day.timestamp()


def _why_not(item: JudgedRecord) -> str:
    if item.answer.status != "answered":
        return "not answered"
    return "judged wrong" if item.rejected else "not judged"


def _asked(item: JudgedRecord) -> tuple[str, str]:
    return literal(item.question.text), item.question.asker.id


def _model(item: JudgedRecord) -> str:
    return item.answer.model or UNKNOWN


def _documents(item: JudgedRecord) -> frozenset[str]:
    return frozenset(citation.document_id for citation in item.answer.citations)


def _source(citation: Citation) -> tuple[str, str]:
    return citation.document_id, citation.quote


def _alike(first: str, second: str) -> float:
    return SequenceMatcher(None, literal(first), literal(second), autojunk=False).ratio()
