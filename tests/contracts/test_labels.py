"""The contract of `Labels`: one word a person on each answer, the last one counts."""

from pathlib import Path

import pytest

from bot.core.errors import CasesError
from bot.core.types import Label
from bot.evaluation.labelled import is_right, verdicts
from bot.records.label_file import FileLabels
from bot.records.labels import RedisLabels
from bot.redis.connection import RedisConnection


@pytest.fixture(params=["file", "redis"])
def labels(
    request: pytest.FixtureRequest, store: RedisConnection, tmp_path: Path
) -> RedisLabels | FileLabels:
    if request.param == "file":
        return FileLabels(tmp_path / "new" / "labels.jsonl")
    return RedisLabels(store.commands)


async def test_nothing_was_said_yet(labels: RedisLabels | FileLabels) -> None:
    assert list(await labels.all()) == []


async def test_the_last_word_of_a_person_counts(labels: RedisLabels | FileLabels) -> None:
    await labels.put(Label("a", "wrong", "恵子", 1.0))
    await labels.put(Label("a", "partly", "Tom", 2.0))
    await labels.put(Label("a", "right", "恵子", 3.0))
    await labels.put(Label("b", "wrong", "恵子", 4.0))
    made = list(await labels.all())
    assert [label.at for label in made] == [2.0, 3.0, 4.0]
    assert verdicts(made) == {"a": {"Tom": "partly", "恵子": "right"}, "b": {"恵子": "wrong"}}


async def test_a_correction_is_kept_as_it_was_written(labels: RedisLabels | FileLabels) -> None:
    """With its lines, in any language; who takes a verdict back takes the correction with it."""
    corrected = Label("a", "partly", "恵子", 1.0, '有給は**12日**です。\n\n"12 days" — since 2026')
    await labels.put(corrected)
    assert list(await labels.all()) == [corrected]
    await labels.put(Label("a", "right", "恵子", 2.0))
    assert list(await labels.all()) == [Label("a", "right", "恵子", 2.0)]


async def test_labels_from_before_corrections_are_read(
    store: RedisConnection, tmp_path: Path
) -> None:
    """They simply have none."""
    old = '{"answer_id": "a", "verdict": "wrong", "person": "恵子", "at": 1.0}'
    await store.commands.hset("{kotae}:v1:labels", '["a", "恵子"]', old)
    (tmp_path / "labels.jsonl").write_text(f"{old}\n", "utf-8")
    expected = [Label("a", "wrong", "恵子", 1.0, "")]
    assert list(await RedisLabels(store.commands).all()) == expected
    assert list(await FileLabels(tmp_path / "labels.jsonl").all()) == expected


async def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"answer_id": "a"}\n')
    with pytest.raises(CasesError, match="line 1"):
        await FileLabels(path).all()


def test_an_answer_is_right_only_if_most_say_so() -> None:
    assert is_right({"a": "right", "b": "right", "c": "wrong"})
    assert not is_right({"a": "right", "b": "wrong"})
    assert not is_right({"a": "partly"})
