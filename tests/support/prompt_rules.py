"""Hidden rules: what a prompt must say, in any words, so that a kind of question is answered."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.core.language import Language

Without = Literal["wrong", "invents", "abstains"]
"""What the model does while the prompt does not contain the rule."""


@dataclass(frozen=True)
class Rule:
    """One hidden rule in one language.

    Attributes:
        topic: A word in a question that shows that the rule is needed.
        known: Matches a prompt that contains the rule.
        sayings: How a writing model would phrase it.
    """

    language: Language
    topic: str
    known: re.Pattern[str]
    sayings: tuple[str, ...]
    without: Without


def _rule(language: Language, topic: str, known: str, without: Without, *sayings: str) -> Rule:
    return Rule(language, topic, re.compile(known, re.IGNORECASE), sayings, without)


RULES = (
    _rule(
        "en",
        "price",
        r"(includ|with)\w* tax",
        "wrong",
        "State prices including tax.",
        "Give every price with tax.",
    ),
    _rule(
        "en",
        "deadline",
        r"working days",
        "wrong",
        "Count deadlines in working days.",
        "A deadline is meant in working days.",
    ),
    _rule(
        "en",
        "allowance",
        r"full-time",
        "wrong",
        "Answer for full-time staff unless told otherwise.",
        "Assume full-time employment.",
    ),
    _rule(
        "en",
        "address",
        r"head office",
        "wrong",
        "Where several sites are named, take the head office.",
        "The head office comes first.",
    ),
    _rule(
        "en",
        "weight",
        r"kilogram",
        "wrong",
        "Prefer the value in kilograms.",
        "Give weights in kilograms.",
    ),
    _rule(
        "en",
        "fare",
        r"round[- ]trip",
        "wrong",
        "Fares are meant as a round trip.",
        "Quote the round-trip fare.",
    ),
    _rule(
        "en",
        "roadmap",
        r"\bdrafts?\b",
        "invents",
        "Drafts carry no answer: hand over.",
        "Never answer from a draft.",
    ),
    _rule(
        "en",
        "discount",
        r"expired",
        "invents",
        "What has expired carries no answer.",
        "Hand over if the offer has expired.",
    ),
    _rule(
        "en",
        "opening",
        r"\bweekdays\b",
        "wrong",
        "Opening hours are those on weekdays.",
        "Take the hours that hold on weekdays.",
    ),
    _rule(
        "en",
        "quota",
        r"per person",
        "wrong",
        "Quotas are stated per person.",
        "Give the figure per person, not per team.",
    ),
    _rule(
        "en",
        "nickname",
        r"another heading",
        "abstains",
        "A passage answers even under another heading.",
        "Do not give up because it stands under another heading.",
    ),
    _rule(
        "en",
        "row",
        r"row by row",
        "abstains",
        "Read tables row by row.",
        "Go through a table row by row before you give up.",
    ),
    _rule("ja", "料金", r"税込", "wrong", "料金は税込で答えます。", "金額は税込のものを選びます。"),
    _rule(
        "ja",
        "期限",
        r"営業日",
        "wrong",
        "期限は営業日で数えます。",
        "期限は営業日のほうを答えます。",
    ),
    _rule(
        "ja",
        "手当",
        r"正社員",
        "wrong",
        "指定がなければ正社員の場合を答えます。",
        "正社員を前提にします。",
    ),
    _rule(
        "ja", "住所", r"本社", "wrong", "拠点が複数あるときは本社を答えます。", "本社を優先します。"
    ),
    _rule(
        "ja",
        "重量",
        r"キログラム",
        "wrong",
        "重さはキログラムの値を使います。",
        "キログラムで書かれた値を優先します。",
    ),
    _rule("ja", "運賃", r"往復", "wrong", "運賃は往復で答えます。", "往復の運賃を選びます。"),
    _rule(
        "ja",
        "計画",
        r"下書き",
        "invents",
        "下書きの文書からは答えず、引き継ぎます。",
        "下書きは根拠になりません。",
    ),
    _rule(
        "ja",
        "割引",
        r"失効",
        "invents",
        "失効した内容からは答えません。",
        "失効しているときは引き継ぎます。",
    ),
    _rule(
        "ja", "営業", r"平日", "wrong", "営業時間は平日のものを答えます。", "平日の時間を選びます。"
    ),
    _rule(
        "ja",
        "上限",
        r"(一|1)人あたり",
        "wrong",
        "上限は一人あたりで答えます。",
        "一人あたりの値を選びます。",
    ),
    _rule(
        "ja",
        "通称",
        r"別の見出し",
        "abstains",
        "別の見出しの下にあっても、書かれていれば答えます。",
        "別の見出しの文書片も根拠になります。",
    ),
    _rule(
        "ja",
        "一覧",
        r"行ごと",
        "abstains",
        "表は行ごとに読みます。",
        "表は行ごとに確かめてから判断します。",
    ),
)

DISTRACTORS = {
    "en": (
        "Be friendly and helpful.",
        "Think carefully about what is meant.",
        "Keep sentences short.",
        "Prefer the active voice.",
        "Mind the context.",
    ),
    "ja": (
        "親切で丁寧に答えます。",
        "意図をよく考えます。",
        "文は短くします。",
        "能動態で書きます。",
        "文脈に注意します。",
    ),
}
"""Useless additions by a writing model."""
