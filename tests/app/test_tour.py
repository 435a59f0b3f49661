"""The tour of `kotae try` in a real browser, as narrow as a telephone."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import Locator, async_playwright, expect
from playwright.async_api import Page as Tab

from bot.app.container import open_knowledge
from bot.app.demo import (
    bot_in_workspace,
    demo_address,
    documents_of,
    guide,
    seed,
    write_demo_files,
)
from bot.cli.context import SAMPLES
from bot.core.language import Language
from bot.settings.settings import Settings
from bot.workspace import Workspace
from bot.workspace.page import Page, PageOptions
from tests.stories.test_page import CHROMIUM, FLAGS, PATIENCE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")


async def go(tab: Tab, bar: Locator, reply: str, expert: str) -> None:
    """Go through the four steps; the bar is to be seen above each thread."""
    replies = tab.locator("#replies")
    await bar.locator(".send").click()
    await expect(replies.locator(".feedback").first).to_be_visible()
    await expect(bar).to_contain_text("2/4")
    await bar.locator(".send").click()
    await expect(replies.locator(".primary").first).to_be_visible()
    await expect(bar).to_contain_text("3/4")
    await bar.locator(".send").click()
    await expect(bar).to_contain_text(expert)
    await expect(bar.locator(".send")).to_have_count(0)  # there is nothing to go on to yet

    await tab.locator("#close-thread").click()
    await bar.locator(".send").click()
    await tab.locator("#reply textarea").fill(reply)
    await tab.locator("#reply .send").click()
    await replies.locator(".private button").last.click()
    await expect(bar).to_contain_text("3/4")
    await tab.locator("dialog .send").click()
    await expect(bar).to_contain_text("4/4")
    await bar.locator(".send").click()
    await expect(replies).to_contain_text(reply)
    await expect(replies.locator(".feedback").first).to_be_visible()
    await expect(bar).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "reply", "expert"),
    [
        ("en", "It sings on Thursdays at 18:00.", "You are keiko"),
        ("ja", "8月10日の18時からです。", "いまは担当者の kenji です"),
    ],
)
async def test_the_tour_waits_until_the_answer_is_saved(
    tmp_path: Path, language: Language, reply: str, expert: str
) -> None:
    """What to do next is told all the time, and nothing leads into an open question."""
    expect.set_options(timeout=PATIENCE)
    plain = Settings(
        _env_file=None, knowledge_config=SAMPLES, data_dir=tmp_path, openai_api_key=None
    )
    address = demo_address(tmp_path, 0)
    settings = plain.model_copy(update={"knowledge_config": write_demo_files(plain, address)})
    base = open_knowledge(settings)
    await base.sync()
    await base.aclose()
    async with (
        await Workspace.start() as workspace,
        bot_in_workspace(settings, workspace) as bot,
        async_playwright() as playwright,
    ):
        options = PageOptions(guide=guide(seed(workspace)), documents=documents_of(bot.base))
        async with await Page.start(workspace, 0, options) as page:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            tab = await browser.new_page(viewport={"width": 390, "height": 760})
            tab.set_default_timeout(PATIENCE)
            complaints: list[str] = []
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            await tab.goto(f"{page.url}?language={language}")
            await go(tab, tab.locator("#tour"), reply, expert)
            await browser.close()
    assert complaints == []
