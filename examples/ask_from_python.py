"""Ask one question from Python, without Slack: `ask_from_python.py "What may a hotel cost?"`.

Without a model the answer is a quotation. With OPENAI_API_KEY or OPENAI_BASE_URL a model writes it.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

from bot.app.container import gate_of, open_agent, open_knowledge
from bot.core.types import Answer, Question, QuestionId, ThreadId
from bot.settings.settings import Settings, load_settings
from knowledge.model.types import Principal

HANDBOOK = Path(__file__).parent / "handbook" / "knowledge.toml"


async def ask(text: str, settings: Settings) -> Answer:
    """Index what changed, then answer *text* as a member of the team may read."""
    question = Question(
        id=QuestionId("example:1"),
        thread=ThreadId("example"),
        text=text,
        asker=Principal("example", member=True),
        received_at=time.time(),
    )
    async with aclosing(open_knowledge(settings)) as base, open_agent(settings, base) as agent:
        await base.sync()
        run = agent.start(question, ())
        async for step in run.events():
            print(f"  … {type(step).__name__}", file=sys.stderr)
        return await gate_of(settings, agent, base).passed(question, run.answer())


def main() -> None:
    """Print the answer and its sources."""
    text = " ".join(sys.argv[1:]) or "What may a hotel cost?"
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(knowledge_config=HANDBOOK, data_dir=Path(folder))
        answer = asyncio.run(ask(text, settings))
    print(f"{answer.status}: {answer.text}")
    for citation in answer.citations:
        print(f"[{citation.number}] {citation.title} {citation.url}")


if __name__ == "__main__":
    main()
