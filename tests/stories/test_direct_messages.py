"""In direct messages an answer streams; whatever breaks, one whole message stays."""

import pytest

from bot.slack.answers.streamed_reply import pieces
from bot.workspace import SlackMessage
from tests.stories.conftest import Story


async def asked(story: Story, text: str) -> SlackMessage:
    """Let Hanako write to the bot directly."""
    direct = story.workspace.direct_channel(story.hanako)
    return await story.workspace.post(direct, story.hanako, text)


async def whole_answer(story: Story, message: SlackMessage, words: str = "10日") -> SlackMessage:
    """Wait for the answer with its buttons; nothing may be left of what came before it."""
    found = await story.workspace.wait_for(
        lambda: [
            reply
            for reply in story.replies(message)
            if words in reply.plain and "feedback_buttons" in str(reply.blocks)
        ]
    )
    await story.settled()
    assert len(story.replies(message)) == 1
    assert found[0].plain.count(words) == 1
    assert found[0].streaming != "in_progress"
    return found[0]


def methods(story: Story) -> list[str]:
    """Return which methods of chat were called, in order."""
    calls = story.workspace.calls()
    return [call.method for call in calls if call.method.startswith("chat.")]


async def test_an_answer_streams_with_its_steps(story: Story) -> None:
    """Cards for the steps, then the text, then sources and buttons: one message, never edited."""
    message = await asked(story, "有給は何日ですか？")
    answer = await whole_answer(story, message)

    kinds = [block["type"] for block in answer.blocks]
    assert kinds[0] == "plan"
    assert kinds.index("plan") < kinds.index("markdown") < kinds.index("context_actions")
    assert "社内資料を検索" in str(answer.blocks[0])
    assert answer.metadata is not None
    assert "chat.update" not in methods(story)
    assert "chat.postMessage" not in methods(story)


@pytest.mark.parametrize("error", ["ratelimited", "unknown_method", "internal_error"])
async def test_a_stream_that_cannot_start(story: Story, error: str) -> None:
    """The reply is an ordinary one then."""
    story.workspace.faults.add("chat.startStream", error)
    await whole_answer(story, await asked(story, "有給は？"))

    assert "chat.postMessage" in methods(story)


async def test_a_start_in_doubt_is_not_made_twice(story: Story) -> None:
    """Slack started the stream, but the reply was lost: the stream is found and used."""
    story.workspace.faults.add("chat.startStream", "reset_after")
    await whole_answer(story, await asked(story, "有給は？"))

    assert "chat.postMessage" not in methods(story)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("chat.appendStream", "message_not_in_streaming_state"),
        ("chat.appendStream", "internal_error"),
        ("chat.appendStream", "reset_after"),
        ("chat.appendStream", "ratelimited"),
        ("chat.stopStream", "message_not_in_streaming_state"),
        ("chat.stopStream", "reset_after"),
        ("chat.stopStream", "unavailable"),
    ],
)
async def test_a_stream_that_breaks(story: Story, method: str, error: str) -> None:
    """The same message gets the whole answer by an ordinary update."""
    story.workspace.faults.add(method, error)
    await whole_answer(story, await asked(story, "有給は？"))


async def test_an_answer_that_is_too_long_for_a_stream(story: Story) -> None:
    """Bytes count, three for a Japanese character; the answer comes in parts instead."""
    message = await asked(story, "長い説明をお願いします")
    await story.workspace.wait_for(
        lambda: any("feedback_buttons" in str(reply.blocks) for reply in story.replies(message))
    )
    await story.settled()

    replies = story.replies(message)
    assert len(replies) > 1
    assert sum(reply.plain.count("長い説明の一文です。") for reply in replies) == 800
    assert all(reply.streaming != "in_progress" for reply in replies)


async def test_channels_do_not_stream(story: Story) -> None:
    """There only one person would see it live."""
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await whole_answer(story, message)

    assert "chat.startStream" not in methods(story)


def test_text_is_cut_between_paragraphs_and_nothing_is_lost() -> None:
    """At most six pieces, which make the whole again."""
    text = "\n\n".join(f"段落 {n}" for n in range(20))

    assert "".join(pieces(text)) == text
    assert len(pieces(text)) <= 6
    assert list(pieces("one")) == ["one"]


@pytest.mark.parametrize(
    "block",
    [
        "```python\na = 1\n\n\n\nb = 2\n```",
        "````\n```\n\nコード\n\n```\n````",
        "~~~\nx\n\n```\n\ny\n~~~",
        "- item\n  ```sh\n  一\n\n  二\n  ```",
        "> ```\n> 引用\n>\n\n> ```",
        "1. ```\n   a\n\n   b\n   ```",
        "```\nnever\n\nclosed\n\nコード",
    ],
)
@pytest.mark.parametrize("before", [1, 2, 5, 9])
def test_no_piece_ends_in_a_code_block(block: str, before: int) -> None:
    """Wherever the block stands: it comes as a whole."""
    text = "\n\n".join(
        [*(f"段落 {n}" for n in range(before)), block, "Inline ```a``` code.", "End"]
    )

    assert "".join(pieces(text)) == text
    assert len(pieces(text)) <= 6
    assert sum(block in piece for piece in pieces(text)) == 1
