"""A certificate holds for what was measured, and says why when it no longer does."""

import asyncio
from dataclasses import replace

import pytest

from bot.evaluation.certificate import (
    Certificate,
    CertificateError,
    CertificateStore,
    fingerprint,
    validity,
)
from bot.redis.connection import RedisConnection

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


async def test_a_stored_certificate_is_read_back(store: RedisConnection) -> None:
    kept = CertificateStore(store.commands)
    assert await kept.load() is None
    await kept.save(CERTIFICATE)
    assert await kept.load() == CERTIFICATE


@pytest.mark.parametrize("part", MEASURED)
def test_an_invalid_certificate_names_the_change(part: str) -> None:
    assert validity(CERTIFICATE, fingerprint(**MEASURED)) == ""
    reason = validity(CERTIFICATE, fingerprint(**MEASURED | {part: "another"}))
    words = {"model": "model", "prompts": "prompts", "index": "indexed", "score": "score"}
    assert words[part] in reason
    assert not any(word in reason for other, word in words.items() if other != part)


async def test_an_alarm_raises_or_withdraws(store: RedisConnection) -> None:
    kept = CertificateStore(store.commands, clock=lambda: 1_700_000_000.0)
    await kept.raise_to(0.5)
    assert await kept.load() is None
    await kept.save(CERTIFICATE)
    await asyncio.gather(kept.raise_to(0.9), kept.raise_to(0.85))
    raised = await kept.load()
    assert raised is not None
    assert raised.floor == 0.9
    await kept.withdraw("too many errors")
    await kept.withdraw("later")
    withdrawn = await kept.load()
    assert withdrawn is not None
    assert "too many errors (2023-11-14)" in validity(withdrawn, fingerprint(**MEASURED))


async def test_a_damaged_one_certifies_nothing(store: RedisConnection) -> None:
    await store.commands.set("{kotae}:v1:certificate", '{"threshold": "high"}')
    with pytest.raises(CertificateError, match="damaged"):
        await CertificateStore(store.commands).load()


def test_the_promise_names_the_same_numbers_in_each_language() -> None:
    english, japanese = CERTIFICATE.promise("en"), CERTIFICATE.promise("ja")
    for said in ("99 %", "95 %", "0.810", "1 wrong of 512", "42 %"):
        assert said in english
    for said in ("99%", "95%", "0.810", "512 件中、誤り 1 件", "42%"):
        assert said in japanese
    assert "0.900" in replace(CERTIFICATE, raised_to=0.9).promise("en")
