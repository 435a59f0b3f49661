"""Rights are those of the moment in which something is shown, whatever was known before."""

import pytest

from bot.core.language import Language
from bot.slack.answers import access, texts
from bot.workspace import SlackMessage
from tests.stories.conftest import Mode, Story

NO_LONGER = {"ja": "もう一度お尋ねください", "en": "Please ask again"}
QUESTIONS = {"ja": "賞与は？", "en": "When is the bonus 賞与 paid?"}
BONUS = "賞与は年2回です"
A_TRY = 3
"""Calls that one try to show an answer makes before the job comes back."""

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Events come in both ways."""
    mode: Mode = request.param
    return mode


async def ask(story: Story, text: str) -> SlackMessage:
    return await story.workspace.post(story.channel, story.hanako, f"{story.bot} {text}")


async def test_an_event_reaches_the_worker_at_once(story: Story) -> None:
    """It remembered a channel of members only; then a partner joins, and leaves again."""
    first = await story.finished(await ask(story, QUESTIONS["ja"]))
    partner = story.workspace.add_user("partner", external=True)
    story.workspace.join(story.channel, partner)
    await story.workspace.drained()
    second = await story.finished(await ask(story, f"{QUESTIONS['ja']}（再）"))
    story.workspace.leave(story.channel, partner)
    await story.workspace.drained()
    third = await story.finished(await ask(story, f"{QUESTIONS['ja']}（再々）"))

    shown = [BONUS in answer.plain for answer in (first, second, third)]
    assert shown == [True, False, True]


@LANGUAGES
async def test_a_stored_answer_is_checked_again_before_it_is_shown(
    story: Story, language: Language
) -> None:
    """It waits while Slack takes nothing; meanwhile the channel is shared."""
    down = story.workspace.faults.add("chat.update", "unavailable", times=100_000)
    asked = await ask(story, QUESTIONS[language])
    await stored(story)
    story.workspace.share_channel(story.channel)
    await story.workspace.drained()
    then = down.times
    await story.workspace.wait_for(lambda: down.times < then - A_TRY)
    story.workspace.faults.clear()

    shown = await story.reply_with(asked, NO_LONGER[language])
    await story.settled()
    assert BONUS not in shown.plain
    assert [BONUS in reply.plain for reply in story.replies(asked)] == [False]


async def stored(story: Story) -> None:
    """Wait until an answer is recorded, which happens before it is shown."""
    while not await story.ledger.recent(1):
        await story.workspace.changed(0.01)


@LANGUAGES
async def test_a_follow_up_knows_no_answer_that_its_readers_may_no_longer_read(
    story: Story, language: Language
) -> None:
    """The document was closed between the two."""
    first = await ask(story, QUESTIONS[language])
    await story.finished(first)
    await story.publish("faq/bonus.md", "# 賞与\n\n賞与は年2回です。\n", "#closed")
    more = {"ja": "繰り越しは？", "en": "How many days of leave?"}[language]
    follow_up = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} {more}", thread=first
    )
    await story.workspace.wait_for(lambda: len(story.replies(follow_up)) >= 2)
    await story.settled()
    told = "\n".join(one.text for one in story.model.server.conversations[-1].said)

    assert QUESTIONS[language] in told
    assert "年2回" not in told


@LANGUAGES
async def test_a_rate_limit_means_later_and_not_no_rights(story: Story, language: Language) -> None:
    """The members' document is found once Slack tells again who reads."""
    limited = [
        story.workspace.faults.add(method, "ratelimited", times=3, retry_after=0)
        for method in ("conversations.info", "users.info")
    ]
    answer = await story.finished(await ask(story, QUESTIONS[language]))

    assert BONUS in answer.plain
    assert [fault.times for fault in limited] == [0, 0]


@LANGUAGES
async def test_who_cannot_be_answered_in_time_is_told_so(
    story: Story, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack takes messages, and does not tell for the whole time who reads them."""
    monkeypatch.setattr(access, "PATIENCE", 0.2)
    story.workspace.faults.add("conversations.info", "unavailable", times=100_000)
    asked = await ask(story, QUESTIONS[language])

    await story.reply_with(asked, texts.READERS_UNKNOWN.to(language)[:20])
    await story.settled()
    assert [BONUS in reply.plain for reply in story.replies(asked)] == [False]
