"""The pictures of the README and the documentation: `python -m tests.screenshots [docs/images]`.

The real bot answers over the sample documents in the local workspace, and Debian's Chromium takes
the pictures; nothing is staged but the questions, and what has passed on the operator's page.
"""

import asyncio
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.async_api import FloatRect, ViewportSize, async_playwright, expect
from playwright.async_api import Page as Tab

from bot.app.container import open_knowledge
from bot.app.demo import (
    DemoTeam,
    bot_in_workspace,
    demo_address,
    documents_of,
    guide,
    seed,
    write_demo_files,
)
from bot.app.slack_bot import Bot
from bot.cli.context import SAMPLES
from bot.settings.settings import load_settings
from bot.slack.client.manifest import manifest
from bot.workspace import Workspace
from bot.workspace.page import Page, PageOptions
from tests.stories.test_page import FLAGS
from tests.support.operator_team import TOKEN, plant_weeks, report_machines, served

SIZE: ViewportSize = {"width": 1180, "height": 640}
PATIENCE = 60_000


async def main(folder: Path) -> None:
    """Write all pictures into *folder*."""
    with tempfile.TemporaryDirectory() as data:
        settings = load_settings(
            knowledge_config=SAMPLES, data_dir=Path(data), redis_url=None, openai_api_key=None
        )
        address = demo_address(settings.data_dir, 0)
        samples = write_demo_files(settings, address)
        settings = settings.model_copy(update={"knowledge_config": samples})
        base = open_knowledge(settings)
        await base.sync()
        await base.aclose()
        async with (
            await Workspace.start() as workspace,
            bot_in_workspace(settings, workspace) as bot,
            async_playwright() as playwright,
        ):
            team = seed(workspace)
            workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
            offered = PageOptions(
                guide=guide(team), documents=documents_of(bot.base), key=address.key
            )
            page = await Page.start(workspace, address.port, offered)
            team.bob.admin = True  # whose Home then shows what operators see, in English
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            tab = await browser.new_page(viewport=SIZE)
            tab.set_default_timeout(PATIENCE)
            await draw_icon(tab, folder)
            await take(tab, page.url, workspace, team, folder)
            # An answer that comes at once is one message, and shows no steps.
            options = bot.adapter._options
            bot.adapter._options = replace(options, pace=replace(options.pace, quiet=0.0))
            await take_direct(tab, page.url, workspace, team, folder)
            await take_operator_page(tab, bot, folder)
            await browser.close()
            await page.aclose()


async def draw_icon(tab: Tab, folder: Path) -> None:
    """Write the icon as Slack takes it: a PNG of 512 pixels."""
    size: ViewportSize = {"width": 512, "height": 512}
    await tab.set_viewport_size(size)
    icon = (folder / "icon.svg").read_text(encoding="utf-8")
    style = "<style>body{margin:0}svg{display:block;width:512px;height:512px}</style>"
    await tab.set_content(f"{style}{icon}")
    await tab.screenshot(path=folder / "icon.png", omit_background=True)
    await tab.set_viewport_size(SIZE)


async def take(tab: Tab, url: str, workspace: Workspace, team: DemoTeam, folder: Path) -> None:
    """Go through the workspace and take a picture of each scene."""
    await tab.goto(f"{url}?user={team.hanako.id}&language=ja&theme=light")
    await tab.get_by_role("button", name="#ごみ相談").click()
    await ask(tab, "@kotae ごみは朝何時までに出せばいいですか？")
    await judged(tab)
    await tab.screenshot(path=folder / "answer.ja.png")

    await tab.goto(f"{url}?user={team.bob.id}&language=en&theme=light")
    await tab.get_by_role("button", name="#general").click()
    await ask(tab, "@kotae How many days of annual leave do I get?")
    await judged(tab)
    await tab.screenshot(path=folder / "answer.png")

    await tab.goto(f"{url}?user={team.bob.id}&language=en&theme=light")
    await tab.get_by_role("button", name="#general").click()
    await ask(tab, "@kotae Is there a choir?")
    await judged(tab)
    await expect(tab.get_by_role("button", name="Not for me")).to_be_visible(timeout=PATIENCE)
    await tab.screenshot(path=folder / "handoff.png")

    people = workspace.team.users.values()
    keiko = next(user for user in people if user.name == "keiko")
    asked = workspace.messages(team.general)[-1]
    reply = "The choir meets on Wednesdays at 18:00 in the canteen."
    await workspace.post(team.general, keiko, reply, thread=asked)
    await workspace.wait_for(lambda: workspace.ephemerals(keiko))
    await tab.goto(f"{url}?user={keiko.id}&language=en&theme=light")
    await tab.get_by_role("button", name="#general").click()
    await tab.get_by_role("button", name=re.compile(r"\d+ replies")).first.click()
    await tab.get_by_role("button", name="Save to knowledge").last.click()
    await expect(tab.get_by_role("dialog")).to_be_visible()
    await tab.set_viewport_size({"width": SIZE["width"], "height": 800})  # with its last button
    await tab.screenshot(path=folder / "teach.png")
    await tab.set_viewport_size(SIZE)


async def take_direct(
    tab: Tab, url: str, workspace: Workspace, team: DemoTeam, folder: Path
) -> None:
    """Take the direct messages: a reply that grows, and the Home tab."""
    workspace.faults.add("chat.appendStream", "slow", seconds=2.0, times=9)
    await tab.goto(f"{url}?user={team.bob.id}&language=en&theme=dark")
    await tab.get_by_role("button", name="kotae").first.click()
    await ask(tab, "How many days of annual leave do I get?")
    growing = tab.locator("#replies .body.streaming")
    await expect(growing.locator(".task.complete")).to_have_count(1, timeout=PATIENCE)
    await expect(growing).to_contain_text("working", timeout=PATIENCE)  # of the first sentence
    await tab.screenshot(path=folder / "steps.png")
    await judged(tab)

    await tab.goto(f"{url}?user={team.bob.id}&language=en&theme=light")
    await tab.get_by_role("button", name="kotae").first.click()
    await tab.get_by_role("tab", name="Home").click()
    await expect(tab.locator(".home h3").first).to_be_visible()
    await tab.screenshot(path=folder / "home.png")


async def take_operator_page(tab: Tab, bot: Bot, folder: Path) -> None:
    """Take the operator's page, with weeks that have passed and a machine that lags."""
    await plant_weeks(bot.store)
    await report_machines(bot.store, ("kotae-1", 900.0), ("kotae-2", 90_000.0))
    await tab.emulate_media(color_scheme="light")
    async with served(bot.board) as url:
        await tab.goto(f"{url}/operator?lang=en")
        await tab.get_by_label("Token").fill(TOKEN)
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_role("heading", name="Sources")).to_be_visible()
        shown: FloatRect = {"x": 0, "y": 0, "width": SIZE["width"], "height": 1_560}
        await tab.screenshot(path=folder / "operator.png", full_page=True, clip=shown)


async def ask(tab: Tab, text: str) -> None:
    """Type a question and send it."""
    await tab.locator("#composer textarea").fill(text)
    await tab.keyboard.press("Enter")


async def judged(tab: Tab) -> None:
    """Wait until the answer is there, with the buttons to judge it, and nothing is under way."""
    await expect(tab.locator("#replies .feedback").first).to_be_visible(timeout=PATIENCE)
    await expect(tab.locator(".status")).to_have_count(0, timeout=PATIENCE)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")))
