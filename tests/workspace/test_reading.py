"""What people see of a message, and whom it pings."""

import pytest

from bot.workspace.plain_text import notified, readable
from bot.workspace.state import Json


def test_blocks_are_read_instead_of_the_text() -> None:
    """`text` is for notifications; people read the blocks, in order, without hidden values."""
    blocks: list[Json] = [
        {"type": "markdown", "text": "有給は**10日**です。[1]"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://x.example|規程>"}]},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "a",
                    "value": "secret",
                    "text": {"type": "plain_text", "text": "Save"},
                }
            ],
        },
    ]
    assert readable(blocks, "summary") == "有給は**10日**です。[1]\n規程\nSave"


@pytest.mark.parametrize(
    ("text", "pinged"),
    [
        ("<!channel> look", {"channel"}),
        ("&lt;!channel&gt; look", set()),
        ("`<!channel>` in code", set()),
        ("```\n<@U1>\n``` then <@U2|bob>", {"U2"}),
        ("<!subteam^S1|@hr> <!here>", {"S1", "here"}),
        ("<https://x.example|@everyone>", set()),
    ],
)
def test_markdown_blocks_ping_like_text_does(text: str, pinged: set[str]) -> None:
    """A `<…>` token in a markdown block pings people; escaped ones and code do not."""
    assert notified([], text) == pinged
    assert notified([{"type": "markdown", "text": text}], "") == pinged


def test_plain_text_objects_ping_nobody() -> None:
    """Buttons and headers are plain text."""
    header = {"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}
    assert notified([header], "") == set()
