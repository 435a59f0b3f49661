"""More questions come than can be answered at once: everybody knows where they stand."""

import pytest

from bot.core.message_ref import MessageRef
from bot.core.types import Job
from bot.queue.lua_scripts import QueueLimits
from bot.workspace import SlackMessage, Workspace
from tests.stories.conftest import SLOTS, Story
from tests.support.llm_server import Fault


async def busy(story: Story) -> list[SlackMessage]:
    """Have all that can work work on something that does not end."""
    asked = []
    for _ in range(SLOTS):
        question = f"{story.bot} ゆっくり有給は？"
        asked.append(await story.workspace.post(story.channel, story.hanako, question))
    await story.workspace.wait_for(lambda: len(story.model.asked) == SLOTS)
    return asked


async def test_people_are_told_their_position_and_then_answered_there(story: Story) -> None:
    """One message: the position in the queue becomes the placeholder and then the answer."""
    await busy(story)
    first = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は何日？")
    await story.reply_with(first, "次にお答えします")
    second = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await story.reply_with(second, "Your question is next")  # hanako has had turns, bob none
    await story.reply_with(first, "先に 1 件")
    story.model.let_go.set()

    await story.reply_with(first, "10日")
    await story.reply_with(second, "10 days")
    await story.settled()
    assert [len(story.replies(message)) for message in (first, second)] == [1, 1]


async def test_a_direct_message_waits_like_any_other(story: Story) -> None:
    """Nothing streams before there is something to stream; the same message is the answer."""
    await busy(story)
    direct = story.workspace.direct_channel(story.bob)
    asked = await story.workspace.post(direct, story.bob, "How much leave?")
    await story.reply_with(asked, "Your question is next")
    assert story.workspace.calls("chat.startStream") == []
    story.model.let_go.set()

    await story.reply_with(asked, "10 days")
    await story.settled()
    assert len(story.replies(asked)) == 1


async def test_a_quick_answer_is_not_announced(story: Story) -> None:
    """With nothing in the way the placeholder says that the bot thinks."""
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await story.reply_with(asked, "10 days")
    await story.settled()

    assert "Please wait" not in str(story.workspace.calls("chat.postMessage"))


async def test_removing_the_position_message_cancels_the_question(story: Story) -> None:
    """As removing the placeholder does."""
    waiting: list[SlackMessage] = []
    await busy(story)
    for _ in range(3):
        question = f"{story.bot} How much leave?"
        waiting.append(await story.workspace.post(story.channel, story.bob, question))
        await story.reply_with(waiting[-1], "Please wait")
    story.workspace.team.delete(story.replies(waiting[-1])[0])
    story.model.let_go.set()
    await story.reply_with(waiting[1], "10 days")
    await story.settled()

    assert story.replies(waiting[-1]) == []


async def test_one_who_cannot_be_told_holds_up_nobody(story: Story) -> None:
    """A job that cannot be read has nobody to tell; it does no harm and becomes a dead letter."""
    await busy(story)
    broken = Job("slack:T1:C1:1.2", "broken", "question", {"text": "?"})
    assert await story.queue.put(broken)
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await story.reply_with(asked, "ahead of yours: 1")
    story.model.let_go.set()

    await story.reply_with(asked, "10 days")
    await story.settled()
    assert [letter.job for letter in await story.queue.dead_letters()] == [broken]


async def test_a_question_for_which_there_is_no_room_is_refused_politely(story: Story) -> None:
    """At once, not after all that wait before it; and it may be asked again."""
    story.queue._limits = QueueLimits(partition=2)
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} ゆっくり有給は？")
    await story.workspace.wait_for(lambda: story.model.asked)
    for question in ("有給は？", "繰り越しは？"):
        await story.workspace.post(story.channel, story.hanako, question, thread=asked)
    await story.reply_with(asked, "混み合っている")
    story.model.let_go.set()
    await story.settled()
    await story.workspace.post(story.channel, story.hanako, "繰り越しは？", thread=asked)
    await story.reply_with(asked, "繰り越せます")


async def test_with_no_room_at_all_slack_sends_again(story: Story, workspace: Workspace) -> None:
    """Nothing is lost: what is not acknowledged comes back."""
    room, story.queue._limits = story.queue._limits, QueueLimits(queue=0)
    asked = await workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await workspace.wait_for(lambda: any(d.attempts for d in workspace.deliveries))
    story.queue._limits = room

    await story.reply_with(asked, "10 days")


@pytest.mark.parametrize(
    ("word", "failure"),
    [("有給は何日？", "設定の確認"), ("How much leave?", "check my settings")],
)
async def test_a_dead_letter_is_answered_in_place_of_its_failure_message(
    story: Story, word: str, failure: str
) -> None:
    """Once an operator has it tried again."""
    story.model.server.faults.append(Fault(status=401))
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} {word}")
    await story.reply_with(asked, failure)
    await story.settled()
    place = str(MessageRef(story.workspace.team_id, story.channel.id, asked.ts))
    assert [letter.job.id for letter in await story.queue.dead_letters()] == [place]
    assert await story.queue.retry_dead_letter(place)

    await story.reply_with(asked, "10")
    await story.settled()
    assert len(story.replies(asked)) == 1


@pytest.mark.parametrize("fault", ["internal_error", "unavailable", "reset_before"])
async def test_an_answer_outlasts_an_outage_of_slack(story: Story, fault: str) -> None:
    """It is worked out once, kept, and shown when Slack is back."""
    down = story.workspace.faults.add(
        "chat.update",
        fault,
        times=10_000,
        when=lambda call: "10日" in str(call.get("text")),
    )
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は何日？")
    await story.workspace.wait_for(lambda: down.times < 10_000)

    async def waits() -> bool:
        return (await story.queue.backlog())["delayed"] == 1

    while not await waits():
        await story.workspace.changed(0.01)
    assert not any("10日" in reply.plain for reply in story.replies(asked))
    other = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await story.reply_with(other, "10 days")
    story.workspace.faults.clear()
    await story.reply_with(asked, "10日")
    await story.settled()
    assert len(story.replies(asked)) == 1
    assert len(await story.queue.dead_letters()) == 0


async def test_another_person_does_not_wait_for_all_that_one_has_asked(story: Story) -> None:
    """Whoever asks one question comes next, however many somebody else has asked before."""
    await busy(story)
    for number in range(6):
        question = f"{story.bot} 有給は何日？ その{number}"
        await story.workspace.post(story.channel, story.hanako, question)
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    await story.reply_with(asked, "Your question is next")
    story.model.let_go.set()

    await story.reply_with(asked, "10 days")
    await story.settled()
    assert any("How much leave" in text for text in list(story.model.asked)[: SLOTS + 2])


async def test_a_person_with_many_open_questions_is_told_to_wait(story: Story) -> None:
    """The refused question is not lost in silence, and another person's is taken."""
    story.queue._limits = QueueLimits(person=SLOTS)
    await busy(story)
    ja = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    en = await story.workspace.post(story.channel, story.hanako, f"{story.bot} Leave?")
    other = await story.workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
    while (await story.queue.backlog())["ready"] < 3:
        await story.workspace.changed(0.01)
    story.model.let_go.set()

    await story.reply_with(ja, "受け付けられませんでした")
    await story.reply_with(en, "I have not taken this one")
    await story.reply_with(other, "10 days")
