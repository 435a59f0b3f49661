"""Images on PDF pages: whether a page is one."""

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_SHARE = 0.1
"""Share of a page that its images cover at least, so that there may be text in them."""

_MOST_OBJECTS = 5000
_DEEPEST = 4


def is_image(page: "PdfPage") -> bool:
    """Tell whether images cover so much of a page that its text may be in them."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    area = 0.0  # square points
    sides = [ctypes.c_float() for _ in range(4)]
    for number in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        drawn = pdfium.FPDFPage_GetObject(page.raw, number)
        if _holds_image(drawn, _DEEPEST):
            pdfium.FPDFPageObj_GetBounds(drawn, *map(ctypes.byref, sides))
            left, bottom, right, top = (side.value for side in sides)
            area += max(0.0, right - left) * max(0.0, top - bottom)
    return bool(area > _SHARE * width * height)


def _holds_image(drawn: Any, depth: int) -> bool:
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFPageObj_GetType(drawn)
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        return True
    if kind != pdfium.FPDF_PAGEOBJ_FORM or depth == 0:
        return False
    count = min(pdfium.FPDFFormObj_CountObjects(drawn), _MOST_OBJECTS // 10)
    return any(
        _holds_image(pdfium.FPDFFormObj_GetObject(drawn, number), depth - 1)
        for number in range(count)
    )
