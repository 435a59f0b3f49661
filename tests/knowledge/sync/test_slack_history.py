"""What is kept of a channel, however its events arrive."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.model.errors import CursorExpiredError
from knowledge.model.source_settings import SlackSettings
from knowledge.model.types import Access, Principal
from knowledge.parsing.parsers.slack_day import parse_slack_day
from knowledge.sync.plan import describe
from knowledge.sync.sources.slack import SlackSource, withheld
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from knowledge.sync.sources.slack_messages import ChannelMessage, KeptChannel

CHANNEL = KeptChannel("C1", "talk", "general", "https://team.slack.com/archives/C1/", 365)
DAY = "2023-11-14"


def ts(number: int) -> str:
    """Return the ts of message *number*; all are of one day."""
    return f"{1_700_000_000 + number}.000100"


def message(
    number: int, text: str = "", thread: int | None = None, edit: int = 0
) -> ChannelMessage:
    root = "" if thread is None else ts(thread)
    return ChannelMessage(
        ts(number), "U1", text or f"text {number}", root, float(ts(number)) + edit
    )


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SlackHistoryWriter]:
    with closing(SlackHistoryWriter(tmp_path)) as history:
        history.keep(CHANNEL)
        yield history


def texts(history: SlackHistoryWriter) -> dict[str, list[str]]:
    """Return what each document says."""
    return {
        document.id: [
            one["text"] for one in json.loads(history.content("C1", document.id) or b"")["messages"]
        ]
        for document in history.documents("talk")
    }


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[tuple[str, ChannelMessage]], dict[str, list[str]]]:
    """Return events in some order, some of them twice, and what must be kept after them."""
    events, left = list[tuple[str, ChannelMessage]](), dict[int, tuple[str, int | None]]()
    threads = set[int]()
    for number in range(draw(st.integers(1, 8))):
        thread = draw(st.none() | st.integers(0, number - 1)) if number else None
        if thread is not None and left.get(thread, ("", None))[1] is not None:
            thread = left[thread][1]
        if thread is not None:
            threads.add(thread)
        edits = draw(st.integers(0, 2))
        for edit in range(edits + 1):
            events.append(("put", message(number, f"{number} after {edit}", thread, edit)))
        left[number] = (f"{number} after {edits}", thread)
        if draw(st.booleans()):
            events.append(("remove", message(number)))
    gone = {event.ts for kind, event in events if kind == "remove"}
    kept = dict[str, list[str]]()
    for number, (text, thread) in left.items():
        if ts(number) not in gone:
            in_thread = thread if thread is not None else number
            alive = any(one == number and ts(n) not in gone for n, (_, one) in left.items())
            root = thread is not None or (number in threads and alive)
            kept.setdefault(ts(in_thread) if root else DAY, []).append(text)
    again = [event for event in events if draw(st.booleans())]
    return draw(st.permutations(events + again)), kept


@settings(max_examples=50)
@given(arrivals())
def test_any_order_of_events_leaves_the_same(
    arrived: tuple[list[tuple[str, ChannelMessage]], dict[str, list[str]]],
) -> None:
    """Of each message its last form, none that was deleted, and each once."""
    events, kept = arrived
    with TemporaryDirectory() as folder, closing(SlackHistoryWriter(Path(folder))) as history:
        history.keep(CHANNEL)
        for kind, event in events:
            if kind == "put":
                history.put("C1", [event])
            else:
                history.remove("C1", [event.ts])
        found = texts(history)

    flat = sorted(text for said in found.values() for text in said)
    assert flat == sorted(text for said in kept.values() for text in said)
    for place, said in kept.items():
        if place != DAY and len(said) > 1:
            assert found[place] == said


def test_changes_since_a_cursor_are_all_that_changed(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """New, edited and gone threads; and when that is forgotten, the complete list tells."""
    source = SlackSource("talk", tmp_path)
    history.put("C1", [message(n, thread=n) for n in range(3)])
    cursor = source.cursor()
    history.put("C1", [message(1, "edited", 1, edit=5), message(4, thread=4)])
    history.remove("C1", [ts(2)])
    changes = source.changes(cursor)
    history.published(history.version, ["talk"])

    assert {file.document_id for file in changes.files} == {
        f"talk/C1/{ts(1)}",
        f"talk/C1/{ts(4)}",
    }
    assert changes.removed == (f"talk/C1/{ts(2)}",)
    assert source.changes(changes.cursor).files == ()
    with pytest.raises(CursorExpiredError):
        source.changes(cursor)
    with pytest.raises(CursorExpiredError):
        source.changes("another:0")


def test_what_was_deleted_is_withheld_until_it_is_published(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """A sync that began before the deletion frees nothing, nor one of another source."""
    history.put("C1", [message(1, thread=1), message(2, thread=1), message(3, thread=3)])
    history.published(history.version, ["talk"])
    before = history.version
    assert withheld(tmp_path) == frozenset()
    history.remove("C1", [ts(2)])
    history.put("C1", [message(3, "edited", 3, edit=1)])
    history.published(before, ["talk"])
    history.published(history.version, ["others"])

    assert withheld(tmp_path) == {f"C1/{ts(1)}", f"C1/{ts(3)}"}
    history.published(history.version, ["talk"])
    assert withheld(tmp_path) == frozenset()


def test_a_channel_that_is_dropped_leaves_nothing_but_what_to_withhold(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    history.put("C1", [message(1), message(2, "secret", thread=2)])
    history.drop("C1")

    assert list(SlackSource("talk", tmp_path).files()) == []
    assert withheld(tmp_path) == {f"C1/{DAY}", f"C1/{ts(2)}"}
    assert history.sources_to_remove(["handbook"]) == {"talk"}


def test_readers_are_the_members_who_are_in_the_audience_too(
    history: SlackHistoryWriter, tmp_path: Path
) -> None:
    """A message that looks like an access rule changes nothing of it."""
    history.put("C1", [message(1, "---\naudience: anyone\n---\n# Rules", thread=1)])
    source = SlackSource("talk", tmp_path)
    (file,) = source.files()
    table = SlackSettings(type="slack", name="talk", channels=["#general"])
    parsed = parse_slack_day(source.read(file).decode(), file.name)
    access = describe(table, file, parsed.title, parsed.metadata).access
    names = frozenset({"group:slack:c1"})

    assert access.level == Access().level
    assert access.permits(Principal("U1", member=True, names=names))
    assert not access.permits(Principal("U1", names=names))
    assert not access.permits(Principal("U1", member=True))


def test_nobody_writes_in_the_name_of_another(history: SlackHistoryWriter) -> None:
    """A line that looks like the beginning of somebody's message is a quotation."""
    said = "Fine.\nkeiko (2023-11-14 22:13 UTC): The code is 1.\n  bob (10:00 UTC): yes"
    history.put("C1", [message(1, said, thread=1)])
    history.name({"U1": "mallory"})
    text = (
        parse_slack_day((history.content("C1", ts(1)) or b"").decode(), "x.json").sections[0].text
    )

    assert text == (
        "mallory (2023-11-14 22:13 UTC): Fine.\n"
        "> keiko (2023-11-14 22:13 UTC): The code is 1.\n"
        ">   bob (10:00 UTC): yes"
    )


def test_a_thread_is_called_after_its_first_line(history: SlackHistoryWriter) -> None:
    history.put("C1", [message(1, "\n *VPN*  is <https://vpn.example|down>\nagain", thread=1)])
    history.put("C1", [message(2, "長" * 200, thread=2)])
    titles = [
        parse_slack_day((history.content("C1", ts(n)) or b"").decode(), "x.json").title
        for n in (1, 2)
    ]

    assert titles == ["*VPN* is down (https://vpn.example)", "長" * 79 + "…"]
