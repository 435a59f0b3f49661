"""Pictures on both wires."""

import base64

from bot.core.types import ReadFile


def data_url(picture: ReadFile) -> str:
    """Return *picture* as an address that holds it, so that nobody has to fetch it."""
    content = base64.b64encode(picture.picture).decode("ascii")
    return f"data:{picture.media_type};base64,{content}"
