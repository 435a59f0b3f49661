"""All the ways in: shortcuts, App Home, private answers that are shared, channels' own settings."""

from collections.abc import Sequence

import pytest

from bot.evaluation.certificate import Certificate, CertificateStore, fingerprint
from bot.records.labels import RedisLabels
from bot.redis.connection import RedisConnection
from bot.workspace import SlackMessage, User, View
from tests.stories.conftest import Story
from tests.stories.handbook import LEAVE

OTHER = fingerprint(model="other", prompts="", index="", score="")


def private_words(story: Story, words: str) -> list[SlackMessage]:
    """Return what only Hanako was shown and that says *words*."""
    return [m for m in story.workspace.ephemerals(story.hanako) if words in m.plain]


async def form_of(story: Story, person: User) -> View:
    """Return the form that *person* sees."""
    modals = story.workspace.team.modals
    return (await story.workspace.wait_for(lambda: modals.get(person.id, [])))[-1]


async def asked_privately(story: Story, text: str, words: str) -> SlackMessage:
    """Let Hanako ask by command in #general; return the finished answer in her messages."""
    await story.workspace.command(story.hanako, story.channel, f"ask {text}")
    direct = story.workspace.direct_channel(story.hanako)
    found = await story.workspace.wait_for(
        lambda: [m for m in story.workspace.messages(direct) if words in m.plain and m.thread_ts]
    )
    await story.settled()
    return found[-1]


async def test_ask_about_a_message_in_private(story: Story) -> None:
    """The form holds what the message says; the answer comes to who asked, and to nobody else."""
    message = await story.workspace.post(story.channel, story.bob, "有給は何日ですか？")
    await story.workspace.shortcut(message, story.hanako, "ask_about_message")
    form = await form_of(story, story.hanako)
    assert "有給は何日ですか？" in str(form.blocks)
    await story.workspace.submit_view(story.hanako, {"question": "有給は何日ですか？"})

    direct = story.workspace.direct_channel(story.hanako)
    await story.workspace.wait_for(
        lambda: any("10日" in m.plain for m in story.workspace.messages(direct))
    )
    assert len(story.workspace.messages(story.channel, message)) == 1


async def test_ask_about_a_message_in_its_thread(story: Story) -> None:
    """Everybody there sees who asked, and the answer."""
    message = await story.workspace.post(story.channel, story.bob, "How many days of leave?")
    await story.workspace.shortcut(message, story.hanako, "ask_about_message")
    await form_of(story, story.hanako)
    await story.workspace.submit_view(
        story.hanako, {"question": "How many days of leave?", "where": "thread"}
    )

    await story.reply_with(message, "10 days of leave")
    assert any(story.hanako.id in m.text for m in story.replies(message))


async def test_save_a_message_to_the_knowledge(story: Story) -> None:
    """With the question above it, who said it, where, and who may read it."""
    root = await story.workspace.post(story.channel, story.hanako, "駐車場の暗証番号は？")
    reply = await story.workspace.post(story.channel, story.bob, "4012 です", thread=root)
    await story.workspace.shortcut(reply, story.hanako, "save_to_knowledge")
    form = await form_of(story, story.hanako)
    assert "駐車場の暗証番号は？" in str(form.blocks)
    await story.workspace.submit_view(story.hanako, {"audience": "channel"})

    direct = story.workspace.direct_channel(story.hanako)
    await story.workspace.wait_for(
        lambda: any("保存しました" in m.plain for m in story.workspace.messages(direct))
    )
    (entry,) = await story.saved.entries()
    assert (entry.question, entry.answer) == ("駐車場の暗証番号は？", "4012 です")
    assert (entry.author, entry.saved_by) == (story.bob.id, story.hanako.id)
    assert entry.groups == (story.channel.id,)
    assert reply.ts.replace(".", "") in entry.link


async def test_guests_save_nothing(story: Story) -> None:
    """Who is not of the team cannot teach the bot."""
    guest = story.workspace.add_user("guest", guest=True)
    story.channel.members.append(guest.id)
    message = await story.workspace.post(story.channel, story.bob, "the code is 1234")
    await story.workspace.shortcut(message, guest, "save_to_knowledge")

    direct = story.workspace.direct_channel(guest)
    await story.workspace.wait_for(
        lambda: any("Only full members" in m.plain for m in story.workspace.messages(direct))
    )
    assert await story.saved.entries() == []
    assert not story.workspace.team.modals.get(guest.id)


async def test_a_private_answer_can_be_shared(story: Story) -> None:
    """With one press, in the channel where it was asked for, by who asked."""
    answer = await asked_privately(story, "有給は何日？", "10日")
    await story.workspace.click(answer, story.hanako, "share_answer")

    shared = await story.workspace.wait_for(
        lambda: [m for m in story.workspace.messages(story.channel) if "10日" in m.plain]
    )
    assert "共有" not in shared[0].plain
    await story.workspace.wait_for(lambda: private_words(story, "共有しました"))


async def test_what_the_channel_may_not_read_is_not_shared(story: Story) -> None:
    """An answer rests on what its person may read; the channel may not."""
    story.channel.members.append(story.workspace.add_user("gary", guest=True).id)
    answer = await asked_privately(story, "賞与は？", "年2回")
    await story.workspace.click(answer, story.hanako, "share_answer")

    await story.workspace.wait_for(lambda: private_words(story, "共有できません"))
    assert story.workspace.messages(story.channel) == []


async def test_home_shows_what_one_may_see(story: Story) -> None:
    """Everybody sees the index and their own questions; operators also how the week was."""
    admin = story.workspace.add_user("admin", admin=True)
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(message, "10 days")
    await story.settled()

    async def home(person: User) -> str:
        await story.workspace.open_home(person)
        homes = story.workspace.team.homes
        await story.workspace.wait_for(lambda: person.id in homes)
        return homes[person.id].plain

    await story.close_document(LEAVE)
    his, hers, operators = [await home(p) for p in (story.bob, story.hanako, admin)]
    assert "leave?" in his
    assert "I know 2 documents that you may read" in his
    assert "leave?" not in hers
    assert "文書 2 件" in hers
    assert "Index: 3 documents" in operators
    assert "Last 7 days" in operators
    assert "Last 7 days" not in his


async def settings(story: Story, *words: str) -> list[str]:
    """Let the admin set the channel, a command for each of *words*; return what is shown."""
    admin = story.workspace.add_user("admin", admin=True)
    story.channel.members.append(admin.id)
    said = []
    for word in words:
        done = await story.workspace.command(admin, story.channel, f"channel {word}")
        said.append(str(done.response))
    return said


async def test_a_channel_can_be_switched_off(story: Story) -> None:
    """A mention is told so, once; nothing is answered."""
    await settings(story, "off")
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")

    await story.reply_with(message, "停止")
    assert story.model.asked == []


async def test_a_channel_can_want_a_mention_each_time(story: Story) -> None:
    """No follow-up without one."""
    await settings(story, "mention")
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(message, "10 days")
    await story.workspace.post(story.channel, story.bob, "繰り越しは？", thread=message)
    await story.settled()

    assert len(story.model.asked) == 1


async def test_a_channel_can_choose_sources_and_language(story: Story) -> None:
    """They reach the question; a source that does not exist is named."""
    said = await settings(story, "sources handbook", "language en", "sources nonsense")
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(message, "10日")

    assert "handbook" in said[0]
    assert "nonsense" in said[2]
    (question,) = await story.answered()
    assert (question.sources, question.language) == (("handbook",), "en")


async def test_only_operators_change_a_channel(story: Story) -> None:
    """Everybody of the team may look."""
    shown = await story.workspace.command(story.bob, story.channel, "channel")
    refused = await story.workspace.command(story.bob, story.channel, "channel off")

    assert "Listening" in str(shown.response)
    assert "Only operators" in str(refused.response)


@pytest.mark.parametrize("kind", ["guest", "outsider"])
async def test_people_who_are_not_of_the_team(story: Story, kind: str) -> None:
    """Guests are answered from what they may read, outsiders are told why not."""
    person = story.workspace.add_user("eve", guest=kind == "guest", external=kind == "outsider")
    story.channel.members.append(person.id)
    message = await story.workspace.post(story.channel, person, f"{story.bot} leave?")

    await story.reply_with(message, "10 days" if kind == "guest" else "other organisations")
    assert bool(story.model.asked) is (kind == "guest")


async def test_forget_a_thread(story: Story) -> None:
    """What was said is gone; the next reply needs a mention."""
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(message, "10 days")
    await story.settled()
    await story.workspace.post(story.channel, story.bob, f"{story.bot} forget", thread=message)
    await story.reply_with(message, "forgotten")
    await story.settled()

    thread: Sequence[object] = await story.memory.recall((await story.answered())[0].thread)
    assert list(thread) == []
    await story.workspace.post(story.channel, story.bob, "and 繰り越し?", thread=message)
    await story.settled()
    assert len(story.model.asked) == 1


async def test_why_an_answer_was_no_good(story: Story) -> None:
    """A thumb down opens a form; what it says is shown to operators, once a person."""
    admin = story.workspace.add_user("admin", admin=True)
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    answer = await story.reply_with(message, "10日")
    await story.settled()
    await story.workspace.click(answer, story.hanako, "feedback", value=f"down|{answer_id(answer)}")
    await form_of(story, story.hanako)
    await story.workspace.submit_view(
        story.hanako, {"reason": "outdated", "comment": "今年から 12 日です"}
    )

    shown = await story.workspace.command(admin, story.channel, "feedback")
    assert "It is outdated" in str(shown.response)
    assert "今年から 12 日です" in str(shown.response)
    assert (await story.ledger.counts())["down"] == 1
    refused = await story.workspace.command(story.bob, story.channel, "feedback")
    assert "今年から" not in str(refused.response)


async def test_a_thumb_down_as_a_reaction_offers_the_form(story: Story) -> None:
    """A reaction cannot open a form, so a button is offered to its person alone."""
    message = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    answer = await story.reply_with(message, "10日")
    await story.settled()
    await story.workspace.react(answer, story.hanako, "-1")
    offer = (await story.workspace.wait_for(lambda: private_words(story, "教えて")))[0]
    await story.workspace.click(offer, story.hanako, "feedback_why")

    form = await form_of(story, story.hanako)
    assert "情報が古い" in str(form.blocks)


def answer_id(answer: SlackMessage) -> str:
    """Return the id that the buttons of *answer* carry."""
    blocks = [block for block in answer.blocks if block["type"] == "context_actions"]
    value: str = blocks[0]["elements"][0]["positive_button"]["value"]
    return value.partition("|")[2]


async def test_operators_judge_answers_one_after_the_other(
    story: Story, store: RedisConnection
) -> None:
    """What they say is kept as labels; what was asked in private is not shown to others."""
    admin = story.workspace.add_user("admin", admin=True)
    for text in ("有給は？", "leave?"):
        message = await story.workspace.post(story.channel, story.bob, f"{story.bot} {text}")
        await story.reply_with(message, "10")
    direct = story.workspace.direct_channel(story.hanako)
    private = await story.workspace.post(direct, story.hanako, "How much leave, privately?")
    await story.reply_with(private, "10 days")
    await story.settled()

    await story.workspace.command(admin, story.channel, "review")
    shown = []
    for verdict in ("right", "wrong"):
        form = await form_of(story, admin)
        shown.append(form.plain)
        await story.workspace.submit_view(admin, {"verdict": verdict})
    last = await form_of(story, admin)

    labels = await RedisLabels(store.commands).all()
    assert sorted(label.verdict for label in labels) == ["right", "wrong"]
    assert {label.person for label in labels} == {admin.id}
    assert "no answers left" in last.plain
    assert "privately" not in "".join(shown)
    refused = await story.workspace.command(story.bob, story.channel, "review")
    assert "Only operators" in str(refused.response)


@pytest.mark.parametrize(("language", "words"), [("en-US", "withdrawn"), ("ja-JP", "取り消し")])
async def test_a_review_in_slack_ends_a_certificate_that_no_longer_holds(
    story: Story, store: RedisConnection, language: str, words: str
) -> None:
    """Everywhere at once; who judged last is told."""
    certificates = CertificateStore(store.commands)
    await certificates.save(Certificate(0.0, 0.99, 0.95, 0.4, 500, 1, OTHER, 0.0))
    admin = story.workspace.add_user("admin", admin=True, language=language)
    for text in ("有給は？", "leave?"):
        message = await story.workspace.post(story.channel, story.bob, f"{story.bot} {text}")
        await story.reply_with(message, "10")
    await story.settled()
    await story.workspace.command(admin, story.channel, "review")
    for _ in range(2):
        await form_of(story, admin)
        await story.workspace.submit_view(admin, {"verdict": "wrong"})
    direct = story.workspace.direct_channel(admin)
    await story.workspace.wait_for(
        lambda: [one for one in story.workspace.messages(direct) if words in one.plain]
    )

    found = await certificates.load()
    assert found is not None
    assert "contradict its promise" in found.withdrawn


async def test_operators_correct_answers(story: Story, store: RedisConnection) -> None:
    """In the form: what is right takes no correction; nothing that was written is lost."""
    admin = story.workspace.add_user("admin", admin=True, language="ja-JP")
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} 有給は？")
    await story.reply_with(message, "10日")
    await story.settled()
    await story.workspace.command(admin, story.channel, "review")
    form = await form_of(story, admin)
    assert "あなたがレビューした回答 0 件・残り 1 件" in form.plain

    refused = await story.workspace.submit_view(
        admin, {"verdict": "right", "correction": "12日です。"}
    )
    assert "訂正は不要です" in str(refused.response)
    assert await RedisLabels(store.commands).all() == []
    await story.workspace.submit_view(admin, {"verdict": "partly", "correction": " 12日です。\n"})
    [label] = await RedisLabels(store.commands).all()
    assert (label.verdict, label.correction) == ("partly", "12日です。")


async def test_a_second_opinion_is_asked_when_all_is_judged(
    story: Story, store: RedisConnection
) -> None:
    """The other's verdict is not shown; at the end both see how far they agree."""
    first = story.workspace.add_user("first", admin=True)
    second = story.workspace.add_user("second", admin=True)
    for text in ("leave?", "有給は？"):
        message = await story.workspace.post(story.channel, story.bob, f"{story.bot} {text}")
        await story.reply_with(message, "10")
    await story.settled()

    async def judge(person: User, *verdicts: str) -> list[str]:
        await story.workspace.command(person, story.channel, "review")
        seen = []
        for verdict in verdicts:
            seen.append(str((await form_of(story, person)).blocks))
            await story.workspace.submit_view(person, {"verdict": verdict})
        return [*seen, str((await form_of(story, person)).blocks)]

    await judge(first, "right", "wrong")
    seen = await judge(second, "right", "partly")

    assert "0 reviewed by you · 2 left that others have reviewed" in seen[0]
    assert "1 reviewed by you · 1 left" in seen[1]
    assert "agree on 1 of 2 (Cohen's kappa" in seen[2]
    assert all(person.mention in seen[2] for person in (first, second))
