"""People who ask, save, withdraw and change documents, and what they see; all by Slack."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bot.core.message_ref import MessageRef
from bot.workspace import ApiCall, Interaction, SlackMessage, User, Workspace
from tests.faults.observer import job_in, words_in
from tests.machines.questions import LABELS, EntryText, entry_texts, facts
from tests.machines.verdict import WITHHELD, Asked, Record, Reply, SavedEntry, Shown

PATIENCE = 900.0
"""Seconds for which people wait for what was promised to them."""

_HOPE = 240.0
"""After this long without any answer, questions are lost: a lease and all retries are shorter."""

_AGAIN_SECONDS = 20.0
"""After this long without an effect, a person presses a button again."""

_MOST_OPEN, _FLOOD, _IMPATIENT = 8, 100, 3.0
"""People ask while so few questions are open; or else one after so many seconds, up to a flood."""

_THREADS = 10
"""Newest threads in which people go on."""


class People:
    """The people of a team, and the record of what they see.

    Attributes:
        repeated: How often somebody had to press a button, or send a form, again.
    """

    def __init__(self, workspace: Workspace, documents: Path, seed: int, entries: int) -> None:
        self.workspace = workspace
        self.record = Record()
        self.repeated = 0
        self._hanako = workspace.add_user("hanako", language="ja-JP", admin=True)
        self._bob = workspace.add_user("bob")
        self._keiko = workspace.add_user("keiko")
        everybody = [self._hanako, self._bob, self._keiko]
        self._channel = workspace.add_channel("general", everybody)
        self._documents = documents
        self._dice = random.Random(f"people {seed}")
        self._facts = facts()
        self._texts = entry_texts(entries)
        self._messages = dict[str, SlackMessage]()
        self._notices = dict[str, tuple[EntryText, SlackMessage, SlackMessage]]()
        self._threads = list[SlackMessage]()
        self._owners = dict[str, str]()
        self._calls = 0
        for fact in self._facts:
            fact.write(documents)

    # Questions.

    async def ask_some(self, count: int) -> None:
        """Ask *count* questions, in threads, at the pace at which they are answered."""
        for _ in range(count):
            since = time.monotonic()
            while (waiting := self.open()) >= _MOST_OPEN and (
                waiting >= _FLOOD or time.monotonic() - since < _IMPATIENT
            ):
                await self.workspace.changed(0.5)
            await self._ask_something()

    async def ask_last_round(self) -> None:
        """Ask about each entry that somebody was told to be saved."""
        for entry in self.record.entries:
            if entry.told is not None:
                await self._ask_about(entry, None)
                self.record.last_round.append(self.record.asked[-1].job)

    async def answered(self) -> None:
        """Return when no question is open, or none was answered for so long that none will be."""
        before, until = 0, 0.0
        while (waiting := self.open()) and (waiting != before or time.monotonic() < until):
            if waiting != before:
                before, until = waiting, time.monotonic() + _HOPE
            await self.workspace.changed(0.5)

    def open(self) -> int:
        """Return how many questions have no outcome."""
        done = {reply.job for reply in self._replies() if reply.done}
        return sum(asked.job not in done for asked in self.record.asked)

    async def _ask_something(self) -> None:
        thread = None
        if self._threads and self._dice.random() < 0.75:
            thread = self._dice.choice(self._threads[-_THREADS:])
        told = [entry for entry in self.record.entries if entry.told is not None]
        if told and self._dice.random() < 0.4:
            await self._ask_about(self._dice.choice(told), thread)
            return
        fact = self._dice.choice(self._facts)
        await self._ask(fact.question, fact.values, "", thread)

    async def _ask_about(self, entry: SavedEntry, thread: SlackMessage | None) -> None:
        wanted = [entry.code] if entry.withdrawn is None else []
        await self._ask(entry.question, wanted, entry.question, thread)

    async def _ask(
        self, question: str, wanted: Sequence[str], entry: str, thread: SlackMessage | None
    ) -> None:
        japanese = not question.isascii()
        person = self._hanako if japanese else self._bob
        text = question + LABELS[japanese].format(len(self.record.asked) + 1)
        mention, sent = f"<@{self.workspace.bot_user_id}> {text}", time.time()
        message = await self.workspace.post(self._channel, person, mention, thread=thread)
        if thread is None:
            self._threads.append(message)
        job = str(MessageRef(self.workspace.team_id, message.channel, message.ts))
        self._messages[job] = message
        self.record.asked.append(Asked(job, message.root, text, sent, wanted, entry))

    # Saved entries.

    async def save(self, number: int) -> None:
        """Write an answer, and have it saved by somebody else, by the form."""
        text = self._texts[number]
        author = self._hanako if text.japanese else self._bob
        message = await self.workspace.post(self._channel, author, text.answer)
        entry = SavedEntry(text.question, text.code, "form")
        self.record.entries.append(entry)
        await self._fill_in(message, text)
        entry.accepted = time.time()

        def told() -> list[SlackMessage]:
            return [m for m in self._direct(author, text.question) if _has(m, "entry_withdraw")]

        try:
            notice = (await self.workspace.wait_for(told, timeout=PATIENCE))[0]
        except TimeoutError:
            return
        entry.told = time.time()
        self._notices[text.question] = text, message, notice

    async def _fill_in(self, message: SlackMessage, text: EntryText) -> None:
        modals = self.workspace.team.modals

        async def open_form() -> Interaction:
            return await self.workspace.shortcut(message, self._keiko, "save_to_knowledge")

        await self._until(open_form, lambda: bool(modals.get(self._keiko.id)))
        form = self.workspace.modal(self._keiko)

        async def send() -> Interaction:
            return await self.workspace.submit_view(
                self._keiko, {"question": text.question}, view=form
            )

        await self._until(send, lambda: form not in modals.get(self._keiko.id, []))
        modals.get(self._keiko.id, []).clear()

    async def withdraw_one(self) -> None:
        """Have the oldest entry withdrawn that holds: by its button, or with its message."""
        entry = next(e for e in self.record.entries if e.told is not None and e.withdrawn is None)
        text, message, notice = self._notices[entry.question]
        author = self._hanako if text.japanese else self._bob
        if sum(one.withdrawn is not None for one in self.record.entries) % 2:
            entry.way = "form, then deleted"
            await self.workspace.delete(message)
            words = "削除されたため" if text.japanese else "was deleted"

            def told() -> bool:
                return any(words in one.plain for one in self._direct(author, text.question))

            await self.workspace.wait_for(told, timeout=PATIENCE)
        else:
            entry.way = "form, then button"
            words = "取り下げました" if text.japanese else "has withdrawn this answer"

            async def press() -> Interaction:
                return await self.workspace.click(notice, author, "entry_withdraw")

            await self._until(press, lambda: words in notice.plain)
        entry.withdrawn = time.time()

    async def _until(
        self, act: Callable[[], Awaitable[Interaction]], done: Callable[[], bool]
    ) -> None:
        """Act, and again when nothing comes of it. Raises `TimeoutError`."""
        until, tries = time.monotonic() + PATIENCE, 0
        while not done():
            if time.monotonic() > until:
                raise TimeoutError("nothing comes of what a person does")
            tries += 1
            interaction = await act()
            wait = _AGAIN_SECONDS if interaction.acked else 1.0
            again = time.monotonic() + wait
            while not done() and time.monotonic() < again:
                await self.workspace.changed(0.2)
        self.repeated += max(0, tries - 1)

    def _direct(self, person: User, words: str) -> list[SlackMessage]:
        channel = self.workspace.direct_channel(person)
        return [one for one in self.workspace.messages(channel) if words in one.plain]

    # Documents.

    def change_documents(self) -> None:
        """Change two documents, one in each language."""
        half = len(self._facts) // 2
        for fact in (self._dice.choice(self._facts[:half]), self._dice.choice(self._facts[half:])):
            head, colon, last = fact.value.rpartition(":")
            fact.write(self._documents, f"{head}{colon}{int(last) + 1}")

    async def reindex(self) -> str:
        """Have the documents indexed; return what the operator is told."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            asked = await self.workspace.command(self._hanako, self._channel, "reindex docs")
            if asked.acked:
                told = await self.workspace.wait_for(partial(_responses, asked), timeout=PATIENCE)
                return str(told[-1].get("text", ""))
            self.repeated += 1
            await asyncio.sleep(1.0)
        raise TimeoutError("no reindex was accepted")

    # What people see.

    def take_stock(self) -> Record:
        """Complete the record with what there is now."""
        calls = self.workspace.calls()
        for call in calls[self._calls :]:
            self._read(call)
        self._calls = len(calls)
        acknowledged = self._acknowledgements()
        for asked in self.record.asked:
            asked.accepted = acknowledged.get(self._messages[asked.job].ts)
        self.record.replies = self._replies()
        return self.record

    def _replies(self) -> list[Reply]:
        return [
            Reply(job, message.ts, message.plain, _is_outcome(message))
            for message in self.workspace.messages(self._channel)
            if message.bot_id and (job := job_in(message.metadata)) in self._messages and job
        ]

    def _acknowledgements(self) -> dict[str, float]:
        times = dict[str, float]()
        for delivery in self.workspace.deliveries:
            event = delivery.event
            if delivery.seconds is not None and event.get("type") in {"app_mention", "message"}:
                at, ts = delivery.started_at + delivery.seconds, str(event.get("ts"))
                times[ts] = min(at, times.get(ts, at))
        return times

    def _read(self, call: ApiCall) -> None:
        if call.response.get("ok") is not True or call.method not in {
            "chat.postMessage",
            "chat.update",
        }:
            return
        ts, metadata = str(call.response.get("ts", "")), call.arguments.get("metadata")
        if call.method == "chat.postMessage":
            self._owners[ts] = job_in(metadata if isinstance(metadata, dict) else None) or ""
        words = words_in(call.arguments.get("blocks")) or str(call.arguments.get("text"))
        self.record.shown.append(Shown(call.at, self._owners.get(ts, ""), ts, words))


def _responses(interaction: Interaction) -> Sequence[Mapping[str, object]]:
    return interaction.responses


def _is_outcome(message: SlackMessage) -> bool:
    return _has(message, "context_actions") or message.plain in WITHHELD


def _has(message: SlackMessage, what: str) -> bool:
    return what in str(message.blocks)
