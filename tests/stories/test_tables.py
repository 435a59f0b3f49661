"""A table in an answer is one of Slack's own, and still a table in a workspace without these."""

import pytest

from bot.core.language import Language
from bot.workspace.blocks import NEWER_BLOCKS
from tests.stories.conftest import Story
from tests.support.llm_brains import Call, Conversation, Turn

ASKED: dict[Language, str] = {"ja": "出張の日当は？", "en": "What are the allowances?"}
TABLES: dict[Language, str] = {
    "ja": "| 行き先 | 日当 |\n|---|---|\n| 国内 | 2,200円 |\n| 海外 | 6,500円 |",
    "en": "| Destination | Allowance |\n|---|---|\n| Japan | $20 |\n| Abroad | $60 |",
}
ROWS: dict[Language, str] = {"ja": "| 海外 | 6,500円 |", "en": "| Abroad | $60 |"}


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_table_is_shown_as_such(story: Story, language: Language, *, older: bool) -> None:
    """In a channel and, after a stream, in direct messages; each answer is there once."""
    workspace = story.workspace
    if older:
        workspace.team.unknown_blocks = NEWER_BLOCKS
    lead = {"ja": "出張の日当です。", "en": "These are the allowances:"}[language]
    await story.publish("handbook/travel.md", f"# 出張 Travel\n\n{lead}\n\n{TABLES[language]}\n")
    cited = [{"n": 1, "quote": ROWS[language]}]
    marked = TABLES[language].replace("0円 |", "0円 [1] |").replace("0 |", "0 [1] |")
    told = {"status": "answered", "answer": f"{lead} [1]\n\n{marked}", "missing": ""}
    turn = Turn(calls=(Call("finish", {**told, "citations": cited, "confidence": 0.9}),))
    story.model.server.brain = lambda _: turn if _.results else search(_)

    for place in (story.channel, workspace.direct_channel(story.bob)):
        asked = await workspace.post(place, story.bob, f"{story.bot} {ASKED[language]}")
        answer = await story.finished(asked)
        tables = [block for block in answer.blocks if block["type"] == "data_table"]
        assert bool(tables) is not older
        assert {"ja": "6,500円", "en": "$60"}[language] in answer.plain
        assert len(story.replies(asked)) == 1


def search(conversation: Conversation) -> Turn:
    return Turn(calls=(Call("search_knowledge", {"query": conversation.question}),))
