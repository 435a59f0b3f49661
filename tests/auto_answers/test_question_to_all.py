"""Which messages in a channel are questions to everybody."""

import json
from pathlib import Path

import pytest

from bot.auto_answers.question_to_all import LONGEST, asks_everybody

TALK = [
    json.loads(line)
    for line in Path("tests/data/channel_talk.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    "text",
    [
        "Does anyone know how many days of paid leave we get?",
        "How do I claim taxi fares?",
        "Hi all, what is the deadline for expense reports?",
        "Is there a limit for hotel costs per night?",
        "Can I carry over unused vacation days to next year?",
        "Who approves overtime requests?",
        "Quick question: what's the wifi password for visitors?",
        "How do you reset the door code?",
        "Could someone tell me when the year-end closing is?",
        "有給休暇は年に何日もらえますか？",
        "経費精算の締め切りはいつですか",
        "どなたか、通勤手当の申請方法をご存じですか？",
        "出張の宿泊費の上限はいくらでしょうか。",
        "育児休業の申請に必要な書類を教えてください。",
        "皆さん、在宅勤務手当は月いくらですか？よろしくお願いします。",
        "里見野地区の燃やさないごみはいつ",
        "粗大ごみの手数料はいくら",
        "資源ごみの収集日は何曜日",
    ],
)
def test_questions_that_documents_could_answer(text: str) -> None:
    """However politely they are put."""
    assert asks_everybody(text)


@pytest.mark.parametrize("kind", sorted({line["kind"] for line in TALK}))
def test_talk_is_no_question_to_everybody(kind: str) -> None:
    """Chatter, jokes, words to a person, requests, words of the moment, logs: in both languages."""
    lines = [line for line in TALK if line["kind"] == kind]
    assert {line["language"] for line in lines} == {"en", "ja"}
    assert [line["text"] for line in lines if asks_everybody(line["text"])] == []


@pytest.mark.parametrize(
    "text", ["", " ", "?", "？", "\u200b?", "a?" * LONGEST, "何" * 5_000 + "?"]
)
def test_what_says_nothing_or_too_much_is_left_alone(text: str) -> None:
    """No text is an error."""
    assert not asks_everybody(text)
