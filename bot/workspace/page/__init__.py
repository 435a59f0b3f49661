"""The workspace in a browser, as one person sees and uses it."""

from bot.workspace.page.server import Page

__all__ = ["Page"]
