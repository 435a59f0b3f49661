"""Confidence: what it is made of, how it is explained, where its weights come from."""

import json
from pathlib import Path

import pytest

from bot.agent.confidence import Weights, explained, retrieval_features
from bot.core.errors import SettingsError
from knowledge.model.types import Signals
from tests.support.shelf import passage

GOOD = Signals(coverage=0.8, term_coverage=0.9, z_score=7)


def test_more_support_makes_an_answer_surer_and_doubt_less_so() -> None:
    weights = Weights.load("model")
    base = {"support": 0.5, "said": 0.8, "coverage": 0.6}

    assert weights.score(base | {"support": 1.0}) > weights.score(base)
    assert weights.score(base | {"said": 0.2}) < weights.score(base)
    assert weights.score(base | {"contradicted": 1.0}) < weights.score(base)
    assert weights.score(base | {"kind_unmet": 1.0}) < weights.score(base)
    assert 0 < weights.score({}) < weights.score(base | {"support": 1.0}) < 1


def test_a_feature_that_nobody_knows_counts_by_its_default() -> None:
    weights = Weights("v", 0.0, {"said": 2.0, "margin": 1.0}, {"said": 0.5})

    assert weights.score({}) == weights.score({"said": 0.5, "margin": 0.0})


@pytest.mark.parametrize("name", ["model", "extractive"])
def test_packaged_weights_are_whole(name: str) -> None:
    weights = Weights.load(name)

    assert weights.version.startswith(name)
    assert weights.fitted_on
    assert 0 <= weights.shown_from < 1


def test_own_weights_are_read_and_others_refused_by_name(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"version": "1", "intercept": 0, "weights": {}, "defaults": {}}))
    bad.write_text("{}")

    assert Weights.read(good).version == "1"
    with pytest.raises(SettingsError, match=r"bad\.json"):
        Weights.read(bad)


@pytest.mark.parametrize(
    ("features", "english", "japanese"),
    [
        (
            {"sentences": 3, "supported": 2, "sources": 2, "margin": 0.4},
            "2 of 3 sentences supported, sources agree, next-best match far behind",
            "3 文中 2 文に裏付けあり、出典は一致、次に近い箇所とは大差",
        ),
        (
            {"sentences": 1, "supported": 1, "sources": 1, "margin": 0.05, "said": 0.9},
            (
                "its sentence is supported, one source, next-best match close, "
                "the model's own estimate is 0.90"
            ),
            "文に裏付けあり、出典は 1 件、次に近い箇所と僅差、モデルの自己評価は 0.90",
        ),
        (
            {"sources": 2, "contradicted": 1, "kind_unmet": 1, "figures_missing": 1},
            (
                "sources contradict each other, no answer of the kind you asked for, "
                "a number in the question is not in the source"
            ),
            "出典に食い違いあり、問われた種類の答えが見当たらない、質問の数値が出典にない",
        ),
        ({}, "", ""),
    ],
)
def test_one_line_says_why(features: dict[str, float], english: str, japanese: str) -> None:
    assert explained(features, "en") == english
    assert explained(features, "ja") == japanese


@pytest.mark.parametrize(
    ("question", "met", "unmet"),
    [
        ("How much does the bag cost?", "It costs 450 yen.", "It is yellow."),
        ("袋はいくらですか？", "10枚で450円です。", "黄色の袋です。"),
        ("When is Harbour Day?", "On 27 July.", "It is a holiday."),
        ("納税の期限はいつですか", "６月末、30日までです。", "窓口で納めます。"),
        ("How long are recordings kept?", "For 21 days.", "In the safe."),
        ("何日以内に申請しますか", "10日以内です。", "用紙で申請します。"),
        ("How many lockers are there?", "There are 40 lockers.", "Lockers are on floor 1."),
        ("食品は何kg集まりましたか", "120kgでした。", "5日に集めました。"),
        ("At what time does it open?", "At 9:00.", "On weekdays."),
        ("何時に閉まりますか", "午後5時です。", "平日です。"),
        ("Who was in charge?", "It was Sanna Quill.", "the team was."),
        ("What is its extension number?", "Extension 4410.", "Ask at reception."),
    ],
)
def test_the_kind_of_answer_that_is_asked_for_is_seen(question: str, met: str, unmet: str) -> None:
    """Figures in both widths count; other kinds of figure do not stand in for them."""
    found = [
        retrieval_features(question, text, passage(text, signals=GOOD)) for text in (met, unmet)
    ]

    assert [(one["kind_met"], one["kind_unmet"]) for one in found] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("question", ["How do I reset it?", "どうやって捨てますか", "Is it free?"])
def test_of_other_questions_nothing_is_expected(question: str) -> None:
    found = retrieval_features(question, "Text.", passage("Text.", signals=GOOD))

    assert (found["kind_met"], found["kind_unmet"]) == (0, 0)


def test_a_figure_of_the_question_has_to_be_in_the_source() -> None:
    """The plan for 2026 does not answer for 2027."""
    plan = passage("Harbour Day 2026 is on Monday 27 July.", signals=GOOD)

    assert retrieval_features("Harbour Day in 2026?", "", plan)["figures_missing"] == 0
    assert retrieval_features("Harbour Day in 2027?", "", plan)["figures_missing"] == 1


def test_a_passage_that_says_the_same_is_no_rival() -> None:
    """Last year's edition stands second in every list; what is behind it counts."""
    best = passage(
        "Staff get 10 days of paid leave.",
        id="a.md#0",
        score=0.9,
        highlight="Staff get 10 days of paid leave.",
    )
    same = passage(
        "Staff get 8 days of paid leave.",
        id="b.md#0",
        score=0.85,
        highlight="Staff get 8 days of paid leave.",
    )
    other = passage(
        "Visitors ring the bell.", id="c.md#0", score=0.3, highlight="Visitors ring the bell."
    )

    margin = retrieval_features("leave?", "", best, [best, same, other])["margin"]

    assert margin == pytest.approx(1 - 0.3 / 0.9)
    assert retrieval_features("leave?", "", best, [best])["margin"] == 1.0
