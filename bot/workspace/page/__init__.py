"""The workspace in a browser: what a person sees of it, and what a person can do in it."""

from bot.workspace.page.server import Page

__all__ = ["Page"]
