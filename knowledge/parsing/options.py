"""How files are read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a source asks of its parsers beyond the shown text.

    Attributes:
        ocr: Whether to read scanned pages and pictures by OCR.
        include_hidden: Whether to read what a document hides from its readers, too.
        rendered: Whether the source has rendered the page from what it fetched. Its readers are
            known from there: no words in it state any.
    """

    ocr: bool = False
    include_hidden: bool = False
    rendered: bool = False


AS_SHOWN = ReadingOptions()
"""What a reader sees, and nothing by OCR."""
