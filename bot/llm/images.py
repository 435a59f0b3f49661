"""Pictures in both wire formats."""

import base64

from bot.core.types import ReadFile


def data_url(picture: ReadFile) -> str:
    """Return *picture* as a data URL."""
    content = base64.b64encode(picture.picture).decode("ascii")
    return f"data:{picture.media_type};base64,{content}"
