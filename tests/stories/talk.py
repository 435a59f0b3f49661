"""Channels of the stories that are a source, and the model that answers from them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing

from bot.workspace import Channel, SlackMessage, User
from tests.stories.conftest import Story, keeping
from tests.support.llm_brains import Call, Conversation, Turn

WROTE = {"ja": "駐車場の番号は4711です。", "en": "The parking code is 4711."}
EDITED = {"ja": "駐車場の番号は8822です。", "en": "The parking code is 8822."}
ASKED = {"ja": "駐車場の番号は？", "en": "What is the parking code?"}
PAST = 2.0
"""Seconds since the epoch: a file whose turn is this early has never been read, or changed."""

SENTENCES = (*WROTE.values(), *EDITED.values())


def quote_what_is_found(conversation: Conversation) -> Turn:
    """Answer with whichever of `SENTENCES` a passage says."""
    for result in conversation.results:
        for said in SENTENCES:
            before = result.text.partition(said)[0]
            if before != result.text:
                number = int(before.rpartition("\n[")[2].partition("]")[0])
                return finish("answered", f"{said} [{number}]", [{"n": number, "quote": said}])
    return finish("insufficient_evidence", "", [])


def finish(status: str, answer: str, citations: list[dict[str, object]]) -> Turn:
    told = {"missing": "", "confidence": 0.9, "status": status, "answer": answer}
    return Turn(calls=(Call("finish", {**told, "citations": citations}),))


@asynccontextmanager
async def sourced(story: Story, *channels: Channel, days: int = 365) -> AsyncIterator[None]:
    """Let *channels* be a source, and wait until they are read and indexed."""
    story.model.server.brain = quote_what_is_found
    name_channels(story, *channels, days=days)
    async with keeping(story):
        await until(story, lambda: read(story, len(channels)))
        yield


def name_channels(story: Story, *channels: Channel, days: int = 365) -> None:
    settings = story.documents / "knowledge.toml"
    before = settings.read_text().partition("\n# channels\n")[0]
    names = ", ".join(f'"#{channel.name}"' for channel in channels)
    table = f'[[sources]]\nname = "talk"\ntype = "slack"\nchannels = [{names}]\ndays = {days}\n'
    settings.write_text(f"{before}\n# channels\n{table if channels else ''}")


def read(story: Story, channels: int) -> bool:
    with closing(story.history()) as history:
        kept = history.channels().values()
        done = len(kept) == channels and all(one.state == "complete" for one in kept)
        done = done and not any(history.unread_files(one.id) for one in kept)
        return done and history.version == story.updater._synced[1]


async def until(story: Story, condition: Callable[[], bool]) -> None:
    """Return when *condition* holds; on a busy machine, a sync alone may take many seconds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, condition
        await story.workspace.changed(0.02)


async def ask(story: Story, text: str, channel: Channel | None = None) -> SlackMessage:
    channel = channel or story.channel
    asked = await story.workspace.post(channel, story.hanako, f"{story.bot} {text}")
    return await story.finished(asked)


async def synced(story: Story) -> None:
    """Wait until what was sent is in the index."""
    await story.workspace.drained()
    latest = await story.updater._log.latest()

    def taken_in() -> bool:
        with closing(story.history()) as history:
            done = history.position()[1] >= latest
            done = done and not history.waiting(PAST, 1)
            return done and history.version == story.updater._synced[1]

    await until(story, taken_in)


async def found(story: Story, person: User, query: str) -> list[str]:
    """Return the texts that *person* finds in the channels that are sources."""
    reader = await story.adapter.slack.principals.of_person(person.id)
    return [one.text for one in await story.base.search(query, reader, sources=["talk"])]
