"""A reindex every night, once, wherever and however often the clock is watched."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import SettingsError
from bot.queue.redis_queue import RedisQueue
from bot.queue.scheduler import Scheduler
from bot.redis.connection import RedisConnection
from bot.settings.settings import load_settings
from bot.slack.commands.reindex import scheduled_reindex
from knowledge.model.schedule import Schedule

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=TOKYO)


@pytest.mark.parametrize("text", ["03:00", "3:00", "0 3 * * *"])
def test_a_night_is_a_night_in_its_time_zone(text: str) -> None:
    """Whatever the machine's own zone is."""
    schedule = Schedule(text, TOKYO)

    for now in (NIGHT, NIGHT + timedelta(hours=23, minutes=59), NIGHT.astimezone(UTC)):
        assert schedule.latest(now) == NIGHT
        assert schedule.next(now) == NIGHT + timedelta(days=1)
    assert schedule.latest(NIGHT - timedelta(seconds=1)) == NIGHT - timedelta(days=1)


def test_a_skipped_or_repeated_hour_has_one_slot() -> None:
    """Daylight saving neither loses a night nor doubles it."""
    schedule = Schedule("02:30", NEW_YORK)
    for change in (datetime(2026, 3, 8, tzinfo=NEW_YORK), datetime(2026, 11, 1, tzinfo=NEW_YORK)):
        now, slots = change - timedelta(days=1), list[datetime]()
        while (now := schedule.next(now)) < change + timedelta(days=2):
            slots.append(now)
        assert len({slot.date() for slot in slots}) == len(slots) == 3


def test_cron_fields_say_more() -> None:
    """Weekdays, for example."""
    schedule = Schedule("15 6 * * 1-5", TOKYO)
    friday = datetime(2026, 11, 27, 6, 15, tzinfo=TOKYO)

    assert schedule.next(friday) == friday + timedelta(days=3)


@pytest.mark.parametrize("text", ["24:00", "noon", "* * *", "0 3 31 2 *", "毎日"])
def test_what_is_no_schedule_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, when the program starts."""
    monkeypatch.setenv("REINDEX_SCHEDULE", text)
    with pytest.raises(SettingsError, match="REINDEX_SCHEDULE is neither a time of day"):
        load_settings()


def test_an_unknown_time_zone_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIME_ZONE", "Asia/Toyko")
    with pytest.raises(SettingsError, match="TIME_ZONE is not known: 'Asia/Toyko'"):
        load_settings()


async def test_a_slot_runs_once_and_missed_ones_once_together(store: RedisConnection) -> None:
    """Two machines watch; both were down for two nights."""
    schedule = Schedule("03:00", TOKYO)
    machines = [
        Scheduler(RedisQueue(store).put_on_schedule, "reindex", schedule, scheduled_reindex)
        for _ in range(2)
    ]
    assert [await machine.look(NIGHT) for machine in machines] == [False, False]
    later = NIGHT + timedelta(days=3, hours=5)
    assert [await machine.look(later) for machine in machines] == [True, False]
    assert [await machine.look(later + timedelta(hours=1)) for machine in machines] == [False] * 2

    queue = RedisQueue(store)
    lease = await queue.take(wait=1)
    assert lease is not None
    slot = int((NIGHT + timedelta(days=3)).timestamp())
    assert lease.job == scheduled_reindex(slot)
    assert (await queue.backlog())["ready"] == 0
    await queue.aclose()
