"""Which files of a channel are kept, however the events about them arrive."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.sync.sources.slack import SlackSource, withheld
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from knowledge.sync.sources.slack_messages import (
    ChannelMessage,
    FileFacts,
    KeptChannel,
    SharedFile,
)

CHANNEL = KeptChannel("C1", "talk", "general", "https://team.slack.com/archives/C1/", 365)
FACTS = FileFacts("notes.md", "https://team.slack.com/files/U1/F1/notes.md", "2023-11-14", "1")
BEGUN = 1_700_000_000.0
LATER = 9e9


def ts(number: int) -> str:
    return f"{BEGUN + number:.6f}"


def message(number: int, *files: str, edit: int = 0) -> ChannelMessage:
    shared = tuple(SharedFile(id_, f"{id_}.md") for id_ in files)
    stamp = BEGUN + number + edit
    return ChannelMessage(ts(number), "U1", f"text {number}", "", stamp, shared)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SlackHistoryWriter]:
    with closing(SlackHistoryWriter(tmp_path)) as history:
        history.keep(CHANNEL)
        yield history


def content(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fetched"
    path.write_text(text)
    return path


def told(tmp_path: Path) -> dict[str, str]:
    """Return what the source says of its files, by the name in their id."""
    source = SlackSource("talk", tmp_path)
    found = (file for file in source.files() if file.document_id.count("/") > 2)
    return {file.document_id.rpartition("/")[2]: source.read(file).decode() for file in found}


FILES = ("F1", "F2", "F3")


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[tuple[str, object]], set[str]]:
    """Return events in some order, some of them twice, and the files that are kept after them."""
    events, left = list[tuple[str, object]](), dict[int, list[str]]()
    subsets = st.lists(st.sampled_from(FILES), unique=True, max_size=3)
    for number in range(draw(st.integers(1, 5))):
        for edit in range(draw(st.integers(1, 3))):
            left[number] = draw(subsets)
            events.append(("put", message(number, *left[number], edit=edit)))
        if draw(st.booleans()):
            del left[number]
            events.append(("remove", ts(number)))
    deleted = set(draw(subsets))
    events += [("delete", file) for file in deleted]
    unshared = {file: draw(st.integers(0, 5)) for file in draw(subsets)}
    events += [("unshare", (file, BEGUN + at)) for file, at in unshared.items()]
    kept = {
        file
        for number, files in left.items()
        for file in files
        if file not in deleted and number > unshared.get(file, -1)
    }
    again = [event for event in events if draw(st.booleans())]
    return draw(st.permutations(events + again)), kept


@settings(max_examples=50)
@given(arrivals())
def test_any_order_of_events_leaves_the_same_files(
    arrived: tuple[list[tuple[str, object]], set[str]],
) -> None:
    """Those that a kept message shares in its last form, and that are still there."""
    events, kept = arrived
    with TemporaryDirectory() as folder, closing(SlackHistoryWriter(Path(folder))) as history:
        history.keep(CHANNEL)
        for kind, event in events:
            match kind, event:
                case "put", ChannelMessage():
                    history.put("C1", [event])
                case "remove", str():
                    history.remove("C1", [event])
                case "delete", str():
                    history.remove_file(event, BEGUN + 100)
                case "unshare", (str(file), float(at)):
                    history.remove_file(file, at, "C1")
        found = {file.id for file in history.waiting(LATER, 100)}

    assert found == kept


def test_a_file_is_told_as_it_changes(history: SlackHistoryWriter, tmp_path: Path) -> None:
    """Its id keeps the first name; its new text is shown once the index has it."""
    source = SlackSource("talk", tmp_path)
    history.put("C1", [message(1, "F1")])
    history.put_file("C1", "F1", FACTS, content(tmp_path, "old"), LATER)
    first, cursor = told(tmp_path), source.cursor()
    history.published(history.version, ["talk"])
    renamed = replace(FACTS, name="other.md", stamp="2")
    history.put_file("C1", "F1", renamed, None, LATER)
    after_name = withheld(tmp_path)
    history.put_file("C1", "F1", renamed, content(tmp_path, "new"), LATER)
    (changed,) = source.changes(cursor).files

    assert first == {"notes.md": "old"}
    assert after_name == frozenset()
    assert (changed.document_id, changed.name) == ("talk/C1/F1/notes.md", "C1/other.md")
    assert told(tmp_path) == {"notes.md": "new"}
    assert withheld(tmp_path) == {"C1/F1/notes.md"}
    history.published(history.version, ["talk"])
    assert withheld(tmp_path) == frozenset()


def test_what_has_not_changed_is_no_change(history: SlackHistoryWriter, tmp_path: Path) -> None:
    """A look that finds the same costs no sync."""
    history.put("C1", [message(1, "F1")])
    history.put_file("C1", "F1", FACTS, content(tmp_path, "text"), LATER)
    before = history.version
    history.look_again()
    history.put_file("C1", "F1", FACTS, content(tmp_path, "text"), LATER)
    history.put_file("C1", "F1", FACTS, None, LATER)

    assert history.version == before
    assert told(tmp_path) == {"notes.md": "text"}


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, problem="Slack does not let the bot read it"),
        replace(FACTS, passed_over="large"),
        FileFacts(""),
    ],
)
def test_what_can_no_longer_be_read_is_gone(
    history: SlackHistoryWriter, tmp_path: Path, facts: FileFacts
) -> None:
    """From the disk as well; an emptied canvas is no document at all."""
    history.put("C1", [message(1, "F1")])
    history.put_file("C1", "F1", FACTS, content(tmp_path, "secret"), LATER)
    history.published(history.version, ["talk"])
    history.put_file("C1", "F1", facts, None, LATER)

    assert withheld(tmp_path) == {"C1/F1/notes.md"}
    assert not history.path_of("C1", "F1").exists()
    if facts.problem:
        with pytest.raises(ParseError, match="does not let"):
            told(tmp_path)


def test_a_file_that_is_gone_while_it_is_fetched_is_not_kept(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """Nor its bytes."""
    history.put("C1", [message(1, "F1")])
    fetched = content(tmp_path, "secret")
    history.remove_file("F1", BEGUN + 5)
    history.put_file("C1", "F1", FACTS, fetched, LATER)

    assert told(tmp_path) == {}
    assert not fetched.exists()
    assert not history.path_of("C1", "F1").exists()


def test_bytes_that_a_kill_left_behind_are_deleted(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """Those that are named stay; a channel takes all of its own along."""
    history.put("C1", [message(1, "F1")])
    history.put_file("C1", "F1", FACTS, content(tmp_path, "text"), LATER)
    left = history.path_of("C1", "F9")
    left.write_text("left")
    history.tidy_files()
    tidied = (left.exists(), history.path_of("C1", "F1").exists())
    history.drop("C1")

    assert tidied == (False, True)
    assert not history.path_of("C1", "").exists()


def test_own_canvases_are_those_that_the_channel_names(history: SlackHistoryWriter) -> None:
    """One that was taken out does not come back at once, whatever an old answer says."""
    history.own_canvases("C1", {"F1", "F2", "../../F3", "x"})
    both = {file.id for file in history.waiting(LATER, 9)}
    history.own_canvases("C1", {"F2"})
    one = {file.id for file in history.waiting(LATER, 9)}
    history.remove_file("F2", LATER, "C1")
    history.own_canvases("C1", {"F2"})

    assert both == {"F1", "F2"}
    assert one == {"F2"}
    assert history.waiting(LATER, 9) == []


def test_the_days_of_a_channel_hold_for_its_files(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """A file goes with its message; the channel's own canvas stays."""
    history.put("C1", [message(1, "F1")])
    history.own_canvases("C1", {"F2"})
    history.put_file("C1", "F1", FACTS, content(tmp_path, "text"), LATER)
    history.prune(BEGUN + 366 * 86_400)

    assert [file.id for file in history.waiting(LATER, 9)] == ["F2"]
    assert withheld(tmp_path) == {"C1/F1/notes.md", "C1/2023-11-14"}
