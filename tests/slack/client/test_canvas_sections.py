"""The ids of a canvas's headings, from what its download shows."""

from typing import Any

import pytest

from bot.slack.client.canvas_sections import with_sections
from bot.slack.client.downloads import DownloadError
from knowledge.parsing.file import read_file
from knowledge.text.section_links import link_to

CANVAS = {"url_private_download": "https://files.slack.com/files-pri/T1-F1/canvas"}
URL = "https://acme.slack.com/docs/T1/F1"


class Served:
    """A download that serves *page*; none when it is None."""

    def __init__(self, page: str | None) -> None:
        self._page = page

    async def read(self, *_: object) -> bytes:
        if self._page is None:
            raise DownloadError("Slack answers 503")
        return self._page.encode()


async def linked(markdown: str, page: str | None) -> dict[str, str]:
    """Return where each piece of a canvas opens, by its first line below the heading."""
    served: Any = Served(page)
    text = await with_sections(markdown, CANVAS, served)
    parsed: Any = read_file(text.encode(), "canvas.md", 256, 60_000, options={})
    return {piece[0].split("\n")[-1]: link_to(URL, piece[3]) for piece in parsed["pieces"]}


async def test_each_heading_has_its_id() -> None:
    """As a captured canvas has them, in quotes of either kind, with links and signs inside."""
    page = (
        '<div class="quip-canvas-content"><h1 id="temp:C:aaa1">休暇 &amp; Leave</h1>'
        "<p id='temp:C:bbb2' class='line'>20 days</p>"
        "<h2 class='x' id='temp:C:ccc3'>The <a href='https://a.example/'>rules</a></h2></div>"
    )
    markdown = "# 休暇 & *Leave*\n\n20日\n\n## The [rules](https://a.example/)\n\nWrite first.\n"

    assert await linked(markdown, page) == {
        "20日": f"{URL}?focus_section_id=temp:C:aaa1",
        "Write first.": f"{URL}?focus_section_id=temp:C:ccc3",
    }


@pytest.mark.parametrize(
    "page",
    [
        None,
        "",
        "<html><h1 id='a'>Sign in</h1></html>",
        "<h1>Plan</h1><h1>Plan</h1>",
        "<h1 id='one'>Plan</h1>",  # there are two of that name: one of them, but which?
        "<h1 id='a&channel=C1'>Plan</h1><h1 id='{x}'>Plan</h1>",
    ],
)
async def test_in_doubt_a_link_leads_to_the_canvas(page: str | None) -> None:
    markdown = "# Plan\n\nOld words\n\n# Plan\n\nNew words\n"
    served: Any = Served(page)

    assert await with_sections(markdown, CANVAS, served) == markdown


async def test_equal_headings_have_their_ids_in_their_order() -> None:
    page = "<h2 id='one'>計画</h2><h2 id='two'>計画</h2>"
    found = await linked("## 計画\n\n古い\n\n## 計画\n\n新しい\n", page)

    assert found == {"古い": f"{URL}?focus_section_id=one", "新しい": f"{URL}?focus_section_id=two"}


@pytest.mark.parametrize(
    ("anchor", "link"),
    [
        ("", URL),
        ("annual leave", f"{URL}#annual%20leave"),
        ("page=3", f"{URL}#page=3"),
        ("focus_section_id=temp:C:a1", f"{URL}?focus_section_id=temp:C:a1"),
        ("focus_section_id=a&delete=1#b", f"{URL}?focus_section_id=a%26delete=1%23b"),
    ],
)
def test_an_anchor_adds_one_parameter_at_most(anchor: str, link: str) -> None:
    """Its words are a document's."""
    assert link_to(URL, anchor) == link
    assert link_to("", anchor) == ""
