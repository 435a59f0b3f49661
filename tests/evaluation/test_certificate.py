"""A certificate holds for what was measured, and says why when it no longer does."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.evaluation.certificate import (
    Certificate,
    CertificateError,
    CertificateStore,
    fingerprint,
    validity,
)

MEASURED = {"model": "gpt-6-luna", "prompts": "ab12", "index": "hashing 256", "score": "1"}
CERTIFICATE = Certificate(
    threshold=0.81,
    accuracy=0.99,
    confidence=0.95,
    coverage=0.42,
    labels=512,
    errors=1,
    fingerprint=fingerprint(**MEASURED),
    created_at=1_700_000_000.0,
    proven=(0.9, 0.81),
)


def test_a_stored_certificate_is_read_back(tmp_path: Path) -> None:
    store = CertificateStore(tmp_path / "data")
    assert store.load() is None
    store.save(CERTIFICATE)
    assert store.load() == CERTIFICATE


@pytest.mark.parametrize("part", MEASURED)
def test_an_invalid_certificate_names_the_change(part: str) -> None:
    assert validity(CERTIFICATE, fingerprint(**MEASURED)) == ""
    reason = validity(CERTIFICATE, fingerprint(**MEASURED | {part: "another"}))
    words = {"model": "model", "prompts": "prompts", "index": "indexed", "score": "score"}
    assert words[part] in reason
    assert not any(word in reason for other, word in words.items() if other != part)


def test_an_alarm_raises_or_withdraws(tmp_path: Path) -> None:
    store = CertificateStore(tmp_path, clock=lambda: 1_700_000_000.0)
    store.save(CERTIFICATE)
    store.raise_to(0.9)
    store.raise_to(0.85)
    raised = store.load()
    assert raised is not None
    assert raised.floor == 0.9
    store.withdraw("too many errors")
    store.withdraw("later")
    withdrawn = store.load()
    assert withdrawn is not None
    assert "too many errors (2023-11-14)" in validity(withdrawn, fingerprint(**MEASURED))


def test_a_damaged_file_certifies_nothing(tmp_path: Path) -> None:
    (tmp_path / "certificate.json").write_text('{"threshold": "high"}')
    with pytest.raises(CertificateError, match="damaged"):
        CertificateStore(tmp_path).load()


def test_the_promise_names_the_same_numbers_in_each_language() -> None:
    english, japanese = CERTIFICATE.promise("en"), CERTIFICATE.promise("ja")
    for said in ("99 %", "95 %", "0.810", "1 wrong of 512", "42 %"):
        assert said in english
    for said in ("99%", "95%", "0.810", "512件中、誤り1件", "42%"):
        assert said in japanese
    assert "0.900" in replace(CERTIFICATE, raised_to=0.9).promise("en")
