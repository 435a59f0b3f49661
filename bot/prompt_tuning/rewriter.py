"""The writing model: it sees a prompt with its failures, and writes another one."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.core.errors import ModelUnavailableError
from bot.core.language import Language
from bot.core.types import ChatMessage, ModelTurn, Usage
from bot.prompt_tuning import texts as words
from bot.prompt_tuning.budget import TuningBudget
from knowledge.text.chunker import estimate_tokens

EXPECTED_OUTPUT = 3_000
"""Expected tokens of a reply."""

_RULE = "-" * 12


class Instructions(BaseModel):
    """The output of the writing model."""

    text: str = Field(description="The whole new instructions, in their language.")


HAND_IN = ToolSpec("hand_in", "Hand in the new instructions.", Instructions)


class _Written(BaseModel):
    """A stored reply."""

    text: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int

    @property
    def usage(self) -> Usage:
        return Usage(self.input_tokens, self.output_tokens, self.cached_tokens, 1)


@dataclass
class PromptRewriter:
    """Asks the writing model; replies are stored, so that a continued run asks nothing twice.

    Attributes:
        price: Cost of its tokens in US dollars, None if unknown.
        folder: Folder of the stored replies.
        wrong_costs: The cost of a wrong answer, in right ones.
    """

    model: ChatModel
    price: Callable[[Usage], float | None]
    budget: TuningBudget
    folder: Path
    wrong_costs: float
    _asked: Counter[str] = field(default_factory=Counter)

    async def write(
        self,
        language: Language,
        texts: Sequence[str],
        lessons: Sequence[str],
        longest: int,
        *,
        refused: str = "",
    ) -> str:
        """Return a new text from *texts* (one to change, two to combine), "" if none is written.

        Raises:
            BudgetUsedUpError: the call does not fit the budget.
            ModelUnavailableError: the model failed.
        """
        task = words.TASK.to(language, cost=self.wrong_costs, longest=longest)
        request = _request(language, texts, lessons, refused)
        self._asked[request] += 1
        if self._asked[request] > 1:
            request += "\n\n" + words.AGAIN.to(language, number=self._asked[request])
        messages = [ChatMessage("system", task), ChatMessage("user", request)]
        path = self.folder / f"{self._key(messages)}.json"
        try:
            written = _Written.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            said = sum(estimate_tokens(message.text) for message in messages)
            self.budget.allow_writing(self.price(Usage(said, EXPECTED_OUTPUT, 0, 1)))
            written = await self._said(messages)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(".tmp")
            draft.write_text(written.model_dump_json(), encoding="utf-8")
            draft.replace(path)
        self.budget.wrote(self.price(written.usage))
        return written.text

    def _key(self, messages: Sequence[ChatMessage]) -> str:
        asked = json.dumps([self.model.name, *(message.text for message in messages)])
        return hashlib.sha256(asked.encode()).hexdigest()[:32]

    async def _said(self, messages: Sequence[ChatMessage]) -> _Written:
        turn: ModelTurn | None = None
        async for part in self.model.stream(messages, [HAND_IN], force=HAND_IN.name):
            turn = part if isinstance(part, ModelTurn) else turn
        if turn is None:
            raise ModelUnavailableError("The writing model's reply ended too early.")
        used = turn.usage
        return _Written(
            text=_handed_in(turn),
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
        )


def _handed_in(turn: ModelTurn) -> str:
    for call in turn.calls:
        if call.name == HAND_IN.name:
            try:
                return Instructions.model_validate_json(call.arguments).text.strip()
            except ValidationError:
                return ""
    return turn.text.strip().removeprefix("```").removesuffix("```").strip()


def _request(language: Language, texts: Sequence[str], lessons: Sequence[str], refused: str) -> str:
    if len(texts) == 1:
        names = [words.INSTRUCTIONS.to(language)]
    else:
        names = [words.FIRST_INSTRUCTIONS.to(language), words.SECOND_INSTRUCTIONS.to(language)]
    parts = [f"{name}:\n{_RULE}\n{text}\n{_RULE}" for name, text in zip(names, texts, strict=True)]
    if len(texts) > 1:
        parts.append(words.JOIN.to(language))
    if lessons:
        lessons = [lesson.replace(_RULE, "-") for lesson in lessons]  # keeps the frame closed
        framed = f"\n{_RULE}\n".join(["", *lessons, ""]).strip("\n")
        parts.append(f"{words.FAILED_CASES.to(language)}:\n{framed}")
    elif len(texts) == 1:
        parts.append(words.NO_FAILED_CASE.to(language))
    if refused:
        parts.append(words.REFUSED.to(language, reason=refused))
    return "\n\n".join(parts)
