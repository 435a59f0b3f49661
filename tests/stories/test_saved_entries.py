"""People save entries by a form; entries follow their messages, expire, and meet conflicts."""

import datetime as dt
import time

import pytest

from bot.core.types import Answer, Handoff, Question, QuestionId, ThreadId, Waiter
from bot.entries.entry import Entry
from bot.entries.periodic import EntryConflicts, EntryExpiry
from bot.entries.service import EntryRefusedError
from bot.limits.person_limits import HourlyLimits
from bot.queue import texts as queue_texts
from bot.redis.connection import RedisConnection
from bot.workspace import SlackMessage, User, View
from knowledge.model.types import Principal
from tests.stories.conftest import Mode, Story
from tests.stories.test_entry_points import form_of
from tests.support.library import MEMBER

DAY = 86_400.0


@pytest.fixture(params=["socket"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """`test_entry_points` covers both transports."""
    mode: Mode = request.param
    return mode


def told(story: Story, person: User, words: str) -> list[SlackMessage]:
    """Return what *person* was told by direct message and that says *words*."""
    messages = story.workspace.messages(story.workspace.direct_channel(person))
    return [message for message in messages if words in message.plain]


async def hears(story: Story, person: User, words: str) -> SlackMessage:
    """Wait until *person* is told *words*."""
    return (await story.workspace.wait_for(lambda: told(story, person, words)))[0]


async def opened(story: Story, message: SlackMessage, person: User) -> View:
    """Open the form on *message*."""
    await story.workspace.shortcut(message, person, "save_to_knowledge")
    return await form_of(story, person)


async def saved(story: Story, message: SlackMessage, person: User, **values: object) -> Entry:
    """Save *message* by the form, and wait until it is done."""
    await opened(story, message, person)
    await story.workspace.submit_view(person, values)
    await story.settled()
    (entry,) = await story.saved.of_place(
        f"slack:{story.workspace.team_id}:{message.channel}:{message.ts}"
    )
    return entry


async def found(story: Story, query: str) -> list[str]:
    """Return the indexed answers for *query*."""
    hits = await story.base.search(query, MEMBER, 3, sources=["saved"])
    return [hit.text for hit in hits]


async def test_an_entry_is_indexed_before_its_person_is_told(story: Story) -> None:
    """With other ways to ask, an expiry of their choice, and a link to where it was said."""
    message = await story.workspace.post(story.channel, story.hanako, "車庫の暗証番号は 4012 です")
    values = {
        "question": "駐車場の暗証番号は？",
        "wordings": "車庫の番号は？\nWhat is the code of the car park?",
        "expiry": "180",
    }
    entry = await saved(story, message, story.hanako, **values)
    await hears(story, story.hanako, "保存しました")

    assert entry.wordings == ("車庫の番号は？", "What is the code of the car park?")
    assert entry.expires == dt.datetime.now(dt.UTC).date() + dt.timedelta(days=180)
    assert message.ts.replace(".", "") in entry.link
    assert await found(story, "the code of the car park") == ["車庫の暗証番号は 4012 です"]


async def test_an_author_is_told_and_can_withdraw_the_entry(story: Story) -> None:
    """With one press, which shows who made it; the bot answers from it no more."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    entry = await saved(story, message, story.hanako, question="What is the code?")
    notice = await hears(story, story.bob, "has saved what you wrote")
    await story.workspace.click(notice, story.bob, "entry_withdraw")
    await story.workspace.wait_for(lambda: "has withdrawn this answer" in notice.plain)

    assert (await story.saved.get(entry.id)).state == "withdrawn"
    assert await found(story, "What is the code?") == []
    assert "entry_withdraw" not in str(notice.blocks)


async def test_an_entry_is_edited_in_the_same_form(story: Story) -> None:
    """It begins with the present text; the change is a version, found at once."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    entry = await saved(story, message, story.hanako, question="What is the code?")
    notice = await hears(story, story.bob, "has saved what you wrote")
    await story.workspace.click(notice, story.bob, "entry_edit")
    form = await form_of(story, story.bob)
    assert "The code is 4012." in str(form.blocks)
    await story.workspace.submit_view(story.bob, {"answer": "The code is 5023."})
    await story.settled()

    assert await found(story, "What is the code?") == ["The code is 5023."]
    versions = await story.saved.versions(entry.id)
    assert [one.changed_by for one in versions] == [story.hanako.id, story.bob.id]
    assert versions[1].expires == versions[0].expires


async def test_a_private_channel_keeps_what_is_said_in_it(story: Story) -> None:
    """Unless the person who saves it chooses otherwise."""
    secret = story.workspace.add_channel("board", [story.hanako, story.bob], private=True)
    message = await story.workspace.post(secret, story.bob, "The merger is in May.")
    entry = await saved(story, message, story.bob, question="When is the merger?")

    assert entry.groups == (secret.id,)


async def test_nobody_overwrites_what_another_has_said(story: Story) -> None:
    """Only they may change their answer; the form says so, and keeps the new text."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    await saved(story, message, story.bob, question="What is the code?")
    other = await story.workspace.post(story.channel, story.hanako, "9999")
    await opened(story, other, story.hanako)
    sent = await story.workspace.submit_view(story.hanako, {"question": "What is the code?"})

    assert story.bob.id in str(sent.response)
    assert [entry.answer for entry in await story.saved.entries()] == ["The code is 4012."]


@pytest.mark.parametrize(("person", "words"), [("hanako", "取り下げました"), ("bob", "withdrawn")])
async def test_a_deleted_message_takes_its_entry_along(
    story: Story, person: str, words: str
) -> None:
    """At once; its author and the person who saved it are told."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    entry = await saved(story, message, story.hanako, question="What is the code?")
    await story.workspace.delete(message)
    await hears(story, getattr(story, person), words)

    assert (await story.saved.get(entry.id)).state == "withdrawn"
    assert await found(story, "What is the code?") == []


async def test_an_edited_message_makes_a_version(story: Story) -> None:
    """If the entry is the message word for word."""
    message = await story.workspace.post(story.channel, story.hanako, "暗証番号は 4012 です")
    entry = await saved(story, message, story.hanako, question="暗証番号は？")
    await story.workspace.edit(message, "暗証番号は 5023 です")
    await hears(story, story.hanako, "メッセージが編集された")

    assert [one.version for one in await story.saved.versions(entry.id)] == [1, 2]
    assert await found(story, "暗証番号は？") == ["暗証番号は 5023 です"]


@pytest.mark.parametrize(
    ("press", "answer"),
    [("entry_take_over", "The code is 5023."), ("entry_keep", "Type 4012 on the pad.")],
)
async def test_an_edited_message_is_asked_about_where_the_entry_has_other_words(
    story: Story, press: str, answer: str
) -> None:
    """The author decides, and sees both texts."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    values = {"question": "What is the code?", "answer": "Type 4012 on the pad."}
    entry = await saved(story, message, story.bob, **values)
    await story.workspace.edit(message, "The code is 5023.")
    asked = await hears(story, story.bob, "Should I update the answer")
    assert (await story.saved.get(entry.id)).answer == "Type 4012 on the pad."
    await story.workspace.click(asked, story.bob, press)
    await story.workspace.wait_for(lambda: f"<@{story.bob.id}>" in str(asked.blocks[-1]))

    assert (await story.saved.get(entry.id)).answer == answer


async def test_other_messages_cost_no_job(story: Story) -> None:
    """Nearly all messages that people edit or delete were never saved."""
    message = await story.workspace.post(story.channel, story.bob, "hello")
    await story.workspace.edit(message, "hello again")
    await story.workspace.delete(message)
    await story.workspace.drained()

    assert sum((await story.queue.backlog()).values()) == 0


async def test_an_owner_is_asked_once_before_an_entry_expires(story: Story) -> None:
    """Two weeks before; "Still right" gives it another year."""
    today = dt.datetime.now(dt.UTC).date()
    entry = (
        await story.saved.save(
            Entry(
                "What is the code?",
                "The code is 4012.",
                story.bob.id,
                story.bob.id,
                "",
                expires=today + dt.timedelta(days=20),
            )
        )
    ).entry
    task = periodic_tasks(story)[0]
    for day in (0, 5, 6, 7, 7):
        await task(time.time() + day * DAY)
        await story.settled()
    asked = told(story, story.bob, "Is it still right?")
    assert len(asked) == 1
    await story.workspace.click(asked[0], story.bob, "entry_renew")
    await story.workspace.wait_for(lambda: "has confirmed this answer" in asked[0].plain)
    assert (await story.saved.get(entry.id)).expires == today + dt.timedelta(days=365)

    for day in (364, 365, 366):
        await task(time.time() + day * DAY)
        await story.settled()
    assert len(told(story, story.bob, "has expired")) == 1
    assert (await story.saved.get(entry.id)).state == "expired"
    assert await found(story, "What is the code?") == []


CONTRADICTING = [
    (
        "What is the code of the car park?",
        "The code of the car park is 4012.",
        "The code of the car park is 5023.",
    ),
    ("来客用の駐車場は何台？", "来客用の駐車場は12台です。", "来客用の駐車場は20台です。"),
]


@pytest.mark.parametrize(("question", "answer", "document"), CONTRADICTING)
async def test_an_owner_is_asked_when_a_document_contradicts_an_entry(
    story: Story, question: str, answer: str, document: str
) -> None:
    """Once, with both texts; nobody is asked about a document that says the same."""
    task = periodic_tasks(story)[1]
    await story.publish("faq/parking.md", f"# Parking\n\n{answer}\n")
    entry = Entry(question, answer, story.hanako.id, story.bob.id, "https://slack.example/p1")
    entry = (await story.saved.save(entry)).entry
    await task(time.time())
    await story.settled()
    assert told(story, story.hanako, "食い違って") == []

    await story.publish("faq/parking.md", f"# Parking\n\n{document}\n")
    for _ in range(2):
        await task(time.time())
    asked = await hears(story, story.hanako, "食い違って")
    assert answer in asked.plain
    assert document in asked.plain
    await story.workspace.click(asked, story.hanako, "entry_keep")
    await story.publish("faq/other.md", "# Other\n\nSomething else.\n")
    await task(time.time())
    await story.settled()

    assert len(told(story, story.hanako, "食い違って")) == 1
    assert (await story.saved.get(entry.id)).state == "active"


async def test_nobody_is_shown_a_document_that_they_may_not_read(story: Story) -> None:
    """Nobody is told of a conflict with it."""
    await story.publish("faq/parking.md", "# Parking\n\nThe code of the gate is 5023.\n", "#board")
    entry = Entry("The code of the gate?", "The code of the gate is 4012.", story.bob.id, "", "")
    await story.saved.save(entry)
    await periodic_tasks(story)[1](time.time())
    await story.settled()

    assert told(story, story.bob, "contradict") == []


async def test_the_list_shows_what_one_may_read(story: Story) -> None:
    """With buttons below the entries that they may change."""
    for author, groups in ((story.hanako.id, ()), (story.bob.id, ()), (story.bob.id, ("#board",))):
        entry = Entry(f"Q {author} {groups}", "A", author, author, "", groups)
        await story.saved.save(entry)
    typed = await story.workspace.command(story.hanako, story.channel, "entries")
    searched = await story.workspace.command(story.hanako, story.channel, f"entries {story.bob.id}")

    shown = str(typed.response)
    assert (story.bob.id in shown, "board" in shown) == (True, False)
    assert shown.count("entry_withdraw") == 1
    assert str(searched.response).count("entry_withdraw") == 0
    listed = story.workspace.ephemerals(story.hanako)[0]
    await story.workspace.click(listed, story.hanako, "entry_withdraw")
    await story.workspace.wait_for(
        lambda: any("取り下げ" in m.plain for m in story.workspace.ephemerals(story.hanako)[2:])
    )
    states = {
        entry.author: entry.state for entry in await story.saved.entries() if not entry.groups
    }
    assert states == {story.hanako.id: "withdrawn", story.bob.id: "active"}


async def test_the_list_tells_who_saved_the_words_of_somebody_else(story: Story) -> None:
    """Her words as they are."""
    message = await story.workspace.post(story.channel, story.hanako, "At *reception*.")
    await saved(story, message, story.bob, question="Where is the key?")
    english = await story.workspace.command(story.bob, story.channel, "entries")
    japanese = await story.workspace.command(story.hanako, story.channel, "entries")

    hanako, bob = f"<@{story.hanako.id}>", f"<@{story.bob.id}>"
    assert f"{hanako}, saved by {bob}, " in str(english.response)
    assert f"{hanako} さん（保存: {bob} さん）" in str(japanese.response)


@pytest.mark.parametrize(
    ("said", "made"), [("Hello!", "Pay to DE00."), ("受付です。", "受付です？")]
)
async def test_nobody_is_the_author_of_what_others_made_of_their_words(
    story: Story, said: str, made: str
) -> None:
    """Bob saves a message of Hanako's with other words: they are his."""
    message = await story.workspace.post(story.channel, story.hanako, said)
    entry = await saved(story, message, story.bob, question="Which account?", answer=made)
    assert (entry.author, entry.saved_by) == (story.bob.id, story.bob.id)


@pytest.mark.parametrize("press", ["entry_edit", "entry_withdraw", "entry_renew"])
async def test_others_change_nothing(story: Story, press: str) -> None:
    """Not even with a forged button."""
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    entry = await saved(story, message, story.bob, question="What is the code?")
    posted = await story.workspace.post(story.channel, story.bob, "look")
    await press_forged(story, posted, press, entry)

    assert await story.saved.get(entry.id) == entry
    assert any("変更できるのは" in m.plain for m in story.workspace.ephemerals(story.hanako))


async def press_forged(story: Story, message: SlackMessage, press: str, entry: Entry) -> None:
    """Let Hanako press a button that was never shown to her."""
    button = {
        "type": "button",
        "action_id": press,
        "text": {"type": "plain_text", "text": "x"},
        "value": entry.id,
    }
    message.blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    await story.workspace.click(message, story.hanako, press)
    await story.workspace.wait_for(lambda: story.workspace.ephemerals(story.hanako))


def periodic_tasks(story: Story) -> tuple[EntryExpiry, EntryConflicts]:
    """Return the periodic tasks."""
    found = story.adapter.periodic_tasks(story.base)
    expiry, conflicts = found
    assert isinstance(expiry, EntryExpiry)
    assert isinstance(conflicts, EntryConflicts)
    return expiry, conflicts


async def test_the_model_proposes_the_question_in_the_other_language(story: Story) -> None:
    """In a field of its own, after the form is open, so that nothing that was typed is lost."""
    root = await story.workspace.post(story.channel, story.hanako, "暗証番号は？")
    message = await story.workspace.post(story.channel, story.bob, "4012 です", thread=root)
    form = await opened(story, message, story.hanako)
    assert "What is the code?" not in str(form.blocks)
    story.model.let_go.set()
    await story.workspace.wait_for(
        lambda: "What is the code?" in str(story.workspace.modal(story.hanako).blocks)
    )
    await story.workspace.submit_view(story.hanako)
    await story.settled()

    (entry,) = await story.saved.entries()
    assert entry.wordings == ("What is the code?",)


async def opened_handoff(story: Story, *, private: bool = False) -> Handoff:
    """Let Hanako wait in #general for an answer of Bob, and somebody else who joined her."""
    asked = await story.workspace.post(story.channel, story.hanako, "車庫の暗証番号は？")
    other = await story.workspace.post(story.channel, story.hanako, "車庫はどう開ける？")
    team = story.workspace.team_id
    ids = [QuestionId(f"slack:{team}:{m.channel}:{m.ts}") for m in (asked, other)]
    reader = Principal(story.channel.id)
    joined = Question(ids[1], ThreadId(ids[1]), "車庫はどう開ける？", reader, story.hanako.id)
    await story.ledger.record(joined, Answer("handed_over", ""))
    waiting = tuple(Waiter(id_, ThreadId(id_), story.hanako.id, 1.0) for id_ in ids)
    handoff = Handoff(
        ids[0],
        "車庫の暗証番号は？",
        reader,
        story.bob.id,
        ThreadId(ids[0]),
        1.0,
        language="ja",
        private=private,
        waiting=waiting,
    )
    assert await story.handoffs.open(handoff)
    return handoff


async def press_answer(story: Story, person: User, handoff: Handoff) -> None:
    """Press "Answer" below the question."""
    message = await story.workspace.post(story.channel, story.bob, "…")
    button = {
        "type": "button",
        "action_id": "answer_handoff",
        "text": {"type": "plain_text", "text": "x"},
        "value": handoff.id,
    }
    message.blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    await story.workspace.click(message, person, "answer_handoff")


async def test_an_answer_in_the_form_reaches_all_who_wait(story: Story) -> None:
    """It is indexed at once, also with the words of those who joined, and ends the handoff."""
    handoff = await opened_handoff(story)
    await press_answer(story, story.bob, handoff)
    form = await form_of(story, story.bob)
    assert "車庫はどう開ける？" in str(form.blocks)
    await story.workspace.submit_view(story.bob, {"answer": "4012 と入力します。"})
    for waiter in handoff.waiting:
        ts = waiter.thread.rpartition(":")[2]
        thread = story.workspace.team.message(story.channel.id, ts)
        await story.reply_with(thread, "4012 と入力します。")

    (entry,) = await story.saved.entries()
    ended = await story.handoffs.get(handoff.id)
    assert ended is not None
    assert (ended.state, ended.entry) == ("saved", entry.document_id)
    assert (entry.author, entry.wordings) == (story.bob.id, ("車庫はどう開ける？",))
    assert await found(story, "車庫はどう開ける？") == ["4012 と入力します。"]


async def test_only_the_person_who_was_asked_sees_a_private_question(story: Story) -> None:
    """Nobody else opens its form, not even with a forged button."""
    handoff = await opened_handoff(story, private=True)
    await press_answer(story, story.hanako, handoff)
    await story.workspace.wait_for(lambda: story.workspace.ephemerals(story.hanako))

    assert not story.workspace.team.modals.get(story.hanako.id)


async def test_a_form_that_is_one_too_many_stays_open(story: Story) -> None:
    """It says when to save; nothing that was written is lost."""
    story.adapter._stores.limits.hourly = HourlyLimits(entries=1)
    message = await story.workspace.post(story.channel, story.bob, "The code is 4012.")
    await saved(story, message, story.bob, question="What is the code?")
    again = await story.workspace.post(story.channel, story.bob, "The door closes at 8.")
    await opened(story, again, story.bob)
    answer = await story.workspace.submit_view(story.bob, {"question": "When does it close?"})
    assert "in about 60 minutes" in str(answer)
    await story.settled()
    assert len(await story.saved.entries()) == 1


async def test_an_author_who_may_not_read_an_entry_is_told_nothing_of_it(story: Story) -> None:
    """Who saved it is, and may change it; the author who has left its channel may not."""
    keiko = story.workspace.add_user("keiko")
    private = story.workspace.add_channel("hr", [story.hanako], private=True)
    entry = Entry(
        "What is the code?",
        "It is 7731 now.",
        keiko.id,
        story.hanako.id,
        "",
        (private.id,),
        expires=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=5),
    )
    entry = (await story.saved.save(entry, by=story.hanako.id)).entry
    entries = story.adapter.entries
    await EntryExpiry(entries)(time.time())
    await entries.tell(entry, keiko.id, "followed")
    await story.settled()

    assert len(told(story, story.hanako, "7731")) == 1
    assert told(story, keiko, "") == []
    assert await entries.changeable(entry.id, story.hanako.id) == entry
    with pytest.raises(EntryRefusedError):
        await entries.changeable(entry.id, keiko.id)


@pytest.mark.parametrize("language", ["en-US", "ja-JP"])
async def test_a_failed_save_is_told_in_its_persons_language(
    story: Story, store: RedisConnection, language: str
) -> None:
    """In that one alone."""
    person = story.workspace.add_user("mika", language=language)
    story.channel.members.append(person.id)
    message = await story.workspace.post(story.channel, person, "The code is 4012.")
    await store.commands.set("{kotae}:v1:entries:revision", "no number")
    await opened(story, message, person)
    await story.workspace.submit_view(person, {"question": "What is the code?"})
    english, japanese = queue_texts.BROKEN.en, queue_texts.BROKEN.ja
    said = (await hears(story, person, japanese if language == "ja-JP" else english)).plain

    assert (english in said) != (japanese in said)
