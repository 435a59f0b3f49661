"""Pictures of the operator's page, as a browser shows it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright

from tests.machines.hosts import OPERATOR_TOKEN, Host

_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
_PATIENCE = 120_000


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at it."""

    name: str
    width: int
    language: str
    scheme: str


LOOKS = (
    Look("light", 1180, "en", "light"),
    Look("dark", 1180, "ja", "dark"),
    Look("narrow", 390, "en", "light"),
    Look("narrow-dark", 390, "ja", "dark"),
)


async def take_pictures(host: Host, folder: Path) -> None:
    """Write a picture for each of `LOOKS` into *folder*, of the page that *host* serves."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a moment
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_FLAGS
        )
        for look in LOOKS:
            await _take(browser, host, look, folder)
        await browser.close()


async def _take(browser: Browser, host: Host, look: Look, folder: Path) -> None:
    size: ViewportSize = {"width": look.width, "height": 800}
    context = await browser.new_context(
        viewport=size,
        color_scheme="dark" if look.scheme == "dark" else "light",
        extra_http_headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"},
    )
    tab = await context.new_page()
    tab.set_default_timeout(_PATIENCE)
    await tab.goto(f"{host.url}/operator?lang={look.language}")
    await tab.screenshot(path=folder / f"operator-{look.name}.png", full_page=True)
    await context.close()
