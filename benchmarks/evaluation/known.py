"""The same proof with a model of known accuracy, so that the result is known, too.

    python -m benchmarks.evaluation.known [--questions 1200] [--splits 200] [--html page.html]

A local model endpoint reports a confidence of 95 % for a third of its answers, of which 99.5 % are
correct; 75 % for a third, of which 90 % are correct; and 55 % for a third, of which 70 % are
correct. So at 90 % two thirds can be answered (94.75 % of them correctly), at 95 % one third, and
at 99 % hardly anything can be certified: that takes 299 answers without an error, or 473 with one.
"""

import argparse
import asyncio
import hashlib
import random
import re
import tempfile
import time
from pathlib import Path

from pydantic import SecretStr

from benchmarks.evaluation.splits import LEVELS, PROOF, TUNE, outcome, row
from bot.agent.agent import Agent
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.evaluation.calibration import Scored
from bot.evaluation.cases import Case
from bot.evaluation.labelled import scored
from bot.evaluation.report import write_report
from bot.evaluation.results import EvaluationRun, Result, RunInfo
from bot.evaluation.runner import AnswerCache, answer_case, run_cases
from bot.llm.factory import make_model
from bot.tools.search_knowledge import SearchKnowledge
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from tests.support.llm_server import Call, Conversation, Turn, llm_server

SURENESS = ((0.95, 0.995), (0.75, 0.90), (0.55, 0.70))
"""The model's confidence, and its accuracy at that confidence."""

_NUMBERED = re.compile(r"\d{4}")


def codes(number: int) -> tuple[str, str]:
    """Return the current code of a locker, and its former one."""
    digest = hashlib.sha256(str(number).encode()).digest()
    return f"K{1000 + digest[0] * 30}", f"K{1001 + digest[1] * 30}"


def document(number: int) -> str:
    now, before = codes(number)
    if number % 2:
        name = f"ロッカー{number:04}"
        return f"# {name}\n\n{name}の番号は{now}です。以前は{before}でした。\n"
    name = f"Locker {number:04}"
    return f"# {name}\n\n{name} has code {now}. It was {before} before.\n"


def case(number: int) -> Case:
    asked = (
        f"ロッカー{number:04}の番号は？" if number % 2 else f"Which code has locker {number:04}?"
    )
    return Case(id=f"{number:04}", question=asked, answers=(codes(number)[0],))


def is_right(number: int) -> bool:
    """Tell whether the model is correct: in exactly the known share of cases."""
    _, share = SURENESS[number % 3]
    return (number // 3 * 7919) % 1000 < 1000 * share


def brain(conversation: Conversation) -> Turn:
    found = _NUMBERED.search(conversation.question)
    assert found is not None
    number = int(found.group())
    if not conversation.results:
        return Turn(
            calls=(Call("search_knowledge", {"query": conversation.question, "sources": []}),)
        )
    code = codes(number)[0 if is_right(number) else 1]
    told = f"番号は{code}です。[1]" if number % 2 else f"The code is {code}. [1]"
    arguments = {
        "status": "answered",
        "answer": told,
        "citations": [{"n": 1, "quote": code}],
        "missing": "",
        "confidence": SURENESS[number % 3][0],
    }
    return Turn(calls=(Call("finish", arguments),))


async def answers(questions: int) -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lockers").mkdir()
        for number in range(questions):
            (folder / f"lockers/{number:04}.md").write_text(document(number), "utf-8")
        config = folder / "knowledge.toml"
        config.write_text('[[sources]]\nname = "lockers"\npath = "lockers"\n', "utf-8")
        base = open_knowledge(config, folder / "index", EmbeddingSettings("hashing", SecretStr("")))
        await base.sync()
        async with llm_server(brain) as server:
            model = make_model("scripted", "", server.url, "chat")
            tools = (SearchKnowledge(base, limit=2),)
            agent = Agent(model, tools, RunLimits(), Prompt.load(), lambda _: 0.0)
            reader = Principal("benchmark", member=True)
            answering = run_cases(
                [case(number) for number in range(questions)],
                lambda item: answer_case(agent, item, reader),
                AnswerCache(folder / "answers", "known"),
            )
            results = {place: result async for place, result in answering}
            await model.aclose()
        await base.aclose()
    return [results[place] for place in range(questions)]


def split(cases: list[Scored], seed: int) -> tuple[list[Scored], list[Scored], list[Scored]]:
    shuffled = random.Random(seed).sample(cases, len(cases))
    first, second = int(TUNE * len(cases)), int((TUNE + PROOF) * len(cases))
    return shuffled[:first], shuffled[first:second], shuffled[second:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1200)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--html", type=Path)
    options = parser.parse_args()
    results = asyncio.run(answers(options.questions))
    for sure, share in SURENESS:
        mine = [item for item in results if item.confidence == sure]
        right = sum(bool(item.correct) for item in mine)
        print(f"confidence {sure:.2f}: {right} of {len(mine)} correct, expected {100 * share:g} %")
    print(
        "\n| | promised | certified | measured | coverage | broken | refuted | below |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    cases = scored(results)
    for level in LEVELS:
        outcomes = [outcome(*split(cases, seed), level) for seed in range(options.splits)]
        print(row("scripted model", level, outcomes), flush=True)
    if options.html:
        info = RunInfo(
            name="scripted model",
            created_at=time.time(),
            model="scripted",
            prompts="",
            fingerprint="",
            index_version="",
        )
        write_report(options.html, [EvaluationRun(info=info, results=tuple(results))])


if __name__ == "__main__":
    main()
