"""Frozen evidence: the tools' results for a case are stored, and every prompt gets the same ones.

Searches then cost nothing and are equal for all candidates, even if the index changes meanwhile.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from bot.agent.tool import Tool, ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question, QuestionId
from knowledge.model.types import Passage

_kept: TypeAdapter[dict[str, dict[str, ToolResult]]] = TypeAdapter(dict[str, dict[str, ToolResult]])

_QUERY = "query"
"""The argument that identifies a search tool."""


class FrozenEvidence:
    """Results of tools, by question, tool and arguments; one file per question.

    Args:
        folder: Folder of the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[QuestionId, dict[str, dict[str, ToolResult]]] = {}

    def of(self, question: QuestionId) -> Mapping[str, Mapping[str, ToolResult]]:
        """Return the stored results of *question*, by tool and arguments."""
        if question not in self._known:
            try:
                self._known[question] = _kept.validate_json(self._path(question).read_bytes())
            except FileNotFoundError:
                self._known[question] = {}
        return self._known[question]

    def keep(self, question: QuestionId, tool: str, arguments: str, result: ToolResult) -> None:
        """Store *result* atomically."""
        self.of(question)
        self._known[question].setdefault(tool, {})[arguments] = result
        path = self._path(question)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = path.with_suffix(".tmp")
        written.write_bytes(_kept.dump_json(self._known[question]))
        written.replace(path)

    def passages(self, question: QuestionId) -> Iterator[Passage]:
        """Yield every stored passage of *question*."""
        for results in self.of(question).values():
            for result in results.values():
                yield from result.passages

    def _path(self, question: QuestionId) -> Path:
        return self._folder / f"{hashlib.sha256(question.encode()).hexdigest()[:32]}.json"


class Recording:
    """A tool whose results are stored."""

    def __init__(self, tool: Tool, evidence: FrozenEvidence) -> None:
        self._tool = tool
        self._evidence = evidence

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        result = await self._tool.use(arguments, question)
        self._evidence.keep(question.id, self.spec.name, _key(arguments), result)
        return result


class Replaying:
    """A tool that returns stored results.

    A new search query returns everything that was found for the question: another prompt words its
    queries differently, and should not be better or worse for that. Only if nothing was ever
    searched for a question, the real tool is called, once.
    """

    def __init__(self, tool: Tool, evidence: FrozenEvidence) -> None:
        self._tool = tool
        self._evidence = evidence

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        name, key = self.spec.name, _key(arguments)
        kept = self._evidence.of(question.id).get(name, {})
        if key in kept:
            return kept[key]
        if _QUERY not in self.spec.arguments.model_fields:
            raise ToolError("not available; answer from the passages that were found")
        if kept:
            found = (passage for result in kept.values() for passage in result.passages)
            return ToolResult(passages=tuple({passage.id: passage for passage in found}.values()))
        return await Recording(self._tool, self._evidence).use(arguments, question)


def _key(arguments: BaseModel) -> str:
    return json.dumps(arguments.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
