"""A canvas, a list or a file that a question links to is read, as far as its readers may."""

import pytest

from bot.core.language import Language
from bot.workspace import SlackMessage
from bot.workspace.canvas_page import section_id
from bot.workspace.server import DOWNLOAD
from bot.workspace.state import File
from tests.stories.conftest import Story

LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
RULES = "# Leave\n\n有給は20日です。\n\n## Other\n\nNothing.\n"
ASKED = {"en": "How many days of 有給 does {link} give?", "ja": "{link} では有給は何日？"}


def link_to(story: Story, file: File, kind: str = "docs") -> str:
    return f"<https://acme.slack.com/{kind}/{story.workspace.team_id}/{file.id}>"


async def ask(story: Story, text: str, *, direct: bool = False) -> SlackMessage:
    """Ask, and return the outcome."""
    place = story.workspace.direct_channel(story.hanako) if direct else story.channel
    asked = await story.workspace.post(place, story.hanako, f"{story.bot} {text}")
    return await story.finished(asked)


@LANGUAGES
async def test_a_canvas_is_read_and_linked(story: Story, language: Language) -> None:
    """The answer cites it, with the address at which it opens."""
    canvas = story.workspace.add_canvas("規程.md", RULES, story.channel)
    reply = await ask(story, ASKED[language].format(link=link_to(story, canvas)))

    assert "有給は20日です" in reply.plain
    assert f"/docs/{story.workspace.team_id}/{canvas.id}" in str(reply.blocks)


@LANGUAGES
@pytest.mark.parametrize("heading", ["# Leave", "## 休暇 & leave", "### *Leave* (days)"])
async def test_an_answer_links_to_the_section_of_a_canvas(
    story: Story, language: Language, heading: str
) -> None:
    """The one whose heading it stands under, however the heading is written."""
    before = "# Travel\n\nTrains are booked by the office.\n\n"
    content = f"{before}{heading}\n\n有給は20日です。\n\n# Pets\n\nDogs are welcome.\n"
    canvas = story.workspace.add_canvas("規程.md", content, story.channel)
    reply = await ask(story, ASKED[language].format(link=link_to(story, canvas)))

    section = section_id(canvas, heading)
    assert "有給は20日です" in reply.plain
    assert f"{canvas.id}?focus_section_id={section}" in str(reply.blocks)


@LANGUAGES
async def test_an_answer_without_an_id_links_to_the_canvas(
    story: Story, language: Language
) -> None:
    """What the canvas says is read although its page cannot be."""
    canvas = story.workspace.add_canvas("規程.md", RULES, story.channel)
    story.workspace.faults.add(DOWNLOAD, "unavailable", times=9)
    reply = await ask(story, ASKED[language].format(link=link_to(story, canvas)))

    assert "有給は20日です" in reply.plain
    assert canvas.id in str(reply.blocks)
    assert "focus_section_id" not in str(reply.blocks)


@LANGUAGES
async def test_a_list_is_read_as_a_table(story: Story, language: Language) -> None:
    """With the names of its columns."""
    columns = {"c1": "日数", "c2": "Note"}
    made = story.workspace.add_list("規程.md", columns, ["有給は20日です。", "-"])
    await story.workspace.post(story.channel, story.bob, "the list", files=[made])
    reply = await ask(story, ASKED[language].format(link=link_to(story, made, "lists")))

    assert "有給は20日です" in reply.plain


@LANGUAGES
async def test_what_others_may_not_read_is_not_read(story: Story, language: Language) -> None:
    """The bot is in the private channel, and so is who asks; those who read the answer are not."""
    hidden = story.workspace.add_channel("hidden", [story.hanako], private=True)
    canvas = story.workspace.add_canvas("規程.md", RULES, hidden)
    text = ASKED[language].format(link=link_to(story, canvas))
    told = await ask(story, text)
    alone = await ask(story, text, direct=True)

    assert "20日" not in told.plain
    assert canvas.id in str(told.blocks)
    assert "規程" not in str(told.blocks)
    assert "有給は20日です" in alone.plain


async def test_a_link_elsewhere_is_no_link_to_slack(story: Story) -> None:
    """Nor is one to a file that does not exist an error."""
    canvas = story.workspace.add_canvas("規程.md", RULES, story.channel)
    foreign = f"<https://slack.com.example/docs/T1/{canvas.id}>"
    reply = await ask(story, f"有給は {foreign} では何日？")
    gone = await ask(story, "有給は <https://acme.slack.com/docs/T1/F0GONE0> では何日？")

    assert "10日" in reply.plain
    assert "10日" in gone.plain
    assert "F0GONE0" in str(gone.blocks)
    looked_up = story.workspace.calls("files.info")
    assert [call.arguments["file"] for call in looked_up] == ["F0GONE0"]
