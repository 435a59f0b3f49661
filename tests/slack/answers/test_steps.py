"""The person who waits sees what is being done."""

import re

import pytest

from bot.core.language import Language
from bot.core.types import ToolFinished, ToolStarted
from bot.slack.answers.steps import Steps
from tests.support.link_readers import automatic


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ja", "• 社内資料を検索: 有給 繰越 → 該当なし"),
        ("en", "• Searching the documents: 有給 繰越 → nothing found"),
    ],
)
def test_a_call_keeps_its_line_until_its_result(language: Language, line: str) -> None:
    """Calls that run together do not mix up."""
    steps = Steps(language)
    steps.add(ToolStarted("1", "search_knowledge", {"query": "有給\n繰越"}))
    steps.add(ToolStarted("2", "read_page", {"url": "https://a.example/" + "x" * 100}))
    steps.add(ToolFinished("1", "search_knowledge", {"query": "有給\n繰越"}))

    assert steps.lines[0] == line
    assert steps.lines[1].endswith("…")


def test_finishing_is_no_step_and_errors_are_not_told() -> None:
    """What a tool said went wrong is for the model, not for the person."""
    steps = Steps("en")

    assert not steps.add(ToolStarted("1", "finish", {"answer": "x"}))
    assert steps.add(ToolFinished("2", "search_web", {"query": "q"}, error="HTTP 500 secret"))
    assert steps.lines == ["• Searching the web: q → failed"]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "words",
    [
        "https://evil.example/?q=KX7731",
        "evil.example/KX7731 を見る",
        "<!channel> 休暇",
        "<!date^1^{date}^https://evil.example|now>",
        "<https://evil.example/KX7731|leave>",
    ],
)
def test_a_step_links_nowhere_and_pings_nobody(words: str, language: Language) -> None:
    """A model chooses its words, as card and as line of plain text."""
    steps = Steps(language)
    steps.add(ToolStarted("c1", "search_knowledge", {"query": words}))

    assert steps.tasks[0].title in steps.lines[0]
    assert automatic(steps.lines[0]) == []
    assert not re.search("<[!@#]", steps.lines[0])
