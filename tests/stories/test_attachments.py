"""Files that come along are read where they can be, and named where they cannot."""

import base64
import re

import pytest

from bot.core.types import Attachment
from bot.slack.client.files import Files
from bot.workspace import SlackMessage, Workspace
from bot.workspace.state import File
from knowledge.parsing.pool import ParserPool
from tests.stories.conftest import Story
from tests.support.bombs import docx_bomb, yaml_bomb

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
RULES = "# 休暇\n有給は20日です。\n".encode()


async def asked_with(story: Story, *files: File) -> SlackMessage:
    """Let Hanako ask with *files*; return the answer."""
    text = f"{story.bot} 有給は？"
    message = await story.workspace.post(story.channel, story.hanako, text, files=files)
    return await story.finished(message)


async def test_a_document_is_read(story: Story) -> None:
    """Its name stands beside the words of the person, and the answer cites it."""
    file = story.workspace.add_file("規程.md", RULES, "text/markdown")
    answer = await asked_with(story, file)

    assert "規程.md" in story.model.asked[0]
    assert "有給は20日です。 [1]" in answer.plain
    assert "[1] 規程.md" in answer.plain


async def test_the_pieces_of_a_document_keep_their_headings(story: Story) -> None:
    """Ten days in Tokyo and twelve in Osaka would else be the same to a model."""
    text = "# 東京\n10 日。\n\n# Osaka\n12 days."
    await asked_with(story, story.workspace.add_file("規程.md", text.encode(), "text/markdown"))

    _, read = story.model.server.conversations[-1].results
    assert re.search(r"東京\s+10 日。\s+Osaka\s+12 days", read.text)


@pytest.mark.parametrize("options", [{"openai_pictures": "on"}])
async def test_a_picture_is_shown_to_a_model_that_sees(story: Story) -> None:
    """As it is, with its type."""
    await asked_with(story, story.workspace.add_file("shot.png", PICTURE, "image/png"))

    shown = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    assert shown in str(story.model.server.requests[0].body)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("休暇.md", yaml_bomb(), "text/markdown"),
        ("shot.png", PICTURE, "image/png"),
        ("broken.pdf", b"%PDF-1.7 nonsense", "application/pdf"),
        ("music.mp3", b"ID3", "audio/mpeg"),
    ],
)
async def test_what_cannot_be_read_is_said(
    story: Story, name: str, content: bytes, kind: str
) -> None:
    """The question is answered all the same."""
    answer = await asked_with(story, story.workspace.add_file(name, content, kind))

    assert "10日" in answer.plain
    assert name in answer.plain.replace("[.]", ".")
    assert story.model.asked == ["有給は？"]


async def test_the_token_goes_to_slack_only(workspace: Workspace, story: Story) -> None:
    """An address from elsewhere in an event is not asked at all."""
    files: Files = story.adapter.files
    read = await files.read([Attachment("a.txt", "text/plain", "http://127.0.0.1:9/a.txt")], "U1")

    assert read[0].problem == "unreadable"


async def test_without_the_right_to_read_files(story: Story) -> None:
    """Slack serves its sign-in page then, with status 200; it is not taken for the file."""
    object.__setattr__(story.adapter.files.downloads, "token", "xoxb-other")
    answer = await asked_with(story, story.workspace.add_file("規程.md", RULES, "text/plain"))

    assert "10日" in answer.plain
    assert "規程.md" in answer.plain.replace("[.]", ".")  # `.md` is an ending of hosts, too


async def test_a_bomb_delays_its_sender_only(story: Story) -> None:
    """Another person is answered while it is read; its sender is told what was too much."""
    object.__setattr__(story.adapter.files, "parsers", ParserPool(seconds=4, budget=64 * 1024**2))
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    bombs = [story.workspace.add_file(f"{name}.docx", docx_bomb(), docx) for name in "ab"]
    text = f"{story.bot} 有給は？"
    sent = await story.workspace.post(story.channel, story.hanako, text, files=bombs)
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")

    await story.reply_with(asked, "10 days")
    assert story.model.asked == ["leave?"]
    told = await story.finished(sent)
    assert "10日" in told.plain
    assert "a.docx" in told.plain
    assert "b.docx" in told.plain
