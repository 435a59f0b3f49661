"""Does the jobs of handoffs: what people did takes effect, and somebody is told."""

from typing import Literal

import structlog

from bot.core.errors import AdapterUnavailableError
from bot.core.types import Handoff, QuestionId, ThreadId
from bot.handoff.is_answer import is_answer
from bot.handoff.jobs import HandoffJob, handoff_job
from bot.handoff.messages import ExpertReply, HandoffMessage, HandoffMessenger
from bot.handoff.service import HandoffService, asks_alone, in_terminal
from bot.queue.queue import Lease

_log = structlog.get_logger(__name__)


class HandoffHandler:
    """Does the jobs of the kind `handoff`.

    Args:
        handoffs: The rules.
        messenger: Says things where people are.
    """

    def __init__(self, handoffs: HandoffService, messenger: HandoffMessenger) -> None:
        self._handoffs = handoffs
        self._messenger = messenger

    async def __call__(self, lease: Lease) -> None:
        """Do a job."""
        work = handoff_job(lease.job)
        handoff = await self._handoffs.get(QuestionId(work.handoff))
        if handoff is None:
            return
        match work.act:
            case "ask":
                await self._asked(handoff, work, lease)
            case "reply":
                await self._replied(handoff, work, lease)
            case "agree":
                await self._agreed(handoff, work, lease)
            case "decline":
                await self._declined(handoff, work, lease)
            case "tell":
                await self._tell(handoff, work, lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Log it: the thread still shows what people wrote."""
        _log.error("handoff_job_given_up", job=lease.job.id, reason=message)

    async def _replied(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Relay what an expert writes in private; note it when it is an answer.

        Where a group or nobody was asked, only members count: words of a guest, of a bot or of
        another organisation end nothing. Nor do those of an expert who has left since.
        """
        readers = self._handoffs.readers
        member = await readers.is_member(work.person)
        asked = work.person == handoff.owner and not await readers.has_left(work.person)
        if not member and not asked:
            _log.warning("outsider_reply_ignored", handoff=handoff.id, person=work.person)
            return
        if handoff.private:
            await self._handoffs.tell_waiting(
                handoff, "relayed", text=work.text, place=work.place, person=work.person
            )
        if not is_answer(work.text):
            return
        reply = ExpertReply(work.place, ThreadId(work.thread), work.person, work.text, work.at)
        handoff = await self._handoffs.answered(handoff, reply)
        # Claimed before it is shown: after a crash no offer is better than two.
        if "offered" in lease.notes or not member:
            return
        await lease.save(offered="1")
        await self._messenger.offer_saving(handoff, reply)

    async def _asked(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Ask the owner where the question was asked, or say why nobody is asked."""
        if handoff.state != "open":
            return
        found = await self._handoffs.found(handoff)
        if handoff.id != work.handoff:
            message = HandoffMessage("joined", owner=handoff.owner)
        elif not handoff.owner and await self._handoffs.is_own_subject(handoff, found):
            message = HandoffMessage("own_subject")
        else:
            # The button can be pressed days later: what the thread's readers may read now.
            readers = await self._handoffs.readers.of_waiter(handoff.waiting[0])
            answer = await self._handoffs.readable_by(found, readers)
            message = HandoffMessage("asking", owner=handoff.owner, answer=answer)
        await self._say(handoff, ThreadId(work.thread), message, work, lease)

    async def _agreed(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Ask one expert alone, and tell the asker who it is."""
        if handoff.state == "open" and "asked" not in lease.notes:
            await lease.save(asked=await self._ask_privately(handoff, work, lease))
        owner = lease.notes.get("asked", "")
        about: Literal["asked", "own_subject", "not_asked"] = "asked" if owner else "not_asked"
        if not owner and handoff.state == "open":
            found = await self._handoffs.found(handoff)
            own = await self._handoffs.is_own_subject(handoff, found)
            about = "own_subject" if own else "not_asked"
        message = HandoffMessage(about, owner=owner)
        await self._say(handoff, handoff.waiting[0].thread, message, work, lease, part=1)

    async def _declined(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Ask the next person."""
        if "next" not in lease.notes:
            if handoff.state != "open":
                return
            handoff = await self._handoffs.assign(
                handoff, handoff.owner, handoff.thread, declined=work.person
            )
            people = await self._handoffs.candidates(handoff, await self._handoffs.found(handoff))
            await lease.save(next=people[0] if people else "")
        owner = lease.notes["next"]
        if asks_alone(handoff):
            await self._pass_on_privately(handoff, owner, work, lease)
            return
        if owner:
            await self._wait_for(owner, handoff, work, lease)
        await self._handoffs.assign(handoff, owner, handoff.thread)
        found = await self._handoffs.found(handoff)
        readers = await self._handoffs.readers.of_waiter(handoff.waiting[0])
        message = HandoffMessage(
            "passed_on" if owner else "nobody_left",
            person=work.person,
            owner=owner,
            answer=await self._handoffs.readable_by(found, readers),
        )
        await self._say(handoff, handoff.thread, message, work, lease)

    async def _pass_on_privately(
        self, handoff: Handoff, owner: str, work: HandoffJob, lease: Lease
    ) -> None:
        if owner:
            message = HandoffMessage("asked", owner=await self._ask_privately(handoff, work, lease))
        else:
            await self._handoffs.assign(handoff, "", handoff.thread)
            message = HandoffMessage("nobody_left", person=work.person)
        await self._say(handoff, handoff.waiting[0].thread, message, work, lease, part=1)

    async def _ask_privately(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> str:
        """Ask the first person who can be asked; return their id, "" for nobody."""
        answer = await self._handoffs.found(handoff)
        people = await self._handoffs.candidates(handoff, answer)
        if not people:
            return ""
        owner = people[0]
        await self._wait_for(owner, handoff, work, lease)
        shown = await self._handoffs.readable(answer, owner)
        thread = await self._messenger.ask_privately(handoff, owner, shown, lease, work.at)
        await self._handoffs.assign(handoff, owner, thread)
        return owner

    async def _wait_for(self, owner: str, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Let the job wait until *owner* may be notified; the asker is told so once."""
        if wait := await self._handoffs.ping(owner, lease.job.id):
            message = HandoffMessage("asked_later", owner=owner, seconds=wait)
            await self._say(handoff, handoff.waiting[0].thread, message, work, lease, part=2)
            raise AdapterUnavailableError("The expert has been asked enough for now.", wait)

    async def _tell(self, handoff: Handoff, work: HandoffJob, lease: Lease) -> None:
        """Tell one person who waits."""
        waiter = next((one for one in handoff.waiting if one.question_id == work.waiter), None)
        # An answer can come between the decision that nobody answers and this message.
        late = work.about == "expired" and handoff.state in {"answered", "saved"}
        if waiter is None or late:
            return
        hidden = False
        if work.about == "saved":
            reader = await self._handoffs.readers.of_waiter(waiter)
            hidden = not await self._handoffs.readers.may_read(work.documents, reader)
        message = HandoffMessage(
            "saved_elsewhere" if hidden else work.about,
            person=work.person,
            place=work.place,
            text=work.text,
            days=self._handoffs.days,
        )
        await self._say(handoff, waiter.thread, message, work, lease)

    async def _say(
        self,
        handoff: Handoff,
        thread: ThreadId,
        message: HandoffMessage,
        work: HandoffJob,
        lease: Lease,
        part: int = 0,
    ) -> None:
        if not in_terminal(thread):
            await self._messenger.say(handoff, thread, message, lease, work.at, part)
