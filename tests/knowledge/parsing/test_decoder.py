"""Files of any age and origin are decoded correctly."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.parsing.decoder import decode

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"]
TEXTS = [
    "休暇",
    "東京都",
    "カレー",
    "有給休暇の申請は人事部まで。",
    "明日、会議室Aで10時から打ち合わせをします。\n資料を持参してください。",
    "経費精算 (2024年4月) 合計: 12,800円",
]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_japanese_is_decoded_in_every_common_encoding(text: str, encoding: str) -> None:
    """Even a single word is enough to distinguish them."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_detected_by_its_zero_bytes(encoding: str) -> None:
    """Some Windows programs omit the mark."""
    assert decode("Name: 佐藤, Tel: 1234\n".encode(encoding)) == "Name: 佐藤, Tel: 1234\n"


def test_half_width_katakana_is_decoded() -> None:
    """Old exports often contain it."""
    assert decode("ｶﾌﾞｼｷｶﾞｲｼｬ 東京商会 ﾀﾝﾄｳ".encode("cp932")) == "ｶﾌﾞｼｷｶﾞｲｼｬ 東京商会 ﾀﾝﾄｳ"


def test_western_text_is_decoded() -> None:
    """Bytes that no Japanese decoder accepts are in Windows' Western encoding."""
    assert decode("Café – naïve".encode("cp1252")) == "Café – naïve"


def test_line_ends_are_unified() -> None:
    """Those of Windows and of the old Macintosh become `\\n`."""
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


def test_a_binary_file_is_refused() -> None:
    """An image named .txt is not text."""
    with pytest.raises(ParseError, match="not a text file"):
        decode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00")


@given(st.text().filter(lambda text: "\0" not in text and "\x1b" not in text))
def test_utf_8_is_always_recognised(text: str) -> None:
    """Today's encoding is never mistaken for another."""
    expected = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    assert decode(text.encode()) == expected


@given(st.binary())
def test_any_bytes_give_text_or_a_parse_error(data: bytes) -> None:
    """Hostile bytes cannot raise any other error."""
    with suppress(ParseError):
        assert "\r" not in decode(data)
