"""Whom a reply is for, measured on written dialogues through the real intake."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from bot.channels.redis import RedisChannels
from bot.handovers.redis import RedisHandOvers
from bot.inbox.redis import RedisInbox
from bot.ledger.redis import RedisLedger
from bot.memory.redis import RedisMemory
from bot.redis.connection import RedisConnection
from bot.redis.entry_notes import RedisEntryNotes
from bot.slack.clients import Clients
from bot.slack.cues import asks_the_bot
from bot.slack.feedback import FeedbackDesk
from bot.slack.handing import HandOverDesk
from bot.slack.identity import Identity
from bot.slack.intake import Intake
from bot.slack.messages import Messages
from bot.slack.principals import Principals
from bot.slack.reasons import ReasonForm
from tests.slack.test_surface import NoOperations
from tests.support.names import names_used

DIALOGUES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data/dialogues.jsonl").read_text().splitlines()
]
FALSE_INTERJECTIONS = 0.05
MISSED = 0.05


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("繰り越しは？", True),
        ("夏季の日数", True),
        ("ありがとう！", False),
        ("田中さん、もう出しました？", False),
        ("佐藤さんに聞いてみます", False),
        ("ＯＫです", False),
        ("kotae、英語で", True),
        ("and in Japan", True),
        ("processing time", True),
        ("token expiry rules", True),
        ("thanks, that's all", False),
        ("Alice, can you approve mine?", False),
        ("I'll ask HR", False),
        ("wow", False),
        ("", False),
    ],
)
def test_words_that_ask(text: str, *, asks: bool) -> None:
    """Questions and fragments ask; thanks, plans, and words to a colleague do not."""
    assert asks_the_bot(text) is asks


async def test_dialogues(store: RedisConnection, clients: Clients, me: Identity) -> None:
    """Few words that are not for the bot are taken up, and few that are for it are missed."""
    principals = Principals(clients.repeating, me, names_used(clients, me, store))
    ledger = RedisLedger(store.commands)
    reasons = ReasonForm(ledger, clients, principals)
    desk = FeedbackDesk(ledger, reasons, clients, principals, me)
    inbox = RedisInbox(store)
    channels = RedisChannels(store.commands)
    notes = RedisEntryNotes(store.commands)
    handovers, messages = RedisHandOvers(store.commands), Messages(clients)
    handing = HandOverDesk(handovers, inbox, ledger, NoOperations(), principals, messages)
    intake = Intake(inbox, RedisMemory(store.commands), channels, desk, handing, notes, me)
    clock, found = itertools.count(1_700_000_000), Counter[str]()
    for dialogue in DIALOGUES:
        root = ""
        for turn in dialogue["turns"]:
            if turn["who"] == "kotae":
                continue
            ts = f"{next(clock)}.000100"
            event = {
                "type": "message",
                "channel": "C1",
                "ts": ts,
                "user": f"U{turn['who'].upper()}",
                "text": turn["text"].replace("@kotae", f"<@{me.user}>"),
            } | ({"thread_ts": root} if root else {})
            root = root or ts
            before = (await inbox.backlog())["ready"]
            await intake.receive({"event": event})
            heard = (await inbox.backlog())["ready"] > before
            found[f"{dialogue['language']} {turn['to'] == 'bot'} {heard}"] += 1

    for language in ("ja", "en"):
        others = found[f"{language} False True"] + found[f"{language} False False"]
        ours = found[f"{language} True True"] + found[f"{language} True False"]
        print(language, found)  # noqa: T201 - the measurement, with -s
        assert min(others, ours) > 30
        assert found[f"{language} False True"] / others <= FALSE_INTERJECTIONS
        assert found[f"{language} True False"] / ours <= MISSED
