"""Files and canvases of a channel that is a source: answered from while they are there."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress

import pytest

from bot.core.language import Language
from bot.workspace.canvas_page import section_id
from bot.workspace.state import File
from knowledge.model.errors import KnowledgeError, ParseError
from knowledge.sync.sources.slack import SlackSource
from knowledge.sync.sources.slack_history import FILE
from tests.stories.conftest import Mode, Story
from tests.stories.talk import (
    ASKED,
    EDITED,
    WROTE,
    ask,
    found,
    read,
    sourced,
    synced,
    until,
)
from tests.support.documents import pdf

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
SECONDS = 60.0
CODE = "parking code 駐車場の番号"
PDF = "application/pdf"
PAGE = {"ja": "(2 ページ, ", "en": "(p. 2, "}
FILE_SLASHES = 3
"""In the id of a file: of its source, its channel, and the file's own id and name."""


@pytest.fixture
def mode() -> Mode:
    """One way is enough: how events come in is told elsewhere."""
    return "socket"


async def share(story: Story, *files: File, text: str = "see this") -> None:
    await story.workspace.post(story.channel, story.bob, text, files=files)
    await synced(story)


def listed(story: Story) -> dict[str, str]:
    """Return the files that the source lists, by the name in their id, with why one is not read."""
    source, found = SlackSource("talk", story.documents / "data" / "slack"), dict[str, str]()
    for file in source.files():
        if file.document_id.count("/") == FILE_SLASHES:
            name = file.document_id.rpartition("/")[2]
            found[name] = file.passed_over
            if not file.passed_over:
                try:
                    source.read(file)
                except ParseError as error:
                    found[name] = str(error)
    return found


@LANGUAGES
async def test_a_file_is_answered_from_until_it_is_deleted(
    story: Story, language: Language
) -> None:
    """It is cited by its permalink and page; then neither its words nor its name are told."""
    pages = [["A first page. 最初のページです。"], [WROTE[language]]]
    file = story.workspace.add_file("parking.pdf", pdf(pages), PDF)
    async with sourced(story, story.channel):
        await share(story, file)
        first = await ask(story, ASKED[language])
        named = await found(story, story.bob, "see this")
        story.workspace.delete_file(file)
        deleted = time.monotonic()
        await synced(story)
        second = await ask(story, ASKED[language])
        seconds = time.monotonic() - deleted
        nameless = await found(story, story.bob, "see this")

    place = f"/files/{story.bob.id}/{file.id}/parking.pdf"
    assert WROTE[language].rstrip("。.") in first.plain
    assert f"{place}#page=2" in str(first.blocks)
    assert PAGE[language] in first.plain
    assert place not in str(second.blocks)
    assert "4711" not in str(second.blocks)
    assert seconds < SECONDS
    assert "parking.pdf" in named[0]
    assert "parking.pdf" not in nameless[0]


@LANGUAGES
@pytest.mark.parametrize("own", [True, False])
async def test_a_canvas_is_answered_from_as_it_is_now(
    story: Story, language: Language, *, own: bool
) -> None:
    """The channel's own and one that a message shares; with names in place of ids."""
    workspace = story.workspace
    text = f"{WROTE[language]}\n\nAsk ![](@{story.hanako.id})."
    place = story.channel if own else None
    canvas = workspace.add_canvas("" if own else "Parking", text, place)
    if not own:
        await workspace.post(story.channel, story.bob, "", files=[canvas])
    async with sourced(story, story.channel):
        await until(story, lambda: bool(listed(story)) and read(story, 1))
        first = await ask(story, ASKED[language])
        people = await found(story, story.bob, CODE)
        workspace.edit_file(canvas, EDITED[language])
        await synced(story)
        second = await ask(story, ASKED[language])

    address = f"/docs/{workspace.team_id}/{canvas.id}"
    assert "4711" in first.plain
    assert address in str(first.blocks)
    assert ("#general" if own else "Parking") in str(first.blocks)
    assert "Ask @hanako." in people[0]
    assert "8822" in second.plain
    assert "4711" not in second.plain


ENDS: dict[str, Callable[[Story, File], None]] = {
    "deleted": lambda story, file: story.workspace.delete_file(file),
    "unshared": lambda story, file: story.workspace.unshare_file(file, story.channel),
}


@LANGUAGES
async def test_a_canvas_of_a_channel_is_cited_by_its_section(
    story: Story, language: Language
) -> None:
    """And what stands above its first heading by the canvas."""
    workspace = story.workspace
    heading = "## 駐車場 & parking"
    above = "Office hours 受付時間 end at six. 18時に終わります。"
    text = f"{above}\n\n# Pets\n\nDogs are welcome.\n\n{heading}\n\n{WROTE[language]}\n"
    canvas = workspace.add_canvas("Rooms", text, story.channel)
    async with sourced(story, story.channel):
        await until(story, lambda: bool(listed(story)) and read(story, 1))
        first = await ask(story, ASKED[language])
        second = await ask(story, "office hours 受付時間")

    section = section_id(canvas, heading)
    assert "4711" in first.plain
    assert f"{canvas.id}?focus_section_id={section}" in str(first.blocks)
    assert canvas.id in str(second.blocks)
    assert f"{canvas.id}?" not in str(second.blocks)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("own", [True, False])
async def test_what_is_gone_is_hidden_before_the_index_follows(
    story: Story, end: Callable[[Story, File], None], *, own: bool
) -> None:
    """Also while somebody else works on the index; its bytes are off the disk."""
    text = WROTE["en"]
    if own:
        file = story.workspace.add_canvas("Parking", text, story.channel)
    else:
        file = story.workspace.add_file("parking.md", text.encode(), "text/markdown")
        await story.workspace.post(story.channel, story.bob, "", files=[file])
    async with sourced(story, story.channel):
        await until(story, lambda: bool(listed(story)) and read(story, 1))
        before = await found(story, story.bob, CODE)
        reader = await story.adapter.slack.principals.of_person(story.bob.id)
        passages = await story.base.search(CODE, reader, sources=["talk"])
        document = passages[0].document_id
        with story.base._index_versions.lock():
            end(story, file)
            await story.workspace.drained()
            await until(story, lambda: not listed(story))
            hidden = await found(story, story.bob, CODE)
            with suppress(KnowledgeError):
                hidden += [one.text for one in await story.base.read(document, reader)]
        await synced(story)
        kept = list((story.documents / "data" / "slack" / "files").glob("*/*"))

    assert "4711" in before[0]
    assert hidden == []
    assert kept == []


async def test_a_file_goes_with_its_last_message(story: Story) -> None:
    """And with the days for which its message is kept; one of two messages does not matter."""
    file = story.workspace.add_file("parking.md", WROTE["en"].encode(), "text/markdown")
    async with sourced(story, story.channel, days=30):
        one = await story.workspace.post(story.channel, story.bob, "here", files=[file])
        other = await story.workspace.post(story.channel, story.bob, "again", files=[file])
        await synced(story)
        await story.workspace.delete(one)
        await synced(story)
        still = await found(story, story.bob, CODE)
        history = story.history()
        history.prune(float(other.ts) + 31 * 86_400)
        history.close()
        await until(story, lambda: not listed(story))
        await synced(story)
        pruned = await found(story, story.bob, CODE)

    assert "4711" in "".join(still)
    assert pruned == []


async def test_only_members_of_the_channel_read_its_files(story: Story) -> None:
    """Of a private channel, nobody else hears of them."""
    workspace = story.workspace
    private = workspace.add_channel("plans", [story.hanako], private=True)
    file = workspace.add_file("parking.md", WROTE["en"].encode(), "text/markdown")
    await workspace.post(private, story.hanako, "", files=[file])
    async with sourced(story, private):
        shown = [bool(await found(story, one, CODE)) for one in (story.hanako, story.bob)]

    assert shown == [True, False]


async def test_a_history_that_cannot_be_written_is_tried_again(story: Story) -> None:
    """As on a full disk: files are read once there is room."""
    database = story.documents / "data" / "slack" / FILE
    refuse = "BEFORE UPDATE ON files BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    file = story.workspace.add_file("parking.md", WROTE["en"].encode(), "text/markdown")
    async with sourced(story, story.channel):
        with closing(sqlite3.connect(database)) as history:
            history.execute(f"CREATE TRIGGER refused {refuse}")
            await story.workspace.post(story.channel, story.bob, "", files=[file])
            await until(story, lambda: len(story.workspace.calls("files.info")) > 1)
            history.execute("DROP TRIGGER refused")
        await synced(story)
        shown = await found(story, story.bob, CODE)

    assert "4711" in shown[0]


PINGS = "<!channel> @here <!subteam^S1> <@U0WORKSPACE> &lt;!everyone&gt; [x](<!channel>) ＠channel"


@LANGUAGES
async def test_a_canvas_notifies_nobody(story: Story, language: Language) -> None:
    """Whatever its text and title would do in a message."""
    text = f"{WROTE[language]}\n\n{PINGS}\n\n{CODE} {PINGS}"
    story.workspace.add_canvas(f"Parking {PINGS}", text, story.channel)
    async with sourced(story, story.channel):
        await until(story, lambda: bool(listed(story)) and read(story, 1))
        answer = await ask(story, ASKED[language])

    assert "4711" in answer.plain
    assert "Parking" in answer.plain
    assert answer.notified == frozenset()


async def test_what_is_for_the_bot_is_no_document(story: Story) -> None:
    """A file in a question is for that question; Slack tells of it as of any other."""
    file = story.workspace.add_file("parking.md", WROTE["en"].encode(), "text/markdown")
    async with sourced(story, story.channel):
        asked = f"{story.bot} what is this?"
        await story.workspace.post(story.channel, story.hanako, asked, files=[file])
        await synced(story)
        named = listed(story)

    assert named == {}


async def test_what_cannot_be_read_is_named_and_costs_only_itself(story: Story) -> None:
    """Each with the reason; the rest is answered from."""
    workspace, places = story.workspace, story.channel
    good = workspace.add_file("parking.md", WROTE["en"].encode(), "text/markdown")
    foreign = workspace.add_file("partner.md", b"from a partner", "text/markdown")
    foreign.foreign = True
    picture = workspace.add_file("photo.png", b"PNG", "image/png")
    archive = workspace.add_file("all.zip", b"PK", "application/zip")
    elsewhere = workspace.add_file("plan.gdoc", b"", "application/vnd.google-apps.document")
    elsewhere.mode = "external"
    hidden = workspace.add_file("old.md", b"old", "text/markdown")
    hidden.mode = "hidden_by_limit"
    broken = workspace.add_file("broken.pdf", b"%PDF-1.7 nonsense", PDF)
    failing = workspace.add_file("failing.md", b"text", "text/markdown")
    workspace.faults.add("download", "unavailable", when=lambda told: told["id"] == failing.id)
    every = [good, foreign, picture, archive, elsewhere, hidden, broken, failing]
    async with sourced(story, places):
        for file in every:
            await workspace.post(places, story.bob, "", files=[file])
        await synced(story)
        reasons = listed(story)
        answer = await found(story, story.bob, CODE)
        problems = {one.document_id for one in story.base.status().problems}
        health = story.base.health()["talk"]

    assert reasons == {
        "parking.md": "",
        "partner.md": "",
        "photo.png": "picture",
        "all.zip": "format",
        "plan.gdoc": "elsewhere",
        hidden.id: "hidden by the limits of the workspace's plan",
        "broken.pdf": "",
        "failing.md": "cannot be downloaded: Slack answers 503",
    }
    assert "4711" in answer[0]
    assert {one.rpartition("/")[2] for one in problems} == {"broken.pdf", "failing.md", hidden.id}
    assert health.reason == ""


async def test_a_canvas_without_the_scope_says_what_to_do(story: Story) -> None:
    """The app of before has no scope for canvases."""
    story.workspace.team.scopes.discard("canvases:read")
    story.workspace.add_canvas("Parking", WROTE["en"], story.channel)
    async with sourced(story, story.channel):
        await until(story, lambda: bool(listed(story)) and read(story, 1))
        reasons = listed(story)

    assert list(reasons) == ["Parking.md"]
    assert "canvases:read" in reasons["Parking.md"]
    assert "kotae manifest" in reasons["Parking.md"]
