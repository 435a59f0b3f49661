"""A question that the documents do not answer goes to an expert once, and the answer comes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from bot.app.slack_bot import Bot, open_bot
from bot.core.types import Answer, Handoff, Question, QuestionId, ThreadId
from bot.handoff.reminder_times import read_times
from bot.handoff.reminders import GatheredQuestions, HandoffReminders
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.handoff.terminal import TerminalPeople, TerminalReaders
from bot.limits.person_limits import HourlyLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.text.question_similarity import QuestionSimilarity
from bot.workspace import Channel, SlackMessage, User, Workspace
from knowledge.model.types import Principal
from tests.stories.conftest import listeners_ended
from tests.support.waiting import ACK_SECONDS

KNOWLEDGE = """
[[sources]]
name = "docs"
path = "docs"
owner = "@keiko"

[[sources]]
name = "board"
path = "board"
audience = ["#board"]

[[experts]]
owner = "@it-team"
topics = ["VPN", "無線 LAN"]

[[experts]]
owner = "Nobody Nowhere"
topics = ["telescope", "望遠鏡"]
"""
OFFICE = "# Office オフィス\n\nThe office in Lisbon opens at 9. Dogs are welcome in the office.\n\n"
OFFICE_JAPANESE = "リスボンのオフィスは9時に開きます。犬は歓迎です。\n"
BOARD = (
    "# Parrots オウム\n\n"
    "The board spoke of a parrot in Lisbon. 役員会で、オフィスのオウムの話が出た。\n"
)

PARROT = "Can I bring my parrot to the office in Lisbon?"
PARROT_AGAIN = "Can I bring a parrot to the Lisbon office?"
OUMU = "リスボンのオフィスにオウムを連れて行ってもいいですか？"
OUMU_AGAIN = "オウムをリスボンのオフィスに連れてきてもいい？"
HOUR, DAY = 3_600.0, 86_400.0


@dataclass
class HandoffTeam:
    """A team in which Keiko knows about the office, and Ken (with Mia) about computers."""

    workspace: Workspace
    bot: Bot
    queue: RedisQueue
    handoffs: HandoffStore
    ledger: Ledger
    bob: User
    hanako: User
    keiko: User
    ken: User
    general: Channel

    @property
    def mention(self) -> str:
        return f"<@{self.workspace.bot_user_id}>"

    async def ask(self, user: User, text: str, channel: Channel | None = None) -> SlackMessage:
        """Ask in a channel, and want a person where the bot has only found passages."""
        place = channel or self.general
        asked = await self.workspace.post(place, user, f"{self.mention} {text}")
        first = await self.reply(asked, "feedback_buttons")
        if "ask_about_found" in str(first.blocks):
            await self.workspace.click(first, user, "ask_about_found")
        return asked

    async def privately(self, user: User, text: str) -> SlackMessage:
        return await self.workspace.post(self.workspace.direct_channel(user), user, text)

    def said(self, root: SlackMessage) -> list[SlackMessage]:
        """Return what the bot has said in the thread of *root*."""
        thread = self.workspace.messages(root.channel, root)
        return [one for one in thread if one.bot_id and one is not root]

    async def reply(self, root: SlackMessage, words: str) -> SlackMessage:
        """Wait for the bot's message with *words* in the thread of *root*."""

        def found() -> list[SlackMessage]:
            return [one for one in self.said(root) if words in one.plain + str(one.blocks)]

        return (await self.workspace.wait_for(found, timeout=90))[0]

    async def letter(self, person: User, words: str) -> SlackMessage:
        """Wait for the bot's direct message with *words* to *person*."""
        conversation = self.workspace.direct_channel(person)

        def found() -> list[SlackMessage]:
            sent = self.workspace.messages(conversation)
            return [one for one in sent if one.bot_id and words in one.plain + str(one.blocks)]

        return (await self.workspace.wait_for(found, timeout=90))[0]

    async def settled(self) -> None:
        """Wait until everything that was sent is stored, and all work is done."""
        await self.workspace.drained()
        while any(count for name, count in (await self.queue.backlog()).items() if name != "dead"):
            await self.workspace.changed(0.01)

    def id_of(self, root: SlackMessage) -> QuestionId:
        return QuestionId(f"slack:{self.workspace.team_id}:{root.channel}:{root.ts}")

    async def known(self, root: SlackMessage) -> Handoff:
        """Return the handoff of the question *root*."""
        found = await self.handoffs.get(self.id_of(root))
        assert found is not None
        return found

    async def remind(self, after: float) -> None:
        """Run the periodic task as if *after* seconds had passed."""
        adapter = self.bot.adapter
        times = read_times("4h,1d,3d")
        task = HandoffReminders(adapter.handoffs, adapter.handoff_messenger, times)
        await task(time.time() + after)
        await self.settled()


@pytest.fixture
async def team(
    tmp_path: Path, redis_url: str, store: RedisConnection
) -> AsyncIterator[HandoffTeam]:
    """The whole bot in this process, without a model."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=(0.0,), ack_seconds=ACK_SECONDS)
        )
        bob, keiko, ken, mia = (workspace.add_user(name) for name in ("bob", "keiko", "ken", "mia"))
        hanako = workspace.add_user("hanako", language="ja-JP")
        workspace.add_usergroup("it-team", [ken, mia])
        general = workspace.add_channel("general", [bob, keiko, ken, mia, hanako])
        workspace.add_channel("board", [bob], private=True)
        for name, text in (("docs", OFFICE + OFFICE_JAPANESE), ("board", BOARD)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "page.md").write_text(text, "utf-8")
        (tmp_path / "knowledge.toml").write_text(KNOWLEDGE, "utf-8")
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
            redis_url=redis_url,
            knowledge_config=tmp_path / "knowledge.toml",
            data_dir=tmp_path / "data",
        )
        bot = await closing.enter_async_context(open_bot(settings, Metrics()))
        closing.push_async_callback(listeners_ended)
        await bot.base.sync()
        await closing.enter_async_context(serve_socket_mode(bot.adapter))
        bot.worker._backoff_seconds = 0.05
        running = asyncio.create_task(bot.worker.run())
        handoffs = HandoffStore(store.commands)
        queue, ledger = RedisQueue(store), Ledger(store.commands)
        closing.push_async_callback(queue.aclose)
        yield HandoffTeam(workspace, bot, queue, handoffs, ledger, bob, hanako, keiko, ken, general)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    ("text", "asking", "why"),
    [
        (PARROT, "can you help", "none has the answer"),
        (OUMU, "回答をお願いします", "答えは書かれていません"),
    ],
)
async def test_the_expert_is_tagged_with_all_that_they_need(
    team: HandoffTeam, text: str, asking: str, why: str
) -> None:
    """The owner is written as a name and notified as a person: question, reason, passages."""
    question = await team.ask(team.bob, text)
    tag = await team.reply(question, asking)
    shown = str(tag.blocks)
    assert team.keiko.mention in shown
    assert text in shown
    assert why in shown
    assert "page.md" in shown or "Office" in shown
    assert {"answer_handoff", "not_for_me"} <= {
        element["action_id"] for block in tag.blocks for element in block.get("elements", ())
    }
    known = await team.known(question)
    assert (known.owner, known.state) == (team.keiko.id, "open")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How do I set up the VPN on my telephone?", "can you help"),
        ("社内の無線LANの設定はどこで確認できますか？", "回答をお願いします"),
    ],
)
async def test_a_topic_goes_before_the_owner_and_a_group_is_notified(
    team: HandoffTeam, text: str, words: str
) -> None:
    """The settings say whose subject it is, even if the document of somebody else is near."""
    question = await team.ask(team.bob, text)
    tag = await team.reply(question, words)
    group = next(iter(team.workspace.team.usergroups))
    assert f"<!subteam^{group}>" in str(tag.blocks)
    assert (await team.known(question)).owner == group


async def test_a_name_that_nobody_has_is_only_named(team: HandoffTeam) -> None:
    """There is nobody to notify; anybody may answer in the thread."""
    question = await team.ask(team.bob, "Who may use the telescope on the roof?")
    await team.reply(question, "Nobody Nowhere may know this, but I could not find them")
    await team.settled()
    assert len(team.said(question)) == 1
    await team.workspace.post(team.general, team.ken, "Everybody may.", thread=question)
    await team.settled()
    assert (await team.known(question)).answered_by == team.ken.id


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PARROT, "I found this, but no clear answer"),
        (OUMU, "はっきりした答えは"),
    ],
)
async def test_passages_are_found_and_nobody_is_asked(
    team: HandoffTeam, text: str, words: str
) -> None:
    """The best passage stands there whole, and an expert is asked at the press of a button."""
    asked = await team.workspace.post(team.general, team.bob, f"{team.mention} {text}")
    found = await team.reply(asked, words)
    await team.settled()

    assert "The office in Lisbon opens at 9. Dogs are welcome" in found.plain
    assert team.said(asked) == [found]
    assert await team.handoffs.pending() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Can I bring my telescope to the office in Lisbon?",
            "I could not find Nobody Nowhere in Slack",
        ),
        (
            "リスボンのオフィスに望遠鏡を持って行ってもいいですか？",
            "Nobody Nowhere が Slack で見つからない",
        ),
    ],
)
async def test_the_next_expert_is_asked_where_the_first_is_a_mere_name(
    team: HandoffTeam, text: str, words: str
) -> None:
    """Who is asked, and who asks, read whom Slack does not know."""
    question = await team.ask(team.bob, text)
    asking = await team.reply(question, words)
    await team.settled()
    assert len(team.said(question)) == 2
    assert team.keiko.mention in str(asking.blocks)


@pytest.mark.parametrize(
    ("text", "words"), [("thanks!", "You're welcome"), ("テストです", "動いています")]
)
async def test_what_asks_nothing_is_never_handed_over(
    team: HandoffTeam, text: str, words: str
) -> None:
    """It gets a line, without sources and without buttons."""
    asked = await team.workspace.post(team.general, team.bob, f"{team.mention} {text}")
    reply = await team.reply(asked, words)
    await team.settled()

    assert team.said(asked) == [reply]
    assert "feedback_buttons" not in str(reply.blocks)
    assert await team.handoffs.pending() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where is the swimming pool?", "I found nothing about this"),
        ("駐輪場の鍵はどこですか？", "この件に関する記述は見つかりませんでした"),
    ],
)
async def test_where_nothing_is_found_a_person_is_asked(
    team: HandoffTeam, text: str, words: str
) -> None:
    """Nobody claims that the documents do not answer it: no model has read them."""
    asked = await team.workspace.post(team.general, team.bob, f"{team.mention} {text}")
    reply = await team.reply(asked, words)

    assert "Lisbon" not in reply.plain
    assert (await team.known(asked)).state == "open"


@pytest.mark.parametrize(
    ("text", "words"),
    [(PARROT, "I have not asked anyone else"), (OUMU, "ほかの方には尋ねていません")],
)
async def test_nobody_is_asked_their_own_question(team: HandoffTeam, text: str, words: str) -> None:
    """Below what was found stands why, and nobody is notified."""
    question = await team.ask(team.keiko, text)
    await team.reply(question, words)
    await team.settled()
    assert len(team.said(question)) == 2
    assert "not_for_me" not in str(team.said(question))
    assert (await team.known(question)).owner == ""

    alone = await team.privately(team.keiko, text)
    await team.workspace.click(
        await team.reply(alone, "ask_about_found"), team.keiko, "ask_about_found"
    )
    await team.reply(alone, words)


@pytest.mark.parametrize(
    ("first", "second", "answer", "words", "told"),
    [
        (PARROT, PARROT_AGAIN, "Yes, in a cage.", "already asked this", "{keiko} has answered"),
        (OUMU, OUMU_AGAIN, "かごに入れれば大丈夫です。", "同じ質問をすでに", "{keiko} さんが"),
    ],
)
async def test_a_second_asker_joins_and_both_are_told(
    team: HandoffTeam, first: str, second: str, answer: str, words: str, told: str
) -> None:
    """One tag for two questions; the answer reaches both threads, each once."""
    one = await team.ask(team.bob, first)
    await team.reply(one, team.keiko.id)
    two = await team.ask(team.hanako, second)
    await team.reply(two, words)
    assert len(team.said(two)) == 2
    assert (await team.known(two)).id == (await team.known(one)).id

    await team.workspace.post(team.general, team.keiko, answer, thread=one)
    news = await team.reply(two, told.format(keiko=team.keiko.mention))
    await team.workspace.post(team.general, team.keiko, f"{answer}!", thread=one)
    await team.settled()
    assert "/archives/" in str(news.blocks)
    assert len(team.said(two)) == 3
    assert len(team.said(one)) == 2
    known = await team.known(two)
    assert (known.state, known.answered_by) == ("answered", team.keiko.id)
    assert [waiter.person for waiter in known.waiting] == [team.bob.id, team.hanako.id]


async def test_a_question_of_another_channel_does_not_join(team: HandoffTeam) -> None:
    """Another channel has other readers."""
    other = team.workspace.add_channel("other", [team.bob, team.keiko])
    one = await team.ask(team.bob, PARROT)
    await team.reply(one, team.keiko.id)
    two = await team.ask(team.bob, PARROT, other)
    await team.reply(two, team.keiko.id)
    assert (await team.known(two)).id != (await team.known(one)).id


@pytest.mark.parametrize(
    "said",
    [
        "Which office do you mean?",
        "どの建物のことですか？",
        "I'll check.",
        "回答をお願いできますか",
    ],
)
async def test_a_question_back_is_no_answer(team: HandoffTeam, said: str) -> None:
    """Nor is anything that others write; and the bot stays out of it."""
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    await team.workspace.post(team.general, team.keiko, said, thread=question)
    await team.workspace.drained()
    await team.workspace.post(team.general, team.ken, "Parrots are nice.", thread=question)
    await team.workspace.post(team.general, team.bob, "The one in Lisbon.", thread=question)
    await team.settled()
    assert (await team.known(question)).state == "open"
    assert len(team.said(question)) == 2


async def test_the_bot_answers_an_expert_who_mentions_it(team: HandoffTeam) -> None:
    """A mention is always for the bot."""
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    asked = f"<@{team.workspace.bot_user_id}> When does the office in Lisbon open?"
    await team.workspace.post(team.general, team.keiko, asked, thread=question)
    await team.reply(question, "opens at 9")
    assert (await team.known(question)).state == "open"


async def test_reminders_come_once_and_have_an_end(team: HandoffTeam) -> None:
    """After four hours, one day and three; after a week everybody who waits is told, once."""
    one = await team.ask(team.bob, OUMU)
    await team.reply(one, team.keiko.id)
    two = await team.ask(team.hanako, OUMU_AGAIN)
    await team.reply(two, "同じ質問")
    counts = list[int]()
    for after in (3.9 * HOUR, 4.1 * HOUR, 5 * HOUR, 3.5 * DAY, 4 * DAY, 7.1 * DAY, 8 * DAY):
        await team.remind(after)
        counts.append(len(team.said(one)))
    assert counts == [2, 3, 3, 4, 4, 5, 5]
    reminder, end = team.said(one)[2], team.said(one)[-1]
    assert team.keiko.mention in reminder.text
    assert "/archives/" in reminder.text
    assert "7 日以内に回答がありませんでした" in end.plain
    assert "7 日以内に回答がありませんでした" in team.said(two)[-1].plain
    assert len(team.said(two)) == 3
    assert (await team.known(one)).state == "expired"


async def test_an_expert_who_has_answered_is_not_reminded(team: HandoffTeam) -> None:
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    await team.workspace.post(team.general, team.keiko, "Yes.", thread=question)
    await team.settled()
    await team.remind(2 * DAY)
    await team.remind(8 * DAY)
    assert len(team.said(question)) == 2


async def test_a_declined_question_goes_to_the_next_expert(team: HandoffTeam) -> None:
    """First the expert for the topic, then the owner of the document, then anybody."""
    question = await team.ask(team.bob, "Does the VPN work in the office in Lisbon for dogs?")
    tag = await team.reply(question, "subteam")
    await team.workspace.click(tag, team.bob, "not_for_me")
    refused = await team.workspace.wait_for(lambda: team.workspace.ephemerals(team.bob))
    assert "Only the expert" in refused[0].plain
    await team.workspace.click(tag, team.ken, "not_for_me")
    second = await team.reply(question, "question. <@")
    assert team.keiko.mention in str(second.blocks)
    await team.workspace.click(second, team.keiko, "not_for_me")
    await team.reply(question, "If you know the answer")
    known = await team.known(question)
    assert known.declined == (team.ken.id, team.keiko.id)
    assert known.owner == ""


@pytest.mark.parametrize(
    ("text", "answer", "agreed", "says"),
    [
        (PARROT, "Yes, in a cage.", "I have asked {keiko}", "{keiko} replied"),
        (OUMU, "かごに入れれば大丈夫です。", "{keiko} さんに尋ねました", "{keiko} さんの返信"),
    ],
)
async def test_a_private_question_is_asked_with_the_askers_agreement(
    team: HandoffTeam, text: str, answer: str, agreed: str, says: str
) -> None:
    """Nobody sees it before; then only the expert does, with documents that they may read."""
    question = await team.privately(team.bob, text)
    offer = await team.reply(question, "ask_about_found")
    assert team.workspace.messages(team.workspace.direct_channel(team.keiko)) == []

    await team.workspace.click(offer, team.bob, "ask_about_found")
    await team.workspace.click(offer, team.bob, "ask_about_found")
    letter = await team.letter(team.keiko, text)
    await team.reply(question, agreed.format(keiko=team.keiko.mention))
    assert "Office" in str(letter.blocks)
    assert "Parrots" in str(offer.blocks) + team.said(question)[0].plain
    assert "Parrots" not in str(letter.blocks)

    direct = team.workspace.direct_channel(team.keiko)
    await team.workspace.post(direct, team.keiko, answer, thread=letter)
    relayed = await team.reply(question, says.format(keiko=team.keiko.mention))
    await team.settled()
    assert answer in str(relayed.blocks)
    assert [one for one in team.workspace.messages(direct, letter) if one.bot_id] == [letter]
    assert (await team.known(question)).state == "answered"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (PARROT, "which birds: the plan's code is SALARY-7731"),
        (OUMU, "鳥の種類。計画のコードは SALARY-7731"),
    ],
)
async def test_an_expert_is_told_what_is_missing_only_if_they_may_read_all_that_the_bot_read(
    team: HandoffTeam, text: str, missing: str
) -> None:
    """The bot read a document of the board for Bob, and not for Hanako."""
    letters = []
    for person in (team.bob, team.hanako):
        question = await team.privately(person, text)
        offer = await team.reply(question, "ask_about_found")
        await team.settled()
        record = await team.ledger.get(team.id_of(question))
        assert record is not None
        await team.ledger.record(record.question, replace(record.answer, missing=missing))
        await team.workspace.click(offer, person, "ask_about_found")
        letters.append(str((await team.letter(team.keiko, person.mention)).blocks))

    assert "SALARY-7731" not in letters[0]
    assert "SALARY-7731" in letters[1]
    assert all(text in letter for letter in letters)


@pytest.mark.parametrize("fault", ["reset_after", "reset_before", "internal_error"])
async def test_an_expert_gets_one_message_even_when_slack_fails(
    team: HandoffTeam, fault: str
) -> None:
    """Before a doubtful message is posted again, the bot looks for it; so for the asker."""
    question = await team.privately(team.bob, PARROT)
    offer = await team.reply(question, "ask_about_found")
    team.workspace.faults.add("chat.postMessage", fault, times=2)
    await team.workspace.click(offer, team.bob, "ask_about_found")
    await team.reply(question, f"I have asked {team.keiko.mention}")
    await team.settled()
    letters = team.workspace.messages(team.workspace.direct_channel(team.keiko))
    assert len(letters) == 1
    assert len(team.said(question)) == 2


async def test_an_expert_who_asks_the_same_joins(team: HandoffTeam) -> None:
    """They join, and their answer still counts."""
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    again = await team.ask(team.keiko, PARROT_AGAIN)
    await team.reply(again, "already asked this")
    await team.workspace.post(team.general, team.keiko, "Yes, in a cage.", thread=question)
    await team.settled()
    assert (await team.known(question)).state == "answered"
    assert len(team.said(again)) == 2


async def test_only_asked_questions_are_reminded_of(team: HandoffTeam) -> None:
    """Nobody is reminded of, or told the end of, what they were never asked."""
    question = await team.privately(team.bob, "How do I set up the VPN on my telephone?")
    await team.reply(question, "ask_expert")
    await team.remind(2 * DAY)
    await team.remind(8 * DAY)
    assert len(team.said(question)) == 1
    assert team.workspace.messages(team.workspace.direct_channel(team.ken)) == []
    assert (await team.known(question)).state == "expired"


async def test_a_job_that_is_tried_again_opens_one_handoff(team: HandoffTeam) -> None:
    """Slack fails before the answer is shown: the next try asks the expert once."""
    team.workspace.faults.add("chat.update", "fatal_error", times=2)
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    await team.settled()
    assert len(await team.handoffs.since(0.0)) == 1
    assert len(team.said(question)) == 2
    assert (await team.known(question)).waiting[0].person == team.bob.id


async def test_two_at_the_same_moment_become_one(team: HandoffTeam) -> None:
    """The second one joins the first."""
    one, two = await asyncio.gather(team.ask(team.bob, PARROT), team.ask(team.hanako, OUMU))
    three = await team.ask(team.hanako, PARROT_AGAIN)
    await team.settled()
    assert (await team.known(one)).id == (await team.known(three)).id
    assert (await team.known(two)).id != (await team.known(one)).id
    tags = [said for root in (one, three) for said in team.said(root) if "not_for_me" in str(said)]
    assert len(tags) == 1


async def test_a_saved_answer_is_told_to_those_who_may_read_it(team: HandoffTeam) -> None:
    """Each person once, in their own thread; of a document of others they hear no word of it."""
    question = await team.ask(team.bob, PARROT)
    await team.reply(question, team.keiko.id)
    again = await team.ask(team.hanako, PARROT_AGAIN)
    await team.reply(again, "already asked this")
    handoffs, known = team.bot.adapter.handoffs, await team.known(question)
    place = f"slack:{team.workspace.team_id}:{question.channel}:{question.ts}"
    await handoffs.tell_waiting(known, "saved", text="Secret.", documents=["board/page.md"])
    await team.settled()
    (_, _, told) = team.said(again)
    assert "not everybody here may read" in told.plain
    assert "Secret" not in str(told.blocks)

    other = await team.ask(team.bob, "Can I keep a goldfish in the office in Lisbon?")
    await team.reply(other, team.keiko.id)
    known = await team.known(other)
    for _ in range(2):
        await handoffs.tell_waiting(
            known, "saved", text="Yes, *one*.", documents=["docs/page.md"], place=place
        )
    await team.settled()
    saved = [one for one in team.said(other) if "now has a saved answer" in one.plain]
    assert len(saved) == 1
    assert "Yes, *one*." in saved[0].plain


async def test_an_expert_is_offered_to_save_each_answer_alone(team: HandoffTeam) -> None:
    """Not a question back; and nobody else sees the offer."""
    question = await team.ask(team.bob, OUMU)
    await team.reply(question, team.keiko.id)
    for text in ("どの建物のことですか？", "かごに入れれば大丈夫です。"):
        await team.workspace.post(team.general, team.keiko, text, thread=question)
        await team.settled()
    (offer,) = team.workspace.ephemerals(team.keiko)
    known = await team.known(question)
    assert (known.state, known.answered_by) == ("answered", team.keiko.id)
    assert f"{known.id}|slack:" in str(offer.blocks)
    assert team.workspace.ephemerals(team.bob) == []


@pytest.mark.parametrize(
    ("text", "answer", "asking"),
    [
        (PARROT, "Yes, in a cage.", "asked this in a terminal"),
        (OUMU, "かごに入れれば大丈夫です。", "ターミナルから"),
    ],
)
async def test_a_question_from_a_terminal_reaches_its_expert(
    team: HandoffTeam, text: str, answer: str, asking: str
) -> None:
    """By direct message, once; the reply waits in the terminal, and a gap shows the question."""
    reader = Principal("terminal", member=True)
    terminal = HandoffService(
        team.handoffs,
        team.queue,
        team.ledger,
        TerminalPeople("bob"),
        TerminalReaders(reader, team.bot.adapter.handoffs.readers.may_read),
        QuestionSimilarity(),
    )
    asked = QuestionId("terminal:abc:1")
    question = Question(asked, ThreadId("terminal:abc"), text, reader, "bob")
    unknown = Answer("handed_over", "", owner="@keiko", experts=("@keiko",))
    await team.ledger.record(question, await terminal.ask(question, unknown))
    for _ in range(2):
        await team.remind(60.0)
    letter = await team.letter(team.keiko, text)
    direct = team.workspace.direct_channel(team.keiko)
    assert asking in letter.plain
    assert len(team.workspace.messages(direct)) == 1

    await team.workspace.click(letter, team.keiko, "answer_handoff")
    form = (
        await team.workspace.wait_for(
            lambda: (
                [team.workspace.team.modals[team.keiko.id][-1]]
                if team.workspace.team.modals.get(team.keiko.id)
                else []
            )
        )
    )[0]
    assert text in str(form.blocks)
    await team.remind(5 * HOUR)
    assert len(team.workspace.messages(direct)) == 2
    await team.workspace.post(direct, team.keiko, answer, thread=letter)
    await team.settled()
    (found,) = await terminal.of_person("bob")
    assert (found.state, found.answered_by, found.reply) == ("answered", team.keiko.id, answer)

    await team.workspace.submit_view(team.keiko, {"answer": answer})
    await team.settled()
    (found,) = await terminal.of_person("bob")
    assert found.state == "saved"


async def test_an_expert_who_was_asked_a_lot_hears_of_the_rest_in_one_message(
    team: HandoffTeam, store: RedisConnection
) -> None:
    """Without a mention until then; the asker reads when, and a reply in the thread counts."""
    adapter = team.bot.adapter
    limits = adapter._stores.limits
    limits.hourly = HourlyLimits(pings=1)
    first = await team.ask(team.bob, PARROT)
    await team.reply(first, f"<@{team.keiko.id}>, can you help")
    later = await team.ask(team.hanako, OUMU)
    note = await team.reply(later, "まとめて担当者に知らせます")
    assert f"<@{team.keiko.id}>" not in note.plain + str(note.blocks)

    task = GatheredQuestions(adapter.handoffs, adapter.handoff_messenger)
    await task(1.0)
    await store.commands.delete(f"{team.handoffs._root}:limit:pings:{team.keiko.id}")
    await task(2.0)
    letter = await team.letter(team.keiko, "I gather them")
    assert later.ts.replace(".", "") in letter.text
    assert first.ts.replace(".", "") not in letter.text
    await task(3.0)
    await team.workspace.post(team.general, team.keiko, "はい、かまいません。", thread=later)
    await team.settled()
    assert (await team.known(later)).state == "answered"


async def test_a_person_who_asks_without_end_is_told_when_to_go_on(team: HandoffTeam) -> None:
    """After sixty questions an hour, in their language; no expert is asked any more."""
    team.bot.adapter._stores.limits.hourly = HourlyLimits(questions=1, handoffs=0)
    for user, text, words in (
        (team.bob, PARROT, "I have not asked anybody for you"),
        (team.hanako, OUMU, "まだ誰にも尋ねていません"),
    ):
        none = await team.ask(user, text)
        told = await team.workspace.wait_for(partial(team.workspace.ephemerals, user))
        assert words in told[0].plain
        assert len(team.said(none)) == 1
    for user, words in (
        (team.bob, "Please ask this one again in about 60"),
        (team.hanako, "60 分"),
    ):
        text = "Dogs?" if user is team.bob else "開く？"
        over = await team.workspace.post(team.general, user, f"{team.mention} {text}")
        await team.reply(over, words)
    assert await team.handoffs.pending() == []
