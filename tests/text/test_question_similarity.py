"""Two questions are the same in other words, or they are two: in doubt they are two."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.text.question_similarity import (
    LEAST,
    MARGIN,
    NEAR_MISSES,
    SAME,
    QuestionSimilarity,
    by_meaning,
    by_words,
    differ,
)
from knowledge.model.types import Vector

DATA = Path(__file__).parent.parent / "data"
PAIRS = [
    json.loads(line) for line in (DATA / "same_questions.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_words_alone_join_no_two_questions_that_differ(language: str) -> None:
    """On labelled pairs: nothing is joined wrongly, and most of what is the same is found."""
    pairs = [pair for pair in PAIRS if pair["a"].isascii() == (language == "en")]
    joined = [pair for pair in pairs if by_words(pair["a"], pair["b"]) >= SAME]
    same = [pair for pair in pairs if pair["same"] and pair["b"].isascii() == (language == "en")]
    assert [pair for pair in joined if not pair["same"]] == []
    assert len(joined) / len(same) >= {"en": 0.7, "ja": 0.6}[language]


@pytest.mark.parametrize("pair", [pair for pairs in NEAR_MISSES.values() for pair in pairs])
def test_near_misses_are_left_to_the_meaning(pair: tuple[str, str]) -> None:
    """They show how near an embedder finds what differs: nothing else may tell them apart."""
    assert not differ(*pair)
    assert by_words(*pair) < SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ERR-4012 とは？", "ERR-4013 とは？"),
        ("Budget for 2024?", "Budget for 2025?"),
        ("令和6年の健診は？", "令和7年の健診は？"),
        ("使えるのはいつ？", "使えないのはいつ？"),
        ("Who can park here?", "Who can't park here?"),
        ("粗大ごみはいつ出す？", "粗大ごみはどこに出す？"),
        ("Send it from Box to Slack?", "Send it from Slack to Box?"),
        ("承認前に取り消せる？", "承認後に取り消せる？"),
    ],
)
def test_what_differs_is_never_the_same(one: str, other: str) -> None:
    """However near an embedder finds it."""
    assert by_meaning(one, other, 0.999, 0.9) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("来週の会議に参加できませんか？", "来週の会議に参加できますか？"),
        ("３月の締めは？", "三月の締めは？"),
        ("2026年の休日は？", "令和8年の休日は？"),
        ("Can I come at 9:00?", "Can I come at 9?"),
    ],
)
def test_the_same_thing_written_otherwise_is_no_difference(one: str, other: str) -> None:
    assert not differ(one, other)


def turned(degrees: float) -> Vector:
    """Return a unit vector at *degrees*."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


class Meaning:
    """Embeds near misses 25 degrees apart (cosine 0.91), and what a test says."""

    def __init__(self, **degrees: float) -> None:
        self.degrees = degrees
        self.asked = list[str]()

    async def __call__(self, questions: Sequence[str]) -> list[Vector]:
        self.asked += questions
        seconds = {second for pairs in NEAR_MISSES.values() for _, second in pairs}
        return [
            turned(self.degrees.get(text, 25.0 if text in seconds else 0.0)) for text in questions
        ]


async def test_only_what_is_nearer_than_near_misses_means_the_same() -> None:
    """By 0.906 + the margin; each text is embedded once."""
    meaning = Meaning(近い=20.0, 遠い=24.0, remote=36.0, close=20.0)
    similarity = QuestionSimilarity(meaning)
    assert await similarity.same("在宅", ["遠い", "近い"]) == [1]
    assert await similarity.same("home", ["close", "remote"]) == [0]
    assert await similarity.same("在宅", ["近い"]) == [0]
    assert len(meaning.asked) == len(set(meaning.asked))
    scores = await similarity.of("在宅", ["遠い", "近い"])
    assert 0.8 < scores[0] < SAME < scores[1] < 1.0
    assert np.cos(np.radians(20.0)) > np.cos(np.radians(25.0)) + MARGIN > LEAST


async def test_an_embedder_that_is_blind_in_a_language_has_no_say_there() -> None:
    """An English model finds all Japanese the same: then words alone count."""
    similarity = QuestionSimilarity(Meaning(**{pair[1]: 1.0 for pair in NEAR_MISSES["ja"]}))
    assert await similarity.same("産休は何日？", ["育休は何日？", "産休って何日？"]) == [1]


async def test_without_vectors_words_decide() -> None:
    async def unreachable(_: Sequence[str]) -> None:
        return None

    for similarity in (QuestionSimilarity(), QuestionSimilarity(unreachable)):
        texts = ["Where is the car park?", "How many leave days do I get?"]
        assert await similarity.same("How many days of leave do I get?", texts) == [1]
        assert await similarity.of("Where?", ["何？"]) == [0.0]


@pytest.mark.parametrize("meaning", [None, Meaning(b=20.0), Meaning(**{PAIRS[0]["a"]: 20.0})])
async def test_all_pairs_are_what_each_pair_is(meaning: Meaning | None) -> None:
    """Found quickly, and the same as one by one."""
    similarity = QuestionSimilarity(meaning)
    texts = list(dict.fromkeys(text for pair in PAIRS[:30] for text in (pair["a"], pair["b"])))
    texts += ["a", "b", ""]
    expected = {
        (place, other): score
        for place, text in enumerate(texts)
        for other, score in enumerate(await similarity.of(text, texts))
        if place < other and score >= SAME
    }
    found = await similarity.pairs(texts)
    assert found.keys() == expected.keys()
    assert all(abs(found[pair] - score) < 1e-5 for pair, score in expected.items())
    assert len(found) > 3
    assert await similarity.pairs([]) == {}


OTHERS = [
    ("Do customers pay suppliers?", "Do suppliers pay customers?"),
    ("How do I convert euros to dollars?", "How do I convert dollars to euros?"),
    ("Who replaces Maria while Sven is away?", "Who replaces Sven while Maria is away?"),
    ("Does the bank owe us money?", "Do we owe the bank money?"),
    ("Who reports to Anna?", "To whom does Anna report?"),
    ("Is tea cheaper than coffee?", "Is coffee cheaper than tea?"),
    ("客が店に払う金額は？", "店が客に払う金額は？"),
    ("ユーロを円に替えるには？", "円をユーロに替えるには？"),
    ("部長が課長を評価しますか？", "課長が部長を評価しますか？"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_the_same_words_of_each_other_are_another_question(one: str, other: str) -> None:
    """However near an embedder finds it: it hardly sees the order."""
    assert by_meaning(one, other, 0.999, 0.9) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("びんの回収日はいつですか？", "かんの回収日はいつですか？"),
        ("窓をあけるには？", "窓をしめるには？"),
        ("はさみはどこで買いますか？", "はんこはどこで買いますか？"),
        ("なべはどこですか？", "やかんはどこですか？"),
        ("駅でのるバスは？", "駅でおりるバスは？"),
        (
            "東京支社の受付に置く来客用の駐車場の予約台帳は総務課の誰が毎朝確認していますか？",
            "大阪支社の受付に置く来客用の駐車場の予約台帳は総務課の誰が毎朝確認していますか？",
        ),
        (
            "Who in finance approves the yearly travel budget of engineers for talks in Berlin?",
            "Who in finance approves the yearly travel budget of engineers for talks in Madrid?",
        ),
        ("How do I sign in?", "How do I sign on?"),
        ("How do I turn up the volume?", "How do I turn down the volume?"),
        ("Who is my manager?", "Who is your manager?"),
        ("Was the office closed?", "Will the office be closed?"),
    ],
)
def test_a_word_on_each_side_makes_another_question(one: str, other: str) -> None:
    """Also a word in hiragana, and one of twenty."""
    assert by_words(one, other) < SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("When is the Bern office open?", "When is the office in Bern open?"),
        ("Where can I park my car or bike?", "Where can I park my bike or car?"),
        ("If my badge is lost, who do I contact?", "Who should I contact if my badge is lost?"),
        ("How do I send files from Box to Slack?", "How can I send files to Slack from Box?"),
        ("びんの回収日はいつですか？", "びんの回収日を教えてください"),
        ("窓をあけるには？", "窓のあけ方は？"),
        ("電気をつけるには？", "電気はどうやってつけますか？"),
        ("社員が駐車場を使えますか？", "駐車場を社員が使えますか？"),
        ("第一会議室はどこですか？", "第1会議室の場所はどこですか？"),
    ],
)
def test_another_order_or_form_alone_is_no_other_question(one: str, other: str) -> None:
    assert not differ(one, other)
    assert by_words(one, other) >= SAME - 0.2
