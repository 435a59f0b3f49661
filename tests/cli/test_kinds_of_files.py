"""What a person asks of files of many kinds, through a real sync: the value, with its name."""

import json
from pathlib import Path

import pytest

from tests.support.command import kotae
from tests.support.documents import Word as Placed
from tests.support.documents import (
    binary_workbook,
    open_sheet,
    placed_pdf,
    presentation,
    word_document,
    workbook,
    zipped,
)

ROWS = [
    ["Town", "Courier", "Leaves"],
    ["Bergen", "Nordpil", "14:10"],
    ["Lyon", "Seta", "16:40"],
    ["Porto", "Azul", "11:25"],
]
ROWS_JA = [
    ["行き先", "運送会社", "出発"],
    ["札幌", "北星", "14:10"],
    ["長崎", "海風", "16:40"],
    ["金沢", "白山", "11:25"],
]
NAMES = {"en": ("Couriers", ROWS), "ja": ("配送便", ROWS_JA)}


def piped(rows: list[list[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join((head, "|---|---|---|", *body))


def page(rows: list[list[str]]) -> str:
    cells = ["".join(f"<td>{value}</td>" for value in row) for row in rows]
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def table_files(title: str, rows: list[list[str]]) -> dict[str, str | bytes]:
    """Return one table as a file of each kind."""
    html = (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{page(rows)}</body></html>"
    )
    words = [
        Placed(cell, 72 + 150 * x, 700 - 20 * y, 11)
        for y, row in enumerate(rows)
        for x, cell in enumerate(row)
    ]
    return {
        "a.md": f"# {title}\n\n{piped(rows)}\n",
        "a.html": html,
        "a.csv": "\n".join("|".join(row) for row in rows),
        "a.docx": word_document([("Heading 1", title)], rows),
        "a.xlsx": workbook({title: [[title], [], *rows]}),
        "a.xlsb": binary_workbook(title, rows),
        "a.ods": open_sheet(rows),
        "a.pdf": placed_pdf([[Placed(title, 72, 760, 11), *words]]),
        "a.zip": zipped({"a.html": html}),
    }


def answer(folder: Path, files: dict[str, str | bytes], question: str) -> dict[str, object]:
    """Sync *files* alone, ask *question*, and return what `kotae ask --json` prints."""
    documents = folder / "docs"
    documents.mkdir(parents=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (documents / name).write_bytes(data)
    config = folder / "knowledge.toml"
    config.write_text('[[sources]]\nname = "docs"\npath = "docs"\naudience = "members"\n', "utf-8")
    done = kotae(folder, "sync", KNOWLEDGE_CONFIG=str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    done = kotae(folder, "ask", "--json", question, KNOWLEDGE_CONFIG=str(config))
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", sorted(table_files(*NAMES["en"])))
def test_a_row_is_answered_with_the_names_of_its_values(
    tmp_path: Path, name: str, language: str
) -> None:
    """Whatever the format of its table is."""
    title, rows = NAMES[language]
    question = {"en": "When does the courier to Lyon leave?", "ja": "長崎への出発は何時ですか？"}
    found = answer(tmp_path, {name: table_files(title, rows)[name]}, question[language])

    said = str(found["answer"])
    assert "16:40" in said
    assert rows[0][2] in said


CASES: dict[str, tuple[dict[str, str | bytes], str, str]] = {
    "a command belongs to its sentence": (
        {"a.md": "# Release\n\nRelease with this:\n\n```sh\n./ship --to=blue\n```\n"},
        "How do I release?",
        "./ship --to=blue",
    ),
    "コマンドは文の続きである": (
        {"a.md": "# リリース\n\nリリースは次のとおり行います：\n\n```sh\n./ship --to=blue\n```\n"},
        "リリースはどう行いますか？",
        "./ship --to=blue",
    ),
    "what folds out": (
        {"a.md": "# Canteen\n\n<details><summary>Allergy menu</summary>\n\nAsk for the "
         "allergy menu at counter 5.\n\n</details>\n"},
        "Where do I ask for the allergy menu?",
        "counter 5",
    ),
    "折りたたみ": (
        {"a.md": "# 食堂\n\n<details><summary>食事の相談</summary>\n\n食事の相談は5番窓口"
         "で受けます。\n\n</details>\n"},
        "食事の相談はどこで受けますか？",
        "5番窓口",
    ),
    "a slide": (
        {"a.pptx": presentation([("Visits", "Guests ring the bell at door 3.", "")])},
        "Where do guests ring the bell?",
        "door 3",
    ),
    "スライド": (
        {"a.pptx": presentation([("来客", "来客は3番の入口でベルを鳴らします。", "")])},
        "来客はどこでベルを鳴らしますか？",
        "3番の入口",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_words_that_answer_are_quoted(tmp_path: Path, case: str) -> None:
    """With what belongs to them, and without what is only their name."""
    files, question, words = CASES[case]

    assert words in str(answer(tmp_path, files, question)["answer"])


@pytest.mark.parametrize(
    ("listed", "told", "question", "words"),
    [
        (
            "# Inventory of the cellar\n\n- Master key\n- Drill\n- Pump\n",
            "# Keys\n\nThe master key of the cellar is kept by the porter in house C.\n",
            "Where is the master key?",
            "porter in house C",
        ),
        (
            "# 地下室の備品\n\n- 親鍵\n- ドリル\n- ポンプ\n",
            "# 鍵\n\n地下室の親鍵はC棟の守衛が保管しています。\n",
            "親鍵はどこにありますか？",
            "C棟の守衛",
        ),
    ],
)
def test_a_list_that_names_a_thing_contradicts_nothing(
    tmp_path: Path, listed: str, told: str, question: str, words: str
) -> None:
    """The newer page says where it is listed, not that it is elsewhere."""
    files: dict[str, str | bytes] = {
        "inventory.md": f"---\ndate: 2026-03-01\n---\n{listed}",
        "keys.md": f"---\ndate: 2025-06-01\n---\n{told}",
    }
    said = str(answer(tmp_path, files, question)["answer"])

    assert words in said
    assert not any(claim in said for claim in ("otherwise", "contradict", "食い違", "異なる"))
