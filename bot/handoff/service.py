"""The rules of a handoff: who is asked, who joins, whose words count, and who is told.

It knows no chat. An adapter tells it what people did; it stores what follows as jobs
(`bot.handoff.jobs`), and `bot.handoff.handler` does those.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from bot.agent import texts
from bot.core.types import Answer, Handoff, Question, QuestionId, ThreadId, Waiter
from bot.handoff import texts as handoff_texts
from bot.handoff.jobs import HandoffJob, HandoffNews
from bot.handoff.messages import ExpertReply
from bot.handoff.people import People, Readers, includes, is_only
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.limits.texts import in_words
from bot.queue.queue import Queue
from bot.records.ledger import Ledger
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal

LONGEST_REPLY = 3_000
"""Characters of a reply that travel on; the message itself has the rest."""

TERMINAL = "terminal:"
"""How the ids of questions and threads in a terminal begin."""

_log = structlog.get_logger(__name__)


class HandoffService:
    """Opens handoffs, and decides what people may do about them.

    Args:
        store: Keeps the handoffs.
        queue: Takes the jobs.
        ledger: Has what the bot found for each question.
        people: Whom the adapter knows.
        readers: Who may read what.
        similarity: Compares questions.
        days: A handoff without an answer expires after this many days.
        limits: How many questions a person may have passed on, and an expert hears of, in an
            hour; None for no limit.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that the rules need
        self,
        store: HandoffStore,
        queue: Queue,
        ledger: Ledger,
        people: People,
        readers: Readers,
        similarity: QuestionSimilarity,
        days: float = 7.0,
        *,
        limits: PersonLimits | None = None,
    ) -> None:
        self.people = people
        self.readers = readers
        self.days = days
        self._store = store
        self._queue = queue
        self._ledger = ledger
        self._similarity = similarity
        self._limits = limits

    async def ask(self, question: Question, answer: Answer) -> Answer:
        """Open a handoff of *question*, or let it join an open one that asks the same.

        Repeating it changes nothing.

        Returns:
            *answer* with `owner` and `joined` as they hold for this asker, and a text that names
            the owner.
        """
        known = await self._store.get(question.id)
        if known is None:
            # What nobody has asked does not count against who happened to wonder.
            if not question.unaddressed and (wait := await self._has_asked_enough(question)):
                return _unasked(question, answer, wait)
            owner = await self._owner(question, answer)
            await self._store.open(self._opened(question, owner))
            known = await self._store.get(question.id)
        if known is not None and known.id == question.id and known.state == "open":
            # Two of the same moment see each other only when both are open: look after opening.
            known = await self._joined(known) or known
        if known is None:
            return answer
        joined = known.id if known.id != question.id else QuestionId("")
        if not joined and known.state == "open" and not asks_alone(known):
            answer = replace(answer, asked_later=await self.put_off(known, known.id))
        return await self._with_owner(question, replace(answer, joined=joined), known.owner)

    async def _has_asked_enough(self, question: Question) -> float:
        """Return the seconds until one more question of its person is passed on; 0.0 for now."""
        if self._limits is None:
            return 0.0
        return await self._limits.take("handoffs", question.person, question.id)

    async def ping(self, owner: str, what: str) -> float:
        """Count a message *what* (an id) that notifies *owner*; return the seconds until it may."""
        if self._limits is None or self.people.kind(owner) == "name":
            return 0.0
        return await self._limits.take("pings", owner, what)

    async def put_off(self, handoff: Handoff, what: str) -> float:
        """Ask the owner later, with other questions, if they have heard of enough within an hour.

        Returns:
            The seconds until then; 0.0 if the owner is to be notified now, by the message *what*.
        """
        wait = await self.ping(handoff.owner, what)
        if wait:
            await self._store.put_off(handoff.id)
        return wait

    async def gathered(self) -> Mapping[str, Sequence[Handoff]]:
        """Return the open questions that were put off, by their owner; those that ended go."""
        found = dict[str, list[Handoff]]()
        for handoff_id in await self._store.were_put_off():
            handoff = await self._store.get(handoff_id)
            if handoff is None or handoff.state != "open" or not handoff.owner:
                await self._store.no_longer_put_off([handoff_id])
            else:
                found.setdefault(handoff.owner, []).append(handoff)
        return found

    async def note_gathered(self, handoffs: Sequence[Handoff]) -> None:
        """Note that their owner hears of *handoffs* now."""
        await self._store.no_longer_put_off([handoff.id for handoff in handoffs])

    def _opened(self, question: Question, owner: str) -> Handoff:
        now = time.time()
        return Handoff(
            id=question.id,
            text=question.text,
            asker=question.asker,
            owner=owner,
            thread=question.thread,
            at=now,
            language=question.reply_language,
            private=self.readers.is_private(question.id),
            waiting=(Waiter(question.id, question.thread, question.person, now),),
        )

    async def _owner(self, question: Question, answer: Answer) -> str:
        """Return whom to ask, as an id where one is known; never the asker.

        Operators stand in for an expert who is not found; without any, a name stays a name.
        """
        found = await self._found_experts(answer)
        absent = [name for name, id_ in found.items() if not id_]
        for name in absent:
            _log.warning("owner_not_found", owner=name)
        known = [id_ for id_ in found.values() if id_]
        names = [name for name in absent if self.people.kind(name) == "name"]
        for owner in [*known, *(await self.people.stand_ins() if absent else ()), *names]:
            if not await self._is_alone(owner, question.person):
                return owner
        return ""

    async def expert_of(self, question: Question, answer: Answer) -> str:
        """Return the first expert of *answer* to notify who has not asked, "" for none."""
        for owner in filter(None, (await self._found_experts(answer)).values()):
            if not await self._is_alone(owner, question.person):
                return owner
        return ""

    async def _found_experts(self, answer: Answer) -> Mapping[str, str]:
        """Return the ids of the experts whom *answer* names, "" for who is not found."""
        names = answer.experts or tuple(filter(None, [answer.owner]))
        return {name: await self.people.find(name) for name in names}

    async def _is_alone(self, owner: str, person: str) -> bool:
        """Tell whether *owner* is *person*, under their name or id, or a group of them alone."""
        names = {person, await self._id_of(person)}
        return any([await is_only(self.people, owner, one) for one in names])

    async def _id_of(self, person: str) -> str:
        return (await self.people.find(person) if person else "") or person

    async def _joined(self, own: Handoff) -> Handoff | None:
        """Let *own* join the same question that was opened before it, if there is one."""
        before = list[Handoff]()
        for other in await self._store.open_of(own.asker.id):
            if other.id == own.id:
                break
            if not in_terminal(own.id) or other.asker == own.asker:
                before.append(other)
        for place in await self._similarity.same(own.text, [other.text for other in before]):
            found = await self._store.get(before[place].id)
            if found is None or not was_asked(found):
                continue  # a question that its asker keeps is no reason for another to wait
            if await self._store.join(found.id, own.waiting[0]):
                return await self._store.get(own.id)
        return None

    async def _with_owner(self, question: Question, answer: Answer, owner: str) -> Answer:
        language = question.reply_language
        asked = await self.people.named(owner) if owner else ""
        absent = await self._absent(question, answer, owner)
        text = texts.asking(answer.text, language, answer.owner, asked, absent)
        return replace(answer, owner=owner, text=text, expert_not_found=absent)

    async def _absent(self, question: Question, answer: Answer, owner: str) -> str:
        """Return the expert for whom *owner* stands in; a terminal knows people by name only."""
        if in_terminal(question.thread):
            return ""
        for name, id_ in (await self._found_experts(answer)).items():
            if not id_:
                return name
            if id_ == owner:
                break
        return ""

    # What is known.

    async def get(self, handoff_id: QuestionId) -> Handoff | None:
        """Return the handoff of a question, also of one that has joined it."""
        return await self._store.get(handoff_id)

    async def pending(self) -> Sequence[Handoff]:
        """Return the open handoffs, in the order of their opening."""
        return await self._store.pending()

    async def of_person(self, person: str, since: float = 0.0) -> Sequence[Handoff]:
        """Return what *person* has waited for since *since*, oldest first."""
        return [
            handoff
            for handoff in await self._store.since(since)
            if any(waiter.person == person for waiter in handoff.waiting)
        ]

    async def candidates(self, handoff: Handoff, answer: Answer) -> list[str]:
        """Return who can still be asked, as ids, the best first.

        Nobody who waits or has declined is. Where people are asked alone, members stand for their
        group.
        """
        found = list[str]()
        experts = [await self.people.find(name) for name in answer.experts]
        asked = await self.people.find(handoff.owner) if handoff.owner else ""
        stand_ins = [] if all(experts) else await self.people.stand_ins()
        for owner in dict.fromkeys([asked, *experts, *stand_ins]):
            if owner and asks_alone(handoff) and self.people.kind(owner) == "group":
                found += sorted(await self.people.members(owner))
            elif owner:
                found.append(owner)
        waiting = {waiter.person for waiter in handoff.waiting}
        waiting |= {await self._id_of(person) for person in waiting}
        out = {*handoff.declined, *waiting}
        return [one for one in dict.fromkeys(found) if not await self._touches(one, out)]

    async def _touches(self, owner: str, people: set[str]) -> bool:
        """Tell whether *owner* is one of *people*, or a group that one of them belongs to."""
        return owner in people or bool(await self.people.members(owner) & people)

    async def may_answer(self, handoff: Handoff, person: str) -> bool:
        """Tell whether *person* may write an answer: in private only the person who was asked."""
        return not handoff.private or await self.is_asked(handoff, person)

    async def is_asked(self, handoff: Handoff, person: str) -> bool:
        """Tell whether *person* was asked, alone or in a group."""
        return await includes(self.people, handoff.owner, person)

    async def is_own_subject(self, handoff: Handoff, answer: Answer) -> bool:
        """Tell whether who asked is an expert that *answer* names."""
        asker = handoff.waiting[0].person
        owners = [await self.people.find(name) for name in answer.experts]
        return any([await self._is_alone(owner, asker) for owner in owners if owner])

    # What an expert is shown.

    async def found(self, handoff: Handoff) -> Answer:
        """Return what the bot found for the question."""
        record = await self._ledger.get(handoff.id)
        return record.answer if record else Answer("handed_over", "")

    async def readable(self, answer: Answer, person: str) -> Answer:
        """Return *answer* with what *person* may read."""
        return await self.readable_by(answer, await self.readers.of_person(person))

    async def readable_by(self, answer: Answer, reader: Principal) -> Answer:
        """Return *answer* with what *reader* may read.

        The bot's own words, its draft and what it missed, may tell of everything that it read.
        """
        citations = [
            one
            for one in answer.citations
            if await self.readers.may_read([one.document_id], reader)
        ]
        if not await self.readers.may_read(answer.read, reader):
            answer = replace(answer, draft="", missing="")
        draft = answer.draft if len(citations) == len(answer.citations) else ""
        return replace(answer, citations=tuple(citations), draft=draft)

    async def draft_for(self, handoff: Handoff, person: str) -> str:
        """Return the bot's draft, if *person* was asked and may read what it rests on."""
        if not await self.is_asked(handoff, person):
            return ""
        return (await self.readable(await self.found(handoff), person)).draft

    async def other_wordings(self, handoff: Handoff) -> list[str]:
        """Return the questions that have joined, apart from private ones."""
        wordings = []
        for waiter in handoff.waiting:
            if waiter.question_id != handoff.id and not self.readers.is_private(waiter.question_id):
                record = await self._ledger.get(waiter.question_id)
                text = record.question.text if record else ""
                wordings.append(" ".join(text.split()))
        return list(dict.fromkeys(filter(None, wordings)))

    # What people do.

    async def replies_to(self, thread: ThreadId, person: str) -> Handoff | None:
        """Return the handoff that *person*'s words in *thread* may answer; None for no such one.

        A named person answers themselves. Where a group was asked, or nobody is known, anybody
        else than those who wait may answer. In a direct message the person there does.
        """
        handoff = await self._store.of_thread(thread)
        if handoff is None:
            return None
        waits = any(waiter.person == person for waiter in handoff.waiting)
        if waits and handoff.owner != person:
            return None
        if asks_alone(handoff):
            return handoff if handoff.thread == thread else None
        named = self.people.kind(handoff.owner) == "person"
        return handoff if not named or handoff.owner == person else None

    async def receive_reply(self, reply: ExpertReply, job_id: str) -> bool:
        """Store what may be an expert's reply; return False when it is not.

        Raises:
            RedisUnavailableError: nothing is stored.
            QueueFullError: likewise.
        """
        handoff = await self.replies_to(reply.thread, reply.person)
        if handoff is None:
            return False
        work = HandoffJob(
            "reply",
            handoff.id,
            reply.at,
            person=reply.person,
            place=reply.place,
            thread=reply.thread,
            text=reply.text[:LONGEST_REPLY],
        )
        await self._queue.put(work.job(job_id, reply.thread))
        return True

    async def agree(self, handoff_id: QuestionId, person: str) -> bool:
        """Let an expert be asked, if *person* is who asked first; raises as `receive_reply`.

        Returns:
            False as well when the question is not private or not open.
        """
        handoff = await self._store.get(handoff_id)
        if handoff is None or handoff.state != "open" or not handoff.private:
            return False
        if person != handoff.waiting[0].person:
            return False
        await self.ask_alone(handoff)
        return True

    async def ask_about(self, question_id: QuestionId, person: str) -> float | None:
        """Hand over a question for which passages were found, if *person* has asked it.

        Repeating it changes nothing. Raises as `receive_reply`.

        Returns:
            0.0; the seconds until one more question of *person* is passed on; None where the
            question is not theirs, or not open.
        """
        record = await self._ledger.get(question_id)
        if record is None or record.question.person != person:
            return None
        if record.answer.status not in {"found", "handed_over"}:
            return None
        question = record.question
        known = await self._store.get(question_id)
        if known is None and (wait := await self._has_asked_enough(question)):
            return wait
        answer = await self.ask(question, replace(record.answer, status="handed_over"))
        await self._ledger.record(question, answer, record.places)
        handoff = await self._store.get(question_id)
        if handoff is None or handoff.state != "open":
            return None
        if handoff.private and not answer.joined:
            await self.ask_alone(handoff)
            return 0.0
        work = HandoffJob("ask", question_id, time.time(), person=person, thread=question.thread)
        await self._queue.put(work.job(f"{question_id}:ask", question.thread))
        return 0.0

    async def ask_alone(self, handoff: Handoff) -> None:
        """Have an expert asked alone, once. Raises as `receive_reply`."""
        asker = handoff.waiting[0]
        work = HandoffJob("agree", handoff.id, time.time(), person=asker.person)
        await self._queue.put(work.job(f"{handoff.id}:agree", asker.thread))

    async def decline(self, handoff_id: QuestionId, person: str) -> bool:
        """Pass an open question on, if *person* is who was asked; raises as `receive_reply`.

        Who waits in a group that was asked cannot decline for the others.
        """
        handoff = await self._store.get(handoff_id)
        if handoff is None or not await self._may_decline(handoff, person):
            return False
        work = HandoffJob("decline", handoff.id, time.time(), person=person)
        await self._queue.put(work.job(f"{handoff.id}:decline:{person}", handoff.thread))
        return True

    async def _may_decline(self, handoff: Handoff, person: str) -> bool:
        nobody_asked = asks_alone(handoff) and handoff.thread == handoff.waiting[0].thread
        if handoff.state != "open" or nobody_asked:
            return False
        if handoff.owner != person and any(one.person == person for one in handoff.waiting):
            return False
        return await self.is_asked(handoff, person)

    # What follows from it.

    async def assign(
        self, handoff: Handoff, owner: str, thread: ThreadId, *, declined: str = ""
    ) -> Handoff:
        """Note that *owner* is asked in *thread*, and who has *declined*; return what holds now."""
        await self._store.assign(handoff.id, owner, thread, declined=declined)
        return await self._store.get(handoff.id) or handoff

    async def answered(self, handoff: Handoff, reply: ExpertReply) -> Handoff:
        """Note that *reply* answers *handoff*, tell those who wait, and return what holds now."""
        waits_in_terminal = any(map(in_terminal, _threads(handoff)))
        kept = reply.text if waits_in_terminal else ""
        await self._store.end(handoff.id, "answered", by=reply.person, reply=kept)
        if not handoff.private:
            await self.tell_waiting(
                handoff,
                "answered",
                place=reply.place,
                thread=reply.thread,
                person=reply.person,
            )
        _log.info("handoff_answered", handoff=handoff.id)
        return await self._store.get(handoff.id) or handoff

    async def saved(
        self, handoff_id: QuestionId, person: str, text: str, place: str, document: str
    ) -> None:
        """End a handoff whose answer is now the document *document*, and tell those who wait.

        Args:
            handoff_id: Of the question.
            person: Who saved it.
            text: The answer, in Markdown.
            place: The message that says it; "" for none that others can open.
            document: Id of the document.
        """
        handoff = await self._store.get(handoff_id)
        if handoff is None:
            return
        await self._store.end(handoff.id, "saved", by=person, entry=document)
        await self.tell_waiting(
            handoff, "saved", text=text, place=place, person=person, documents=[document]
        )
        _log.info("handoff_saved", handoff=handoff.id)

    async def expire(self, handoff: Handoff) -> None:
        """End a handoff that nobody answers, and tell those who wait.

        It does nothing when *handoff* is out of date and the stored one has ended.
        """
        known = await self._store.get(handoff.id)
        if known is None or known.state != "open":
            return
        # Told before it is noted: a crash in between repeats the jobs, whose ids are claimed once.
        if was_asked(known):
            await self.tell_waiting(known, "expired")
        await self._store.end(known.id, "expired")
        _log.info("handoff_expired", handoff=known.id)

    async def claim_reminder(self, handoff: Handoff, number: int) -> bool:
        """Note reminder *number* (from 1); False if it was noted before or nothing is open."""
        return await self._store.remind(handoff.id, number)

    async def tell_waiting(
        self,
        handoff: Handoff,
        about: HandoffNews,
        *,
        text: str = "",
        place: str = "",
        thread: str = "",
        person: str = "",
        documents: Sequence[str] = (),
    ) -> None:
        """Have everybody who waits told once, each in their own thread; repeatable.

        Nobody can be written to in a terminal: who waits there looks (`of_person`).

        Args:
            handoff: What they wait for.
            about: What they are told; `saved` goes to those who may read *documents*.
            text: What was said, in Markdown.
            place: The message that says it.
            thread: The thread that shows already that it is `answered`.
            person: Who said it; they are not told that it is `answered`.
            documents: Ids of the documents that *text* rests on.
        """
        subject = place if about == "relayed" else handoff.id
        for waiter in handoff.waiting:
            knows = waiter.thread == thread or waiter.person == person
            if in_terminal(waiter.thread) or (about == "answered" and knows):
                continue
            work = HandoffJob(
                "tell",
                handoff.id,
                time.time(),
                person=person,
                place=place,
                thread=thread,
                text=text[:LONGEST_REPLY],
                waiter=waiter.question_id,
                about=about,
                documents=tuple(documents),
            )
            job_id = f"handoff:{subject}:{about}:{waiter.question_id}"
            await self._queue.put(work.job(job_id, waiter.thread))


def in_terminal(thread: str) -> bool:
    """Tell whether *thread* is a conversation in a terminal."""
    return thread.startswith(TERMINAL)


def asks_alone(handoff: Handoff) -> bool:
    """Tell whether one person is asked by direct message, because no channel has the question."""
    return handoff.private or in_terminal(handoff.waiting[0].thread)


def was_asked(handoff: Handoff) -> bool:
    """Tell whether anybody sees the question: in private only once its asker has agreed."""
    return not handoff.private or handoff.thread != handoff.waiting[0].thread


def _threads(handoff: Handoff) -> list[ThreadId]:
    return [waiter.thread for waiter in handoff.waiting]


def _unasked(question: Question, answer: Answer, wait: float) -> Answer:
    """Say that nobody is asked, because its person has had enough questions passed on."""
    language = question.reply_language
    said = handoff_texts.NOT_PASSED_ON.to(language, when=in_words(wait, language))
    return replace(answer, owner="", text=f"{answer.text}\n\n{said}", asked_later=wait)
