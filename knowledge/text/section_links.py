"""Links to a section of a document: by a fragment, and in a canvas of Slack by its id.

Slack opens a canvas at `https://TEAM.slack.com/docs/TEAM_ID/FILE_ID?focus_section_id=SECTION_ID`,
and knows no fragments: so says the description of `slack_update_canvas`, a tool of Slack's own MCP
server (https://docs.slack.dev/ai/slack-mcp-server), and so read the links that people copy from a
canvas: `…?focus_section_id=temp:C:DVD3d06009842f2422e89f82f732`.
"""

from urllib.parse import quote

CANVAS_SECTION = "focus_section_id="
"""How the anchor of a section of a canvas begins; its id follows."""


def link_to(url: str, anchor: str) -> str:
    """Return where the section *anchor* of the document at *url* opens; *url* itself without one.

    An anchor is a text of the document: it can never add a second parameter.
    """
    if not url or not anchor:
        return url
    if anchor.startswith(CANVAS_SECTION):
        return f"{url}{'&' if '?' in url else '?'}{quote(anchor, safe='=:')}"
    return f"{url}#{quote(anchor, safe='=')}"
