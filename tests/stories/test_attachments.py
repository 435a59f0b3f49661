"""Files that come along are read where they can be, and named where they cannot."""

import pytest

from bot.core.types import Attachment
from bot.slack.client.files import Files
from bot.workspace import Workspace
from bot.workspace.state import File
from knowledge.parsing.pool import ParserPool
from tests.stories.conftest import Story
from tests.support.bombs import docx_bomb, yaml_bomb

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


async def files_of(story: Story, *files: File) -> None:
    """Let Hanako ask with *files* and wait for the answer."""
    text = f"{story.bot} 有給は？"
    message = await story.workspace.post(story.channel, story.hanako, text, files=files)
    await story.reply_with(message, "10日")


async def test_a_document_is_read(story: Story) -> None:
    """Its text comes with the question, its name stands beside the words of the person."""
    file = story.workspace.add_file("規程.md", "# 休暇\n有給は 20 日。".encode(), "text/markdown")
    await files_of(story, file)

    (question,) = story.answers.asked
    assert "有給は 20 日" in question.files[0].text
    assert "規程.md" in question.text


async def test_the_pieces_of_a_document_keep_their_headings(story: Story) -> None:
    """Ten days in Tokyo and twelve in Osaka would else be the same to a model."""
    text = "# 東京\n10 日。\n\n# Osaka\n12 days."
    file = story.workspace.add_file("規程.md", text.encode(), "text/markdown")
    await files_of(story, file)

    (piece,) = story.answers.asked[0].files[0].pieces
    assert piece.split() == ["東京", "10", "日。", "Osaka", "12", "days."]


async def test_a_picture_is_shown_to_a_model_that_sees(story: Story) -> None:
    """As it is, with its type."""
    object.__setattr__(story.adapter.files, "pictures", True)
    await files_of(story, story.workspace.add_file("shot.png", PICTURE, "image/png"))

    (read,) = story.answers.asked[0].files
    assert (read.picture, read.media_type, read.problem) == (PICTURE, "image/png", "")


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
    await files_of(story, story.workspace.add_file(name, content, kind))

    (read,) = story.answers.asked[0].files
    assert read.problem
    assert not read.text
    assert not read.picture


async def test_the_token_goes_to_slack_only(workspace: Workspace, story: Story) -> None:
    """An address from elsewhere in an event is not asked at all."""
    files: Files = story.adapter.files
    read = await files.read([Attachment("a.txt", "text/plain", "http://127.0.0.1:9/a.txt")], "U1")

    assert read[0].problem == "unreadable"


async def test_without_the_right_to_read_files(story: Story) -> None:
    """Slack serves its sign-in page then, with status 200; it is not taken for the file."""
    object.__setattr__(story.adapter.files, "token", "xoxb-other")
    file = story.workspace.add_file("規程.txt", "有給は 20 日。".encode(), "text/plain")
    await files_of(story, file)

    assert story.answers.asked[0].files[0].problem == "unreadable"


async def test_a_bomb_delays_its_sender_only(story: Story) -> None:
    """Another person is answered while it is read; its sender is told what was too much."""
    object.__setattr__(story.adapter.files, "parsers", ParserPool(budget=64 * 1024**2))
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    bombs = [story.workspace.add_file(f"{name}.docx", docx_bomb(), docx) for name in "ab"]
    text = f"{story.bot} 有給は？"
    sent = await story.workspace.post(story.channel, story.hanako, text, files=bombs)
    asked = await story.workspace.post(story.channel, story.bob, text)

    await story.reply_with(asked, "10日")
    assert [question.person for question in story.answers.asked] == [story.bob.id]
    await story.reply_with(sent, "10日")
    (told,) = [question for question in story.answers.asked if question.person == story.hanako.id]
    assert {file.problem for file in told.files} == {"too_heavy"}
