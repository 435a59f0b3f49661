"""A channel is a source: what people write there is answered from, while it stands there."""

import time

import pytest

from bot.core.language import Language
from tests.stories.conftest import Mode, Story
from tests.stories.talk import ASKED, EDITED, WROTE, ask, sourced, synced

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])

SECONDS = 60.0
"""Within which a deletion is out of all answers."""


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Events come in both ways."""
    mode: Mode = request.param
    return mode


@LANGUAGES
async def test_a_message_is_answered_from_until_it_is_edited_or_deleted(
    story: Story, language: Language
) -> None:
    """Each answer cites the message by its permalink; of what is gone nothing is told."""
    async with sourced(story, story.channel):
        wrote = await story.workspace.post(story.channel, story.bob, WROTE[language])
        await synced(story)
        first = await ask(story, ASKED[language])
        await story.workspace.edit(wrote, EDITED[language])
        await synced(story)
        second = await ask(story, ASKED[language])
        await story.workspace.delete(wrote)
        deleted = time.monotonic()
        await synced(story)
        third = await ask(story, ASKED[language])
        seconds = time.monotonic() - deleted

    place = f"archives/{story.channel.id}/p{wrote.ts.replace('.', '')}"
    assert WROTE[language].rstrip("。.") in first.plain
    assert place in str(first.blocks)
    assert EDITED[language].rstrip("。.") in second.plain
    assert "4711" not in second.plain
    assert "8822" not in str(third.blocks)
    assert place not in str(third.blocks)
    assert seconds < SECONDS
