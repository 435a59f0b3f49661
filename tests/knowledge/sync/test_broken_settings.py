"""What somebody breaks in `knowledge.toml` while the bot runs."""

import threading

import pytest

from knowledge import base as base_module
from knowledge.model.errors import KnowledgeConfigError
from tests.support.library import MEMBER, Library
from tests.support.memory_sources import MemorySource


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('[[sources]]\nname = "docs"\npaht = "docs"\n', "did you mean path"),
        ("[[sources", "not readable as TOML"),
        ('[[sources]]\nname = "docs"\npath = "docs"\naudience = "全員"\n', "audience"),
        ("", "sources"),
        (None, "no such file"),
    ],
)
async def test_the_last_settings_that_could_be_read_hold(
    library: Library, broken: str | None, told: str
) -> None:
    """Questions, rights and views go on; a sync says what is wrong."""
    library.write("a.md", "# Parking\n\nThe car park is below the building.")
    base = library.open()
    await base.sync()
    audiences = base.audiences
    if broken is None:
        library.config.unlink()
    else:
        library.config.write_text(broken, encoding="utf-8")

    assert await base.search("car park", MEMBER)
    assert base.audiences == audiences
    assert base.status().documents == 1
    with pytest.raises(KnowledgeConfigError, match=told):
        await base.sync()


async def test_one_source_that_does_not_answer_hides_no_other(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that asks us to wait."""
    monkeypatch.setattr(base_module, "_TRY_SECONDS", 0.2)
    released = threading.Event()
    slow, quick = MemorySource("slow"), MemorySource("quick")

    def wait(_: str) -> None:
        released.wait()

    slow.before = wait
    library.add(slow, quick)

    answering, failures = await library.open().try_sources()
    released.set()

    assert list(answering) == ["quick"]
    assert [failure.reason for failure in failures] == ["source 'slow': no answer within 0 seconds"]
