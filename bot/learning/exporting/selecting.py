"""From material to rows: what may not be used is left out, counted by its reason."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.agent import marks
from bot.learning.exporting.licences import Guard, Ruling
from bot.learning.exporting.likeness import asked_in_cases, near_twins
from bot.learning.exporting.materials import TERMINAL, Material, Origin, literal
from bot.learning.exporting.people import KnownPeople
from bot.learning.exporting.prompts import Said, answer_of, prompt_of, shown_evidence, texts_of
from bot.learning.exporting.recognising import Sort, has_secret, is_template
from bot.learning.exporting.scrubbing import MARK, Scrubber
from knowledge.checks.similarity import groups
from knowledge.figures import figures_in

Part = Literal["train", "validation"]
PARTS: tuple[Part, ...] = ("train", "validation")

_WORTH: Mapping[Origin, int] = {"corrected": 2, "saved": 1, "approved": 0}
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is written; every text is scrubbed.

    Attributes:
        thread: Rows of a thread are never parted.
        asked: The question alone.
        rejected: "" for rows of the kind `chat`.
    """

    id: str
    thread: str
    origin: Origin
    at: float
    asked: str
    prompt: tuple[Said, ...]
    chosen: str
    rejected: str = ""
    part: Part = "train"


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides whether material is used, and how.

    Attributes:
        opened: Channels that may be used, with the time from which on.
        refused: People whose words stay out.
        readable: Documents that the trained model's readers may read.
        cases: Questions of evaluation cases.
        evidence: Show what answers rest on.
        system: In place of the rules of each language, "" for those.
        validation: Share of the threads that are kept for validation.
        terminal: Use what was asked in a terminal.
    """

    guard: Guard
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
    """The rows, and what became of the rest.

    Attributes:
        left_out: How much, by reason.
        blocked: What the licence guard refused, by generator.
        rulings: What it said of the generators whose texts are in the rows.
        scrubbed: How many stretches were replaced, by kind.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    blocked: dict[str, Ruling] = field(default_factory=dict)
    rulings: dict[str, Ruling] = field(default_factory=dict)
    scrubbed: Counter[Sort] = field(default_factory=Counter)


def select(materials: Sequence[Material], terms: Terms) -> Selection:
    """Make rows of *materials*, as far as *terms* allow.

    Consent comes first, so that nothing of a person who refused is even compared.
    """
    done = Selection()
    usable = _kept(materials, done.left_out, [_consent(terms), _rights(terms), _grounds(terms)])
    usable = _without_cases(usable, terms, done.left_out)
    usable = [material for material in usable if _licensed(material, terms.guard, done)]
    rows = list[Row]()
    for material in usable:
        row = _row(material, terms, done)
        if isinstance(row, str):
            done.left_out[row] += 1
        else:
            rows.append(row)
    rows = _once(rows, done.left_out)
    done.rows = parted(rows, terms.validation)
    used = {generator for material in usable for generator in material.generators}
    done.rulings = {name: terms.guard.ruling(name) for name in sorted(used)}
    return done


def parted(rows: Sequence[Row], share: float) -> list[Row]:
    """Put about *share* of the threads aside for validation, by a hash of their names.

    Threads with the same question go together. One row alone is for training.
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


Filter = Callable[[Material], str]


def _kept(
    materials: Sequence[Material], left_out: Counter[str], filters: Sequence[Filter]
) -> list[Material]:
    kept = list[Material]()
    for material in materials:
        reason = next((why for one in filters if (why := one(material))), "")
        if reason:
            left_out[reason] += 1
        else:
            kept.append(material)
    return kept


def _consent(terms: Terms) -> Filter:
    def reason(material: Material) -> str:
        if material.channel == TERMINAL:
            return "" if terms.terminal else "asked in a terminal (--terminal)"
        if not material.channel:
            return "not asked in a channel"
        since = terms.opened.get(material.channel)
        if since is None:
            return "channel not opened for export"
        if material.at < since:
            return "asked before the channel was opened"
        return "a person refused" if material.people & terms.refused else ""

    return reason


def _rights(terms: Terms) -> Filter:
    def reason(material: Material) -> str:
        if any(document.startswith(_WEB) for document in material.documents):
            return "rests on web pages"
        if material.documents - terms.readable:
            return "rests on documents that the audience may not read, or that are gone"
        return ""

    return reason


def _grounds(terms: Terms) -> Filter:
    def reason(material: Material) -> str:
        if not material.question.strip() or not material.chosen.strip():
            return "empty"
        if terms.evidence and not material.citations:
            return "no evidence to answer from"
        if terms.evidence and material.origin == "corrected":
            known = _figures(f"{shown_evidence(material)}\n{material.question}")
            if _figures(marks.stripped(material.chosen)) - known:
                return "a correction with figures that its evidence does not have"
        texts = texts_of(material)
        if any(map(is_template, texts)):
            return "control tokens or templates"
        return "a secret" if any(map(has_secret, texts)) else ""

    return reason


def _figures(text: str) -> set[str]:
    return {figure.value for figure in figures_in(text)}


def _without_cases(
    materials: Sequence[Material], terms: Terms, left_out: Counter[str]
) -> list[Material]:
    found = asked_in_cases([material.question for material in materials], terms.cases)
    if found:
        left_out["an evaluation case asks it"] += len(found)
    return [material for place, material in enumerate(materials) if place not in found]


def _licensed(material: Material, guard: Guard, done: Selection) -> bool:
    strictest = next(iter(guard.rulings(material.generators)), None)
    if strictest is None or strictest.outcome != "block":
        return True
    done.blocked[strictest.generator] = strictest
    done.left_out[f"licence of {strictest.generator}"] += 1
    return False


def _row(material: Material, terms: Terms, done: Selection) -> Row | str:
    """Return the scrubbed row, or why there is none."""
    scrubber = Scrubber(terms.people)
    said = prompt_of(material, terms.system, evidence=terms.evidence)
    # The rules are ours: there is nothing personal in them.
    prompt = [said[0], *(Said(one.role, scrubber.scrubbed(one.text)) for one in said[1:])]
    chosen = scrubber.scrubbed(answer_of(material.chosen, evidence=terms.evidence))
    rejected = scrubber.scrubbed(answer_of(material.rejected, evidence=terms.evidence))
    shown = "\n".join(one.text for one in prompt[1:])
    if any(mark[0] not in shown for mark in MARK.finditer(chosen)):
        return "personal data in the answer alone"
    if rejected and literal(rejected) == literal(chosen):
        return "the same text twice"
    done.scrubbed.update(scrubber.counts)
    return Row(
        material.id,
        material.thread,
        material.origin,
        material.at,
        scrubber.scrubbed(material.question),
        tuple(prompt),
        chosen,
        rejected,
    )


def _once(rows: Sequence[Row], left_out: Counter[str]) -> list[Row]:
    """Keep one of rows that say nearly the same: what a person wrote, then the newest."""
    texts = [f"{row.asked}\n{row.chosen}\n{row.rejected}" for row in rows]
    dropped = set[int]()
    for group in near_twins(texts):
        best = max(group, key=lambda place: (_WORTH[rows[place].origin], rows[place].at))
        dropped.update(place for place in group if place != best)
    if dropped:
        left_out["nearly the same as another"] += len(dropped)
    return [row for place, row in enumerate(rows) if place not in dropped]


def _fraction(name: str) -> float:
    """Return a number in 0..1 that stays the same for *name*."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
