"""The page of `kotae try` in a real browser; skipped where there is no Chromium."""

import os
import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect
from playwright.async_api import Page as Tab

from bot.slack.client.manifest import manifest
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
    await expect(tab.locator("#timeline .private")).to_contain_text("文書 3 件")
    await tab.locator("#composer textarea").fill("hello")
    await tab.keyboard.press("Enter")
    await tab.locator("#timeline .message", has_text="hello").hover()
    await tab.get_by_role("button", name="スレッドで返信").last.click()
    await tab.locator("#reply textarea").fill("/kotae status")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#toast")).to_contain_text("スラッシュコマンド")


async def test_commands_and_names_are_completed(tab: Tab) -> None:
    """The arrow keys choose, Tab takes; the rest of the text stays."""
    box = tab.locator("#composer textarea")
    await box.fill("")
    await box.press_sequentially("@han")
    await tab.keyboard.press("Tab")
    await expect(box).to_have_value("@hanako ")
    await box.fill("")
    await box.press_sequentially("@")
    await expect(tab.get_by_role("option")).not_to_have_count(0)
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("listbox")).to_be_hidden()


async def test_the_mention_is_there_before_the_question(tab: Tab, story: Story) -> None:
    """Whoever takes it away is told that the bot does not hear them."""
    box = tab.locator("#composer textarea")
    await expect(box).to_have_value("@kotae ")
    await box.press_sequentially("有給は何日ありますか？")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#replies .bot")).to_contain_text("有給休暇は10日です")
    await box.fill("有給は？")
    await expect(tab.locator("#composer .told")).to_contain_text("ボットには届きません")


async def test_a_reload_remembers_who_one_is(tab: Tab, story: Story) -> None:
    """And where one was; the address names nobody any more."""
    await tab.goto(tab.url.partition("?")[0])
    await tab.locator("#person").select_option(story.bob.id)
    await expect(tab.locator("#person")).to_have_value(story.bob.id)
    await tab.reload()
    await expect(tab.locator("#person")).to_have_value(story.bob.id)


async def test_the_actions_of_a_message_are_one_stop_of_the_tab_key(tab: Tab, story: Story) -> None:
    """The arrow keys go from one to the next."""
    await story.workspace.post(story.channel, story.hanako, "おはよう")
    tools = tab.locator("#timeline .message", has_text="おはよう").locator(".tools")
    await expect(tools.locator("button:not([tabindex='-1'])")).to_have_count(1)
    await tools.locator("button").first.focus()
    await tab.keyboard.press("ArrowRight")
    await expect(tools.locator("button").nth(1)).to_be_focused()


async def test_on_a_telephone_the_channels_are_in_a_drawer(tab: Tab) -> None:
    """It opens with a button, and closes with a choice."""
    await tab.set_viewport_size({"width": 390, "height": 800})
    await expect(tab.locator("#sidebar")).to_be_hidden()
    await tab.locator("#menu").click()
    await expect(tab.locator("#sidebar")).to_be_visible()
    await tab.get_by_role("button", name="#general").click()
    await expect(tab.locator("#sidebar")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "question", "answer", "nobody", "unknown", "nothing"),
    [
        ("ja", "賞与は？", "年2回", "なし（予定実行）", "カラオケは？", "見つかりませんでした。"),
        ("en", "How much leave?", "10 days", "nobody (scheduled)", "A choir?", "do not say."),
    ],
)
async def test_a_workflow_runs_the_step(  # noqa: PLR0917 - the words of a language
    tab: Tab,
    story: Story,
    language: str,
    question: str,
    answer: str,
    nobody: str,
    unknown: str,
    nothing: str,
) -> None:
    """As the person at the page, as nobody, and in a channel; what the workflow gets is shown."""
    story.workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
    story.workspace.team.changes.ring()
    if language == "en":
        await tab.locator("#language").click()
    await tab.locator("#flow").click()
    form, runs = tab.locator("#step"), tab.locator("#runs li")
    await form.locator("[name=question]").fill(question)
    await form.locator("button").click()
    await expect(runs.first).to_contain_text(answer)
    await expect(runs.first.locator(".body")).to_contain_text("[1]")
    await form.locator("[name=person]").select_option(label=nobody)
    await form.locator("[name=question]").fill(unknown)
    await form.locator("button").click()
    await expect(runs.first).to_contain_text(nothing)
    await form.locator("[name=channel]").select_option(label="#general")
    await form.locator("button").click()
    await expect(runs.first.locator(".bad")).to_have_count(1)
    if pictures := os.environ.get("KOTAE_PICTURES"):
        await tab.screenshot(path=f"{pictures}/workflow-{language}.png")
