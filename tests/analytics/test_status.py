"""The status of the running program for operators."""

from pathlib import Path

from bot.analytics.status import SHOWN_LETTERS, Operations
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.gate import Gate
from bot.core.language import Language
from bot.core.types import Job
from bot.evaluation.certificate import CertificateStore
from bot.machines.store import MachineState
from bot.queue.formats import JOB_FORMATS
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.slack.client.escape import mrkdwn
from knowledge.model.types import Principal
from tests.support.library import Library, source_table


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


async def test_only_what_one_may_read_is_counted(store: RedisConnection, tmp_path: Path) -> None:
    """By audience, by front matter, and not at all; the detail of operators counts everything."""
    library = Library(tmp_path)
    hr = '[[sources]]\nname = "hr"\npath = "hr"\naudience = ["#hr"]'
    library.configure(source_table("docs", "docs"), hr)
    library.write("leave.md", "# Leave\n\nYou have 10 days.\n")
    library.write("pay.md", "---\naudience: ['#hr']\n---\n# Pay\n\n4012.\n")
    (library.folder / "hr").mkdir()
    (library.folder / "hr" / "bands.md").write_text("# Bands\n\nSecret.\n", "utf-8")
    base, queue = library.open(), RedisQueue(store)
    await base.sync()
    policies = ChannelPolicies(store.commands)
    gate = Gate(policies, CertificateStore(store.commands).load, lambda: "")
    operator = Operations(base, queue, Ledger(store.commands), gate, policies)
    member, nobody = Principal("U1", member=True), Principal("U3")
    insider = Principal("U2", member=True, groups=frozenset({"#hr"}))
    hers = await operator.status("en", insider)
    his, nothing = await operator.status("en", member), await operator.status("ja", nobody)
    detail = await operator.status("en", member, in_detail=True)
    await queue.aclose()
    await base.aclose()

    assert "1 document that you may read (docs 1)" in his
    assert "hr" not in his
    assert "3 documents that you may read (docs 2, hr 1)" in hers
    assert nothing == "閲覧できる文書はまだありません。"
    assert "Index: 3 documents" in detail


async def test_addresses_of_sources_may_be_links(store: RedisConnection, tmp_path: Path) -> None:
    """Those that knowledge.toml names whole, of sources that the reader may know of."""
    library = Library(tmp_path)
    library.configure(
        '[[sources]]\nname = "site"\ntype = "web"\nstart = "https://help.acme.test/start"',
        '[[sources]]\nname = "hr"\ntype = "web"\nstart = "https://hr.acme.test/"\n'
        'audience = ["#hr"]',
    )
    base, queue = library.open(), RedisQueue(store)
    policies = ChannelPolicies(store.commands)
    gate = Gate(policies, CertificateStore(store.commands).load, lambda: "")
    operator = Operations(base, queue, Ledger(store.commands), gate, policies)
    found = operator.addresses(Principal("U1", member=True))
    shown = mrkdwn("https://help.acme.test/start https://help.acme.test/start?q=secret", found)
    await queue.aclose()
    await base.aclose()

    assert found == {"https://help.acme.test/start"}
    assert shown == "https://help.acme.test/start hxxps://help[.]acme[.]test/start?q=secret"


async def test_jobs_that_no_worker_understands_are_told(
    store: RedisConnection, tmp_path: Path
) -> None:
    """A later version of the program has put them."""
    base, queue = Library(tmp_path).open(), RedisQueue(store)
    await base.sync()
    later = RedisQueue(store, formats={**JOB_FORMATS, "question": 2})
    await later.put(Job("new", "thread", "question", {}))
    policies = ChannelPolicies(store.commands)
    gate = Gate(policies, CertificateStore(store.commands).load, lambda: "")
    running = [MachineState(id="a", host="a", folder="a", answers=True, jobs=JOB_FORMATS)]

    async def machines() -> list[MachineState]:
        return running

    operator = Operations(base, queue, Ledger(store.commands), gate, policies, machines=machines)
    reader = Principal("U1", member=True)
    assert "(question 2: 1)" in await operator.status("en", reader, in_detail=True)
    assert "（question 2: 1）" in await operator.status("ja", reader, in_detail=True)
    running[0] = running[0].model_copy(update={"jobs": {**JOB_FORMATS, "question": 2}})
    assert "question 2" not in await operator.status("en", reader, in_detail=True)
    await later.aclose()
    await queue.aclose()
    await base.aclose()
