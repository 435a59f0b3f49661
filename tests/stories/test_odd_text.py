"""Half a character in what people write is no reason for silence."""

import pytest

from bot.workspace.state import Json
from tests.stories.conftest import Story

HALVES = ["\ud800", "\udc00", "\x00", "\ud83d\ud83d"]


@pytest.mark.parametrize("odd", HALVES)
@pytest.mark.parametrize(("text", "words"), [("有給{}は？", "10日"), ("leave{}?", "10 days")])
async def test_a_mention_with_half_a_character_is_answered(
    story: Story, odd: str, text: str, words: str
) -> None:
    """Delivered once, answered, and remembered."""
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} {text.format(odd)}")

    await story.reply_with(asked, words)

    await story.settled()
    assert all(d.attempts == 1 for d in story.workspace.deliveries)
    (await story.answered())[0].text.encode()


@pytest.mark.parametrize(("text", "words"), [("有給は？", "10日"), ("leave?", "10 days")])
async def test_names_with_half_a_character_are_read(story: Story, text: str, words: str) -> None:
    """Those of people and files, which Slack's Web API tells too."""
    eve = story.workspace.add_user("ev\ud800e")
    story.channel.members.append(eve.id)
    file = story.workspace.add_file("規則\udfff.png", b"\x89PNG", "image/png")
    asked = await story.workspace.post(story.channel, eve, f"{story.bot} {text}", files=[file])

    reply = await story.reply_with(asked, words)

    assert "規則\ufffd.png" in reply.plain


@pytest.mark.parametrize("odd", HALVES)
async def test_what_is_said_about_an_answer_may_be_odd(story: Story, odd: str) -> None:
    """Buttons, forms and saved messages are read in the same way."""
    message = await story.workspace.post(story.channel, story.hanako, f"駐車場{odd}は 4012")
    await story.workspace.shortcut(message, story.hanako, "save_to_knowledge")
    modals = story.workspace.team.modals
    await story.workspace.wait_for(lambda: modals.get(story.hanako.id, []))
    await story.workspace.submit_view(
        story.hanako, {"question": f"駐車場{odd}は？", "answer": f"4012{odd}"}
    )

    direct = story.workspace.direct_channel(story.hanako)
    await story.workspace.wait_for(
        lambda: any("保存しました" in m.plain for m in story.workspace.messages(direct))
    )
    (entry,) = await story.saved.entries()
    assert entry.answer.startswith("4012")


async def test_odd_text_in_every_part_of_an_event_is_acknowledged(story: Story) -> None:
    """At the first delivery, and the bot goes on listening."""
    odd = "x\ud800\x00"
    place = {"channel": story.channel.id, "ts": "1700000000.000100", "user": story.bob.id}
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": odd}]]}
    file = {"id": "F1", "name": odd, "mimetype": odd, "url_private": odd, odd: odd}
    events: list[Json] = [
        place | {"type": "app_mention", "text": odd, "blocks": [table], "files": [file]},
        place | {"type": "message", "subtype": odd, "text": odd},
        place | {"type": "reaction_added", "reaction": odd, "item": {"type": odd}},
        {"type": odd, odd: [odd]},
    ]
    deliveries = [await story.workspace.send_event(event) for event in events]
    await story.workspace.drained()

    assert [(d.acked, d.attempts) for d in deliveries] == [(True, 1)] * len(events)
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(asked, "10 days")
