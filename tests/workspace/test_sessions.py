"""Status lines and agent sessions share one place."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from bot.workspace.state import Json
from tests.support.small_team import People, refused


async def test_a_status_vanishes_when_the_app_posts_in_the_thread(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A post elsewhere leaves it alone."""
    asked = await workspace.post(people.general, people.hanako, "有給は?")
    channel = people.general.id
    await client.assistant_threads_setStatus(
        channel_id=channel, thread_ts=asked.ts, status="規程を探しています"
    )
    await client.chat_postMessage(channel=channel, text="elsewhere")
    assert workspace.status_of(people.general, asked.ts) == "規程を探しています"
    await client.chat_postMessage(channel=channel, thread_ts=asked.ts, text="10日です")
    assert workspace.status_of(people.general, asked.ts) == ""


async def test_a_status_lasts_two_minutes_and_can_be_cleared(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Long work has to say so again."""
    asked = await workspace.post(people.general, people.bob, "?")
    where: Json = {"channel_id": people.general.id, "thread_ts": asked.ts}
    await client.assistant_threads_setStatus(**where, status="is searching")
    workspace.clock.advance(119)
    assert workspace.status_of(people.general, asked.ts) == "is searching"
    workspace.clock.advance(1)
    assert workspace.status_of(people.general, asked.ts) == ""
    await client.assistant_threads_setStatus(**where, status="is reading")
    await client.assistant_threads_setStatus(**where, status="")
    assert workspace.status_of(people.general, asked.ts) == ""


@pytest.mark.parametrize("loading", [[], [""], ["x" * 51], ["x"] * 11])
async def test_loading_messages_are_one_to_ten_of_fifty_characters(
    workspace: Workspace,
    client: AsyncWebClient,
    people: People,
    loading: list[str],
) -> None:
    """Anything else is refused."""
    asked = await workspace.post(people.general, people.bob, "?")
    async with refused("invalid_arguments"):
        await client.assistant_threads_setStatus(
            channel_id=people.general.id, thread_ts=asked.ts, status="x", loading_messages=loading
        )


async def test_a_status_needs_a_thread(client: AsyncWebClient, people: People) -> None:
    """The root of a direct message has to be named, too."""
    for channel, thread_ts, code in (
        (people.general.id, "", "invalid_thread_ts"),
        (people.general.id, "1700000000.000100", "invalid_thread_ts"),
        ("C404", "1700000000.000100", "channel_not_found"),
    ):
        async with refused(code):
            await client.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread_ts, status="x"
            )


async def test_a_forgotten_session_goes_on_processing(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Unlike a status, it survives a post; only the app can set it back."""
    asked = await workspace.post(people.general, people.bob, "?")
    where: Json = {"channel_id": people.general.id, "thread_ts": asked.ts}
    await client.agents_sessions_setStatus(**where, status="processing", title="有給")
    await client.chat_postMessage(channel=people.general.id, thread_ts=asked.ts, text="done")
    assert workspace.status_of(people.general, asked.ts)
    await client.agents_sessions_rename(**where, title="有給休暇")
    told = await client.agents_sessions_setStatus(**where, status="active", title="ignored")
    assert told["title"] == "有給休暇"
    assert workspace.status_of(people.general, asked.ts) == ""


async def test_sessions_refuse_what_slack_refuses(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """States, threads and titles are checked; a missing subscription is warned of."""
    asked = await workspace.post(people.general, people.bob, "?")
    where: Json = {"channel_id": people.general.id, "thread_ts": asked.ts}
    async with refused("invalid_status"):
        await client.agents_sessions_setStatus(**where, status="thinking")
    async with refused("thread_ts_required"):
        await client.agents_sessions_setStatus(channel_id=people.general.id, status="active")
    async with refused("session_not_found"):
        await client.agents_sessions_rename(**where, title="x")
    workspace.team.subscriptions.discard("agent_session_stopped")
    warned = await client.agents_sessions_setStatus(**where, status="active")
    assert warned["warning"] == "missing_agent_session_stopped_event_subscription"


async def test_suggested_prompts_are_at_most_four(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """They are shown in the direct messages."""
    channel = workspace.direct_channel(people.bob).id
    prompt = {"title": "有給", "message": "有給は何日ですか"}
    await client.assistant_threads_setSuggestedPrompts(
        channel_id=channel, thread_ts=None, prompts=[prompt]
    )
    assert workspace.team.prompts[channel] == [prompt]
    async with refused("invalid_arguments"):
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=channel, thread_ts=None, prompts=[prompt] * 5
        )
