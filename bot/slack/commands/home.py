"""App Home: what the bot knows, what its visitor asked, and, for operators, how it is doing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.analytics.number_format import spent
from bot.analytics.overview import QuestionRecord, WeekTotals
from bot.core.errors import BotError
from bot.core.i18n import Text
from bot.core.language import Language
from bot.slack.answers.blocks import notice
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import UNCERTAIN, Clients
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.forms import plain, section
from bot.slack.client.identity import BotIdentity
from bot.slack.client.split import one_line
from bot.slack.client.view_rights import safe_line
from bot.slack.commands import texts
from bot.slack.commands.ask import AskCommand
from bot.slack.commands.complaints import ComplaintBoard
from bot.slack.commands.gaps import SHOWN_WEEKS, GapBoard, trend_lines
from knowledge.model.types import Principal

REFRESH = "home_refresh"
"""Action id of the button that draws the tab again."""

ASK = "home_ask"
"""Beginning of the action ids of the buttons that ask a question."""

REINDEX = "home_reindex"
"""Action id of the button that updates the index."""

_SHOWN = 5
_LONGEST_BUTTON = 75
_MOST_PROMPTS = 4
_LONGEST_TEXT = 2_900
_MOST_SECTIONS = 3
_LONG = 100
"""Characters of a title."""

_STATUSES: Mapping[str, Text] = {
    "answered": texts.ANSWERED,
    "found": texts.FOUND,
    "handed_over": texts.HANDED_OVER,
    "clarify": texts.CLARIFY,
    "failed": texts.FAILED,
}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OperatorHome:
    """What operators see; None of it is shown to others.

    Attributes:
        complaints: Lines, in Slack's own markup, as `gaps`, `trend` and `names`.
        names: What is doubtful about names of channels and user groups.
        detail: Certificate, queue, failures and changes under test, as plain text.
        failing: Names of the sources that cannot be updated.
        addresses: Those of sources, which may be links in the detail.
    """

    week: WeekTotals
    complaints: Sequence[str]
    gaps: Sequence[str]
    trend: Sequence[str]
    names: Sequence[str] = ()
    detail: str = ""
    failing: Sequence[str] = ()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MemberHome:
    """What everybody sees of the tab.

    Attributes:
        status: What is indexed and when, "" for people who may not see it.
        questions: Questions to begin with.
        asked: The visitor's own last questions, as lines in Slack's own markup.
    """

    status: str
    questions: Sequence[str]
    asked: Sequence[str]


class Home:
    """Draws the tab when somebody opens it."""

    def __init__(
        self,
        board: GapBoard,
        complaints: ComplaintBoard,
        operations: OperatorActions,
        clients: Clients,
        asking: AskCommand,
        me: BotIdentity,
        command: str,
    ) -> None:
        self.asking = asking
        self.command = command
        self.overview = board.overview
        self.board = board
        self.complaints = complaints
        self.operations = operations
        self.clients = clients
        self.rights = board.rights
        self.principals = board.rights.principals
        self.me = me

    async def opened(self, event: Mapping[str, Any]) -> None:
        """Listen to `app_home_opened`: draw the Home tab, or suggest questions in Messages."""
        match event:
            case {"tab": "home", "user": person}:
                await self.draw(str(person))
            case {"tab": "messages", "user": person, "channel": channel}:
                await self._suggest(str(channel), str(person))

    async def refresh(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the refresh button."""
        await ack()
        await self.draw(str(body["user"]["id"]))

    async def ask(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to a question's button: ask it in the direct messages of its reader."""
        await ack()
        person, question = str(body["user"]["id"]), str(body["actions"][0]["value"])
        language = await self.principals.language(person)
        try:
            await self.asking.privately(question, person, language)
        except (BotError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("home_question_refused", error=str(error))
            refused = notice(client_texts.TRY_AGAIN.to(language))
            await self.asking.outbox.direct_message(person, refused)

    async def draw(self, person: str) -> None:
        """Publish the tab of *person*; a failure is logged, the tab stays as it was."""
        language = await self.principals.language(person)
        reader = await self.rights.reader(person)
        operator = await self.principals.is_operator(person)
        status = ""
        if reader.member:
            status = await self.operations.status(language, reader)
        questions = await self.operations.questions(reader, language)
        member = MemberHome(status, questions, await self._asked(person, reader, language))
        operators = await self._operator_home(reader, language) if operator else None
        names = {"bot": f"<@{self.me.user}>", "command": self.command}
        view = home_view(names, member, operators, language)
        try:
            await self.clients.repeating.views_publish(user_id=person, view=view)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("home_not_drawn", error=str(error))

    async def _asked(self, person: str, reader: Principal, language: Language) -> list[str]:
        """Return the last questions of *person*, with what of their sources is theirs to read."""
        return [
            _line(question, await self.rights.titles(question.documents, reader, _LONG), language)
            for question in await self.overview.asked_by(person, _SHOWN)
        ]

    async def _operator_home(self, reader: Principal, language: Language) -> OperatorHome:
        inputs = await self.overview.inputs_for(SHOWN_WEEKS)
        gaps = await self.overview.gaps_in(inputs)
        return OperatorHome(
            await self.overview.week(),
            await self.complaints.lines(reader, _SHOWN, language),
            await self.board.of(gaps, reader, _SHOWN, language),
            trend_lines(await self.overview.weeks_in(inputs, SHOWN_WEEKS), language),
            await self.principals.names.lines(language),
            await self.operations.status(language, reader, in_detail=True),
            self.operations.failing(reader),
            self.operations.addresses(reader),
        )

    async def _suggest(self, channel: str, person: str) -> None:
        language = await self.principals.language(person)
        reader = await self.rights.reader(person)
        questions = await self.operations.questions(reader, language)
        prompts = [*questions, texts.PROMPT_HELP.to(language)][:_MOST_PROMPTS]
        try:
            await self.clients.hasty.assistant_threads_setSuggestedPrompts(
                channel_id=channel,
                title=texts.PROMPTS_TITLE.to(language),
                prompts=[{"title": one, "message": one} for one in prompts],
            )
        except (SlackApiError, *UNCERTAIN) as error:
            # Only the agent view has suggestions, and only paid plans have the agent view.
            _log.info("prompts_not_shown", error=str(error))


def home_view(
    names: Mapping[str, str],
    member: MemberHome,
    operators: OperatorHome | None,
    language: Language,
) -> dict[str, Any]:
    """Lay out the tab.

    Args:
        names: The bot's mention as `bot`, and the slash command as `command`.
        member: The part that everybody sees.
        operators: The part that only operators see.
        language: Of the visitor.
    """
    how = texts.HOME_HOW.to(language, bot=names["bot"])
    blocks = [_header(texts.HOME_ASK, language), section(how)]
    if member.questions:
        blocks += [section(f"*{texts.HOME_TRY.to(language)}*"), _asking(member.questions)]
    if member.status:
        blocks += [_header(texts.HOME_INDEX, language), section(mrkdwn(member.status))]
    blocks += [_header(texts.HOME_YOURS, language), _lines(member.asked, language)]
    if operators is not None:
        blocks += [{"type": "divider"}, *_for_operators(operators, names["command"], language)]
    buttons = [_button(REFRESH, texts.HOME_REFRESH, language)]
    if operators is not None:
        buttons.append(_button(REINDEX, texts.HOME_REINDEX, language))
    return {"type": "home", "blocks": [*blocks, {"type": "actions", "elements": buttons}]}


def _asking(questions: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{ASK}_{number}",
                "text": plain(one_line(question, _LONGEST_BUTTON)),
                "value": question,
            }
            for number, question in enumerate(questions)
        ],
    }


def _for_operators(
    operators: OperatorHome, command: str, language: Language
) -> list[dict[str, Any]]:
    week = operators.week
    metrics = texts.HOME_METRICS.to(
        language,
        answered=week.answered,
        found=week.found,
        handed_over=week.handed_over,
        failed=week.failed,
        up=week.up,
        down=week.down,
        cost=spent(week.cost_usd, week.unpriced, language),
    )
    doubtful = [_header(texts.HOME_NAMES, language), _lines(operators.names, language)]
    return [
        _header(texts.HOME_WEEK, language),
        section(metrics),
        *_trend(operators.trend, language),
        _header(texts.HOME_NEXT, language),
        _lines(_next_steps(operators, command, language), language),
        _header(texts.HOME_GAPS, language),
        _lines(operators.gaps, language),
        _header(texts.HOME_COMPLAINTS, language),
        _lines(operators.complaints, language),
        *(doubtful if operators.names else ()),
        _header(texts.HOME_ADVANCED, language),
        *_sections(operators.detail, operators.addresses),
        section(texts.HOME_TOOLS.to(language)),
    ]


def _sections(text: str, addresses: frozenset[str]) -> list[dict[str, Any]]:
    """Lay plain text out in whole lines, in as few sections as they need, and three at most.

    Only *addresses* are links in it.
    """
    parts = [""]
    for line in mrkdwn(text, addresses).split("\n"):
        if parts[-1] and len(parts[-1]) + len(line) >= _LONGEST_TEXT:
            parts.append("")
        parts[-1] = f"{parts[-1]}\n{line}" if parts[-1] else line
    return [section(part) for part in parts[:_MOST_SECTIONS]]


def _next_steps(operators: OperatorHome, command: str, language: Language) -> list[str]:
    sources = ", ".join(f"`{name}`" for name in operators.failing)
    steps = [
        (texts.NEXT_SOURCES, sources),
        (texts.NEXT_NAMES, operators.names),
        (texts.NEXT_GAPS, operators.gaps),
        (texts.NEXT_COMPLAINTS, operators.complaints),
        (texts.NEXT_REVIEW, operators.week.answered),
    ]
    fields = {"command": command, "sources": sources}
    wanted = [f"• {text.to(language, **fields)}" for text, reason in steps if reason]
    return wanted or [f"• {texts.NEXT_INVITE.to(language)}"]


def _trend(lines: Sequence[str], language: Language) -> list[dict[str, Any]]:
    if not lines:
        return []
    heading = texts.HOME_TREND.to(language, weeks=SHOWN_WEEKS)
    return [section("\n".join([f"*{heading}*", *lines]))]


def _line(question: QuestionRecord, titles: Sequence[str], language: Language) -> str:
    status = _STATUSES.get(question.status, texts.FAILED).to(language)
    votes = f" 👍 {question.up}" * bool(question.up) + f" 👎 {question.down}" * bool(question.down)
    sources = f" — {', '.join(dict.fromkeys(titles))}" if titles else ""
    return f"• {safe_line(question.text)} _{status}_{votes}{sources}"


def _lines(lines: Sequence[str], language: Language) -> dict[str, Any]:
    shown = list[str]()
    for line in lines:  # whole lines: half of an escaped character would be another
        if len("\n".join([*shown, line])) > _LONGEST_TEXT:
            break
        shown.append(line)
    return section("\n".join(shown) or texts.HOME_NONE_YET.to(language))


def _header(text: Text, language: Language) -> dict[str, Any]:
    return {"type": "header", "text": plain(text.to(language))}


def _button(action: str, text: Text, language: Language) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action,
        "text": plain(text.to(language)),
    }
