"""The jobs of a handoff: what people have done about it, and what somebody is told.

Everything that people do becomes a job before it has an effect, and every message is a job of its
own. The id of that job names its reader and its subject, so that nothing is lost and nobody is
told twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from bot.core.types import Job

HandoffAct = Literal["ask", "reply", "agree", "decline", "tell"]
HandoffNews = Literal["answered", "relayed", "saved", "expired"]


@dataclass(frozen=True, slots=True)
class HandoffJob:
    """The payload of a job of the kind `handoff`.

    Attributes:
        act: What happened, or `tell`.
        handoff: Id of the handoff.
        at: When it began, in seconds since the epoch.
        person: Who did it, or whose words are told.
        place: The message that did it; "" for none.
        thread: The thread of that message.
        text: What was said, in Markdown.
        waiter: Of `tell`: id of the question whose asker is told.
        about: Of `tell`: what they are told.
        documents: Ids of the documents that *text* rests on.
    """

    act: HandoffAct
    handoff: str
    at: float
    person: str = ""
    place: str = ""
    thread: str = ""
    text: str = ""
    waiter: str = ""
    about: HandoffNews = "answered"
    documents: Sequence[str] = ()

    def job(self, job_id: str, thread: str) -> Job:
        """Return the job, in order with everything else that is done in *thread*.

        Answers in the same thread need not wait for it.
        """
        payload = _adapter.dump_python(self, mode="json")
        return Job(job_id, f"handoff:{thread}", "handoff", payload)


def handoff_job(job: Job) -> HandoffJob:
    """Read the payload of *job*."""
    return _adapter.validate_python(dict(job.payload))


_adapter: TypeAdapter[HandoffJob] = TypeAdapter(HandoffJob)
