"""The cases of the sample documents, in two halves: one to tune on, one held out."""

import hashlib
from pathlib import Path

from pydantic import SecretStr

from bot.cli.context import SAMPLE_CASES
from bot.evaluation.answer_match import holds
from bot.evaluation.cases import Case
from bot.text.excerpts import Excerpt
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Passage

SAMPLES = SAMPLE_CASES.parent / "knowledge.toml"


def is_held_out(case: Case) -> bool:
    """Tell whether *case* is of the half that nothing was tuned on, by the hash of its id."""
    return int(hashlib.sha256(case.id.encode()).hexdigest(), 16) % 2 == 1


async def open_samples(folder: Path, config: Path = SAMPLES) -> KnowledgeBase:
    """Index the documents of *config* in *folder*, or bring them up to date there."""
    base = open_knowledge(config, folder, EmbeddingSettings("hashing", SecretStr(""), None))
    await base.sync()
    return base


def says_answer(case: Case, text: str) -> bool:
    """Tell whether the reference answer of *case* stands in *text*."""
    return (
        case.answerable
        and (not case.answers or any(holds(text, one) for one in case.answers))
        and all(holds(text, one) for one in case.must_include)
    )


def quotes_answer(case: Case, passage: Passage, excerpt: Excerpt) -> bool:
    """Tell whether *excerpt* of *passage* is a right answer to *case*."""
    text = f"{excerpt.context}\n{excerpt.shown}"
    return (
        says_answer(case, text)
        and passage.document_id in case.gold_documents
        and not any(holds(text, wrong) for wrong in case.must_not)
    )
