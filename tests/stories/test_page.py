"""The page of `kotae try` in a real browser; skipped where there is no Chromium."""

import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect
from playwright.async_api import Page as Tab

from bot.workspace.page import Page
from tests.stories.conftest import Mode, Story

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60_000
"""Milliseconds that a browser may take."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")


@pytest.fixture
def mode() -> Mode:
    """A browser does not see how the bot is connected."""
    return "socket"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def tab(browser: Browser, story: Story) -> AsyncIterator[Tab]:
    """The page as Hanako sees it; whatever the script complains of fails the test."""
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE)
    async with await Page.start(story.workspace) as page:
        tab = await browser.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        await tab.goto(f"{page.url}?user={story.hanako.id}&language=ja")
        yield tab
        await tab.close()
    assert complaints == []


async def test_a_question_is_answered_and_judged(tab: Tab, story: Story) -> None:
    """Typed with the keyboard; the thread opens, the answer comes with its source and a vote."""
    await tab.locator("#composer textarea").fill("@kotae 有給は何日ありますか？")
    await tab.keyboard.press("Enter")

    answer = tab.locator("#replies .message.bot")
    await expect(answer).to_contain_text("有給休暇は10日です")
    await expect(answer.locator("a")).to_have_attribute(
        "href", re.compile("^https://docs.example/leave.md#")
    )
    await answer.get_by_role("button", name="この回答は役に立った").click()
    await expect(tab.locator("#replies .message.private")).to_contain_text("ありがとう")
    assert (await story.ledger.counts())["up"] == 1


async def test_follow_up_in_the_thread_and_language_of_the_page(tab: Tab, story: Story) -> None:
    """No mention is needed in the thread; the page itself speaks both languages."""
    await tab.locator("#composer textarea").fill("@kotae How many days of leave?")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#replies .bot")).to_contain_text("10 days")
    await tab.locator("#reply textarea").fill("繰り越しは？")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#replies .bot").last).to_contain_text("翌年度")

    await expect(tab.locator("#thread h2")).to_have_text("スレッド")
    await tab.get_by_role("button", name="English").click()
    await expect(tab.locator("#thread h2")).to_have_text("Thread")


async def test_a_fault_is_survived_before_ones_eyes(tab: Tab, story: Story) -> None:
    """Slack refuses twice, as asked for in the drawer; the answer comes all the same, once."""
    await tab.locator("#hood").click()
    await tab.locator("#faults select").select_option(label="429: chat.postMessage")
    await tab.locator("#faults button").first.click()
    await expect(tab.locator("#faults li")).to_contain_text("chat.postMessage")
    await tab.locator("#close-drawer").click()
    await tab.locator("#composer textarea").fill("@kotae 有給は？")
    await tab.keyboard.press("Enter")

    await expect(tab.locator("#replies .bot")).to_contain_text("10日")
    await expect(tab.locator("#replies .bot")).to_have_count(1)


async def test_commands_are_refused_in_threads_and_answered_outside(tab: Tab) -> None:
    """As Slack does; the answer to a command is visible to one person only."""
    await tab.locator("#composer textarea").fill("/kotae status")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#timeline .private")).to_contain_text("索引")
    await tab.locator("#composer textarea").fill("hello")
    await tab.keyboard.press("Enter")
    await tab.locator("#timeline .message", has_text="hello").hover()
    await tab.get_by_role("button", name="スレッドで返信").last.click()
    await tab.locator("#reply textarea").fill("/kotae status")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#toast")).to_contain_text("スラッシュコマンド")
