"""Makes texts of others safe for Slack: they can say anything, but ping nobody and link nowhere.

Slack's markdown block still reads `<!channel>`, `<@U1>`, `<#C1>` and `<https://…|label>`, but not
an entity, so escaping `<` outside code is enough; `&` stays, because links need it. In code an
entity would be seen, so there only the tokens that ping are broken, with an invisible joiner.

In doubt a reader sees `&lt;` in code, instead of a token at work outside it.
"""

import re
from collections.abc import Collection

from bot.core.links import safe_markdown, safe_text
from bot.core.markdown import blocks

_PING = re.compile(r"<(?=[@#][A-Z0-9]|!(?:channel|here|everyone|subteam|date))")
_WORD_JOINER = "\u2060"


def markdown(text: str, allowed: Collection[str] = ()) -> str:
    """Return Markdown for a block, in which only the addresses in *allowed* act. Idempotent."""
    safe = blocks(safe_markdown(text, allowed))
    return "\n".join(
        "".join(unpinged(span) if is_code else _escaped(span) for span, is_code in block)
        for block in safe
    )


def mrkdwn(text: str, allowed: Collection[str] = ()) -> str:
    """Return plain *text* for Slack's own markup; only the addresses in *allowed* are links."""
    return entities(safe_text(text, allowed))


def label(text: str) -> str:
    """Return plain *text* for the label of a link in Slack's own markup.

    A line end or code would end the link.
    """
    return entities(safe_text(" ".join(text.replace("`", "'").split()), bare="keep"))


def plain(text: str, allowed: Collection[str] = ()) -> str:
    """Return *text* for an element of plain text, where some program might still see a link.

    Only the addresses in *allowed* stay whole.

    Nothing can be escaped there; an invisible joiner breaks what would ping.
    """
    return unpinged(safe_text(text, allowed, bare="dots"))


def unpinged(text: str) -> str:
    """Return *text* in which an invisible joiner breaks what would ping."""
    return _PING.sub(f"<{_WORD_JOINER}", text)


def entities(text: str) -> str:
    """Escape the three characters that are special in Slack's own markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")
