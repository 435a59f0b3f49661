"""A canvas as its download shows it: HTML, each of whose elements has an id."""

import hashlib
import html
import re
from collections import Counter

from bot.workspace.state import File

_HEADING = re.compile(r"(#{1,3}) (.+)")


def canvas_page(canvas: File) -> str:
    """Return the HTML that Slack serves of *canvas*: a heading or a line each, with its id."""
    seen, lines = Counter[str](), list[str]()
    for line in filter(None, canvas.content.decode().splitlines()):
        id_ = section_id(canvas, line, seen[line])
        seen[line] += 1
        if heading := _HEADING.fullmatch(line):
            name = f"h{len(heading[1])}"
            lines.append(f'<{name} id="{id_}">{html.escape(heading[2])}</{name}>')
        else:
            lines.append(f'<p id="{id_}" class="line">{html.escape(line)}</p>')
    return f'<div class="quip-canvas-content">{"".join(lines)}</div>'


def section_id(canvas: File, line: str, before: int = 0) -> str:
    """Return the id of a *line* of *canvas*'s Markdown; *before* counts equal lines above."""
    digest = hashlib.sha256(f"{canvas.id} {before} {line}".encode()).hexdigest()
    return f"temp:C:{canvas.id[-3:]}{digest[:25]}"
