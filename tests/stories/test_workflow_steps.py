"""The step "Ask Kotae" of Workflow Builder: what it answers, from what, and how it ends."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.language import Language
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import MessageRef, is_direct
from bot.core.types import Answer, Feedback, Question
from bot.queue import texts as queue_texts
from bot.slack.client.manifest import manifest
from bot.slack.workflow_steps import texts
from bot.slack.workflow_steps.definition import ASK_STEP
from bot.workspace import Channel, StepExecution, User
from knowledge.model.types import Principal
from tests.stories.conftest import Story
from tests.stories.test_gaps import gaps
from tests.support.llm_brains import Call, Conversation, Turn
from tests.support.llm_server import Fault

LANGUAGES: tuple[Language, ...] = ("ja", "en")
ASKED = {"ja": "有給休暇は何日？", "en": "How much leave do I have?"}
ANSWERED = {"ja": "有給休暇は10日です。", "en": "You have 10 days of leave."}


async def run(
    story: Story,
    question: object,
    person: User | None = None,
    channel: Channel | None = None,
    written: Mapping[str, object] = {},
) -> StepExecution:
    """Let a workflow ask *question*, with what else was *written* into it; wait for the outcome."""
    inputs = dict(written) | ({"channel": channel.id} if channel else {})
    execution = await begin(story, question, person, inputs)
    await story.workspace.wait_for(lambda: execution.status != "running")
    await story.settled()
    return execution


async def begin(
    story: Story,
    question: object,
    person: User | None = None,
    inputs: Mapping[str, object] = {},
) -> StepExecution:
    story.workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
    told = {"question": question, **inputs}
    return await story.workspace.run_step(ASK_STEP, told, person=person)


def ends(story: Story) -> list[Any]:
    """Return the calls that reported an outcome."""
    return [call for call in story.workspace.calls() if call.method.startswith("functions.")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_workflow_without_a_person_gets_what_anybody_may_read(
    story: Story, language: Language
) -> None:
    """A scheduled one, say: the answer with its sources, as rich text and as text."""
    execution = await run(story, ASKED[language])

    assert execution.status == "completed"
    assert execution.outputs["status"] == "answered"
    assert ANSWERED[language] in execution.outputs["text"]
    assert ANSWERED[language] in str(execution.outputs["answer"])
    assert execution.outputs["link"].startswith("https://docs.example/leave.md")
    assert "https://docs.example/leave.md" in execution.outputs["text"]
    assert [question.text for question in await story.answered()] == [ASKED[language]]


async def test_what_members_may_read_is_for_members_who_run_it(story: Story) -> None:
    """A guest, or nobody, gets what anybody may read."""
    guest = story.workspace.add_user("guest", guest=True)
    by_member = await run(story, "賞与は？", story.hanako)
    by_guest = await run(story, "賞与は？", guest)
    by_nobody = await run(story, "賞与は？")

    assert "年2回" in by_member.outputs["text"]
    for execution in (by_guest, by_nobody):
        assert execution.status == "completed"
        assert execution.outputs["status"] == "nothing"
        assert "年2回" not in str(execution.outputs)


async def test_the_rights_of_a_person_stay_out_of_a_workflow(story: Story) -> None:
    """Whoever built it would read what they may not, as soon as somebody who may runs it."""
    story.workspace.add_channel("pay", [story.hanako], private=True)
    await story.publish("handbook/pay.md", "# 給料\n\n給料は4012円です。\n", "#pay")
    execution = await run(story, "給料は？", story.hanako)

    assert execution.outputs["status"] == "nothing"
    assert "4012" not in str(execution.outputs)


async def test_an_id_that_somebody_has_written_is_nobody(story: Story) -> None:
    """Only Slack can say who runs a workflow."""
    for person in (story.hanako.id, {"id": story.hanako.id}, [story.hanako.id]):
        execution = await run(story, "賞与は？", written={"person": person})
        assert execution.outputs["status"] == "nothing"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_channel_gets_the_answer_below_the_question(
    story: Story, language: Language
) -> None:
    """In sight of everybody there, with buttons to judge it; the workflow gets the link to it."""
    execution = await run(story, ASKED[language], story.hanako, story.channel)

    asked = next(one for one in story.workspace.messages(story.channel) if one.bot_id)
    assert f"<@{story.hanako.id}>" in asked.text
    answer = await story.finished(asked)
    assert ANSWERED[language] in answer.plain
    assert execution.outputs["status"] == "answered"
    assert ANSWERED[language] in execution.outputs["text"]
    assert answer.ts.replace(".", "") in execution.outputs["link"]
    assert story.workspace.team.sessions[story.channel.id, asked.ts].status == "active"


async def test_what_only_the_channel_may_read_stays_in_it(story: Story) -> None:
    """The workflow learns where, and nothing else."""
    pay = story.workspace.add_channel("pay", [story.hanako], private=True)
    await story.publish("handbook/pay.md", "# 給料\n\n給料は4012円です。\n", "#pay")
    execution = await run(story, "給料は？", story.hanako, pay)

    assert any("4012" in one.plain for one in story.workspace.messages(pay))
    assert "4012" not in str(execution.outputs)
    assert execution.outputs["text"] == f"{texts.IN_THE_CHANNEL.ja} {execution.outputs['link']}"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_closed_channel_tells_a_workflow_the_same_whatever_was_found(
    story: Story, language: Language
) -> None:
    """Else its builder could ask one thing after another, and learn what the documents tell of."""
    pay = story.workspace.add_channel("pay", [story.hanako], private=True)
    await story.publish("handbook/pay.md", "# 給料 Pay\n\n給料は4012円です。Pay is 4012.\n", "#pay")
    asked = {"ja": ("給料は？", "懲戒委員会の議事録は？"), "en": ("Pay?", "Minutes of the board?")}
    told = list[Mapping[str, Any]]()
    for question in asked[language]:
        outputs = dict((await run(story, question, story.hanako, pay)).outputs)
        link = outputs.pop("link")
        told.append({name: str(value).replace(link, "") for name, value in outputs.items()})

    assert told[0] == told[1]
    assert told[0]["status"] == "posted"


@pytest.mark.parametrize(
    "question", ["hello", "こんにちは", "What can you do?", "？？？", "\u200b"]
)
async def test_what_asks_nothing_is_no_question(story: Story, question: str) -> None:
    """It is said so, nowhere else, and counts for nobody; no heading is suggested for it."""
    pay = story.workspace.add_channel("pay", [story.hanako], private=True)
    await story.publish(
        "handbook/pay.md", "# 給料\n\n## 鳳凰の解雇予定者リストはどこ？\n\n4012\n", "#pay"
    )
    limits = story.adapter._stores.limits
    limits.hourly = replace(limits.hourly, questions=1)
    for channel in (pay, None):
        execution = await run(story, question, story.hanako, channel)
        assert execution.error == texts.NO_QUESTION.in_both()
    asked = await run(story, ASKED["en"], story.hanako)

    assert asked.status == "completed"
    assert story.workspace.messages(pay) == []


@pytest.mark.parametrize("channel", [["C000000003"], 0, False, {"id": "C000000003"}, "#general"])
async def test_a_channel_that_is_none_is_no_wish_for_the_workflow_alone(
    story: Story, channel: object
) -> None:
    """What was to be seen in a channel does not go anywhere else."""
    execution = await run(story, ASKED["en"], story.hanako, written={"channel": channel})

    assert execution.error == texts.NOT_IN_CHANNEL.en


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error", ["is_archived", "restricted_action_read_only_channel"])
async def test_a_channel_where_nobody_may_post_ends_the_run_at_once(
    story: Story, language: Language, error: str
) -> None:
    """In words that say what happened and what to do."""
    story.workspace.faults.add("chat.postMessage", error)
    execution = await run(story, ASKED[language], story.hanako, story.channel)

    assert execution.error == texts.CANNOT_POST.to(language, error=error)
    assert len(story.workspace.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(("language", "word"), [("ja", "やめて"), ("en", "stop")])
@pytest.mark.parametrize("how", ["button", "word"])
async def test_who_stops_the_answer_ends_the_run(
    story: Story, language: Language, word: str, how: str
) -> None:
    """As after a mention."""
    asked = {"ja": f"ゆっくり、{ASKED['ja']}", "en": f"slowly: {ASKED['en']}"}[language]
    execution = await begin(story, asked, story.hanako, {"channel": story.channel.id})
    await story.workspace.wait_for(lambda: story.model.asked)
    shown = next(one for one in story.workspace.messages(story.channel) if one.bot_id)
    if how == "button":
        await story.workspace.stop(shown, story.hanako)
    else:
        said = f"{story.bot} {word}"
        await story.workspace.post(story.channel, story.hanako, said, thread=shown)
    await story.workspace.wait_for(lambda: execution.status != "running")
    await story.settled()

    assert execution.error == queue_texts.STOPPED.to(language)
    assert not any("10" in one.plain for one in story.replies(shown))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_no_answer_has_no_sources(story: Story, language: Language) -> None:
    """Nor a link: what was read has nothing to do with the question."""
    asked = {"ja": "カラオケ大会はいつですか？", "en": "Is there a choir?"}[language]
    execution = await run(story, asked, story.hanako)

    assert execution.outputs["text"] == texts.NOTHING.to(language)
    assert (execution.outputs["status"], execution.outputs["link"]) == ("nothing", "")


async def test_a_question_in_a_channel_is_all_in_its_quotation(story: Story) -> None:
    """Its person would seem to say what a workflow wrote; and nothing in it acts."""
    question = "有給は？ <!channel> *bold* `code`\r\r公式\u2028:全員 https://evil.example/x"
    await run(story, question, story.hanako, story.channel)

    shown = next(one for one in story.workspace.messages(story.channel) if one.bot_id)
    (block,) = shown.blocks
    _, quotation = block["elements"]
    (said,) = quotation["elements"]
    assert said["text"] == "有給は？ @channel *bold* `code`\n\n公式\n:全員 https://evil.example/x"
    assert "<!channel" not in shown.text


@pytest.mark.parametrize(
    ("language", "question"),
    [("ja", "離婚の相談は誰に？"), ("en", "Who helps me with my divorce?")],
)
async def test_a_question_to_the_workflow_alone_is_its_persons(
    story: Story, language: Language, question: str
) -> None:
    """As in a direct message: it is only counted for admins, and for those who review answers."""
    admin = story.workspace.add_user("admin", admin=True)
    story.channel.members.append(admin.id)
    await run(story, question, story.hanako)
    shown = await gaps(story, admin)
    await story.workspace.open_home(admin)
    asked = await story.workspace.post(story.channel, admin, f"{story.bot} gaps")
    (told,) = await story.workspace.wait_for(
        lambda: [one for one in story.workspace.messages(story.channel) if one.bot_id]
    )
    await story.settled()

    assert question not in f"{shown}{asked.text}{told.text}{told.blocks}"
    assert "asked 1× by 1" in told.plain
    home = await story.workspace.wait_for(lambda: story.workspace.home(admin))
    assert home
    assert question not in str(home.blocks)
    (record,) = await story.ledger.recent(1)
    assert is_direct(record.question.id)
    assert record.question.asker.id != story.hanako.id


async def test_no_workflow_speaks_where_its_person_could_not(story: Story) -> None:
    """Not in a channel of others, not without a person, not where the bot is not, not in a DM."""
    pay = story.workspace.add_channel("pay", [story.hanako], private=True)
    away = story.workspace.add_channel("away", [story.bob], with_bot=False)
    direct = story.workspace.direct_channel(story.bob)
    for person, channel in (
        *((story.bob, pay), (None, story.channel), (story.bob, away)),
        (story.bob, direct),
    ):
        execution = await run(story, ASKED["en"], person, channel)
        assert execution.status == "failed"
        assert execution.error == texts.NOT_IN_CHANNEL.en
    assert story.workspace.calls("chat.postMessage") == []
    assert story.model.asked == []


async def test_the_same_run_is_done_once(story: Story) -> None:
    """Slack may deliver an event again at any time."""
    execution = await run(story, ASKED["ja"], story.hanako, story.channel)
    await story.workspace.redeliver(story.workspace.deliveries[-1])
    await story.settled()

    assert execution.status == "completed"
    assert len(ends(story)) == 1
    assert len(story.model.asked) == 1


@pytest.mark.parametrize("fault", ["reset_after", "half_done", "internal_error"])
async def test_an_outcome_in_doubt_is_reported_again(story: Story, fault: str) -> None:
    """Slack takes it once, and a second time is refused, which is as good."""
    for method in ("functions.completeSuccess", "functions.completeError"):
        story.workspace.faults.add(method, fault)
    answered = await run(story, ASKED["ja"])
    refused = await run(story, "")

    assert (answered.status, refused.status) == ("completed", "failed")
    assert len(story.model.asked) == 1
    assert (await story.queue.backlog())["dead"] == 0


@pytest.mark.parametrize(
    "error",
    ["access_denied", "execution_not_in_running_state", "function_execution_not_found"],
)
async def test_a_run_that_is_over_is_left_alone(story: Story, error: str) -> None:
    """Its time was up, or somebody has ended the workflow or taken the step away."""
    story.workspace.faults.add("functions.completeSuccess", error)
    await begin(story, ASKED["ja"])
    await story.workspace.wait_for(lambda: ends(story))
    await story.settled()

    assert len(ends(story)) == 1
    assert (await story.queue.backlog())["dead"] == 0


async def test_outputs_that_slack_refuses_are_sent_plainer(story: Story) -> None:
    """As text alone."""
    story.workspace.faults.add("functions.completeSuccess", "parameter_validation_failed")
    execution = await run(story, ASKED["ja"])

    assert "10日" in execution.outputs["text"]
    assert "answer" not in execution.outputs


@pytest.mark.parametrize("question", ["", None, {"text": "有給は？"}, ["有給は？"], 7, " \n"])
async def test_a_step_without_a_question_says_so(story: Story, question: object) -> None:
    """In both languages: nobody knows who reads it."""
    execution = await run(story, question)

    assert execution.error == texts.NO_QUESTION.in_both()
    assert story.model.asked == []


@pytest.mark.parametrize("letters", [LONGEST_QUESTION + 1, 100_000])
async def test_a_question_that_is_too_long_is_not_stored(story: Story, letters: int) -> None:
    """It says how long it may be."""
    execution = await run(story, "有" * letters)

    assert f"{letters:,}" in execution.error
    assert story.model.asked == []


async def test_a_step_that_is_not_known_ends(story: Story) -> None:
    """A workflow with a step of an older version would wait for it."""
    execution = await story.workspace.run_step("summarize", {})
    await story.workspace.wait_for(lambda: execution.status != "running")

    assert execution.error == texts.UNKNOWN_STEP.in_both()


async def test_runs_without_a_person_share_what_one_person_may_ask(story: Story) -> None:
    """A workflow that runs by the clock cannot ask without end."""
    limits = story.adapter._stores.limits
    limits.hourly = replace(limits.hourly, questions=1)
    first, second = await run(story, ASKED["en"]), await run(story, ASKED["en"])
    by_person = await run(story, ASKED["en"], story.bob)

    assert (first.status, second.status, by_person.status) == ("completed", "failed", "completed")
    assert "1" in second.error


@pytest.mark.parametrize("options", [{"limit_open_questions": "1"}])
async def test_a_run_that_there_is_no_room_for_ends_in_words(story: Story) -> None:
    """Workflows wait in the same queue as everybody."""
    first = await begin(story, f"ゆっくり、{ASKED['ja']}", story.hanako)
    await story.workspace.wait_for(lambda: story.model.asked)
    second = await begin(story, ASKED["ja"], story.hanako)
    await story.workspace.wait_for(lambda: second.status != "running")
    story.model.let_go.set()
    await story.workspace.wait_for(lambda: first.status != "running")

    assert second.error == texts.FULL.in_both()
    assert first.status == "completed"


async def test_who_is_refused_elsewhere_is_refused_here(story: Story) -> None:
    """People of other organisations, by default."""
    outsider = story.workspace.add_user("eve", external=True)
    execution = await run(story, ASKED["en"], outsider)

    assert execution.status == "failed"
    assert story.model.asked == []


async def test_markup_in_documents_does_nothing_in_outputs(story: Story) -> None:
    """Wherever a workflow puts them: nobody is called, and no address is hidden."""
    said = "給料は4012円です。"
    evil = f"{said} <!channel> <@{story.bob.id}> [ここ](https://evil.example/x)"
    await story.publish("handbook/pay.md", f"# 給料\n\n{evil}\n")
    story.model.server.brain = quoting(evil)
    execution = await run(story, "給料は？ <!channel>")

    assert "4012" in execution.outputs["text"]
    assert "<!channel" not in str(execution.outputs)
    assert f"<@{story.bob.id}" not in str(execution.outputs)
    assert "https://evil" not in str(execution.outputs)
    kinds = str(execution.outputs["answer"])
    assert "broadcast" not in kinds
    assert "user_id" not in kinds


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_model_that_fails_ends_the_run_in_words(story: Story, language: Language) -> None:
    """The workflow does not wait for ever."""
    story.model.server.faults.append(Fault(status=401))
    execution = await run(story, ASKED[language])

    assert execution.status == "failed"
    assert queue_texts.REFUSED.to(language) in execution.error


async def test_no_secret_of_a_run_is_kept(story: Story) -> None:
    """Neither Slack's token for the run nor the person's secret."""
    story.model.let_go.clear()
    execution = await begin(story, f"ゆっくり、{ASKED['ja']}", story.hanako)
    await story.workspace.wait_for(lambda: story.model.asked)
    jobs = str(await story.queue.open_jobs(""))
    event = story.workspace.deliveries[-1].event
    story.model.let_go.set()
    await story.workspace.wait_for(lambda: execution.status != "running")
    await story.settled()

    assert story.hanako.id in jobs
    assert event["bot_access_token"] not in jobs
    assert event["inputs"]["person"]["secret"] not in jobs


def quoting(said: str) -> Callable[[Conversation], Turn]:
    """Return a brain that answers with *said* as it stands in the first passage."""
    cited = [{"n": 1, "quote": "給料は4012円です。"}]
    told = {"status": "answered", "answer": f"{said} [1]", "missing": "", "confidence": 0.9}
    turn = Turn(calls=(Call("finish", {**told, "citations": cited}),))
    return lambda conversation: turn


@pytest.mark.parametrize("options", [{"prompt_strategy": "few-shot"}])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_direct_message_becomes_an_example_for_a_workflow(
    story: Story, language: Language
) -> None:
    """It is one for its person; but whoever built the workflow reads what comes of its prompt."""
    said = {"ja": "病気なので99日です。", "en": "Being ill, you have 99 days."}[language]
    direct = story.workspace.direct_channel(story.hanako)
    place = MessageRef(story.workspace.team_id, direct.id, "1.5")
    reader = Principal(story.hanako.id)
    asked = Question(place.question, place.thread, ASKED[language], reader, story.hanako.id)
    await story.ledger.record(asked, Answer("answered", said))
    await story.ledger.rate(Feedback(asked.id, story.hanako.id, "up", "button", time.time()))
    await run(story, ASKED[language], story.hanako)
    by_workflow = str(story.model.server.requests)
    await story.finished(await story.workspace.post(direct, story.hanako, ASKED[language]))
    by_person = str(story.model.server.requests)

    assert said not in by_workflow
    assert said in by_person
