"""Every text that people read exists in English and in Japanese, and stands in a `texts.py`."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest

import bot
from bot.core.i18n import Text, placeholders
from bot.core.language import language_of

BOT = Path(bot.__file__).parent
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
LETTER = re.compile(r"[^\W\d_]")

LANGUAGE_DATA = frozenset(
    {
        "agent/finish.py",
        "agent/grounding.py",
        "agent/search_first.py",
        "agent/verification/overlap.py",
        "agent/verification/quotations.py",
        "analytics/starter_questions.py",
        "app/demo.py",
        "auto_answers/question_to_all.py",
        "cli/try_.py",
        "core/language.py",
        "entries/conflicts.py",
        "text/excerpts.py",
        "text/hiragana_nouns.py",
        "text/japanese_names.py",
        "text/labels.py",
        "text/modifiers.py",
        "text/question_words.py",
        "text/small_talk/__init__.py",
        "entries/translation.py",
        "evaluation/ledger.py",
        "evaluation/question_generation.py",
        "handoff/is_answer.py",
        "llm/text_calls.py",
        "personal_data/mentions.py",
        "prompt_tuning/contract.py",
        "prompt_tuning/leakage.py",
        "slack/client/command_words.py",
        "slack/client/manifest.py",
        "slack/intake/addressee_heuristics.py",
        "slack/intake/cancel.py",
        "text/answer_types.py",
        "text/called_person.py",
        "text/citation_markers.py",
        "text/numbers.py",
        "text/permission.py",
        "text/answer_wrappers.py",
        "text/hiragana_words.py",
        "text/question_contrast.py",
        "text/question_similarity.py",
        "training_export/folder.py",
        "training_export/people.py",
        "training_export/pii.py",
        "training_export/validation.py",
    }
)
"""What the program knows of Japanese, and the sample questions of the demonstration: no texts."""


def texts_in(name: str, value: object) -> Iterator[tuple[str, Text]]:
    """Return the texts that *value* is or holds, each with its name."""
    if isinstance(value, Text):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_in(f"{name}[{key}]", item)
    elif isinstance(value, tuple | list):
        for place, item in enumerate(value):
            yield from texts_in(f"{name}[{place}]", item)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from texts_in(f"{name}.{one.name}", getattr(value, one.name))


def all_texts() -> Iterator[tuple[str, Text]]:
    """Return every text of every feature with its full name."""
    for path in sorted(BOT.rglob("texts.py")):
        module = ".".join(path.relative_to(BOT.parent).with_suffix("").parts)
        for name, value in vars(import_module(module)).items():
            yield from texts_in(f"{module}.{name}", value)


ALL = dict(all_texts())


@pytest.mark.parametrize("name", ALL)
def test_each_text_exists_in_both_languages(name: str) -> None:
    """Nobody leaves one out, or pastes one into the place of the other."""
    text = ALL[name]
    values = dict.fromkeys(placeholders(text.en), 1)
    english, japanese = text.to("en", **values), text.to("ja", **values)

    assert english.strip()
    assert japanese.strip()
    assert language_of(english) == "en"
    if LETTER.search(japanese) and english != japanese:
        assert language_of(japanese) == "ja"


NAMES = frozenset(
    ("address", "command", "source", "name", "file", "old", "tool", "best", "longest")
)
VERBS = frozenset(("is", "was", "has"))
COUNTED = re.compile(r"(?<![\d.])1 (?:(?:more|model|test|waiting|judged) )?([a-z]+s)\b")


@pytest.mark.parametrize("name", ALL)
def test_one_thing_is_counted_in_the_singular(name: str) -> None:
    """Nobody reads "1 documents"."""
    text = ALL[name]
    values = {one: "NAME" if one in NAMES else 1 for one in placeholders(text.en)}
    plurals = COUNTED.findall(text.to("en", **values))

    assert [word for word in plurals if word not in VERBS] == []


def test_a_count_chooses_between_its_words() -> None:
    text = Text("{count} {count:answer is|answers are} right", "正答 {count} 件")

    assert text.to("en", count=1) == "1 answer is right"
    assert text.to("en", count=0) == "0 answers are right"
    assert text.to("en", count=1200) == "1200 answers are right"
    assert text.to("ja", count=1) == "正答 1 件"


@pytest.mark.parametrize(
    ("english", "japanese"), [("{count} left", "残り"), ("Left", "残り {count} 件")]
)
def test_a_text_that_forgets_a_placeholder_is_refused(english: str, japanese: str) -> None:
    """It would hide a fact from the readers of one language."""
    with pytest.raises(ValueError, match="placeholders"):
        Text(english, japanese)


def japanese_literals(path: Path) -> list[str]:
    """Return the string literals of a module that hold Japanese; its docstrings may."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        f"{path.relative_to(BOT)}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and JAPANESE.search(node.value)
    ]


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(BOT.rglob("*.py"))
        if path.name != "texts.py" and str(path.relative_to(BOT)) not in LANGUAGE_DATA
    ],
    ids=lambda path: str(path.relative_to(BOT)),
)
def test_no_text_stands_outside_of_the_texts(path: Path) -> None:
    """A text beside the code would be missed by whoever looks after the words."""
    assert japanese_literals(path) == []


@pytest.mark.parametrize("name", sorted(LANGUAGE_DATA))
def test_the_list_of_exceptions_is_as_short_as_it_can_be(name: str) -> None:
    assert japanese_literals(BOT / name)
