"""The workspace in a browser, as one person sees and uses it."""

from bot.workspace.page.server import Page, PageDocument, PageDocuments, PageOptions, new_key

__all__ = ["Page", "PageDocument", "PageDocuments", "PageOptions", "new_key"]
