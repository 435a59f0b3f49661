"""Optical character recognition (OCR) with RapidOCR, whose models come with its package."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from knowledge.model.errors import ParseError

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS = 300.0
"""Time for all pages of one file; a page takes 1 to 15 seconds."""

SIDE = 2000
"""Pixels of the longer side of a picture; larger ones are made smaller."""

_SURE = 0.5
"""Confidence of a line at least, 0..1."""

_MOST_PIXELS = 100_000_000
ADVICE = "set ocr = true for its source (needs kotae[ocr])"
"""Part of the reason of each file that OCR would help; a sync with OCR reads those again."""

_MISSING = "OCR is on, but not installed: run pip install 'kotae[ocr]', or leave out ocr"


@dataclass(frozen=True, slots=True)
class OcrLine:
    """A line of a picture, with its box in pixels from the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


class Ocr:
    """Reads the text of pictures, until its time is over; one for each file.

    Args:
        seconds: Time for all pictures together.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    @property
    def has_time(self) -> bool:
        """Whether another picture may be read."""
        return time.monotonic() < self._end

    def lines(self, picture: "Image") -> list[OcrLine]:
        """Return the lines of a picture.

        Raises:
            ParseError: when OCR is not installed, or the picture is too large.
        """
        if picture.width * picture.height > _MOST_PIXELS:
            raise ParseError("the picture has too many pixels to read")
        picture = picture.convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        return list(_lines(picture))


def _lines(picture: "Image") -> Iterator[OcrLine]:
    import numpy as np

    found = _engine()(np.asarray(picture))
    if found.boxes is None:
        return
    for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        if score >= _SURE and text.strip():
            across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
            yield OcrLine(
                text.strip(),
                min(across),
                picture.height - max(down),
                max(across),
                picture.height - min(down),
            )


@cache
def _engine() -> Any:
    """Return RapidOCR; loading its models takes a second."""
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 2}
    try:
        from rapidocr import RapidOCR

        return RapidOCR(params={"Global.log_level": "critical", **threads})
    except ImportError as error:  # the constructor imports onnxruntime
        raise ParseError(_MISSING) from error
