"""Reads the inputs of an export: ledger, labels, opt-outs, entries, cases, and access rights."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from bot.channels.store import ChannelSettingsStore
from bot.core.errors import CasesError
from bot.core.message_ref import MessageRef
from bot.entries.entry import SOURCE, Entry
from bot.evaluation.cases import read_cases
from bot.records.ledger import Ledger, LedgerRecord
from bot.training_export.examples import TERMINAL, TrainingExample
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Passage, Principal


async def all_records(ledger: Ledger) -> Sequence[LedgerRecord]:
    """Return the records of the ledger, newest first."""
    return [record async for record in ledger.since(0.0)][::-1]


def teams_in(records: Iterable[LedgerRecord]) -> set[str]:
    """Return the workspaces of *records*."""
    asked = (record.question.id for record in records)
    return {MessageRef.parse(id_).team for id_ in asked if id_.startswith("slack:")}


async def opened_channels(
    channels: ChannelSettingsStore, examples: Iterable[TrainingExample]
) -> dict[str, float]:
    """Return the channels of *examples* that may be exported, each with the time from which on."""
    opened = dict[str, float]()
    for key in {example.channel for example in examples} - {"", TERMINAL}:
        since = (await channels.choices(key)).export_since
        if since is not None:
            opened[key] = since
    return opened


async def readable_documents(
    base: KnowledgeBase, reader: Principal, examples: Iterable[TrainingExample]
) -> frozenset[str]:
    """Return the documents that *examples* rest on and *reader* may read now."""
    found = set[str]()
    for document_id in sorted({one for example in examples for one in example.documents}):
        try:
            await base.read(document_id, reader, 0, 1)
        except KnowledgeError:
            continue
        found.add(document_id)
    return frozenset(found)


async def saved_passages(base: KnowledgeBase, reader: Principal) -> AsyncIterator[Passage]:
    """Yield the passages of saved answers that *reader* may read."""
    try:
        async for passage in base.passages(reader):
            if passage.source == SOURCE:
                yield passage
    except KnowledgeError:
        return


def saved_facts(entries: Iterable[Entry]) -> dict[str, Mapping[str, str]]:
    """Return where each of *entries* comes from, and whose it is, by document id."""
    return {
        entry.document_id: {
            "place": entry.place,
            "url": entry.link,
            "owner": entry.author,
            "saved_by": entry.saved_by,
            "changed_by": entry.changed_by,
        }
        for entry in entries
    }


def case_questions(folder: Path, named: Collection[Path]) -> frozenset[str]:
    """Return the questions of all cases in *folder* and in the *named* files.

    Raises:
        CasesError: a named file is malformed; malformed files in the folder are skipped.
    """
    questions = {case.question for path in named for case in read_cases(path)}
    for path in sorted(folder.rglob("*.jsonl")):
        try:
            questions.update(case.question for case in read_cases(path))
        except CasesError:
            continue
    return frozenset(questions)
