"""References to messages, in one text: `slack:T1:C1:1700000000.000100`."""

from dataclasses import dataclass

from bot.core.types import QuestionId, ThreadId


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message of a channel; its text form names questions, threads and answers alike."""

    team: str
    channel: str
    ts: str

    def __str__(self) -> str:
        return f"slack:{self.team}:{self.channel}:{self.ts}"

    @classmethod
    def parse(cls, text: str) -> "MessageRef":
        """Read the text form. Raises `ValueError` when it is not one."""
        adapter, team, channel, ts = text.split(":")
        if adapter != "slack":
            raise ValueError(f"not a place in Slack: {text}")
        return cls(team, channel, ts)

    @property
    def at(self) -> float:
        """When it was written, in seconds since the epoch."""
        return float(self.ts)

    @property
    def question(self) -> QuestionId:
        """The id of the question that was asked here."""
        return QuestionId(str(self))

    @property
    def thread(self) -> ThreadId:
        """The id of the thread that begins here."""
        return ThreadId(str(self))

    @property
    def direct(self) -> bool:
        """Whether this is in a direct message with the bot (Slack's ids of those begin with D)."""
        return self.channel.startswith("D")


def channel_key(place: MessageRef) -> str:
    """Return the key of the settings of the channel of *place*."""
    return f"slack:{place.team}:{place.channel}"


MCP = "mcp:"
"""How the ids of questions begin that a program asked for its user."""

STEP = "step:"
"""How the ids of questions begin that a workflow asked, to use the answer itself."""


def is_direct(place: str) -> bool:
    """Tell whether only one person reads *place*, in its text form.

    So it is in a direct message with the bot in Slack, where a program asked for its user, and
    where a workflow asked for whoever ran it.
    """
    return place.startswith((MCP, STEP)) or (in_slack(place) and MessageRef.parse(place).direct)


def in_slack(place: str) -> bool:
    """Tell whether *place*, in its text form, is in Slack."""
    return place.startswith("slack:")
