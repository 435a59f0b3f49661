"""A text that its file does not account for is doubted, and any other is not."""

import pytest

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.doubts import doubts
from tests.support.documents import presentation, word_document

SENTENCES = ("The spare key is kept at the reception. ", "合鍵は受付で保管しています。")


def parsed(*texts: str, pages: bool = False) -> ParsedFile:
    """Return a file with these sections, each on a page of its own if *pages*."""
    numbered = enumerate(texts, 1)
    return ParsedFile("T", tuple(Section(t, (), page=n if pages else None) for n, t in numbered))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_text_of_letters_is_not_doubted(sentence: str) -> None:
    """Whatever its format is, tabs and line breaks included."""
    text = f"{sentence}\n\t" * 20
    assert doubts(text.encode(), ".md", parsed(text)) == {}
    assert doubts(b"%PDF", ".pdf", parsed(text, text, pages=True)) == {}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("noise", ["\x01\x02", "\ue001\uf8ff", "\x7f\x9f"])
def test_control_characters_and_letters_without_a_code_are_doubted(
    sentence: str, noise: str
) -> None:
    """By their share; a few in a long text are none, and neither is a short text."""
    text = sentence * 10 + noise * 40
    share = 100 * 80 // len(text)
    assert doubts(b"", ".pdf", parsed(text)) == {"control": share}
    assert doubts(b"", ".pdf", parsed(sentence * 100 + noise)) == {}
    assert doubts(b"", ".pdf", parsed(noise * 10)) == {}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_characters_that_could_not_be_decoded_are_counted(sentence: str) -> None:
    """From three on: one or two may be quoted."""
    assert doubts(b"", ".txt", parsed(sentence, "\ufffd\ufffd")) == {}
    assert doubts(b"", ".txt", parsed(f"{sentence}\ufffd", "\ufffd\ufffd")) == {"replaced": 3}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_pages_without_a_letter_are_counted(sentence: str) -> None:
    """Only where there are pages, and only those with something on them."""
    assert doubts(b"", ".pdf", parsed(sentence, "•• __ ..", "", pages=True)) == {"pages": 1}
    assert doubts(b"", ".txt", parsed(sentence, "•• __ ..")) == {}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_words_of_the_file_that_were_not_found_are_doubted(sentence: str) -> None:
    """In text, and in Word files and presentations, which are compared without their parsers."""
    words = [("Normal", sentence * 10)] * 4
    assert doubts((sentence * 40).encode(), ".txt", parsed(sentence * 10)) == {"kept": 25}
    assert doubts(word_document(words), ".docx", parsed(sentence * 10)) == {"kept": 25}
    slides = presentation([("A", sentence * 10, "")] * 4)
    assert doubts(slides, ".pptx", parsed(sentence * 10))["kept"] in range(20, 26)
    assert doubts(word_document(words), ".docx", parsed(*[sentence * 10] * 4)) == {}
    assert doubts(sentence.encode(), ".txt", parsed("")) == {}
