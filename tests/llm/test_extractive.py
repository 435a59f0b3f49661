"""The extractive model: a quotation with its source, or an honest no, through the same loop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.agent.agent import Agent
from bot.agent.confidence import Weights
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.texts import NOTHING_FOUND
from bot.core.language import language_of
from bot.core.types import Answer, Turn
from bot.llm.extractive import ExtractiveModel
from bot.text.excerpts import LONG
from knowledge.model.settings import ENTRIES
from knowledge.model.types import Passage, Signals
from tests.support.shelf import Shelf, ask, passage

STRONG = Signals(coverage=0.9, term_coverage=0.9, highlight_coverage=0.9, z_score=6)
WEAK = Signals(coverage=0.3, term_coverage=0.3, highlight_coverage=0.3, z_score=2)
LEAVE = "Full-time employees have 25 working days of paid leave a year."
OLD_LEAVE = "Full-time employees have 20 working days of paid leave a year."
YUKYU = "年次有給休暇は、入社から半年たつと10日付与されます。"
GYM = "Staff pay 20 euros a month for the gym."
PARKING = "来客用の駐車場は12台分です。"
OLD_YUKYU = "年次有給休暇は、入社から半年たつと7日付与されます。"


def found(
    text: str,
    title: str = "Leave",
    day: str = "",
    *,
    score: float = 0.8,
    signals: Signals = STRONG,
    highlight: str = "",
) -> Passage:
    return passage(text, title, day=day, score=score, signals=signals, highlight=highlight or text)


async def answer(
    question: str, passages: Mapping[str, Sequence[Passage]], history: Sequence[Turn] = ()
) -> Answer:
    shelf = Shelf(passages, name="search_knowledge")
    agent = Agent(ExtractiveModel(), (shelf,), RunLimits(), Prompt.load(), lambda _: 0.0)
    run = agent.start(ask(question), history)
    async for _ in run.events():
        pass
    return run.answer()


async def test_the_best_passage_is_quoted_with_its_title_and_date() -> None:
    answered = await answer(
        "How much leave?", {"How much leave?": [found(LEAVE, "Leave", "2026-01-05")]}
    )

    assert answered.status == "answered"
    assert answered.text == f"“Leave” (2026-01-05) says:\n\n> {LEAVE} [1]"
    assert answered.citations[0].quote == LEAVE
    weights = Weights.load("extractive")
    assert answered.confidence == pytest.approx(weights.score(answered.features), abs=0.001)
    assert not answered.calibrated
    assert answered.features["coverage"] == STRONG.coverage
    assert (answered.model, answered.cost_usd) == ("extractive", 0.0)


async def test_a_japanese_question_is_answered_in_japanese() -> None:
    answered = await answer("有給は？", {"有給は？": [found(YUKYU, "休暇規程", "2026-04-01")]})

    assert (
        answered.text == f"「休暇規程」（2026-04-01）に次のように書かれています：\n\n> {YUKYU} [1]"
    )


@pytest.mark.parametrize("question", ["How do I fly?", "空を飛ぶには？"])
@pytest.mark.parametrize("passages", [[], [found(LEAVE, signals=WEAK)]])
async def test_passages_of_another_subject_are_nothing_found(
    question: str, passages: list[Passage]
) -> None:
    """What has no word of the question is not shown, and nobody says that nothing answers it."""
    answered = await answer(question, {question: passages})

    assert (answered.status, answered.citations) == ("handed_over", ())
    assert answered.text == NOTHING_FOUND.to(language_of(question))
    assert answered.confidence is not None
    assert answered.confidence < Weights.load("extractive").shown_from


async def test_a_quotation_brings_its_neighbours_while_it_stays_short() -> None:
    """The best sentence often stands beside the one that answers."""
    text = "Yes. Dogs are welcome on Fridays if they are quiet. Cats are not."
    answered = await answer("Dogs?", {"Dogs?": [found(text, highlight="Yes.")]})
    long = " ".join(f"Sentence number {n} of the rule on dogs says no more." for n in range(40))
    cut = await answer("Dogs?", {"Dogs?": [found(long, highlight=long[:48])]})

    assert answered.citations[0].quote == text
    assert 300 < len(cut.citations[0].quote) <= LONG["en"]


@pytest.mark.parametrize(
    ("question", "text", "near", "telling"),
    [
        (
            "How much does the bag cost?",
            "The bag for the city is yellow.\n\nIt costs 450 yen.",
            "The bag for the city is yellow.",
            "450 yen",
        ),
        (
            "指定袋はいくらですか",
            "指定袋は黄色です。\n\n10枚で450円です。",
            "指定袋は黄色です。",
            "450円",
        ),
    ],
)
async def test_the_kind_of_answer_that_is_asked_for_is_looked_for(
    question: str, text: str, near: str, telling: str
) -> None:
    """A question for a price is answered by a price, not by what else its words are near to."""
    answered = await answer(question, {question: [found(text, highlight=near)]})

    assert telling in answered.citations[0].quote


async def test_a_passage_without_a_telling_sentence_is_quoted_from_its_beginning() -> None:
    """The words of the question are in its heading then, and the answer comes first."""
    text = "はい、使えます。残った袋は交換します。"
    signals = Signals(coverage=0.9, term_coverage=0.9, highlight_coverage=0.02, z_score=9)
    passages = [found(text, signals=signals, highlight="残った袋は交換します。")]
    answered = await answer("袋は？", {"袋は？": passages})

    assert answered.citations[0].quote == text


@pytest.mark.parametrize(
    ("question", "new", "old"),
    [("How much leave?", LEAVE, OLD_LEAVE), ("有給は？", YUKYU, OLD_YUKYU)],
)
async def test_of_two_contradicting_documents_the_newer_is_quoted_and_the_older_named(
    question: str, new: str, old: str
) -> None:
    passages = [found(old, "2023年", "2023-01-09", score=0.9), found(new, "2026年", "2026-01-05")]
    answered = await answer(question, {question: passages})

    assert [citation.quote for citation in answered.citations] == [new, old]
    assert [citation.date for citation in answered.citations] == ["2026-01-05", "2023-01-09"]
    assert answered.text.index(new) < answered.text.index(old)


@pytest.mark.parametrize(
    ("question", "old", "new"),
    [
        (
            "粗大ごみの手数料",
            found(
                "粗大ごみの手数料は一律400円です。", "粗大ごみの出し方（令和4年度）", "2022-04-01"
            ),
            found("手数料は品目ごとに決めています。", "粗大ごみの申込み", "2026-03-02", score=0.5),
        ),
        (
            "per diem rates",
            found("The per diem rates are 40 euros.", "Per diem rates 2024", "2024-01-01"),
            found("Rates of each city are listed.", "Per diem", "2026-01-01", score=0.5),
        ),
    ],
)
async def test_an_outdated_page_stands_behind_the_current_one(
    question: str, old: Passage, new: Passage
) -> None:
    """Its title names a year now past, and the question names none."""
    shown = await answer(question, {question: [old, new]})

    assert [one.document_id for one in shown.citations][:1] == [new.document_id]


async def test_an_older_year_that_is_asked_for_is_quoted() -> None:
    old = found("The per diem is 40 euros.", "Per diem rates 2024", "2024-01-01")
    new = found("The per diem is 55 euros.", "Per diem", "2026-01-01", score=0.5)
    question = "per diem rates 2024"
    shown = await answer(question, {question: [old, new]})

    assert shown.citations[0].document_id == old.document_id


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is dental treatment covered by the plan of nurses?", "Covered by the plan: bikes."),
        ("Who won the table tennis tournament?", "A table of goals. | Tide table |"),
    ],
)
async def test_a_passage_with_another_subject_is_not_worth_showing(
    question: str, text: str
) -> None:
    """It has one word of four by chance."""
    assert (await answer(question, {question: [found(text, "Goals")]})).status == "handed_over"


async def test_documents_that_agree_are_not_set_against_each_other() -> None:
    passages = [found(LEAVE, "Old", "2023-01-09", score=0.9), found(LEAVE, "New", "2026-01-05")]
    answered = await answer("How much leave?", {"How much leave?": passages})

    assert len(answered.citations) == 1


@pytest.mark.parametrize(
    ("before", "follow_up", "pay", "office"),
    [
        (
            "When is the office open?",
            "And on holidays?",
            "Holidays are paid in full, as every month.",
            "On holidays the office is open from 10:00.",
        ),
        (
            "窓口は何時に開きますか？",
            "休日は？",
            "休日も給与は全額支払われます。",
            "窓口は休日は10時に開きます。",
        ),
    ],
)
async def test_a_follow_up_is_read_with_the_question_before_it(
    before: str, follow_up: str, pay: str, office: str
) -> None:
    """Alone, "on holidays" is anybody's; with the office, it is the office's hours."""
    wrong, right = found(pay, "Pay"), found(office, "Office")
    passages = {
        follow_up: [found(wrong.text, "Pay", score=1.0), found(right.text, "Office", score=0.9)],
        f"{before} {follow_up}": [
            found(right.text, "Office", score=1.0),
            found(wrong.text, "Pay", score=0.4),
        ],
    }
    answered = await answer(follow_up, passages, [Turn(before, "At nine [1].")])

    assert answered.citations[0].title == "Office"
    assert [step.arguments["query"] for step in answered.steps] == [
        follow_up,
        f"{before} {follow_up}",
    ]


async def test_a_new_subject_in_a_thread_stands_on_its_own() -> None:
    before, question = "When is the office open?", "How much leave do I get?"
    office = found("The office opens at nine and closes at five.", "Office")
    passages = {
        question: [found(LEAVE, score=1.0), found(office.text, "Office", score=0.1, signals=WEAK)],
        f"{before} {question}": [
            found(office.text, "Office", score=0.9, signals=WEAK),
            found(LEAVE, score=0.8, signals=WEAK),
        ],
    }
    answered = await answer(question, passages, [Turn(before, "At nine [1].")])

    assert (answered.status, answered.citations[0].quote) == ("answered", LEAVE)


async def test_brackets_in_a_document_are_not_taken_for_marks() -> None:
    text = "The **leave[2] of staff is described in rule [12] of the book."
    answered = await answer("Leave?", {"Leave?": [found(text, "Rules [3]")]})

    assert answered.text == (
        "“Rules” says:\n\n> The leave of staff is described in rule  of the book. [1]"
    )
    assert len(answered.citations) == 1


BOTH = (
    "The office in Lisbon opens at 9. Dogs are welcome.\n\n"
    "リスボンのオフィスは9時に開きます。犬は歓迎です。"
)


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("リスボンのオフィスは何時に開きますか？", "answered"),
        ("リスボンのオフィスで昼寝してもいいですか？", "found"),
        ("リスボンのオフィスで喫煙してもいいですか？", "found"),
        ("リスボンの駐車場は何時に開きますか？", "found"),
        ("When does the office in Lisbon open?", "answered"),
        ("Can I take a nap in the office in Lisbon?", "found"),
        ("May I smoke in the Lisbon office?", "found"),
        ("When does the car park in Lisbon open?", "found"),
    ],
)
async def test_an_answer_has_the_things_that_the_question_names(question: str, status: str) -> None:
    """In whichever language the document says it; else the passage is only shown."""
    answered = await answer(question, {question: [found(BOTH, "Office オフィス")]})

    assert answered.status == status
    if status == "answered":
        assert language_of(answered.citations[0].quote) == language_of(question)


PHONES = "Office phone of Hanson: 4411.\n\n粗大ごみの受付の電話: 4422。"


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("What is the office phone of Hanson?", "answered"),
        ("What is the office phone of Hansen?", "found"),
        ("What is the office phone of Hansson?", "found"),
        ("What is the office phone of Hasnon?", "answered"),
        ("粗大ゴミの受付の電話は？", "answered"),
    ],
)
async def test_another_word_may_be_another_name(question: str, status: str) -> None:
    """A passage with a word of other letters is shown, but is no answer."""
    answered = await answer(question, {question: [found(PHONES, "Phones 電話")]})

    assert answered.status == status
    assert "4411" in answered.text or "4422" in answered.text


OTHERS = (
    "Ticket HR-2045 was closed by Maria.\n\nThe hotel limit for domestic trips is 90 euros."
    "\n\n西新宿店の開店時刻は10時です。\n\n猫の登録料は2,000円です。"
)


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Who closed ticket HR 2045?", "Maria"),
        ("Who closed ticket HR-204?", ""),
        ("What is the hotel limit for domestic trips?", "90"),
        ("What is the hotel limit for foreign trips?", ""),
        ("When is it?", ""),
        ("how old are you?", ""),
        ("西新宿店の開店時刻は？", "10時"),
        ("新宿店の開店時刻は？", ""),
        ("ねこの登録料は？", "2,000円"),
        ("いぬの登録料は？", ""),
        ("今日は何曜日ですか？", ""),
    ],
)
async def test_another_thing_is_not_stated(question: str, stated: str) -> None:
    """A part of a name, another word before a thing, or a question that names nothing."""
    answered = await answer(question, {question: [found(OTHERS, "Rules 規則")]})

    assert (answered.status == "answered") == bool(stated)
    assert stated in answered.text


@pytest.mark.parametrize(
    ("question", "table", "row"),
    [
        (
            "How many seats does Porto have?",
            "| Room | Seats |\n| --- | --- |\n| Lisbon | 12 |\n| Porto | 6 |",
            "| Porto | 6 |",
        ),
        (
            "会議室ポルトの定員は何人ですか？",
            "| 会議室 | 定員 |\n| --- | --- |\n| リスボン | 12人 |\n| ポルト | 6人 |",
            "| ポルト | 6人 |",
        ),
    ],
)
async def test_a_row_counts_what_its_column_names(question: str, table: str, row: str) -> None:
    answered = await answer(question, {question: [found(table, "Rooms 会議室")]})

    assert (answered.status, answered.citations[0].quote) == ("answered", row)


UMBRELLAS = "Umbrellas stand at the front door. Each has a number."
WRITE_ON_UMBRELLAS = "Do not write on the umbrellas: they have a number each."
KASA = "傘は正面玄関の傘立てに置いてください。傘には番号があります。"
KAKANAI = "傘には何も書かないでください。番号があります。"


@pytest.mark.parametrize(
    ("question", "text", "status"),
    [
        ("May I write on the umbrellas?", UMBRELLAS, "found"),
        ("May I write on the umbrellas?", WRITE_ON_UMBRELLAS, "answered"),
        ("May I use the umbrellas?", UMBRELLAS, "found"),
        ("May I use the umbrellas?", "Anyone may borrow the umbrellas.", "answered"),
        ("Where do the umbrellas stand?", UMBRELLAS, "answered"),
        ("傘に名前を書いてもいいですか？", KASA, "found"),
        ("傘に書いてもいいですか？", KAKANAI, "answered"),
        ("傘はどこに置けばいいですか？", KASA, "answered"),
    ],
)
async def test_leave_is_asked_for_and_a_thing_in_common_gives_none(
    question: str, text: str, status: str
) -> None:
    """Only what allows or forbids the act answers; else the passage is shown."""
    answered = await answer(question, {question: [found(text, "Umbrellas 傘")]})

    assert answered.status == status


PRESS, WHEEL = "Press the green button at the gate.", "Turn the wheel of the heating."


@pytest.mark.parametrize(
    ("asked", "said", "question", "answers"),
    [
        ("What does the gym cost?", GYM, "How much do I pay for the gym?", True),
        ("What does the gym cost?", GYM, "Does the gym cost anything?", True),
        ("What does the gym cost?", GYM, "How much do I pay for a dog?", False),
        ("What does the gym cost?", GYM, "What does the sauna cost?", False),
        ("How do I open the gate?", PRESS, "How do I close the gate?", False),
        ("How do I open the gate?", PRESS, "How can I open the gate?", True),
        ("How do I turn on the heating?", WHEEL, "How do I turn off the heating?", False),
        ("How do I turn on the heating?", WHEEL, "How can I turn the heating on?", True),
        ("Who is the new CFO?", "Anna is it.", "Who is the old CFO?", False),
        ("社員はジムを使えますか？", "社員は使えます。", "来客はジムを使えますか？", False),
        ("A棟の管理人は誰ですか？", "高橋さんです。", "B棟の管理人は誰ですか？", False),
        ("第一会議室の定員は？", "定員は10名です。", "第二会議室の定員は？", False),
        ("佐藤一郎さんの内線は？", "3300です。", "佐藤二郎さんの内線は？", False),
        ("左の扉の暗証番号は？", "4471です。", "右の扉の暗証番号は？", False),
        ("左の扉の暗証番号は？", "4471です。", "左の扉の暗証番号を教えてください", True),
        (
            "犬を連れて来てもいいですか？",
            "連れて来られます。",
            "猫を連れて来てもいいですか？",
            False,
        ),
        (
            "暖房はどうやってつけますか？",
            "壁のスイッチです。",
            "暖房はどうやってけしますか？",
            False,
        ),
        ("駐車場は何台分ありますか？", PARKING, "来客用の駐車場は何台？", True),
        ("駐車場は何台分ありますか？", PARKING, "駐車場の台数を教えて", True),
        ("駐車場は何台分ありますか？", PARKING, "駐輪場は何台分ありますか？", False),
        ("駐車場は何台分ありますか？", PARKING, "駐車場の料金はいくらですか？", False),
    ],
)
async def test_a_saved_entry_answers_a_paraphrase_and_no_other_question(
    asked: str, said: str, question: str, *, answers: bool
) -> None:
    entry = replace(found(said, asked), source=ENTRIES)
    answered = await answer(question, {question: [entry]})

    assert (answered.status == "answered") == answers
