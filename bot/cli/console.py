"""The terminal's console: it prints our colours, and of other people's text the words alone."""

from collections.abc import Iterable

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from bot.core.printable import printable


class Console(rich.console.Console):
    """A console of Rich that nothing printed can take over.

    Links are shown as their addresses: a link whose label names another place would deceive.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render *renderable*; only what Rich itself steers the cursor with may act."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control:
                yield segment
                continue
            if style is not None and style.link is not None:
                style = style.update_link(None)
            yield Segment(printable(text), style)
