"""A local workspace with the interfaces of Slack, for `kotae try` and the tests."""

from bot.workspace.delivery import Delivery
from bot.workspace.faults import Fault, Faults
from bot.workspace.interactions import Interaction
from bot.workspace.server import ApiCall
from bot.workspace.state import Channel, File, SlackMessage, StepExecution, User, View
from bot.workspace.workspace import Workspace

__all__ = [
    "ApiCall",
    "Channel",
    "Delivery",
    "Fault",
    "Faults",
    "File",
    "Interaction",
    "SlackMessage",
    "StepExecution",
    "User",
    "View",
    "Workspace",
]
