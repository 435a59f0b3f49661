"""Documents that live elsewhere: what is gone there is gone here, and what fails stays alone."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.analytics.source_lines import source_lines
from bot.answering.late_sources import LateSources
from bot.core.language import Language
from bot.slack.commands.reindex import scheduled_reindex
from bot.slack.commands.throttled import ThrottledSources
from knowledge.model.errors import SourceError
from knowledge.model.types import NOBODY
from tests.stories.conftest import Mode, Story
from tests.support.library import MEMBER, remote_table
from tests.support.memory_sources import MemoryFeed

QUESTIONS = {"ja": "給料は？", "en": "What is the 給料?"}
PAY = "給料は4012円です。"
OUT_OF_DATE = {"ja": "最新でないものが含まれている可能性があります", "en": "may be out of date"}
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture(params=["socket"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How the bot hears of questions does not matter here."""
    mode: Mode = request.param
    return mode


@pytest.fixture
async def wiki(story: Story) -> MemoryFeed:
    """A wiki beside the handbook, synced."""
    feed = MemoryFeed("wiki")
    feed.put("pay.md", f"# 給料\n\n{PAY}\n")
    feed.put("other.md", "# その他\n\n駐車場は地下にあります。\n")
    config = story.documents / "knowledge.toml"
    config.write_text(f"{config.read_text('utf-8')}\n{remote_table('wiki')}\n", encoding="utf-8")
    others = story.base._parts.source
    story.base._parts = replace(
        story.base._parts,
        source=lambda settings: feed if settings.name == "wiki" else others(settings),
    )
    await story.base.sync()
    return feed


async def answer(story: Story, language: Language, question: str = "") -> str:
    """Return the whole answer, with what stands under it."""
    asked = question or QUESTIONS[language]
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {asked}")
    reply = await story.finished(message)
    return f"{reply.plain} {reply.blocks}"


async def by_clock(story: Story, slot: int, source: str = "wiki") -> None:
    """Let the clock ask for a sync, and wait for its end."""
    await story.queue.put(scheduled_reindex(slot, source))
    await story.settled()


@LANGUAGES
async def test_what_is_deleted_at_its_source_is_gone_from_answers(
    story: Story, wiki: MemoryFeed, language: Language
) -> None:
    """With the next sync of the source."""
    before = await answer(story, language)
    wiki.remove("pay.md")
    await by_clock(story, 1)
    after = await answer(story, language, f"{QUESTIONS[language]} (2)")

    assert [PAY in text for text in (before, after)] == [True, False]


@LANGUAGES
async def test_a_right_that_is_lost_at_the_source_is_lost_here(
    story: Story, wiki: MemoryFeed, language: Language
) -> None:
    """The document is there, and nobody may read it."""
    before = await answer(story, language)
    wiki.put("pay.md", f"# 給料\n\n{PAY}\n", NOBODY)
    await by_clock(story, 1)
    after = await answer(story, language, f"{QUESTIONS[language]} (2)")

    assert [PAY in text for text in (before, after)] == [True, False]
    found = {one.name: one.health.unresolved for one in story.base.status().sources}
    assert found["wiki"] == 1


@LANGUAGES
async def test_a_broken_source_stays_alone_and_its_answers_say_so(
    story: Story, wiki: MemoryFeed, language: Language
) -> None:
    """The handbook is updated; the wiki answers as before, with a line that it may be old."""

    def refuse(_: str) -> None:
        raise SourceError("source 'wiki': the token 40x was refused", "refused")

    fresh = await answer(story, language)
    wiki.before = refuse
    (story.documents / "handbook/leave.md").write_text("# 有給\n\n有給休暇は10日です。\n", "utf-8")
    await by_clock(story, 1, "")

    late = await answer(story, language, f"{QUESTIONS[language]} (2)")
    good = await answer(story, language, "有給は？" if language == "ja" else "How much leave 有給?")

    said = OUT_OF_DATE[language]
    assert [said in text for text in (fresh, late, good)] == [False, True, False]
    assert PAY in late
    assert "40x" not in late
    wiki.before = lambda _: None
    await by_clock(story, 2)
    assert said not in await answer(story, language, f"{QUESTIONS[language]} (3)")


async def test_operators_see_that_a_whole_audience_reads_a_source(
    story: Story, wiki: MemoryFeed
) -> None:
    """As long as the source tells no readers of any document; a folder says nothing of it."""
    await by_clock(story, 1)
    before = {one.name: one.is_for_all for one in story.base.status().sources}
    wiki.put("pay.md", f"# 給料\n\n{PAY}\n", NOBODY)
    await by_clock(story, 2)
    after = {one.name: one.is_for_all for one in story.base.status().sources}

    assert (before["wiki"], after["wiki"]) == (True, False)
    assert not any(told for name, told in before.items() if name != "wiki")


async def test_operators_see_what_fails(story: Story, wiki: MemoryFeed) -> None:
    """In the detail of the status, in both languages, with the reason."""

    def refuse(_: str) -> None:
        raise SourceError("source 'wiki': the token was refused", "refused")

    wiki.before = refuse
    await by_clock(story, 1)

    late = LateSources(story.base, "", ZoneInfo("UTC"))
    expected: dict[Language, str] = {"en": "failing since", "ja": "から更新に失敗"}
    for language, words in expected.items():
        lines = source_lines(story.base.status().sources, late, language, MEMBER)
        (line,) = [line for line in lines if "wiki" in line]
        assert words in line
        assert "the token was refused" in line


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-US", "sources that cannot be updated: `wiki`"), ("ja-JP", "更新できない情報源")],
)
async def test_home_tells_an_operator_to_look_at_what_fails(
    story: Story, wiki: MemoryFeed, language: str, words: str
) -> None:
    """Among what to do next, and no longer when it works again."""

    def refuse(_: str) -> None:
        raise SourceError("source 'wiki': the token was refused", "refused")

    homes = story.workspace.team.homes
    admin = story.workspace.add_user("root", admin=True, language=language)
    for before, slot, is_shown in ((refuse, 1, True), (wiki.before, 2, False)):
        wiki.before = before
        await by_clock(story, slot)
        homes.pop(admin.id, None)
        await story.workspace.open_home(admin)
        await story.workspace.wait_for(lambda: admin.id in homes)
        assert (words in homes[admin.id].plain) is is_shown


async def test_a_throttled_source_is_asked_again_when_it_said(
    story: Story, wiki: MemoryFeed
) -> None:
    """Not earlier, and without an operator."""

    def wait(_: str) -> None:
        raise SourceError("source 'wiki' asks us to wait", "throttled", 3600.0)

    wiki.put("new.md", "# 新規\n\n受付は二階です。\n")
    wiki.before = wait
    await by_clock(story, 1)
    wiki.before = lambda _: None
    wiki.calls.clear()
    await by_clock(story, 2)
    assert wiki.calls == []

    health = story.base.health()["wiki"]
    again = ThrottledSources(story.base, story.queue)
    await again(health.retry_at - 60)
    await story.settled()
    assert wiki.calls == []
