"""The loop: how a run comes to its end, whatever the model and the tools do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.agent.agent import Agent
from bot.agent.confidence import Weights
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.tool import Tool
from bot.core.errors import ContextTooLongError, ModelUnavailableError, ToolError
from bot.core.types import (
    WEB,
    Answer,
    Event,
    ModelTurn,
    Question,
    ToolCall,
    ToolFinished,
    ToolStarted,
    Turn,
    Usage,
)
from tests.support.scripted_model import HANGS, ScriptedModel, call, finish, says, search
from tests.support.shelf import Shelf, ask, never, passage

LEAVE = passage("Staff get 10 days of leave. Ask by mail.", owner="U-HR", highlight="10 days")
YUKYU = passage("年次有給休暇は10日です。", "休暇規程", id="kitei.md#0", owner="総務の田中")
VPN = passage("Set up the VPN with your badge.", "VPN", id="vpn.md#0", score=0.2)
ENGLISH = ask("How many days of leave do I get?")
JAPANESE = ask("有給休暇は何日ですか？")
LIMITS = RunLimits()


def agent(
    model: ScriptedModel, *tools: Tool, limits: RunLimits = LIMITS, price: float = 0
) -> Agent:
    return Agent(
        model,
        tools or (Shelf({"leave": [LEAVE], "有給": [YUKYU], "vpn": [VPN]}),),
        limits,
        Prompt.load(),
        lambda usage: price * usage.calls,
        today=lambda: date(2026, 11, 24),
    )


async def answer_of(
    agent: Agent, question: Question = ENGLISH, history: Sequence[Turn] = ()
) -> Answer:
    run = agent.start(question, history)
    async for _ in run.events():
        pass
    return run.answer()


async def test_a_run_searches_and_answers_with_a_checked_citation() -> None:
    """The answer carries the passage's own words, and everything the ledger keeps."""
    model = ScriptedModel(
        says("", search("leave")), says("", finish("You get 10 days [1].", (1, "10 days of leave")))
    )
    answer = await answer_of(agent(model))

    assert (answer.status, answer.text) == ("answered", "You get 10 days [1].")
    assert [(c.number, c.quote) for c in answer.citations] == [(1, "10 days of leave")]
    assert [(s.tool, s.arguments, s.passages) for s in answer.steps] == [
        ("search", {"query": "leave"}, (LEAVE.id,))
    ]
    assert answer.termination_reason == "finished"
    assert answer.usage == Usage(20, 0, 0, 2)
    assert answer.model == "scripted"
    assert answer.prompt_version == Prompt.load().version


async def test_a_japanese_question_is_answered_in_the_same_way() -> None:
    model = ScriptedModel(
        says("", search("有給")), says("", finish("１０日です【1】。", (1, "１０日")))
    )
    answer = await answer_of(agent(model), JAPANESE)

    assert (answer.status, answer.text) == ("answered", "１０日です[1]。")
    assert answer.citations[0].title == "休暇規程"


async def test_the_calls_of_one_turn_run_at_the_same_time() -> None:
    """Each waits for the other to have begun: one after the other they would never end."""
    first, second = asyncio.Event(), asyncio.Event()

    async def meet_second() -> None:
        first.set()
        await second.wait()

    async def meet_first() -> None:
        second.set()
        await first.wait()

    tools = (
        Shelf({"q": [LEAVE]}, name="one", before=meet_second),
        Shelf({"q": [VPN]}, name="two", before=meet_first),
    )
    calls = call("one", {"query": "q"}, "a"), call("two", {"query": "q"}, "b")
    model = ScriptedModel(says("", *calls), says("", finish("10 days [1].")))
    answer = await answer_of(agent(model, *tools))

    assert [step.passages for step in answer.steps] == [(LEAVE.id,), (VPN.id,)]


async def test_every_call_is_answered_once_and_in_order() -> None:
    """Good, unknown, malformed, failing and slow calls of one turn: five answers, no traceback."""

    async def fail() -> None:
        raise ToolError("the server is down")

    tools = (
        Shelf({"leave": [LEAVE]}),
        Shelf({}, name="broken", before=fail),
        Shelf({}, name="slow", before=never),
    )
    calls = (
        search("leave", "a"),
        call("delete_all", {}, "b"),
        call("search", "[[[", "c"),
        call("broken", {"query": "x"}, "d"),
        call("slow", {"query": "x"}, "e"),
    )
    model = ScriptedModel(says("", *calls), says("", finish("10 days [1].")))
    answer = await answer_of(agent(model, *tools, limits=RunLimits(tool_seconds=0.05)))

    observations = [m for m in model.requests[1].messages if m.role == "tool"]
    assert [message.call_id for message in observations] == list("abcde")
    assert [message.text.startswith("error: ") for message in observations] == [False] + [True] * 4
    assert not any("Traceback" in m.text or ".py" in m.text for m in observations)
    assert "search, broken, slow, finish" in observations[1].text
    assert observations[3].text == "error: the server is down"
    assert [bool(step.error) for step in answer.steps] == [False, True, True, True, True]


async def test_calls_with_one_id_are_one_call() -> None:
    """A server that repeats an id would refuse two results for it."""
    model = ScriptedModel(
        says("", search("leave", "x"), search("vpn", "x")), says("", finish("By badge [1]."))
    )
    await answer_of(agent(model))

    assert [m.call_id for m in model.requests[1].messages if m.role == "tool"] == ["x"]


async def test_events_tell_each_act_with_its_passages() -> None:
    model = ScriptedModel(says("", search("leave", "a")), says("", finish("10 days [1].")))
    run = agent(model).start(ENGLISH)
    events: list[Event] = [event async for event in run.events()]

    assert events == [
        ToolStarted("a", "search", {"query": "leave"}),
        ToolFinished("a", "search", {"query": "leave"}, (LEAVE,)),
    ]


def searching(turns: int, tokens: int = 10) -> list[ModelTurn]:
    """A model that finds something new in each of *turns*, and finishes when it is told to."""
    return [
        *(says("", search(f"q{turn}"), tokens=tokens) for turn in range(turns)),
        says("", finish("10 days [1].")),
    ]


EVER_NEW = Shelf({f"q{n}": [passage("10 days", f"T{n}")] for n in range(20)})


@pytest.mark.parametrize(
    ("limits", "reason", "turns"),
    [
        (RunLimits(steps=3), "max_steps", 2),
        (RunLimits(steps=20, tool_calls=2), "max_tool_calls", 2),
        (RunLimits(steps=20, tokens=500), "max_tokens", 4),
        (RunLimits(steps=20, cost_usd=0.55), "max_cost", 4),
    ],
)
async def test_a_limit_forces_the_finish_while_there_is_still_room_for_it(
    limits: RunLimits, reason: str, turns: int
) -> None:
    """Each turn costs 100 tokens and $0.10: the finish itself still stays within the limit."""
    model = ScriptedModel(*searching(turns, tokens=100))
    answer = await answer_of(agent(model, EVER_NEW, limits=limits, price=0.1))

    assert [request.force for request in model.requests] == [""] * turns + ["finish"]
    assert answer.termination_reason == reason


async def test_an_unknown_price_limits_nothing() -> None:
    """A cost that nobody knows is told as unknown, never as zero."""
    model = ScriptedModel(*searching(2))
    unpriced = Agent(model, (EVER_NEW,), RunLimits(cost_usd=0.0), Prompt.load(), lambda _: None)
    answer = await answer_of(unpriced)

    assert (answer.termination_reason, answer.cost_usd) == ("finished", None)


async def test_calls_above_the_limit_are_refused_but_answered() -> None:
    calls = [search(f"q{n}", f"c{n}") for n in range(3)]
    model = ScriptedModel(says("", *calls), says("", finish("10 days [1].")))
    await answer_of(agent(model, EVER_NEW, limits=RunLimits(tool_calls=2)))

    assert [text.startswith("error:") for text in model.requests[1].observations] == [
        False,
        False,
        True,
    ]


async def test_when_time_is_short_the_finish_is_forced() -> None:
    """A turn takes 50 of 120 seconds: after it, another one and the finish do not fit."""
    now = [0.0]

    async def take_50_seconds() -> None:
        now[0] += 50

    slow = Shelf({"q0": [LEAVE]}, before=take_50_seconds)
    model = ScriptedModel(*searching(1))
    run = Agent(model, (slow,), RunLimits(), Prompt.load(), lambda _: None, clock=lambda: now[0])
    answer = await answer_of(run)

    assert [request.force for request in model.requests] == ["", "finish"]
    assert (answer.status, answer.termination_reason) == ("answered", "deadline")
    assert answer.latency_ms == 50_000


async def test_a_model_that_hangs_ends_in_an_honest_hand_over() -> None:
    model = ScriptedModel(says("", search("leave")), HANGS)
    answer = await answer_of(agent(model, limits=RunLimits(seconds=1.0)))

    assert (answer.status, answer.termination_reason) == ("handed_over", "deadline")
    assert answer.text.startswith("I ran out of time")
    assert answer.citations[0].title == "Leave policy"


async def test_a_repeated_call_is_told_first_and_then_ends_the_run() -> None:
    """Width and case make no difference; the tool itself runs once."""
    shelf = Shelf({"leave days": [LEAVE]})
    model = ScriptedModel(
        says("", search("leave days")),
        says("", search("Leave　Days")),
        says("", search("ＬＥＡＶＥ days")),
        says("", finish("10 days [1].")),
    )
    answer = await answer_of(agent(model, shelf))

    assert len(shelf.questions) == 1
    assert "same call" in model.requests[2].observations[-1]
    assert [request.force for request in model.requests] == ["", "", "", "finish"]
    assert answer.termination_reason == "repeated_actions"


async def test_two_turns_without_new_passages_end_the_run() -> None:
    shelf = Shelf({"a": [LEAVE], "b": [LEAVE], "c": []})
    model = ScriptedModel(
        says("", search("a")),
        says("", search("b")),
        says("", search("c")),
        says("", finish("10 days [1].")),
    )
    answer = await answer_of(agent(model, shelf))

    assert [request.force for request in model.requests] == ["", "", "", "finish"]
    assert answer.termination_reason == "no_new_evidence"


@pytest.mark.parametrize(
    "broken",
    [
        call("finish", '{"status": "answered", "answer": "10 da', "f"),
        call("finish", {"status": "maybe", "answer": "10 days [1]."}, "f"),
        call("finish", {"status": "answered", "answer": " "}, "f"),
        call("finish", {"status": "answered", "answer": "The moon is made of cheese."}, "f"),
        call("finish", {"status": "answered", "answer": "Staff get 12 days [7]."}, "f"),
    ],
)
async def test_an_unusable_finish_gets_one_repair(broken: ToolCall) -> None:
    model = ScriptedModel(
        says("", search("leave")), says("", broken), says("", finish("10 days [1]."))
    )
    answer = await answer_of(agent(model))

    assert (answer.status, answer.termination_reason) == ("answered", "finished")
    assert model.requests[2].observations[-1].startswith("error: ")


async def test_a_statement_that_no_passage_carries_is_no_answer() -> None:
    """The expert sees the draft, the asker does not."""
    model = ScriptedModel(
        says("", search("leave")), says("", finish("The moon is made of cheese."))
    )
    answer = await answer_of(agent(model))

    assert (answer.status, answer.termination_reason) == ("handed_over", "unsupported")
    assert "moon" in answer.draft
    assert "moon" not in answer.text
    assert len(model.requests) == 3


async def test_a_finish_that_stays_unreadable_says_so() -> None:
    """Nobody has read the passages, so nobody can say that they hold no answer."""
    model = ScriptedModel(says("", search("leave")), says("", call("finish", "[[[", "f")))
    answer = await answer_of(agent(model))

    assert (answer.status, answer.termination_reason) == ("handed_over", "invalid_finish")
    assert answer.text.startswith("The model's reply could not be used")
    assert len(model.requests) == 3


async def test_a_forced_model_that_does_something_else_is_stopped() -> None:
    """Some servers ignore a forced tool; every call still gets its answer."""
    model = ScriptedModel(says("", search("leave")))
    answer = await answer_of(agent(model, limits=RunLimits(steps=1)))

    assert (answer.status, answer.termination_reason) == ("handed_over", "invalid_finish")
    assert len(model.requests) == 2
    assert "call `finish`" in model.requests[1].observations[0]


async def test_other_calls_beside_a_finish_are_not_done() -> None:
    shelf = Shelf({"leave": [LEAVE]})
    model = ScriptedModel(
        says("", search("leave", "a")),
        says("", search("more", "b"), finish("The moon is made of cheese.")),
        says("", finish("10 days [1].")),
    )
    await answer_of(agent(model, shelf))

    assert len(shelf.questions) == 1
    assert [text.startswith("error:") for text in model.requests[2].observations[1:]] == [True] * 2


async def test_plain_text_is_an_answer_of_its_own() -> None:
    """Small models do not call `finish`; their text goes through the same checks at once."""
    model = ScriptedModel(says("", search("leave")), says("You get 10 days [1]."))
    answer = await answer_of(agent(model))

    assert len(model.requests) == 2
    assert (answer.status, answer.termination_reason) == ("answered", "plain_text")
    assert answer.citations[0].title == "Leave policy"


async def test_plain_text_of_a_strategy_that_thinks_aloud_is_nudged_once() -> None:
    """What the model reasons must not be taken for its answer."""
    model = ScriptedModel(says("", search("leave")), says("You get 10 days [1]."))
    thinking = replace(agent(model), prompt=Prompt.load("chain-of-thought"))
    answer = await answer_of(thinking)

    assert model.requests[2].messages[-1].role == "user"
    assert "finish" in model.requests[2].messages[-1].text
    assert (answer.status, answer.termination_reason) == ("answered", "plain_text")


@pytest.mark.parametrize(
    ("question", "said", "shown"),
    [
        (
            ENGLISH,
            "Staff get 10 days of leave. Ask by mail. It is paid in gold.",
            "Staff get 10 days of leave [1]. Ask by mail [1].",
        ),
        (JAPANESE, "年次有給休暇は１０日です。", "年次有給休暇は１０日です[1]。"),
    ],
)
async def test_a_statement_without_a_mark_gets_the_passage_that_carries_it(
    question: Question, said: str, shown: str
) -> None:
    """What no passage carries is left out."""
    query = "leave" if question is ENGLISH else "有給"
    model = ScriptedModel(says("", search(query)), says(said))
    answer = await answer_of(agent(model), question)

    assert (answer.status, answer.text) == ("answered", shown)
    assert len(model.requests) == 2


async def test_a_statement_with_a_wrong_mark_gets_the_passage_that_carries_it() -> None:
    """Small models know what to say, and mistake the number."""
    shelf = Shelf({"leave": [VPN, LEAVE]})
    model = ScriptedModel(says("", search("leave")), says("Staff get 10 days of leave [1]."))
    answer = await answer_of(agent(model, shelf))

    assert (answer.text, answer.citations[0].title) == (
        "Staff get 10 days of leave [1].",
        "Leave policy",
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (ENGLISH, "The provided documents do not mention leave for contractors."),
        (ENGLISH, "I don't know."),
        (JAPANESE, "資料には、契約社員の有給休暇についての記載がありません。"),
    ],
)
async def test_a_text_that_says_there_is_no_answer_is_none(question: Question, said: str) -> None:
    model = ScriptedModel(says("", search("leave")), says(said))
    answer = await answer_of(agent(model), question)

    assert (answer.status, len(model.requests)) == ("handed_over", 2)
    assert answer.text.startswith(
        ("The documents do not answer", "この質問の答えは、資料に見つかりませんでした")
    )


@pytest.mark.parametrize("text", ["[1] [2]", "【1】。"])
async def test_marks_without_words_are_no_answer(text: str) -> None:
    model = ScriptedModel(says("", search("leave")), says(text))
    answer = await answer_of(agent(model))

    assert (answer.status, answer.termination_reason) == ("handed_over", "unsupported")


@pytest.mark.parametrize("text", ["The moon is made of green cheese.", ""])
async def test_plain_text_without_evidence_is_no_answer(text: str) -> None:
    model = ScriptedModel(says(text))
    answer = await answer_of(agent(model))

    assert (answer.status, answer.citations) == ("handed_over", ())
    assert all(m.text or m.calls for m in model.requests[-1].messages if m.role == "assistant")


async def test_a_greeting_may_be_returned_without_a_citation() -> None:
    """It is no question, so nobody is asked."""
    model = ScriptedModel(says("", finish("You're welcome!", status="chat")))
    answer = await answer_of(agent(model), ask("Thanks!"))

    assert (answer.status, answer.text, answer.experts) == ("chat", "You're welcome!", ())


KNOWLEDGE = Shelf({ENGLISH.text: [LEAVE], JAPANESE.text: [YUKYU]}, name="search_knowledge")


@pytest.mark.parametrize(
    ("question", "said"), [(ENGLISH, "You get 10 days [1]."), (JAPANESE, "10日です[1]。")]
)
async def test_a_run_begins_with_the_search_for_its_question(question: Question, said: str) -> None:
    """One turn of the model is enough, and the search shows among the steps."""
    model = ScriptedModel(says("", finish(said)))
    answer = await answer_of(agent(model, KNOWLEDGE), question)

    (request,) = model.requests
    assert request.messages[-1].passages[0].number == 1
    assert [(step.tool, step.arguments) for step in answer.steps] == [
        ("search_knowledge", {"query": question.text})
    ]
    assert (answer.status, answer.text) == ("answered", said)


async def test_a_follow_up_is_also_searched_for_with_what_it_stands_on() -> None:
    model = ScriptedModel(says("", finish("Which one?", status="clarify")))
    earlier = [Turn("How much leave is there?", "25 days."), Turn("And for trainees?", "None.")]
    answer = await answer_of(agent(model, KNOWLEDGE), ask("And on holidays?"), earlier)

    assert [step.arguments["query"] for step in answer.steps] == [
        "And on holidays?",
        "How much leave is there? And for trainees? And on holidays?",
    ]


async def test_the_model_is_told_when_it_repeats_the_first_search() -> None:
    again = call("search_knowledge", {"query": ENGLISH.text}, "a")
    model = ScriptedModel(says("", again), says("", finish("You get 10 days [1].")))
    await answer_of(agent(model, KNOWLEDGE))

    assert "same call" in model.requests[1].observations[-1]


async def test_a_sentence_with_a_wrong_figure_is_objected_to_and_then_left_out() -> None:
    bad = finish("You get 12 days [1]. Ask by mail [1].")
    model = ScriptedModel(says("", search("leave")), says("", bad))
    answer = await answer_of(agent(model))

    objection = model.requests[2].observations[-1]
    assert "You get 12 days" in objection
    assert "(12)" in objection
    assert (answer.status, answer.text) == ("answered", "Ask by mail [1].")


async def test_a_japanese_sentence_with_a_wrong_figure_is_left_out_too() -> None:
    """Nothing is left then: the draft is for the expert, who can see what is wrong with it."""
    bad = finish("年次有給休暇は12日です[1]。", (1, "年次有給休暇"))
    model = ScriptedModel(says("", search("有給")), says("", bad))
    answer = await answer_of(agent(model), JAPANESE)

    assert (answer.status, answer.termination_reason) == ("handed_over", "unsupported")
    assert (answer.draft, answer.withheld) == ("年次有給休暇は12日です。", "unsupported")
    assert "12日" not in answer.text


async def test_insufficient_evidence_is_said_plainly_with_what_is_near() -> None:
    missing = {"status": "insufficient_evidence", "missing": "leave for contractors [1]"}
    model = ScriptedModel(
        says("", search("vpn", "a"), search("leave", "b")), says("", call("finish", missing))
    )
    answer = await answer_of(agent(model))

    assert answer.status == "handed_over"
    assert answer.text.splitlines() == [
        "The documents do not answer this question.",
        "The documents do not say: leave for contractors",
        "",
        "Closest passages:",
        "- “Leave policy” [1]: 10 days",
        "- “VPN” [2]: Set up the VPN with your badge.",
        "",
        "Try asking U-HR.",
    ]
    assert [c.title for c in answer.citations] == ["Leave policy", "VPN"]
    assert answer.owner == "U-HR"


async def test_a_hand_over_speaks_the_language_of_the_question() -> None:
    model = ScriptedModel(
        says("", search("有給")), says("", finish("", status="insufficient_evidence"))
    )
    answer = await answer_of(agent(model), JAPANESE)

    assert answer.text.startswith("この質問の答えは、資料に見つかりませんでした。")
    assert "「休暇規程」[1]" in answer.text
    assert answer.text.endswith("総務の田中 にお尋ねください。")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (ENGLISH, "I could not search the documents: the index is missing"),
        (JAPANESE, "資料を検索できませんでした: the index is missing"),
    ],
)
async def test_a_search_that_cannot_be_done_is_not_told_as_an_empty_one(
    question: Question, text: str
) -> None:
    """ "The documents do not say" would be untrue when nobody could look."""

    async def fail() -> None:
        raise ToolError("the index is missing")

    model = ScriptedModel(
        says("", search("leave")), says("", finish("", status="insufficient_evidence"))
    )
    answer = await answer_of(agent(model, Shelf({}, before=fail)), question)

    assert (answer.status, answer.text) == ("failed", text)


async def test_a_question_back_needs_no_citation() -> None:
    model = ScriptedModel(says("", finish("Do you mean paid leave?", status="clarify")))
    answer = await answer_of(agent(model))

    assert (answer.status, answer.text) == ("clarify", "Do you mean paid leave?")


async def test_a_transcript_that_is_too_long_loses_its_oldest_observation() -> None:
    """The texts go, their numbers stay: what was dropped can still be cited."""
    model = ScriptedModel(
        says("", search("leave")),
        says("", search("vpn")),
        ContextTooLongError("too long"),
        says("", finish("You get 10 days [1].")),
    )
    answer = await answer_of(agent(model))

    oldest, newest = model.requests[3].observations
    assert "dropped" in oldest
    assert "[1]" in oldest
    assert "10 days" not in oldest
    assert "VPN" in newest
    assert answer.citations[0].title == "Leave policy"


@pytest.mark.parametrize("error", [ContextTooLongError("long"), ModelUnavailableError("down")])
async def test_a_failure_of_the_model_leaves_the_run(error: Exception) -> None:
    """The worker decides: an unavailable model is tried again with the whole job."""
    with pytest.raises(type(error)):
        await answer_of(agent(ScriptedModel(error)))


async def test_tools_may_open_the_pages_of_the_web_search_and_no_documents() -> None:
    """Whoever writes a document could carry private text away by its address."""
    url = "https://w.example/"
    page = passage("10 days.", "Page", id=f"{url}#0", source=WEB, url=url)
    shelf = Shelf({"leave": [LEAVE], "web": [page], "vpn": [VPN]})
    model = ScriptedModel(
        says("", search("leave")),
        says("", search("web")),
        says("", search("vpn")),
        says("", finish("10 days [1].")),
    )
    await answer_of(agent(model, shelf))

    assert [question.links for question in shelf.questions] == [(), (), (url,)]


async def test_earlier_turns_are_told_without_their_marks() -> None:
    model = ScriptedModel(says("", finish("Which one?", status="clarify")))
    await answer_of(agent(model), ENGLISH, [Turn("What is the VPN?", "A tunnel [1].")])

    roles = [(m.role, m.question) for m in model.requests[0].messages]
    assert roles == [
        ("system", ""),
        ("user", "What is the VPN?"),
        ("assistant", ""),
        ("user", ENGLISH.text),
    ]
    assert model.requests[0].messages[2].text == "A tunnel."


async def test_the_tools_and_the_system_prompt_never_change_within_a_run() -> None:
    """Vendors cache an exact prefix: a forced finish must not change it."""
    model = ScriptedModel(*searching(2))
    await answer_of(agent(model, EVER_NEW, limits=RunLimits(steps=3)))

    assert len({request.tools for request in model.requests}) == 1
    assert len({request.messages[0] for request in model.requests}) == 1


async def test_an_answer_has_no_foreign_link() -> None:
    link = "https://evil.example/f"
    text = f"10 days [1]. ![x]({link}?q=10) Ask by mail or [the form]({link}) [1]."
    model = ScriptedModel(says("", search("leave")), says("", finish(text)))
    answer = await answer_of(agent(model))

    assert "https://evil" not in answer.text
    assert "the form" in answer.text


OLD = passage(
    "Staff get 7 days of leave.",
    "Leave 2023",
    id="old.md#0",
    day="2023-04-01",
    highlight="Staff get 7 days of leave.",
)
NEW = passage(
    "Staff get 10 days of leave.",
    "Leave 2026",
    id="new.md#0",
    day="2026-04-01",
    owner="U-HR",
    highlight="Staff get 10 days of leave.",
)


async def test_an_answer_by_an_outdated_source_is_objected_to() -> None:
    """The model had both in front of it; told so once, it answers by the newer one."""
    shelf = Shelf({"leave": [OLD, NEW]})
    model = ScriptedModel(
        says("", search("leave")),
        says("", finish("Staff get 7 days of leave [1].")),
        says("", finish("Staff get 10 days of leave [2].")),
    )
    answer = await answer_of(agent(model, shelf))

    assert "passage [2] is newer than [1]" in model.requests[2].observations[-1]
    assert answer.text.startswith("Staff get 10 days of leave [1].")


async def test_contradicting_sources_are_named_with_their_dates() -> None:
    """Whichever the model chose, the asker sees the other."""
    shelf = Shelf({"leave": [OLD, NEW]})
    stubborn = ScriptedModel(says("", search("leave")), says("", finish("Staff get 7 days [1].")))
    right = ScriptedModel(says("", search("leave")), says("", finish("Staff get 10 days [2].")))
    outdated, current = (
        await answer_of(agent(stubborn, shelf)),
        await answer_of(agent(right, shelf)),
    )

    assert "The newer “Leave 2026” (2026-04-01) says otherwise" in outdated.text
    assert "The older “Leave 2023” (2023-04-01) says otherwise" in current.text
    assert [citation.date for citation in current.citations] == ["2026-04-01", "2023-04-01"]
    assert current.features["contradicted"] == 1


@pytest.mark.parametrize(
    ("question", "foreign", "own", "objection"),
    [
        (
            ENGLISH,
            "正社員の年次有給休暇は10日です[1]。",
            "Staff get 10 days of leave [1].",
            "English",
        ),
        (
            JAPANESE,
            "Staff get 10 days of annual leave [1].",
            "年次有給休暇は10日です[1]。",
            "日本語",
        ),
        (
            replace(JAPANESE, language="en"),
            "年次有給休暇は10日です[1]。",
            "Staff get 10 days of annual leave [1].",
            "English",
        ),
        (
            ask("有給休暇は何日ですか？英語で答えてください"),
            "年次有給休暇は10日です[1]。",
            "Staff get 10 days of annual leave [1].",
            "English",
        ),
    ],
)
async def test_an_answer_in_another_language_is_objected_to(
    question: Question, foreign: str, own: str, objection: str
) -> None:
    both = passage("Staff get 10 days of annual leave. 正社員の年次有給休暇は10日です。")
    model = ScriptedModel(
        says("", search("leave")), says("", finish(foreign)), says("", finish(own))
    )
    answer = await answer_of(agent(model, Shelf({"leave": [both]})), question)

    assert objection in model.requests[2].observations[-1]
    assert answer.text == own
    assert answer.features["wrong_language"] == 0


async def test_a_draft_that_mostly_does_not_hold_is_not_shown() -> None:
    """What is left of it would be no answer; the expert gets the whole."""
    text = "Staff get 12 days [1]. It was 9 days before [1]. Ask by mail [1]."
    model = ScriptedModel(says("", search("leave")), says("", finish(text)))
    answer = await answer_of(agent(model))

    assert (answer.status, answer.withheld) == ("handed_over", "unsupported")
    assert answer.draft == "Staff get 12 days. It was 9 days before. Ask by mail."
    assert "12 days" not in answer.text
    assert answer.owner == "U-HR"


async def test_confidence_comes_from_the_features_that_the_answer_keeps() -> None:
    weights = Weights("v1", 0.0, {"support": 1.0, "said": 1.0}, {})
    finished = call("finish", {"status": "answered", "answer": "10 days [1].", "confidence": 0.5})
    model = ScriptedModel(says("", search("leave")), says("", finished))
    answer = await answer_of(replace(agent(model), weights=weights))

    assert answer.score_version == "v1"
    assert (answer.features["support"], answer.features["said"]) == (1.0, 0.5)
    assert answer.confidence == pytest.approx(weights.score(answer.features))


async def test_an_allowance_below_the_limit_ends_a_run_earlier() -> None:
    model = ScriptedModel(*searching(2, tokens=100))
    run = agent(model, EVER_NEW, limits=RunLimits(steps=20), price=0.1).start(
        ENGLISH, most_usd=0.35
    )
    async for _ in run.events():
        pass

    assert run.answer().termination_reason == "max_cost"
    assert (run.answer().cost_usd or 1) <= 0.35
