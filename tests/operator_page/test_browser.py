"""The page in a real browser; skipped where there is no Chromium."""

import shutil
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.operator_page.board import OperatorBoard
from bot.operator_page.layout import PATH
from bot.redis.connection import RedisConnection
from tests.stories.test_page import CHROMIUM, FLAGS, PATIENCE
from tests.support.operator_team import (
    TOKEN,
    plant_handoffs,
    plant_weeks,
    report_machines,
    served,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        yield browser
        await browser.close()


async def overflow(tab: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = await tab.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en-US", "light", 1280), ("en-US", "dark", 390), ("ja-JP", "light", 390)],
)
async def test_an_operator_signs_in_and_reads(
    board: OperatorBoard,
    store: RedisConnection,
    browser: Browser,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    """With the keyboard, on a telephone as well; nothing is refused by the policy, or fetched."""
    await plant_weeks(store)
    await plant_handoffs(store, ["U0KEIKO00", "U0BOB0000", "", "U0KEIKO00"])
    await report_machines(store, ("kotae-worker-with-a-long-name-0001", 900.0), ("b" * 200, 9e5))
    context = await browser.new_context(
        locale=language, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    tab = await context.new_page()
    tab.set_default_timeout(PATIENCE)
    said, asked = list[str](), list[str]()
    tab.on("console", lambda message: said.append(message.text))  # of 401 it tells as well
    tab.on("request", lambda request: asked.append(request.url))
    async with served(board) as url:
        await tab.goto(f"{url}{PATH}")
        assert await overflow(tab) <= 0
        await expect(tab.locator("#token")).to_be_focused(timeout=PATIENCE)
        await tab.keyboard.type(TOKEN)
        await tab.keyboard.press("Enter")
        heading = "運用担当者" if language == "ja-JP" else "for operators"
        await expect(tab.locator("h1")).to_contain_text(heading, timeout=PATIENCE)
        assert await overflow(tab) <= 0
        colour = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
        bars = await tab.locator("figure rect.bar").count()
        button = tab.get_by_role("button")
        await button.click()
        await expect(tab.locator("#token")).to_be_focused(timeout=PATIENCE)

    assert colour == ("rgb(18, 21, 27)" if scheme == "dark" else "rgb(246, 247, 249)")
    assert bars > 20
    assert [one for one in said if "401" not in one] == []
    assert {one.split("?")[0].removeprefix(url) for one in asked} <= {PATH, f"{PATH}/sign-out"}
    await context.close()
