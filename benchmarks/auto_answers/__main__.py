"""`python -m benchmarks.auto_answers`: a month of talk, and how often the bot speaks up.

It runs locally on the sample documents, without a model, with an embedded Redis; only time, people
and Slack are simulated. Half of the sample questions make the certificate, the others are asked.
"""

import argparse
import asyncio
import heapq
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.auto_answers.month import Kind, Said, month
from bot.agent.agent import Agent
from bot.answering.fixed_policy import FixedPolicy
from bot.answering.gate import Gate
from bot.answering.rights import AnswerRights
from bot.app.container import (
    answerer_of,
    fingerprint_of,
    open_agent,
    open_knowledge,
    open_store,
)
from bot.audit.audit_log import AuditLog
from bot.auto_answers.handler import AutoAnswerHandler
from bot.auto_answers.question_to_all import asks_everybody
from bot.auto_answers.silence import AutoAnswerPace, Silence
from bot.auto_answers.store import AutoAnswerStore
from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.cli.context import SAMPLES
from bot.core.message_ref import MessageRef, channel_key
from bot.core.serialization import question_from
from bot.core.types import Answer, Event, Question, QuestionId, ThreadId
from bot.evaluation.binomial import clopper_pearson
from bot.evaluation.calibration import Scored, calibrate, split
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.certificate import Certificate
from bot.evaluation.results import result_of
from bot.queue.queue import Lease
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.settings.settings import Settings
from bot.slack.auto_answers.overheard import Overheard
from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import IncomingMessage, translate
from knowledge.model.types import Principal

BEGINS = 1_790_000_000.0
"""When the month begins, in seconds since the epoch."""

ACCURACY, CONFIDENCE = 0.9, 0.9
"""What the certificate proves: as much as a hundred questions can."""

TEAM = "T0TEAM"
CHANNELS = {"en": "C0ENGLISH", "ja": "C0JAPANESE"}
READERS = Principal("C0ANY", member=True)


@dataclass
class KeptReply:
    """Shows an answer to nobody."""

    answers: list[Answer]

    async def start(self, noticed: Callable[[], None] | None = None) -> None: ...
    async def wait(self, place: int) -> None: ...
    async def show(self, event: Event) -> None: ...

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        self.answers.append(answer)
        return ()

    async def fail(self, message: str) -> None: ...


@dataclass
class SimulatedSlack:
    """Two channels of one team; knows what was shown, and by whom it would be read."""

    shown: dict[QuestionId, list[Answer]] = field(default_factory=dict)

    async def prepared(self, question: Question) -> Question:
        return replace(question, asker=READERS)

    def reply(self, question: Question, lease: Lease) -> KeptReply:  # noqa: ARG002
        return KeptReply(self.shown.setdefault(question.id, []))

    async def expect(self, question: Question) -> None: ...

    async def permits(self, question: Question) -> bool:  # noqa: ARG002
        return True

    async def untouched(self, question: Question) -> bool:  # noqa: ARG002
        return True

    async def switched_off(
        self, lease: Lease, channel: MessageRef, unwanted: int, given: int
    ) -> None: ...


@dataclass
class Clock:
    """The simulated time, in seconds since the epoch."""

    now: float = BEGINS

    def __call__(self) -> float:
        return self.now


@dataclass
class Channels:
    """The bot that listens, its simulated clock, and its jobs in order of time."""

    handler: AutoAnswerHandler
    overheard: Overheard
    queue: RedisQueue
    slack: SimulatedSlack
    pace: AutoAnswerPace
    clock: Clock
    silences: dict[QuestionId, Silence] = field(default_factory=dict)
    _due: list[tuple[float, str, Lease]] = field(default_factory=list)

    async def hear(self, said: Said) -> QuestionId:
        """Take in one message, after what was due before it; return its id."""
        at = BEGINS + said.at
        await self.work(until=at)
        self.clock.now = at
        message = _message(said)
        await self.overheard.hear(message)
        lease = await self.queue.take(0)
        if lease is not None:
            heapq.heappush(self._due, (at + self.pace.quiet_seconds, lease.job.id, lease))
        return message.question.id

    async def work(self, until: float) -> None:
        """Do what is due."""
        while self._due and self._due[0][0] <= until:
            self.clock.now, _, lease = heapq.heappop(self._due)
            question = question_from(lease.job.payload)
            self.silences[question.id] = await self.handler.attend(question, lease)
            await lease.finish()


def _message(said: Said) -> IncomingMessage:
    event = {
        "type": "message",
        "channel": CHANNELS[said.language],
        "user": said.person,
        "text": said.text,
        "ts": f"{BEGINS + said.at:.6f}",
    }
    if said.thread:
        event["thread_ts"] = f"{BEGINS + said.thread:.6f}"
    me = BotIdentity(team=TEAM, user="U0BOT", bot="B0BOT")
    message = translate({"event": event}, me)
    assert isinstance(message, IncomingMessage)
    return message


def _halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Return the cases of the certificate, and those that are asked."""
    usable = [one for one in cases if not one.history and not one.hidden]
    return usable[::2], usable[1::2]


async def _answered(agent: Agent, case: Case) -> Answer:
    name = QuestionId(f"case:{case.id}")
    question = Question(name, ThreadId(name), case.question, READERS)
    run = agent.start(question, (), examples=(), most_usd=1.0)
    async for _ in run.events():
        pass
    return run.answer()


async def _certificate(agent: Agent, cases: Sequence[Case], fingerprint: str) -> Certificate:
    """Prove a threshold as `kotae eval calibrate` does."""
    scored = list[Scored]()
    for case in cases:
        answer = await _answered(agent, case)
        given = answer.status == "answered"
        right = given and bool(result_of(case, answer).correct)
        scored.append(Scored((answer.confidence or 0.0) if given else -1.0, not right, case.id))
    tuned, judged = split(scored)
    found = calibrate(tuned, judged, 1 - ACCURACY, 1 - CONFIDENCE)
    threshold = found.threshold
    if threshold is None:
        threshold = max(one.confidence for one in scored if one.wrong)
        print("Nothing is proven with so few cases: the threshold is above every wrong answer.")
    print(f"Threshold {threshold:.3f}, from {len(scored)} cases")
    proof = (ACCURACY, CONFIDENCE, found.coverage, found.labels, found.errors)
    return Certificate(threshold, *proof, fingerprint, created_at=0.0)


@asynccontextmanager
async def _channels(folder: Path, cases: Sequence[Case], most: int) -> AsyncIterator[Channels]:
    shutil.copytree(SAMPLES.parent, folder / "samples")
    settings = Settings(
        _env_file=None,
        knowledge_config=folder / "samples" / SAMPLES.name,
        data_dir=folder / "data",
        openai_embedding_model="hashing",
    )
    async with AsyncExitStack() as closing:
        base = open_knowledge(settings)
        closing.push_async_callback(base.aclose)
        await base.sync(force=True)
        store = await closing.enter_async_context(open_store(settings))
        agent = await closing.enter_async_context(open_agent(settings, base))
        fingerprint = fingerprint_of(settings, agent, base)
        certificate = await _certificate(agent, cases, fingerprint)
        gate = Gate(FixedPolicy("best-effort"), _at_hand(certificate), lambda: fingerprint)
        queue = RedisQueue(store)
        closing.push_async_callback(queue.aclose)
        settings_of, heard = ChannelSettingsStore(store.commands), AutoAnswerStore(store.commands)
        for channel in CHANNELS.values():
            key = channel_key(MessageRef(TEAM, channel, ""))
            await settings_of.choose(key, ChannelSettings(auto_answers="on"))
        slack, pace = SimulatedSlack(), AutoAnswerPace(most_hourly=most)
        rights = AnswerRights(_reads_all)
        answerer = answerer_of(settings, agent, store, gate, base, rights)
        audit, ledger = AuditLog(store.commands), Ledger(store.commands)
        judge = AutoAnswerJudge(heard, settings_of, ledger, queue, audit, slack)
        time = Clock()
        handler = AutoAnswerHandler(
            answerer, slack, slack, settings_of, heard, judge, pace=pace, clock=time
        )
        yield Channels(handler, Overheard(queue, settings_of, heard), queue, slack, pace, time)


def _at_hand(certificate: Certificate) -> Callable[[], Awaitable[Certificate]]:
    async def load() -> Certificate:
        return certificate

    return load


async def _reads_all(documents: Sequence[str], reader: Principal) -> bool:  # noqa: ARG001
    return True


@dataclass
class Tally:
    """What came of the messages of one kind.

    Attributes:
        shown: Messages that the bot has replied to.
        right: How many of these replies were right.
        words: Messages that pass for a question to everybody.
    """

    all: int = 0
    shown: int = 0
    right: int = 0
    words: int = 0


async def _measure(
    seed: int, most: int, *, verbose: bool
) -> tuple[Mapping[Kind, Tally], Counter[str]]:
    proof, asked = _halves(read_cases(SAMPLES.parent / "cases.jsonl"))
    tallies: dict[Kind, Tally] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with _channels(Path(folder), proof, most) as channels:
            heard = [(await channels.hear(said), said) for said in month(asked, seed)]
            await channels.work(until=float("inf"))
            for name, said in heard:
                tally = tallies.setdefault(said.kind, Tally())
                tally.all += 1
                tally.words += asks_everybody(said.text)
                for answer in channels.slack.shown.get(name, ())[:1]:
                    right = said.case is not None and bool(result_of(said.case, answer).correct)
                    tally.shown += 1
                    tally.right += right and said.kind == "answerable"
                    if verbose and not (right and said.kind == "answerable"):
                        features = {k: round(v, 2) for k, v in answer.features.items()}
                        print(f"  {said.kind}: {said.text}\n    {answer.text}\n    {features}")
            return tallies, Counter(channels.silences.values())


def _share(part: int, whole: int) -> str:
    sure = clopper_pearson(part, whole)
    return f"{part} of {whole}, {part / whole:.1%} ({sure.low:.1%} … {sure.high:.1%})"


def _print(tallies: Mapping[Kind, Tally]) -> None:
    wanted, unknown = tallies["answerable"], tallies["unanswerable"]
    others = [one for one in tallies.values() if one is not wanted and one is not unknown]
    shown = wanted.shown + unknown.shown
    interjections = _share(sum(one.shown for one in others), sum(one.all for one in others))
    print(f"answerable questions answered: {_share(wanted.shown, wanted.all)}")
    print(f"unanswerable ones left alone: {_share(unknown.all - unknown.shown, unknown.all)}")
    if shown:
        print(f"wrong answers of those shown: {_share(shown - wanted.right, shown)}")
    print(f"interjections into talk: {interjections}")
    print("                   messages  worded as a question to everybody  replied to")
    for kind, tally in tallies.items():
        print(f"  {kind:16} {tally.all:8}  {tally.words:33}  {tally.shown:10}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="number of months")
    parser.add_argument("--first", type=int, default=1, help="the first of their seeds")
    parser.add_argument("--most", type=int, default=6, help="answers in one channel in an hour")
    parser.add_argument("--verbose", action="store_true", help="print what should not have come")
    options = parser.parse_args()
    total, silences = dict[Kind, Tally](), Counter[str]()
    for seed in range(options.first, options.first + options.seeds):
        found, why = asyncio.run(_measure(seed, options.most, verbose=options.verbose))
        silences += why
        for kind, tally in found.items():
            own = total.setdefault(kind, Tally())
            own.all, own.shown = own.all + tally.all, own.shown + tally.shown
            own.right, own.words = own.right + tally.right, own.words + tally.words
    _print(total)
    print("outcomes of what passed for a question:", dict(silences))


if __name__ == "__main__":
    main()
