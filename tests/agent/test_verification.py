"""Each layer of grounding by itself, in both languages."""

import json

import httpx2
import pytest
from openai import AsyncOpenAI

from bot.agent.verification.judge import JudgeVerifier
from bot.agent.verification.numbers import NumbersVerifier
from bot.agent.verification.overlap import OverlapVerifier, overlap
from bot.agent.verification.quotations import QuotationsVerifier
from bot.agent.verifier import Claim
from bot.core.errors import ModelUnavailableError
from bot.core.types import Usage
from bot.llm.decisions import DecisionsVerifier
from tests.support.scripted_model import ScriptedModel, call, says
from tests.support.shelf import passage

LEAVE = passage("Full-time staff get 10 days of paid leave. Trainees do not get any.", "Leave")
YUKYU = passage("正社員の年次有給休暇は10日です。試用期間中は取得できません。", "休暇規程")

PAGES = {"en": LEAVE, "ja": YUKYU}


async def finding(verifier: object, text: str, *evidence: object) -> str:
    claim = Claim(text, tuple(evidence) or (LEAVE,))  # type: ignore[arg-type]
    judgement = await verifier.verify([claim])  # type: ignore[attr-defined]
    found: str = judgement.verdicts[0].finding
    return found


@pytest.mark.parametrize(
    ("text", "evidence", "expected"),
    [
        ("Staff who work full time get 10 days of paid leave.", "en", "supported"),
        ("正社員は年次有給休暇が10日あります。", "ja", "supported"),
        ("The canteen serves fish on Fridays.", "en", "unsupported"),
        ("食堂では金曜日に魚料理を出します。", "ja", "unsupported"),
        ("Full-time staff do not get paid leave.", "en", "unsure"),
        ("正社員の年次有給休暇は取得できます。", "ja", "supported"),
        ("Permanent employees have ten days off.", "ja", "unsure"),
        ("正社員は10日休めます。", "en", "unsure"),
    ],
)
async def test_overlap_accepts_paraphrase_and_rejects_what_is_not_spoken_of(
    text: str, evidence: str, expected: str
) -> None:
    """Across languages and with a no for a yes it leaves the sentence open."""
    assert await finding(OverlapVerifier(), text, PAGES[evidence]) == expected


def test_overlap_tells_a_paraphrase_from_another_subject() -> None:
    assert overlap("Paid leave of full-time staff is 10 days.", LEAVE.text) > 0.7
    assert overlap("The printer on floor 2 is broken.", LEAVE.text) < 0.2
    assert overlap("", LEAVE.text) == 1.0


@pytest.mark.parametrize(
    ("text", "evidence", "expected"),
    [
        ("It says “Trainees do not get any”.", "en", "unsure"),
        ("It says “Trainees get as many as others do”.", "en", "unsupported"),
        ("「試用期間中は取得できません」とあります。", "ja", "unsure"),
        ("「試用期間中でも自由に取得できます」とあります。", "ja", "unsupported"),
        ("The “Leave” page.", "en", "unsure"),
        ("「休暇規程」による。", "ja", "unsure"),
    ],
)
async def test_a_quotation_is_verified_word_for_word(
    text: str, evidence: str, expected: str
) -> None:
    """Short words in quotation marks are names, not quotations."""
    assert await finding(QuotationsVerifier(), text, PAGES[evidence]) == expected


async def test_figures_are_the_first_to_say_no() -> None:
    assert await finding(NumbersVerifier(), "Staff get 12 days of paid leave.") == "unsupported"
    assert await finding(NumbersVerifier(), "Staff get 10 days of paid leave.") == "unsure"


@pytest.mark.parametrize(
    ("ruling", "quote", "expected"),
    [
        ("supported", "10 days of paid leave", "supported"),
        ("supported", "as everybody knows", "unsure"),
        ("supported", "", "unsure"),
        ("contradicted", "Trainees do not get any", "contradicted"),
        ("not_found", "", "unsupported"),
    ],
)
async def test_a_judge_is_believed_when_its_quotation_is_there(
    ruling: str, quote: str, expected: str
) -> None:
    model = ScriptedModel(
        says("", call("judge", {"rulings": [{"n": 1, "quote": quote, "finding": ruling}]}))
    )
    assert await finding(JudgeVerifier(model), "Permanent employees have ten days off.") == expected
    assert model.requests[0].force == "judge"
    assert "10 days of paid leave" in model.requests[0].messages[-1].text


@pytest.mark.parametrize(
    "turn",
    [says("I think so."), says("", call("judge", "{")), ModelUnavailableError("down")],
    ids=["text", "broken", "down"],
)
async def test_a_judge_that_cannot_be_understood_leaves_all_open(turn: object) -> None:
    judge = JudgeVerifier(ScriptedModel(turn))  # type: ignore[arg-type]

    assert await finding(judge, "Staff rest.") == "unsure"


async def test_a_judge_is_asked_once_about_all_and_its_tokens_count() -> None:
    rulings = [{"n": 2, "quote": "10日", "finding": "supported"}]
    model = ScriptedModel(says("", call("judge", {"rulings": rulings}), tokens=70))
    judgement = await JudgeVerifier(model).verify([Claim("A.", (LEAVE,)), Claim("B.", (YUKYU,))])

    assert [verdict.finding for verdict in judgement.verdicts] == ["unsure", "supported"]
    assert judgement.usage == Usage(70, 0, 0, 1)
    assert len(model.requests) == 1


async def test_the_decisions_endpoint_gives_a_probability_for_each_sentence() -> None:
    """Sure ones decide; the middle, a refusal and an error leave the sentence open."""
    asked = list[dict[str, object]]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        asked.append(body)
        answers = [
            {"type": "predicate", "probability": 0.97},
            {"type": "predicate", "probability": 0.03},
            {"type": "predicate", "probability": 0.5},
            {"type": "refusal"},
        ]
        usage = {
            "input_tokens": 210,
            "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
            "output_tokens": 4,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 214,
        }
        return httpx2.Response(
            200, json={"id": "d", "object": "decision", "answers": answers, "usage": usage}
        )

    verifier = DecisionsVerifier(_client(answer))
    judgement = await verifier.verify([Claim(text, (LEAVE,)) for text in "ABCD"])

    assert [verdict.finding for verdict in judgement.verdicts] == [
        "supported",
        "unsupported",
        "unsure",
        "unsure",
    ]
    assert judgement.usage == Usage(210, 4, 0, 1)
    assert len(asked) == 1
    assert "10 days of paid leave" in str(asked[0]["input"])


async def test_a_decisions_endpoint_that_is_not_there_leaves_all_open() -> None:
    verifier = DecisionsVerifier(_client(lambda _: httpx2.Response(404, json={})))

    assert await finding(verifier, "Staff rest.") == "unsure"


def _client(answer: object) -> AsyncOpenAI:
    transport = httpx2.MockTransport(answer)  # type: ignore[arg-type]
    return AsyncOpenAI(
        api_key="none",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )
