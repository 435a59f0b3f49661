"""Answers the questions of a SQuAD-format file without a model and without half of the passages.

The whole path runs for each question: search, the agent, the quotation with its citation. The
results are cached in a file, so that evaluating hundreds of splits takes seconds.
"""

import json
import random
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from bot.agent.agent import Agent
from bot.agent.confidence import Weights
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.tool import ToolResult, ToolSpec
from bot.core.types import Question, QuestionId, ThreadId
from bot.llm.extractive import ExtractiveModel
from bot.tools.search_knowledge import SearchKnowledge
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Passage, Principal

READER = Principal("benchmark", member=True)


@dataclass(frozen=True)
class SquadQuestion:
    """A question in the file, and the document (one passage) with its answer."""

    id: str
    question: str
    answers: list[str]
    document: str
    article: str


@dataclass(frozen=True)
class BotAnswer:
    """The bot's answer to a question.

    Attributes:
        kept: Whether the passage with the answer was in the collection.
        found: Whether the first citation is of that passage.
        right: Whether its quotation contains an answer, too.
        passages: Signals of the hits, best first.
    """

    asked: SquadQuestion
    kept: bool
    found: bool
    right: bool
    answer: str
    confidence: float
    passages: list[dict[str, Any]]


class RecordingSearch:
    """The search tool; records the last result."""

    def __init__(self, tool: SearchKnowledge) -> None:
        self._tool = tool
        self.found: tuple[Passage, ...] = ()

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        result = await self._tool.use(arguments, question)
        self.found = result.passages
        return result


def read(path: Path) -> tuple[dict[str, str], list[SquadQuestion]]:
    """Return the passages as documents (path to Markdown), and the answerable questions."""
    documents, asked = {}, []
    for place, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"texts/{place:03}/{number:03}.md"
            body = paragraph["context"].removeprefix(article["title"]).replace(" [SEP] ", "")
            documents[name] = f"# {article['title']}\n\n{body}\n"
            for question in paragraph["qas"]:
                answers = sorted({answer["text"] for answer in question["answers"]})
                if answers:
                    asked.append(
                        SquadQuestion(
                            question["id"], question["question"], answers, name, f"{place:03}"
                        )
                    )
    return documents, asked


async def answer_all(path: Path, seed: int) -> list[BotAnswer]:
    documents, asked = read(path)
    names = sorted(documents)
    random.Random(seed).shuffle(names)
    kept = set(names[: len(names) // 2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for document in kept:
            file = folder / document
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(documents[document], "utf-8")
        config = folder / "knowledge.toml"
        config.write_text('[[sources]]\nname = "texts"\npath = "texts"\n', "utf-8")
        embedding = EmbeddingSettings("hashing", SecretStr(""), None)
        base = open_knowledge(config, folder / "index", embedding)
        await base.sync()
        return [await answer(base, question, question.document in kept) for question in asked]


async def answer(base: KnowledgeBase, asked: SquadQuestion, kept: bool) -> BotAnswer:  # noqa: FBT001
    search = RecordingSearch(SearchKnowledge(base))
    everything = replace(Weights.load("extractive"), shown_from=0.0)
    model = ExtractiveModel(everything)
    agent = Agent(model, (search,), RunLimits(), Prompt.load(), lambda _: 0.0)
    question = Question(QuestionId(asked.id), ThreadId(asked.id), asked.question, READER)
    run = agent.start(question)
    async for _ in run.events():
        pass
    said = run.answer()
    quoted = said.text.partition("\n\n> ")[2].partition("\n\n")[0]
    found = bool(said.citations) and said.citations[0].document_id == asked.document
    passages = [
        asdict(p.signals) | {"document": p.document_id, "score": p.score, "length": len(p.text)}
        for p in search.found
    ]
    return BotAnswer(
        asked,
        kept,
        found,
        found and any(holds(quoted, text) for text in asked.answers),
        said.text,
        said.confidence or 0.0,
        passages,
    )


def holds(text: str, answer: str) -> bool:
    return "".join(answer.split()).casefold() in "".join(text.split()).casefold()
