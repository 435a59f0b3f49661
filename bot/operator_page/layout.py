"""Lays the operator's page out: HTML without scripts, in the reader's language."""

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.analytics.number_format import dollars, duration, spent
from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.printable import printable
from bot.evaluation.charts import Plot, Tick, round_ticks
from bot.machines.store import MachineState
from bot.operator_page import texts
from bot.operator_page.alarms import LAG_SECONDS, alarms_of
from bot.operator_page.board import MOST_RECORDS
from bot.operator_page.report import READER, OperatorNow, OperatorPast, OperatorReport
from knowledge.model.types import SourceStatus

PATH = "/operator"

MOST_ROWS = 50
"""Rows of a table; the others are counted."""

_FOLDERS = [Path(__file__).parent, Path(__file__).parents[1] / "evaluation"]
_LONGEST = 60
_LOOKED_AT = 1_000
"""Characters of a foreign name that are looked at."""

_REASON = 200
_OUTCOMES: Sequence[tuple[str, Text]] = (
    ("answered", texts.ANSWERED),
    ("found", texts.FOUND),
    ("handed_over", texts.HANDED_OVER),
    ("clarified", texts.CLARIFIED),
    ("failed", texts.FAILED),
)

_Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class PageWords:
    """Writes for one reader.

    Attributes:
        language: Of the reader.
        zone: In which times are written.
        path: Where the page is.
    """

    language: Language
    zone: dt.tzinfo
    path: str = PATH

    def say(self, text: Text, **values: object) -> str:
        """Return *text* in the language of the reader."""
        return text.to(self.language, **values)

    def code(self, text: Text, **values: object) -> Markup:
        """Return *text* with what stands between backticks as code."""
        return _with_code(self.say(text, **values))

    def when(self, at: float) -> str:
        """Return a time, "–" for 0."""
        return f"{dt.datetime.fromtimestamp(at, self.zone):%Y-%m-%d %H:%M}" if at else "–"

    def duration(self, minutes: float) -> str:
        """Return minutes in the most readable unit."""
        return duration(minutes, self.language)

    def cell(self, at: float) -> Markup:
        """Return a time for a table, in one line."""
        return Markup('<span class="when">{}</span>').format(self.when(at))


def workspace_path(team: str) -> str:
    """Return where the page of the workspace *team* is."""
    return f"{PATH}/{team}"


def foreign(text: str, longest: int = _LONGEST) -> Markup:
    """Return a foreign name as it is, in one line; it changes nothing around it."""
    line = " ".join(printable(text[:_LOOKED_AT]).split())
    return Markup("<bdi>{}</bdi>").format(
        line if len(line) <= longest else f"{line[: longest - 1]}…"
    )


def board_page(report: OperatorReport, words: PageWords) -> str:
    """Return the page."""
    now, past = report.now, report.past
    return _render(
        "board.html",
        words,
        alarms=[
            {
                "kind": alarm.kind,
                "what": words.say(alarm.what, **alarm.values),
                "names": [foreign(name) for name in _names(alarm.values)],
                "do": words.code(alarm.do),
                "page": alarm.page,
            }
            for alarm in alarms_of(now)
        ],
        at=words.say(texts.AS_OF, when=words.when(now.at), zone=words.zone),
        cards=_cards(now, words),
        standing=_with_code(now.standing.get(words.language, "")),
        sources=list(_source_rows(now, words)),
        described=now.index is not None,
        machines=_machine_rows(now, words),
        more_machines=max(0, len(now.machines) - MOST_ROWS),
        outcomes=[{"style": style, "name": words.say(name)} for style, name in _OUTCOMES],
        questions=_questions_plot(past.weeks, words),
        costs=_costs_plot(past.weeks, words),
        weeks=[_week_row(week, words) for week in reversed(past.weeks)],
        not_whole=""
        if past.whole
        else words.say(texts.NOT_WHOLE, count=MOST_RECORDS, when=words.when(past.since)),
        owners=list(_owner_rows(past, words)),
        more_owners=past.more_owners,
        ages=list(_age_rows(past, words)),
    )


def sign_in_page(words: PageWords, trouble: str = "") -> str:
    """Return the form for the token; it says nothing of the bot."""
    return _render("sign_in.html", words, trouble=trouble)


def unavailable_page(words: PageWords) -> str:
    """Return what is shown while Redis is away."""
    return _render("unavailable.html", words, page="docs/how-to/operations.md#redis")


def no_page(words: PageWords) -> str:
    """Return what is shown where a workspace has no page, or none just now."""
    return _render("no_page.html", words, page="docs/how-to/operator-page.md#several-workspaces")


@cache
def content_security_policy() -> str:
    """Return the policy of all pages: one style, known by its hash, and forms for ourselves."""
    digest = hashlib.sha256(_style().encode("utf-8")).digest()
    style = base64.b64encode(digest).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    sheets = [folder / name for folder, name in zip(_FOLDERS, ("own.css", "page.css"), strict=True)]
    return "".join(sheet.read_text(encoding="utf-8") for sheet in reversed(sheets))


def _render(template: str, words: PageWords, **values: Any) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_style()),  # noqa: S704 - a file of the program
            language=words.language,
            other="en" if words.language == "ja" else "ja",
            path=words.path,
            say=words.say,
            code=words.code,
            texts=texts,
            **values,
        )
    )


def _with_code(text: str) -> Markup:
    code = Markup("<code>{}</code>")
    parts = enumerate(text.split("`"))
    return Markup().join(code.format(part) if place % 2 else part for place, part in parts)


def _names(values: Any) -> Sequence[str]:
    names: Sequence[str] = values.get("names", ())
    return names


def _cards(now: OperatorNow, words: PageWords) -> Iterator[tuple[str, str]]:
    for state, name in (
        ("ready", texts.WAITING),
        ("running", texts.IN_WORK),
        ("delayed", texts.RETRYING),
        ("dead", texts.DEAD_LETTERS),
    ):
        yield words.say(name), str(now.backlog[state])
        if state == "ready":
            yield words.say(texts.OLDEST), words.duration(now.oldest_seconds / 60)
    if now.budget_used is not None:
        yield words.say(texts.BUDGET_USED), f"{100 * now.budget_used:.0f} %"


def _source_rows(now: OperatorNow, words: PageWords) -> Iterator[_Row]:
    hidden = 0
    for source in now.sources:
        name: object = foreign(source.name)
        if not source.access.permits(READER):
            hidden += 1
            name = words.say(texts.HIDDEN_SOURCE, number=hidden)
        health = source.health
        yield (
            name,
            _source_state(source, now, words),
            source.kind,
            source.documents,
            words.cell(health.synced_at) if health.synced_at else words.say(texts.NEVER),
            words.cell(now.next_runs.get(source.name, 0.0)),
        )


def _source_state(source: SourceStatus, now: OperatorNow, words: PageWords) -> Markup:
    """Return how it is doing; what a source says of itself is shown where all may know of it."""
    health = source.health
    tag = Markup('<span class="tag {}">{}</span>')
    if not health.reason:
        late = source.name in now.late
        return tag.format(
            "warn" if late else "good", words.say(texts.IS_LATE if late else texts.WELL)
        )
    parts = [tag.format("bad", words.say(texts.FAILS, when=words.when(health.failed_since)))]
    if health.kind:
        parts.append(Markup("{}").format(words.say(texts.FAILURES[health.kind])))
    if source.access.permits(READER) and source.kind != "slack":
        parts.append(Markup("<small>{}</small>").format(foreign(health.reason, _REASON)))
    return Markup("<br>").join(parts)


def _machine_rows(now: OperatorNow, words: PageWords) -> list[_Row]:
    return [
        (
            foreign(machine.host),
            _machine_state(machine, now, words),
            ", ".join(map(words.say, _roles(machine))),
            words.cell(machine.created_at) if machine.index_version else "–",
            words.say(texts.SECONDS_AGO, count=round(now.heard.get(machine.id, 0.0))),
        )
        for machine in now.machines[:MOST_ROWS]
    ]


def _roles(machine: MachineState) -> Iterator[Text]:
    yield texts.ANSWERS if machine.answers else texts.RECEIVES
    if machine.indexer:
        yield texts.INDEXER


def _machine_state(machine: MachineState, now: OperatorNow, words: PageWords) -> Markup:
    tag = Markup('<span class="tag {}">{}</span>')
    since = now.behind_since(machine)
    if since is None and not machine.reason:
        return tag.format("good", words.say(texts.NEWEST))
    if not machine.index_version:
        shown = tag.format("bad", words.say(texts.NO_VERSION))
    elif since is not None:
        style = "bad" if now.at - since > LAG_SECONDS else "warn"
        age = words.duration((now.at - since) / 60)
        shown = tag.format(style, words.say(texts.BEHIND, age=age))
    else:
        shown = Markup()
    if machine.reason:
        shown += Markup(" <small>{}</small>").format(foreign(machine.reason, _REASON))
    return shown


def _week_row(week: WeekMetrics, words: PageWords) -> _Row:
    cost = spent(week.cost_usd, week.unpriced, words.language)
    counts = [getattr(week, name) for name, _ in _OUTCOMES]
    return (
        Markup('<span class="when">{}</span>').format(week.monday),
        week.questions,
        *counts,
        cost,
    )


def _owner_rows(past: OperatorPast, words: PageWords) -> Iterator[_Row]:
    for one in past.owners:
        name = foreign(one.owner) if one.owner else words.say(texts.NO_EXPERT)
        yield (name, one.gaps, one.people, one.open, words.cell(one.oldest))


def _age_rows(past: OperatorPast, words: PageWords) -> Iterator[_Row]:
    for one in past.ages:
        age = words.duration(one.hours * 60) if one.hours else ""
        name = words.say(texts.UP_TO, age=age) if age else words.say(texts.OLDER)
        yield (name, one.handoffs, one.unasked)


def _questions_plot(weeks: Sequence[WeekMetrics], words: PageWords) -> Markup:
    top = round_ticks(max(4, *(week.questions for week in weeks)))
    plot = _weeks_plot(texts.WEEKS, weeks, [(value, f"{value:g}") for value in top], words)
    for place, week in enumerate(weeks):
        low = 0
        for style, name in _OUTCOMES:
            if count := getattr(week, style):
                label = f"{week.monday} {words.say(name)}: {count}"
                plot.bar(place, (low, low + count), style, label)
                low += count
    return Markup(plot.svg())  # noqa: S704 - the plot escapes its labels


def _costs_plot(weeks: Sequence[WeekMetrics], words: PageWords) -> Markup:
    ticks = [(value, dollars(value)) for value in round_ticks(max(w.cost_usd for w in weeks))]
    plot = _weeks_plot(texts.COSTS, weeks, ticks, words)
    for place, week in enumerate(weeks):
        if week.cost_usd:
            label = f"{week.monday}: {dollars(week.cost_usd)}"
            plot.bar(place, (0, week.cost_usd), "answered", label)
    return Markup(plot.svg())  # noqa: S704 - likewise


def _weeks_plot(
    title: Text, weeks: Sequence[WeekMetrics], ticks: Sequence[Tick], words: PageWords
) -> Plot:
    dates = [(float(place), f"{w.monday.month}/{w.monday.day}") for place, w in enumerate(weeks)]
    return Plot(
        words.say(title),
        words.say(texts.WEEK),
        "",
        (-0.5, len(weeks) - 0.5),
        (0.0, ticks[-1][0]),
        x_ticks=dates,
        y_ticks=ticks,
    )
