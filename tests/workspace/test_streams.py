"""Streams: their states, their five minutes, their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import SlackMessage, Workspace
from bot.workspace.methods.streams import render
from bot.workspace.state import Json, Stream
from tests.support.small_team import People, refused


async def start(
    workspace: Workspace, client: AsyncWebClient, people: People, **arguments: object
) -> SlackMessage:
    """Start a stream for Hanako in a thread of #general."""
    asked = await workspace.post(people.general, people.hanako, "有給は?")
    started = await client.api_call(
        "chat.startStream",
        json={
            "channel": people.general.id,
            "thread_ts": asked.ts,
            "recipient_user_id": people.hanako.id,
            "recipient_team_id": workspace.team_id,
            **arguments,
        },
    )
    found = workspace.team.find(people.general.id, str(started["ts"]))
    assert found
    return found


def state(message: SlackMessage) -> str | None:
    return message.streaming


async def test_a_stream_grows_and_ends(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Text is joined, a task's card changes in place, final blocks come last."""
    asked = await workspace.post(people.general, people.hanako, "有給は?")
    stream = await client.chat_stream(
        channel=people.general.id,
        thread_ts=asked.ts,
        recipient_user_id=people.hanako.id,
        recipient_team_id=workspace.team_id,
        task_display_mode="plan",
    )
    task = {"type": "task_update", "id": "1", "title": "検索", "status": "in_progress"}
    await stream.append(chunks=[task])
    message = workspace.messages(people.general, asked)[1]
    assert state(message) == "in_progress"
    assert workspace.status_of(people.general, asked.ts)
    await stream.append(markdown_text="有給は")
    await stream.append(markdown_text="10日です。", chunks=[task | {"status": "complete"}])
    await stream.stop(blocks=[{"type": "divider"}])
    assert [block["type"] for block in message.blocks] == ["plan", "markdown", "divider"]
    assert message.blocks[0]["tasks"][0]["status"] == "complete"
    assert message.text == "有給は10日です。"
    assert state(message) == "completed"
    assert workspace.status_of(people.general, asked.ts) == ""


async def test_channels_need_a_recipient(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Outside of direct messages a stream is for somebody, named with their own team."""
    for arguments, code in (
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_team_id": "T0OTHER"}, "user_not_found"),
    ):
        async with refused(code):
            await start(workspace, client, people, **arguments)


async def test_direct_messages_need_a_thread_but_no_recipient(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """In direct messages every question is the root of a thread."""
    channel = workspace.direct_channel(people.bob)
    asked = await workspace.post(channel, people.bob, "hi")
    await client.chat_startStream(channel=channel.id, thread_ts=asked.ts, markdown_text="hello")
    assert [m.plain for m in workspace.messages(channel, asked)] == ["hi", "hello"]
    async with refused("invalid_thread_ts"):
        await client.api_call("chat.startStream", json={"channel": channel.id})


async def test_a_stream_lives_five_minutes(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Then neither append nor stop works, and only an update repairs the message."""
    message = await start(workspace, client, people, markdown_text="有給は")
    where: Json = {"channel": message.channel, "ts": message.ts}
    workspace.clock.advance(299)
    await client.chat_appendStream(**where, markdown_text="10日")
    async with refused("streaming_state_conflict"):
        await client.chat_update(**where, text="x")
    workspace.clock.advance(1)
    async with refused("message_not_in_streaming_state"):
        await client.chat_appendStream(**where, markdown_text="です。")
    async with refused("message_not_in_streaming_state"):
        await client.chat_stopStream(**where)
    assert state(message) == "errored"
    await client.chat_update(**where, markdown_text="有給は10日です。")
    assert (message.plain, state(message)) == ("有給は10日です。", None)


async def test_the_cap_counts_bytes_and_refuses_whole_calls(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """3,667 Japanese characters are 11,001 bytes: too much, and nothing of the call is kept."""
    message = await start(workspace, client, people, markdown_text="あ" * 3600)
    where: Json = {"channel": message.channel, "ts": message.ts}
    async with refused("msg_too_long"):
        await client.chat_appendStream(**where, markdown_text="あ" * 67)
    assert message.text == "あ" * 3600
    await client.chat_appendStream(**where, markdown_text="あ" * 66)
    async with refused("msg_too_long"):
        await client.chat_stopStream(**where, markdown_text="x" * 12_001)
    await client.chat_stopStream(**where)
    assert len(message.text) == 3666


@pytest.mark.parametrize(
    ("chunks", "code"),
    [
        ([{"type": "song"}], "invalid_chunks"),
        (
            [{"type": "task_update", "id": "1", "title": "x", "status": "completed"}],
            "invalid_chunks",
        ),
        ([{"type": "task_update", "title": "no id"}], "invalid_chunks"),
        ([{"type": "blocks", "blocks": [{"type": "banner"}]}], "invalid_blocks"),
        ([], "no_text"),
    ],
)
async def test_malformed_chunks_are_refused(
    workspace: Workspace,
    client: AsyncWebClient,
    people: People,
    chunks: list[dict[str, object]],
    code: str,
) -> None:
    """The state is `complete`, not `completed`, and every chunk has its fields."""
    message = await start(workspace, client, people)
    async with refused(code):
        await client.api_call(
            "chat.appendStream",
            json={"channel": message.channel, "ts": message.ts, "chunks": chunks},
        )


async def test_text_and_chunks_exclude_each_other(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """One call brings either Markdown or chunks."""
    chunk = {"type": "markdown_text", "text": "a"}
    async with refused("cannot_provide_both_markdown_text_and_chunks"):
        await start(workspace, client, people, markdown_text="a", chunks=[chunk])


async def test_stop_ends_the_streams_of_the_thread(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The app is told which, and cannot append any more; the session is its own business."""
    message = await start(workspace, client, people, markdown_text="有給は")
    delivery = await workspace.stop(message, people.hanako)
    assert delivery
    assert delivery.event["streaming_message_ts"] == [message.ts]
    assert delivery.event["thread_ts"] == message.thread_ts
    async with refused("stopped_by_user"):
        await client.chat_appendStream(channel=message.channel, ts=message.ts, markdown_text="x")
    session = workspace.session_of(people.general, message.thread_ts)
    assert session
    assert session.status == "processing"


parts = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=5).map(lambda text: {"type": "markdown", "text": text}),
        st.integers(0, 3).map(lambda n: {"type": "task_card", "task_id": str(n), "title": "t"}),
        st.just({"type": "divider"}),
    ),
    max_size=12,
)


@given(parts)
def test_rendering_loses_no_text_and_makes_one_plan(found: list[dict[str, object]]) -> None:
    """However parts are mixed, all Markdown is shown in order and tasks stand in one plan."""
    blocks = render(Stream(0.0, "plan", parts=found))
    texts = [str(part["text"]) for part in found if part["type"] == "markdown"]
    assert "".join(str(b["text"]) for b in blocks if b["type"] == "markdown") == "".join(texts)
    tasks = [part for part in found if part["type"] == "task_card"]
    assert [b["tasks"] for b in blocks if b["type"] == "plan"] == ([tasks] if tasks else [])
