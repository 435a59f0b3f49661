"""PII detection on a hand-made data set, by kind, and its known misses.

`python -m tests.training_export.test_redaction` prints the numbers of docs/export.md.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from bot.core.types import Person
from bot.training_export.people import KnownPeople, read_names
from bot.training_export.pii import has_secret, is_card, is_iban, is_my_number
from bot.training_export.redaction import Redactor

SET = Path(__file__).parent.parent / "data" / "personal.jsonl"

PEOPLE = KnownPeople(
    [
        Person("U1", ("山田 太郎", "Taro Yamada")),
        Person("U2", ("佐々木 花子", "Hanako Sasaki")),
        Person("U3", ("田中一郎",)),
        Person("U4", ("bob", "Bob Miller")),
        Person("U5", ("María López",)),
        Person("U6", ("Emily Chen",)),
        Person("U7", ("スミス・ジョン",)),
    ]
)

LEAST = {
    "email": 0.85,
    "phone": 0.93,
    "card": 1.0,
    "my_number": 1.0,
    "national_id": 1.0,
    "address": 0.84,
    "ip": 1.0,
    "link": 0.8,
    "slack_id": 1.0,
    "labelled": 0.88,
    "person known": 0.94,
    "person titled": 0.92,
    "person unknown": 0.0,
}
"""Recall of each kind: a regression test, not a promise, since the set's author knew the code."""

ROWS = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]


def redacted(text: str) -> str:
    return Redactor(PEOPLE).redacted(text)


def measured() -> tuple[dict[str, list[bool]], list[str]]:
    """Return the recall of each kind, and the texts with misses."""
    found, missed = defaultdict[str, list[bool]](list), list[str]()
    for row in ROWS:
        after = redacted(row["text"])
        for value in row["find"]:
            found[row["kind"]].append(value not in after)
            missed += [] if value not in after else [f"{row['kind']}: {row['text']}"]
    return found, missed


def test_recall_by_kind_on_the_set_made_by_hand() -> None:
    """No kind gets worse."""
    found, _ = measured()
    recall = {kind: sum(hits) / len(hits) for kind, hits in found.items()}

    assert recall.keys() == LEAST.keys()
    assert {kind: share for kind, share in recall.items() if share < LEAST[kind]} == {}


def test_text_without_personal_data_is_unchanged() -> None:
    """Amounts, dates, versions, times, words that are also names."""
    plain = [row["text"] for row in ROWS if row["kind"] == "nothing"]

    assert [redacted(text) for text in plain] == plain
    assert len(plain) > 20


def test_a_person_has_one_placeholder_in_a_row() -> None:
    """By any of their names, and in every text of the row; another row starts again."""
    redactor = Redactor(PEOPLE)

    assert redactor.redacted("Taro Yamada asked Bob.") == "[PERSON_1] asked [PERSON_2]."
    assert redactor.redacted("山田 太郎さん（U1AAAAAAA）") == "[PERSON_1]さん（[PERSON_3]）"
    assert redactor.redacted("Bob: 03-1234-5678") == "[PERSON_2]: [PHONE_1]"
    assert redactor.redacted("０３−１２３４−５６７８") == "[PHONE_1]"
    assert Redactor(PEOPLE).redacted("Bob") == "[PERSON_1]"


def test_names_are_read_from_a_file() -> None:
    """A person a line, other names after commas of either width."""
    people = KnownPeople(read_names(["中村 健一, Ken Nakamura", "", "Fatima、ファティマ"]))

    assert people.count == 2
    text = Redactor(people).redacted("中村健一とKen Nakamura、ファティマ")
    assert text == "[PERSON_1]と[PERSON_1]、[PERSON_2]"


@pytest.mark.parametrize(
    "text",
    [
        "トークンはxoxb-1234567890-abcdefghijです",
        "キーはsk-proj-abcdefghijklmnop1234です",
        "Use AKIAIOSFODNN7EXAMPLE there.",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "-----BEGIN RSA PRIVATE KEY-----",
        "redis://admin:hunter22@cache.example.com:6379",
        "パスワード：ｈｕｎｔｅｒ２２",
        "password: correct-horse",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF",
    ],
)
def test_a_secret_is_found_in_any_width(text: str) -> None:
    """A row with one is not redacted but left out."""
    assert has_secret(text)


@pytest.mark.parametrize(
    "text", ["パスワードは12文字以上です。", "Passwords have 12 characters.", "sk-8 is a board", ""]
)
def test_a_rule_about_passwords_is_no_secret(text: str) -> None:
    """Documents are full of them."""
    assert not has_secret(text)


@pytest.mark.parametrize("piece", ["A", "1234-", "a.", "%", "漢字市", "https://a"])
def test_a_long_text_is_searched_in_linear_time(piece: str) -> None:
    """Patterns that start again at each position would take minutes, and exceed the time limit."""
    text = piece * (60_000 // len(piece))

    assert not has_secret(text)
    assert "EMAIL" not in redacted(text)


def test_check_digits_are_checked() -> None:
    """By examples of the standards; with one digit changed they are wrong."""
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")
    assert not is_card("0000000000000000")
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB82WEST12345698765433")
    assert is_my_number("123456789018")
    assert not is_my_number("123456789017")


if __name__ == "__main__":
    hits, texts = measured()
    shares = (f"| {kind} | {sum(of)} of {len(of)} |" for kind, of in hits.items())
    sys.stdout.write("\n".join([*shares, "", *texts, ""]))
