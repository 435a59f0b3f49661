"""The status of the running program for operators."""

from pathlib import Path

from bot.analytics.status import SHOWN_LETTERS, Operations
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.gate import Gate
from bot.core.language import Language
from bot.core.types import Job
from bot.evaluation.certificate import CertificateStore
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal
from tests.support.library import Library


async def test_the_newest_dead_letters_are_listed_without_their_questions(
    store: RedisConnection, tmp_path: Path
) -> None:
    """When and why; the rest is on the command line, for those who run the bot."""
    library = Library(tmp_path)
    library.write("leave.md", "# Leave\n\nYou have 10 days.\n")
    base = library.open()
    await base.sync()
    queue = RedisQueue(store)
    policies = ChannelPolicies(store.commands)
    gate = Gate(policies, CertificateStore(store.commands).load, lambda: "")
    told = {"en": "Promotion sol", "ja": "適用中の変更 sol"}
    operator = Operations(
        base, queue, Ledger(store.commands), gate, policies, lambda one: [told[one]]
    )
    for number in range(SHOWN_LETTERS + 1):
        await queue.put(Job(f"{number}", "partition", "question", {"text": "secret 秘密"}))
        lease = await queue.take(wait=5)
        assert lease is not None
        await lease.dead_letter(f"ModelUnavailableError (ref{number})")

    languages: tuple[Language, Language] = ("en", "ja")
    for language, words in zip(languages, ("4 failed", "失敗 4 件"), strict=True):
        status = await operator.status(language, Principal("U1", member=True), in_detail=True)
        assert words in status
        assert told[language] in status
        assert [f"(ref{number})" in status for number in range(4)] == [False, True, True, True]
        assert "secret" not in status
    await queue.aclose()
    await base.aclose()


async def test_a_channel_sees_its_policy_and_the_other_choices(
    store: RedisConnection, tmp_path: Path
) -> None:
    """An unknown policy changes nothing."""
    library = Library(tmp_path)
    base, queue = library.open(), RedisQueue(store)
    policies = ChannelPolicies(store.commands)
    gate = Gate(policies, CertificateStore(store.commands).load, lambda: "")
    operator = Operations(base, queue, Ledger(store.commands), gate, policies)

    looked = await operator.answers("C1", "", "en")
    chosen = await operator.answers("C1", "draft", "ja")
    mistaken = await operator.answers("C1", "always", "en")

    assert "best-effort" in looked.splitlines()[0]
    assert all(word in looked for word in ("certified", "draft", "Certificate: none"))
    assert "draft" in chosen.splitlines()[0]
    assert "draft" in mistaken.splitlines()[0]
    await queue.aclose()
    await base.aclose()
