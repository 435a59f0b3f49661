"""Reads what an export is made of: the ledger, labels, consent, entries, cases, and who reads."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.channels.store import ChannelSettingsStore
from bot.core.errors import CasesError
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_from
from bot.entries.entry import SOURCE
from bot.evaluation.cases import read_cases
from bot.records.ledger import Ledger
from bot.training_export.examples import TERMINAL, TrainingExample
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError, ParseError
from knowledge.model.types import Passage, Principal
from knowledge.parsing.front_matter import split_front_matter


async def all_records(ledger: Ledger) -> Sequence[Mapping[str, Any]]:
    """Return the records of the ledger, newest first."""
    return [record async for record in ledger.since(0.0)][::-1]


def teams_in(records: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the workspaces in which something was asked."""
    asked = (question_from(record["question"]).id for record in records)
    return {MessageRef.parse(id_).team for id_ in asked if id_.startswith("slack:")}


async def opened_channels(
    channels: ChannelSettingsStore, materials: Iterable[TrainingExample]
) -> dict[str, float]:
    """Return the channels of *materials* that may be exported, each with the time from which on."""
    opened = dict[str, float]()
    for key in {material.channel for material in materials} - {"", TERMINAL}:
        since = (await channels.choices(key)).export_since
        if since is not None:
            opened[key] = since
    return opened


async def readable_documents(
    base: KnowledgeBase, reader: Principal, materials: Iterable[TrainingExample]
) -> frozenset[str]:
    """Return the documents that *materials* rest on and *reader* may read now."""
    found = set[str]()
    for document_id in sorted({one for material in materials for one in material.documents}):
        try:
            await base.read(document_id, reader, 0, 1)
        except KnowledgeError:
            continue
        found.add(document_id)
    return frozenset(found)


async def saved_passages(base: KnowledgeBase, reader: Principal) -> AsyncIterator[Passage]:
    """Yield what experts saved and *reader* may read."""
    try:
        async for passage in base.passages(reader):
            if passage.source == SOURCE:
                yield passage
    except KnowledgeError:
        return


def saved_facts(folder: Path, passages: Iterable[Passage]) -> dict[str, Mapping[str, object]]:
    """Return what stands before the texts of the entries that *passages* are of, by document id."""
    found = dict[str, Mapping[str, object]]()
    for document_id in {passage.document_id for passage in passages}:
        try:
            text = (folder / document_id.removeprefix(f"{SOURCE}/")).read_text("utf-8")
            found[document_id] = split_front_matter(text)[0]
        except (OSError, UnicodeDecodeError, ParseError):
            continue  # then it came from no channel, and stays out
    return found


def case_questions(folder: Path, named: Collection[Path]) -> frozenset[str]:
    """Return the questions of all cases in *folder* and in the files that were *named*.

    Raises:
        CasesError: a named file is none; other files in the folder are passed over.
    """
    questions = {case.question for path in named for case in read_cases(path)}
    for path in sorted(folder.rglob("*.jsonl")):
        try:
            questions.update(case.question for case in read_cases(path))
        except CasesError:
            continue
    return frozenset(questions)
