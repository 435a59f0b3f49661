"""Messages of a job beside its reply: each is posted once, whatever crashes."""

from bot.core.message_ref import MessageRef
from bot.queue.queue import Lease
from bot.slack.answers.blocks import Posting
from bot.slack.client.clients import reaching_slack
from bot.slack.client.messages import MessageMark, Messages


async def post_once(
    messages: Messages,
    lease: Lease,
    thread: MessageRef,
    posting: Posting,
    since: float,
    part: int = 0,
) -> str:
    """Post *posting* as a *part* of what the job shows, and return its ts.

    Args:
        messages: Post and find.
        lease: Of the job; a later try finds the ts in its notes, or the message by its mark.
        thread: Where to; one without a ts is the conversation itself.
        posting: What.
        since: When the job came, in seconds since the epoch: nothing of it is older.
        part: Tells the messages of one job from each other.

    Raises:
        SurfaceUnavailableError: Slack cannot be reached; the job comes back.
    """
    if known := lease.notes.get(f"ts.{part}"):
        return known
    mark, found = MessageMark(lease.job.id, part), None
    with reaching_slack():
        if f"posting.{part}" in lease.notes:
            found = await messages.find(thread, f"{since:.6f}", mark)
        if found is None:
            await lease.save(**{f"posting.{part}": "1"})
            await lease.check()
            found = await messages.post(thread, posting, mark)
    await lease.save(**{f"ts.{part}": found})
    return found
