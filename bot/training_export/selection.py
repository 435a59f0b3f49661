"""From example to rows: what may not be used is left out, counted by its reason."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.core.live_evidence import any_live
from bot.text import citation_markers
from bot.training_export.deduplication import asked_in_cases, near_twins
from bot.training_export.examples import TERMINAL, Origin, TrainingExample, literal
from bot.training_export.licences import LicenceGuard, LicenceRuling
from bot.training_export.people import KnownPeople
from bot.training_export.pii import PiiKind, has_secret, is_template
from bot.training_export.prompts import RowMessage, answer_of, prompt_of, shown_evidence, texts_of
from bot.training_export.redaction import MARK, Redactor
from knowledge.quality.checks.similarity import groups
from knowledge.text.numbers import numbers_in

RowPart = Literal["train", "validation"]
PARTS: tuple[RowPart, ...] = ("train", "validation")

_WORTH: Mapping[Origin, int] = {"corrected": 2, "saved": 1, "approved": 0}
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A row of the export; every text is redacted.

    Attributes:
        thread: A split never divides the rows of a thread.
        asked: The question alone.
        rejected: "" for rows of the kind `chat`.
    """

    id: str
    thread: str
    origin: Origin
    at: float
    asked: str
    prompt: tuple[RowMessage, ...]
    chosen: str
    rejected: str = ""
    part: RowPart = "train"


@dataclass(frozen=True, slots=True)
class SelectionTerms:
    """What decides whether example is used, and how.

    Attributes:
        opened: Channels that may be used, with the time from which they may.
        refused: People who opted out.
        readable: Documents that the trained model's readers may read.
        cases: Questions of evaluation cases.
        evidence: Whether rows show the cited passages.
        system: System message in place of the rules of each language, "" for the rules.
        validation: Share of the threads for validation.
        terminal: Whether to use questions asked in a terminal.
    """

    guard: LicenceGuard
    opened: Mapping[str, float]
    refused: frozenset[str] = frozenset()
    readable: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    people: KnownPeople = field(default_factory=KnownPeople)
    evidence: bool = True
    system: str = ""
    validation: float = 0.1
    terminal: bool = False


@dataclass(slots=True)
class Selection:
    """The selected rows, and why others were left out.

    Attributes:
        left_out: Number of examples left out, by reason.
        blocked: Rulings of blocked generators, by name.
        rulings: Rulings of the generators whose texts are in the rows, by name.
        redacted: Number of redacted spans, by kind.
    """

    rows: list[TrainingRow] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    blocked: dict[str, LicenceRuling] = field(default_factory=dict)
    rulings: dict[str, LicenceRuling] = field(default_factory=dict)
    redacted: Counter[PiiKind] = field(default_factory=Counter)


def select(examples: Sequence[TrainingExample], terms: SelectionTerms) -> Selection:
    """Make rows of *examples*, as far as *terms* allow.

    Opt-outs come first, so that the text of a person who opted out is not even compared.
    """
    done = Selection()
    usable = _kept(examples, done.left_out, [_consent(terms), _rights(terms), _grounds(terms)])
    usable = _without_cases(usable, terms, done.left_out)
    usable = [example for example in usable if _licensed(example, terms.guard, done)]
    rows = list[TrainingRow]()
    for example in usable:
        row = _row(example, terms, done)
        if isinstance(row, str):
            done.left_out[row] += 1
        else:
            rows.append(row)
    rows = _once(rows, done.left_out)
    done.rows = parted(rows, terms.validation)
    used = {generator for example in usable for generator in example.generators}
    done.rulings = {name: terms.guard.ruling(name) for name in sorted(used)}
    return done


def parted(rows: Sequence[TrainingRow], share: float) -> list[TrainingRow]:
    """Assign about *share* of the threads to validation, by a hash of their names.

    Threads with the same question stay together. A single row is for training.
    """
    names = [row.thread for row in rows]
    by_question = dict[str, int]()
    by_thread = dict[str, int]()
    pairs = list[tuple[int, int]]()
    for place, row in enumerate(rows):
        pairs.append((by_question.setdefault(literal(row.asked), place), place))
        pairs.append((by_thread.setdefault(row.thread, place), place))
    held = {
        place
        for group in groups(pairs)
        if _fraction(min(names[place] for place in group)) < share
        for place in group
    }
    if len(held) == len(rows):
        held = set()
    return [
        replace(row, part="validation" if place in held else "train")
        for place, row in enumerate(rows)
    ]


RowFilter = Callable[[TrainingExample], str]


def _kept(
    examples: Sequence[TrainingExample], left_out: Counter[str], filters: Sequence[RowFilter]
) -> list[TrainingExample]:
    kept = list[TrainingExample]()
    for example in examples:
        reason = next((why for one in filters if (why := one(example))), "")
        if reason:
            left_out[reason] += 1
        else:
            kept.append(example)
    return kept


def _consent(terms: SelectionTerms) -> RowFilter:
    def reason(example: TrainingExample) -> str:
        if example.channel == TERMINAL:
            return "" if terms.terminal else "asked in a terminal (--terminal)"
        if not example.channel:
            return "not asked in a channel"
        since = terms.opened.get(example.channel)
        if since is None:
            return "channel not opened for export"
        if example.at < since:
            return "asked before the channel was opened"
        return "a person refused" if example.people & terms.refused else ""

    return reason


def _rights(terms: SelectionTerms) -> RowFilter:
    def reason(example: TrainingExample) -> str:
        if any(document.startswith(_WEB) for document in example.documents):
            return "rests on web pages"
        if any_live(example.documents):
            return "rests on a search in Slack"
        if example.documents - terms.readable:
            return "uses documents that the audience may not read, or that are gone"
        return ""

    return reason


def _grounds(terms: SelectionTerms) -> RowFilter:
    def reason(example: TrainingExample) -> str:
        if not example.question.strip() or not example.chosen.strip():
            return "empty"
        if terms.evidence and not example.citations:
            return "no evidence to answer from"
        if terms.evidence and example.origin == "corrected":
            known = _numbers(f"{shown_evidence(example)}\n{example.question}")
            if _numbers(citation_markers.stripped(example.chosen)) - known:
                return "a correction with numbers that its evidence does not have"
        texts = texts_of(example)
        if any(map(is_template, texts)):
            return "control tokens or templates"
        return "a secret" if any(map(has_secret, texts)) else ""

    return reason


def _numbers(text: str) -> set[str]:
    return {number.value for number in numbers_in(text)}


def _without_cases(
    examples: Sequence[TrainingExample], terms: SelectionTerms, left_out: Counter[str]
) -> list[TrainingExample]:
    found = asked_in_cases([example.question for example in examples], terms.cases)
    if found:
        left_out["an evaluation case asks it"] += len(found)
    return [example for place, example in enumerate(examples) if place not in found]


def _licensed(example: TrainingExample, guard: LicenceGuard, done: Selection) -> bool:
    strictest = next(iter(guard.rulings(example.generators)), None)
    if strictest is None or strictest.outcome != "block":
        return True
    done.blocked[strictest.generator] = strictest
    done.left_out[f"licence of {strictest.generator}"] += 1
    return False


def _row(example: TrainingExample, terms: SelectionTerms, done: Selection) -> TrainingRow | str:
    """Return the redacted row, or why there is none."""
    redactor = Redactor(terms.people)
    said = prompt_of(example, terms.system, evidence=terms.evidence)
    # The rules come with the program and contain no personal data.
    prompt = [said[0], *(RowMessage(one.role, redactor.redacted(one.text)) for one in said[1:])]
    chosen = redactor.redacted(answer_of(example.chosen, evidence=terms.evidence))
    rejected = redactor.redacted(answer_of(example.rejected, evidence=terms.evidence))
    shown = "\n".join(one.text for one in prompt[1:])
    if any(mark[0] not in shown for mark in MARK.finditer(chosen)):
        return "personal data in the answer alone"
    if rejected and literal(rejected) == literal(chosen):
        return "the same text twice"
    done.redacted.update(redactor.counts)
    return TrainingRow(
        example.id,
        example.thread,
        example.origin,
        example.at,
        redactor.redacted(example.question),
        tuple(prompt),
        chosen,
        rejected,
    )


def _once(rows: Sequence[TrainingRow], left_out: Counter[str]) -> list[TrainingRow]:
    """Keep one row of each group of near-duplicates: a person's if possible, else the newest."""
    texts = [f"{row.asked}\n{row.chosen}\n{row.rejected}" for row in rows]
    dropped = set[int]()
    for group in near_twins(texts):
        best = max(group, key=lambda place: (_WORTH[rows[place].origin], rows[place].at))
        dropped.update(place for place in group if place != best)
    if dropped:
        left_out["nearly the same as another"] += len(dropped)
    return [row for place, row in enumerate(rows) if place not in dropped]


def _fraction(name: str) -> float:
    """Return a number in 0..1 that depends on *name* only."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
