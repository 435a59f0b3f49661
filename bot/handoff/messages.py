"""The messages about a handoff, and the Protocol of the messenger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.types import Answer, Handoff, ThreadId
from bot.queue.queue import Lease


@dataclass(frozen=True, slots=True)
class ExpertReply:
    """What a person has written where a question was handed to them.

    Attributes:
        place: The message.
        thread: The thread that it stands in.
        person: Who wrote it.
        text: What it says, in Markdown.
        at: When it was received, in seconds since the epoch.
    """

    place: str
    thread: ThreadId
    person: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class HandoffMessage:
    """Something that is said in a thread about a handoff.

    Attributes:
        about: `answered`, `relayed` and `saved`: *person* has answered, in the message *place* or
            with the words *text*. `saved_elsewhere`: the same, but not everybody in the thread may
            read it. `expired`: nobody did within *days*. `asking`: *owner* is
            asked in the thread, with what *answer* holds (everybody who reads it, where *owner* is
            a name or ""); `own_subject`: nobody is, because the asker is the expert; `joined`:
            *owner* was asked the same before. `asked`: *owner* was asked in private, `not_asked`:
            nobody was. `passed_on`: *person* has declined, and *owner* is asked instead, with what
            *answer* holds.
            `asked_later`: *owner* hears of it in *seconds*, because they have heard of many.
            `nobody_left`: *person* has declined, and nobody else is known.
    """

    about: Literal[
        "answered",
        "relayed",
        "saved",
        "saved_elsewhere",
        "expired",
        "asking",
        "own_subject",
        "joined",
        "asked",
        "not_asked",
        "passed_on",
        "asked_later",
        "nobody_left",
    ]
    person: str = ""
    owner: str = ""
    place: str = ""
    text: str = ""
    days: float = 0.0
    seconds: float = 0.0
    answer: Answer | None = None


class HandoffMessenger(Protocol):
    """Says things where people are.

    With a lease it says each thing once: the next try of the same job does not repeat it.
    """

    async def say(
        self,
        handoff: Handoff,
        thread: ThreadId,
        message: HandoffMessage,
        lease: Lease,
        since: float,
        part: int = 0,
    ) -> None:
        """Say *message* in *thread*; a thread that is gone is logged.

        Args:
            handoff: What it is about.
            thread: Where to say it.
            message: What to say.
            lease: Of the job that says it.
            since: When the job began, in seconds since the epoch.
            part: Tells several messages of one job apart.

        Raises:
            AdapterUnavailableError: it cannot be said now; the job is tried again.
        """
        ...

    async def ask_privately(
        self, handoff: Handoff, owner: str, answer: Answer, lease: Lease, since: float
    ) -> ThreadId:
        """Ask the person *owner* alone; return the thread in which they reply.

        *answer* holds what the bot found, as far as they may read it. Raises as `say` does.
        """
        ...

    async def gather(self, owner: str, handoffs: Sequence[Handoff]) -> None:
        """Tell *owner* in one message of all that waits for them; a failure is logged likewise."""
        ...

    async def remind(self, handoff: Handoff) -> None:
        """Remind the owner of *handoff*; a failure is logged, because nothing depends on it."""
        ...

    async def offer_saving(self, handoff: Handoff, reply: ExpertReply) -> None:
        """Offer an expert to save their reply; a failure is logged likewise."""
        ...
