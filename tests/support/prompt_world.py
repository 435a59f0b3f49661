"""A world in which the prompt decides which answers are correct: cases, passages, and a model.

The model answers a case correctly only if the prompt contains the rules that the case needs. As the
writing model, it adds sentences for the failures that it is shown: often a useless one, sometimes
the question itself. Chance is a hash of the request, so that runs are reproducible.
"""

import hashlib
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from bot.agent.agent import Agent
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.tool import ToolResult, ToolSpec
from bot.core.language import Language, language_of
from bot.core.types import ChatMessage, ModelTurn, Question, TextDelta, ToolCall, Usage
from bot.evaluation.cases import Case
from bot.prompt_tuning.rewriter import HAND_IN
from knowledge.model.types import Passage
from tests.support.prompt_rules import DISTRACTORS, RULES, Rule

HELPS, DISTRACTS, REPEATS = 0.35, 0.4, 0.08
"""Probabilities of understanding a failure, adding something useless, and repeating a question."""

SLIPS = 0.04
"""Probability of no answer, whatever the prompt says."""


@dataclass(frozen=True)
class WorldCase:
    """A case with its rules, its two possible answers, and its passage."""

    case: Case
    needs: tuple[Rule, ...]
    right: str
    tempting: str
    passage: Passage


def make_world(seed: int, cases: int, rules: Sequence[Rule] = RULES) -> dict[str, WorldCase]:
    """Return *cases* cases per language, by question; most need one rule, some two or none."""
    chance = random.Random(f"world {seed}")
    found = list[WorldCase]()
    for language in ("en", "ja"):
        own = [rule for rule in rules if rule.language == language]
        for number in range(cases):
            first = own[number % len(own)]
            needs = chance.choices([(first,), (), (first, chance.choice(own))], [60, 15, 25])[0]
            if any(rule.without != "wrong" for rule in needs):
                needs = (first,)
            found.append(_asked(language, number, first, tuple(dict.fromkeys(needs)), chance))
    return {item.case.question: item for item in found}


def _asked(
    language: Language, number: int, topic: Rule, needs: tuple[Rule, ...], chance: random.Random
) -> WorldCase:
    right, wrong = (str(n) for n in chance.sample(range(1_000, 9_999), 2))
    item = f"{language.upper()}-{number:03}"
    topics = [rule.topic for rule in needs] or [topic.topic]
    if language == "en":
        question = f"What is the {' and the '.join(topics)} of {item}?"
        yes, no = f"For {item} it is {right} as a rule.", f"For {item} it is {wrong} besides."
    else:
        question = f"{item}の{'と'.join(topics)}はいくつですか？"
        yes, no = f"{item}は原則として{right}です。", f"{item}は他の場合に{wrong}です。"
    answerable = not any(rule.without == "invents" for rule in needs)
    case = Case(
        id=f"{language}-{number}",
        question=question,
        answers=(right,) if answerable else (),
        answerable=answerable,
        group=f"{language}-{number // 2}",
    )
    passage = Passage(
        id=f"w/{item}.md#0",
        document_id=f"w/{item}.md",
        source="w",
        title=item,
        url=f"https://example.com/{item}",
        text=f"{no} {yes}",
        score=0.9,
    )
    return WorldCase(case, needs, yes, no, passage)


class _Query(BaseModel):
    query: str


@dataclass
class WorldSearch:
    """A search tool that finds the passage of a question."""

    world: Mapping[str, WorldCase]
    searches: int = 0

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec("search_knowledge", "Find passages.", _Query)

    async def use(self, _: BaseModel, question: Question) -> ToolResult:
        self.searches += 1
        return ToolResult(passages=(self.world[question.text].passage,))


@dataclass
class WorldModel:
    """Answers by the rules of its world, and writes prompts with partial understanding.

    Attributes:
        random_only: Chance alone decides, whatever the prompt says, so that no gain is possible.
        repeats: Probability of repeating a question of the failures in a prompt.
    """

    world: Mapping[str, WorldCase]
    rules: Sequence[Rule] = RULES
    random_only: bool = False
    name: str = "scripted"
    repeats: float = REPEATS

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        del tools
        called = self._hand_in(messages) if force == HAND_IN.name else self._act(messages)
        usage = Usage(sum(len(message.text) for message in messages) // 4, 60, 0, 1)
        yield ModelTurn("", (called,), usage, model=self.name)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _act(self, messages: Sequence[ChatMessage]) -> ToolCall:
        question = next(m.question for m in reversed(messages) if m.question)
        if not any(message.role == "tool" for message in messages):
            return _call("search_knowledge", {"query": question})
        asked = self.world[question]
        said = self._said(asked, messages[0].text)
        if not said:
            return _call("finish", {"status": "insufficient_evidence", "missing": "?"})
        citations = [{"n": 1, "quote": said}]
        end = len(said) - 1
        answer = f"{said[:end]} [1]{said[end:]}"
        return _call("finish", {"status": "answered", "answer": answer, "citations": citations})

    def _said(self, asked: WorldCase, prompt: str) -> str:
        chance = random.Random(_digest(prompt, asked.case.id))
        if chance.random() < SLIPS:
            return ""
        if self.random_only:
            return asked.right if chance.random() < 0.7 else ""
        lacking = [rule for rule in asked.needs if not rule.known.search(prompt)]
        outcomes = {rule.without for rule in lacking}
        if "abstains" in outcomes:
            return ""
        if "wrong" in outcomes or "invents" in outcomes:
            return asked.tempting
        return asked.right if asked.case.answerable else ""

    def _hand_in(self, messages: Sequence[ChatMessage]) -> ToolCall:
        request = messages[-1].text
        chance = random.Random(_digest(request))
        blocks = [block.strip("\n") for block in request.split("-" * 12)]
        texts = [block for block in blocks[1::2] if "<<<" in block]
        lines = texts[0].splitlines()
        for text in texts[1:]:
            lines += [line for line in text.splitlines() if chance.random() < 0.9]
        lines = list(dict.fromkeys(lines))
        language = language_of(texts[0])
        lines += self._thoughts(request, language, chance)
        return _call(HAND_IN.name, {"text": "\n".join(dict.fromkeys(lines))})

    def _thoughts(self, request: str, language: Language, chance: random.Random) -> list[str]:
        found = list[str]()
        questions = [question for question in self.world if question in request]
        for question in questions:
            topics = [r for r in self.rules if r.language == language and r.topic in question]
            if topics and chance.random() < HELPS:
                found.append(chance.choice(chance.choice(topics).sayings))
        if chance.random() < DISTRACTS:
            found.append(chance.choice(DISTRACTORS[language]))
        if questions and chance.random() < self.repeats:
            found.append(chance.choice(questions))
        return found


def make_agent(world: Mapping[str, WorldCase], model: WorldModel) -> Agent:
    """Return the real agent for *world*."""
    return Agent(model, (WorldSearch(world),), RunLimits(), Prompt.load("direct"), lambda _: None)


def _call(tool: str, arguments: Mapping[str, object]) -> ToolCall:
    return ToolCall(f"call-{tool}", tool, json.dumps(arguments, ensure_ascii=False))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
