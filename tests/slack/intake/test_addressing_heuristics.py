"""Whom a reply is for, measured on written dialogues through the real intake."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from bot.answering.memory import ThreadMemory
from bot.audit.audit_log import AuditLog
from bot.auto_answers.store import AutoAnswerStore
from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.channels.store import ChannelSettingsStore
from bot.entries.notes import EntryNotes
from bot.entries.service import EntryService
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.slack.answers.feedback import FeedbackListener
from bot.slack.answers.feedback_reasons import ReasonForm
from bot.slack.auto_answers.overheard import Overheard
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.messages import Messages
from bot.slack.client.outbox import Outbox
from bot.slack.client.people import SlackPeople
from bot.slack.client.permissions import Principals
from bot.slack.client.readers import SlackReaders
from bot.slack.intake.addressee_heuristics import asks_the_bot
from bot.slack.intake.receiver import Receiver
from bot.text.question_similarity import QuestionSimilarity
from tests.slack.test_app import NoOperations
from tests.support.auto_answers import KeptNews
from tests.support.library import Library
from tests.support.names import names_used

DIALOGUES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data/dialogues.jsonl").read_text().splitlines()
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


async def test_dialogues(
    store: RedisConnection, clients: Clients, me: BotIdentity, tmp_path: Path
) -> None:
    """Few words that are not for the bot are taken up, and few that are for it are missed."""
    principals = Principals(clients.repeating, me, names_used(clients, me, store))
    ledger = Ledger(store.commands)
    outbox = Outbox(Messages(clients), me.team)
    reasons = ReasonForm(ledger, outbox, principals)
    queue = RedisQueue(store)
    channels = ChannelSettingsStore(store.commands)
    automatic = AutoAnswerStore(store.commands)
    judge = AutoAnswerJudge(
        automatic, channels, ledger, queue, AuditLog(store.commands), KeptNews()
    )
    feedback = FeedbackListener(ledger, reasons, outbox, principals, me, judge)
    handoffs = HandoffService(
        HandoffStore(store.commands),
        queue,
        ledger,
        SlackPeople(principals),
        SlackReaders(principals, NoOperations()),
        QuestionSimilarity(),
    )
    saved = EntryStore(EntryVersions(store.commands), Library(tmp_path).open())
    entries = EntryService(saved, EntryNotes(store.commands), queue, handoffs, principals)
    memory = ThreadMemory(store.commands)
    overheard = Overheard(queue, channels, automatic)
    intake = Receiver(queue, memory, channels, feedback, handoffs, entries, me, overheard=overheard)
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
            before = (await queue.backlog())["ready"]
            await intake.receive({"event": event})
            heard = (await queue.backlog())["ready"] > before
            found[f"{dialogue['language']} {turn['to'] == 'bot'} {heard}"] += 1

    for language in ("ja", "en"):
        others = found[f"{language} False True"] + found[f"{language} False False"]
        ours = found[f"{language} True True"] + found[f"{language} True False"]
        print(language, found)  # noqa: T201 - the measurement, with -s
        assert min(others, ours) > 30
        assert found[f"{language} False True"] / others <= FALSE_INTERJECTIONS
        assert found[f"{language} True False"] / ours <= MISSED
