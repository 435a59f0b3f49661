"""Commands are recognised where they are meant, and only there."""

import pytest

from bot.slack.client.command_words import Command, mentioned_command, slash_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command("help")),
        ("help", Command("help")),
        ("ヘルプ", Command("help")),
        ("ｓｔａｔｕｓ", Command("status")),
        ("stauts", Command("misspelt", "status")),
        ("chanel", Command("misspelt", "channel")),
        ("dance", Command("ask", "dance")),
        ("how do I claim travel expenses?", Command("ask", "how do I claim travel expenses?")),
        ("有給は何日？", Command("ask", "有給は何日？")),
        ("status of order 12?", Command("ask", "status of order 12?")),
        ("help me with my laptop", Command("ask", "help me with my laptop")),
        ("reindex the whole thing please", Command("ask", "reindex the whole thing please")),
        ("channel for IT support?", Command("ask", "channel for IT support?")),
        ("channel export on", Command("channel", "export on")),
        ("stauts of order 12?", Command("ask", "stauts of order 12?")),
        ("status", Command("status")),
        ("STATUS", Command("status")),
        ("gaps", Command("gaps")),
        ("reindex", Command("reindex")),
        ("week", Command("week")),
        ("week 3 plan?", Command("ask", "week 3 plan?")),
        ("reindex  handbook ", Command("reindex", "handbook")),
        ("ask 有給は何日？", Command("ask", "有給は何日？")),
        ("ask", Command("ask")),
        ("ask　有給は何日？", Command("ask", "有給は何日？")),
        ("answers", Command("answers")),
        ("answers Certified", Command("answers", "certified")),
        ("export Never", Command("export", "never")),
        ("export", Command("export")),
    ],
)
def test_the_slash_command_knows_its_words(text: str, command: Command) -> None:
    """All else is a question; a lone word with a slip of the pen is pointed to its command."""
    assert slash_command(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("help", Command("help")),
        ("ヘルプ", Command("help")),
        ("Status", Command("status")),
        ("Gaps", Command("gaps")),
        ("gaps in our coverage?", None),
        ("reindex", Command("reindex")),
        ("reindex Handbook", Command("reindex", "Handbook")),
        ("answers draft", Command("answers", "draft")),
        ("channel export on", Command("channel", "export on")),
        ("export never mind", None),
        ("answers are wrong", None),
        ("status of order 12?", None),
        ("help me with my laptop", None),
        ("reindex the whole thing please", None),
        ("有給は何日？", None),
        ("", None),
    ],
)
def test_after_a_mention_only_bare_words_are_commands(text: str, command: Command | None) -> None:
    """A sentence that begins with such a word is a question."""
    assert mentioned_command(text) == command
