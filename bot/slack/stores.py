"""The stores that the bot in Slack reads and writes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.analytics.overview import Overview
from bot.answering.memory import ThreadMemory
from bot.audit.audit_log import AuditLog
from bot.auto_answers.store import AutoAnswerStore
from bot.channels.store import ChannelSettingsStore
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.evaluation.certificate import CertificateStore
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.queue.queue import Queue
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.slack_changes import SlackChanges
from bot.slack.history.log import HistoryLog


@dataclass(frozen=True, slots=True)
class SlackStores:
    """Everything that the listeners in Slack keep, and the overview that people see of it.

    Attributes:
        groups: Returns the channels and user groups, by name or id, that the documents name.
    """

    queue: Queue
    ledger: Ledger
    memory: ThreadMemory
    channels: ChannelSettingsStore
    labels: RedisLabels
    opt_outs: OptOuts
    handoffs: HandoffStore
    overview: Overview
    saved: EntryStore
    entry_notes: EntryNotes
    pins: RedisNamePins
    limits: PersonLimits
    changes: SlackChanges
    history: HistoryLog
    audit: AuditLog
    certificates: CertificateStore
    auto_answers: AutoAnswerStore
    groups: Callable[[], Awaitable[frozenset[str]]]
