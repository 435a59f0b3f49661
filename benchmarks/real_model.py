"""Asks a real model the sample cases, and keeps every conversation with it to be read.

`OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_MODEL=NAME python -m benchmarks.real_model \
--cases 60 --log conversations.jsonl`

The model's endpoint comes from the settings. Nothing is cached: times are those of this run. A busy
machine needs a longer `--seconds` than people would wait.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.app.container import open_agent, open_knowledge
from bot.cli.context import SAMPLE_CASES, command_settings, reader_named
from bot.cli.knowledge import index_samples
from bot.core.types import Answer, ChatMessage, ModelTurn, TextDelta
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.results import result_of
from bot.evaluation.runner import answer_case


@dataclass
class KeptModel:
    """Says what *model* says, and keeps it with what it was asked."""

    model: ChatModel
    kept: list[dict[str, object]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        started, pieces = time.monotonic(), list[str]()
        asked = [{"role": message.role, "text": message.text} for message in messages]
        entry: dict[str, object] = {"messages": asked, "force": force, "said": pieces}
        self.kept.append(entry)
        async for part in self.model.stream(messages, tools, force=force):
            if isinstance(part, TextDelta):
                pieces.append(part.text)
            else:
                calls = [(call.name, call.arguments) for call in part.calls]
                entry |= {"text": part.text, "calls": calls, "truncated": part.truncated}
                entry["tokens"] = [part.usage.input_tokens, part.usage.output_tokens]
            entry["seconds"] = round(time.monotonic() - started, 1)
            yield part

    async def aclose(self) -> None:
        await self.model.aclose()


def spread(cases: Sequence[Case], count: int) -> list[Case]:
    """Return *count* cases, evenly over the file, so that both languages come in proportion.

    One language comes after the other: a server keeps the beginning of the last conversation.
    """
    step = max(1.0, len(cases) / count)
    chosen = [cases[int(place * step)] for place in range(min(count, len(cases)))]
    return sorted(chosen, key=lambda case: case.language)


def outcome(case: Case, answer: Answer) -> str:
    """Return `right`, `wrong`, or how the question ended without an answer."""
    if answer.status != "answered":
        good = not case.answerable and answer.status in {"handed_over", "found"}
        return f"{answer.status}{' (right)' if good else ''}"
    correct = result_of(case, answer).correct
    return "unjudged" if correct is None else "right" if correct else "wrong"


async def measure(arguments: argparse.Namespace, console: Console) -> None:
    """Answer the cases one after the other and print a line for each, then the summary."""
    settings = command_settings(samples=True)
    await index_samples(settings, console)
    cases = read_cases(SAMPLE_CASES)
    chosen = [case for case in cases if case.id in arguments.id] or spread(cases, arguments.cases)
    outcomes, seconds, calls = Counter[str](), list[float](), list[int]()
    async with aclosing(open_knowledge(settings)) as base, open_agent(settings, base) as agent:
        kept = KeptModel(agent.model)
        limits = replace(agent.limits, seconds=arguments.seconds)
        measured = replace(agent, model=kept, limits=limits)
        for case in chosen:
            kept.kept.clear()
            answer = await answer_case(measured, case, reader_named(case.reader))
            found = outcome(case, answer)
            outcomes[found] += 1
            seconds.append(answer.latency_ms / 1000)
            if answer.status == "answered":
                calls.append(len(kept.kept))
            console.print(
                f"{case.id} {found} ({answer.termination_reason}, {len(kept.kept)} calls, "
                f"{seconds[-1]:.0f} s) {case.question} → {answer.text!r}",
                markup=False,
                highlight=False,
            )
            if arguments.log:
                line: dict[str, object] = {
                    "case": case.id,
                    "outcome": found,
                    "question": case.question,
                }
                line |= {"wanted": case.answers, "answer": answer.text, "draft": answer.draft}
                with arguments.log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line | {"turns": kept.kept}, ensure_ascii=False) + "\n")
    console.print(f"{agent.model.name}: {dict(outcomes)} of {len(chosen)}")
    if seconds:
        console.print(f"median {statistics.median(seconds):.1f} s")
    if calls:
        console.print(f"{statistics.mean(calls):.2f} model calls an answered question")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--id", action="append", default=[], help="Only this case; repeatable.")
    parser.add_argument("--seconds", type=float, default=120.0, help="Time for one answer.")
    parser.add_argument("--log", type=Path, help="File for the conversations, one a line.")
    asyncio.run(measure(parser.parse_args(), Console(width=200)))


if __name__ == "__main__":
    main()
