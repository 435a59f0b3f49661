"""Quotations carry what answers."""

from bot.text.excerpts import excerpts, readable

PASSAGE = """Ask at the gate.

Run this on the build host:

```
make all
```

Bring these:
- a badge
- a form

| Code | Meaning |
|---|---|
| `ERR-1` | expired |

**Can I bring a dog?**

Yes. On Fridays.
"""


def test_a_command_comes_with_the_sentence_above_it() -> None:
    quotes = [one.quote for one in excerpts(PASSAGE, "en")]
    assert "Run this on the build host:\n\n```\nmake all\n```" in quotes
    assert "Run this on the build host:" not in quotes


def test_a_list_stands_under_its_sentence() -> None:
    assert "Bring these:\n- a badge\n- a form" in [one.quote for one in excerpts(PASSAGE, "en")]


def test_a_row_names_its_columns() -> None:
    (row,) = [one for one in excerpts(PASSAGE, "en") if "ERR-1" in one.quote]
    assert row.quote == "| `ERR-1` | expired |"
    assert row.shown == "Code: `ERR-1` · Meaning: expired"


def test_an_answer_knows_its_question() -> None:
    (answer,) = [one for one in excerpts(PASSAGE, "en") if one.quote == "Yes. On Fridays."]
    assert answer.context == "**Can I bring a dog?**"


def test_every_quotation_is_verbatim() -> None:
    assert all(one.quote in PASSAGE for one in excerpts(PASSAGE, "en"))


def test_a_table_reads_without_markdown() -> None:
    table = "| 区分 | 値段 |\n|---|---|\n| 青い袋 | 300円 |"
    assert readable(table) == "• 区分: 青い袋 · 値段: 300円"
