"""A question is handed over once, to somebody else than its asker, together with its like."""

from dataclasses import dataclass, field, replace

import pytest

from bot.core.types import Answer, Handoff, Question, QuestionId, ThreadId, Waiter
from bot.handoff.reminder_times import due, read_times
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.redis.connection import RedisConnection
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal

READERS = Principal("C1", member=True)
ANSWER = Answer(
    "handed_over",
    "The documents do not answer this question.\n@keiko is the person to ask.",
    owner="@keiko",
    experts=("@keiko", "@ken"),
)
ANSWER_JAPANESE = replace(ANSWER, text="見つかりませんでした。\n詳しくは @keiko にお尋ねください。")


@dataclass
class Team:
    """Keiko and Ken; the group @two has Ken alone."""

    ids: dict[str, str] = field(default_factory=lambda: {"@keiko": "U1", "@ken": "U2"})

    async def find(self, name: str) -> str:
        return self.ids.get(name, "")

    async def named(self, owner: str) -> str:
        return next((name for name, person in self.ids.items() if person == owner), owner)

    async def stands_for(self, owner: str, person: str) -> bool:
        return owner == person


def question(text: str, number: int, person: str = "U9", asker: Principal = READERS) -> Question:
    place = f"slack:T1:{asker.id}:{number}.0"
    return Question(QuestionId(place), ThreadId(place), text, asker, person)


@pytest.fixture
def handoffs(store: RedisConnection) -> HandoffStore:
    return HandoffStore(store.commands)


@pytest.fixture
def experts(handoffs: HandoffStore) -> HandoffService:
    """Private is what a person reads."""
    return HandoffService(
        handoffs, QuestionSimilarity(), Team(), lambda one: one.asker.id.startswith("U")
    )


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("How do I book a room?", "How can I book rooms?", ANSWER),
        ("会議室の予約方法は？", "会議室はどうやって予約しますか？", ANSWER_JAPANESE),
    ],
)
async def test_asking_again_after_a_crash_changes_nothing(
    experts: HandoffService, handoffs: HandoffStore, first: str, second: str, answer: Answer
) -> None:
    """Neither for who opened a hand-over nor for who joined it."""
    one, two = question(first, 1), question(second, 2)
    opened = [await experts.ask(one, answer) for _ in range(2)]
    joined = [await experts.ask(two, answer) for _ in range(2)]
    assert opened[0] == opened[1] == replace(answer, owner="U1")
    assert joined[0] == joined[1] == replace(answer, owner="U1", joined=one.id)
    (known,) = await handoffs.since(0.0)
    assert [waiter.question_id for waiter in known.waiting] == [one.id, two.id]


async def test_two_that_cannot_see_each_other_become_one(
    experts: HandoffService, handoffs: HandoffStore
) -> None:
    """Both are open before either looks: the second one gives way, and so it stays."""
    one, two = question("How do I book a room?", 1), question("How can I book rooms?", 2)
    for each in (one, two):
        waiting = (Waiter(each.id, each.thread, each.person, 1.0),)
        await handoffs.open(
            Handoff(each.id, each.text, READERS, "U1", each.thread, 1.0, waiting=waiting)
        )
    assert (await experts.ask(one, ANSWER)).joined == ""
    assert (await experts.ask(two, ANSWER)).joined == one.id
    assert (await experts.ask(one, ANSWER)).joined == ""
    assert [known.id for known in await handoffs.pending()] == [one.id]


async def test_only_what_the_same_people_read_is_joined(experts: HandoffService) -> None:
    """And in private only what somebody was asked."""
    text = "How do I book a room?"
    await experts.ask(question(text, 1), ANSWER)
    other = await experts.ask(question(text, 2, asker=Principal("C2")), ANSWER)
    private = [
        await experts.ask(question(text, number, asker=Principal("U9")), ANSWER)
        for number in (3, 4)
    ]
    assert [answer.joined for answer in (other, *private)] == ["", "", ""]


async def test_what_has_ended_is_asked_again(
    experts: HandoffService, handoffs: HandoffStore
) -> None:
    one, two = question("How do I book a room?", 1), question("How can I book rooms?", 2)
    await experts.ask(one, ANSWER)
    await handoffs.end(one.id, "expired")
    assert (await experts.ask(two, ANSWER)).joined == ""


async def test_the_asker_is_passed_over(experts: HandoffService) -> None:
    """The text names whom it goes to; who is the only one is told so."""
    asked = await experts.ask(question("Where?", 1, person="U1"), ANSWER)
    assert asked.owner == "U2"
    assert asked.text.endswith("@ken is the person to ask.")
    alone = replace(ANSWER_JAPANESE, experts=("@keiko",))
    nobody = await experts.ask(question("どこ？", 2, person="U1"), alone)
    assert nobody.owner == ""
    assert nobody.text.endswith("ほかの人には尋ねていません。")


async def test_a_name_that_nobody_has_stays_a_name(experts: HandoffService) -> None:
    stranger = replace(ANSWER, owner="総務の田中", experts=("総務の田中", "@ken"))
    assert (await experts.ask(question("Where?", 1), stranger)).owner == "総務の田中"


def test_times_of_reminders() -> None:
    """Of several that were missed only the last one is due."""
    times = read_times("1d, 4h,3d")
    assert times == (14_400.0, 86_400.0, 259_200.0)
    elapsed = (0.0, 14_399.0, 14_400.0, 90_000.0, 1e9)
    assert [due(times, seconds) for seconds in elapsed] == [0, 0, 1, 2, 3]
    assert read_times("off") == read_times("") == ()
    for wrong in ("4", "1w", "soon", "4h,off", "４時間"):
        with pytest.raises(ValueError, match="is neither times such as 4h,1d,3d"):
            read_times(wrong)
