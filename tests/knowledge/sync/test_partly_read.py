"""A document that could be read only in part is indexed, and the problem says what is missing."""

import io

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.support.library import Library


def partly_scanned(text: str) -> bytes:
    """Return a PDF with a page of text and a page that is an empty picture."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 700, text)
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (400, 600), 255)), 0, 0, 500, 800)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("name", ["Plan.pdf", "計画.pdf"])
async def test_the_pages_that_were_not_read_stay_named(library: Library, name: str) -> None:
    """Also by the next sync, which reads nothing."""
    library.write(name, partly_scanned("The gate opens at nine."))

    first, second = await library.open().sync(), await library.open().sync()

    for report in (first, second):
        (problem,) = report.problems
        assert problem.document_id == f"docs/{name}"
        assert problem.reason.startswith("not read: page 2: images without text")
        assert report.documents_total == 1
