"""Prints the findings of `kotae knowledge check`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

import click
from rich.padding import Padding
from rich.text import Text

from bot.app.doctor import unknown_owners
from bot.cli import texts
from bot.cli.console import Console
from bot.cli.context import command_settings, with_knowledge
from bot.cli.output import NOT_PROVEN, output_language, print_json, progress_bar
from bot.cli.unread import group_words
from bot.core.errors import BotError
from bot.core.language import Language
from bot.entries.entry import SOURCE
from knowledge.base import KnowledgeBase
from knowledge.model.findings import LEVELS, CheckReport, Finding, FindingLevel

_NOTHING_SAVED = ("empty-source", (SOURCE,))
_LEVELS: tuple[FindingLevel, ...] = ("note", "warning", "error")
_COLOURS: Mapping[FindingLevel, str] = {"error": "red", "warning": "yellow", "note": "cyan"}
_SHOWN = 5
_DOCUMENTS = 4
_QUOTE = 110


def check_documents(language: str | None, fail_on: str, *, as_json: bool, everything: bool) -> int:
    """Print what to improve in the documents, and return the exit code."""
    chosen = output_language(language)

    async def examine(base: KnowledgeBase) -> tuple[CheckReport, str]:
        with progress_bar(Console(stderr=as_json)) as advance:
            report = await base.check(advance)
        return await _with_unknown_owners(report, base, chosen)

    report, not_asked = with_knowledge(examine)
    report = _without_saved(report)
    if as_json:
        print_json(_data(report, chosen) | {"owners_not_asked": not_asked})
    else:
        _print(Console(), report, chosen, everything=everything)
        if not_asked:
            click.echo(f"\n{texts.NOT_ASKED.to(chosen, reason=not_asked)}")
    return NOT_PROVEN if _fails(report, fail_on) else 0


async def _with_unknown_owners(
    report: CheckReport, base: KnowledgeBase, language: Language
) -> tuple[CheckReport, str]:
    """Add a finding for each owner whom Slack does not know; or return why nobody was asked."""
    settings = command_settings()
    if settings.slack_bot_token is None:
        return report, texts.NO_TOKEN.to(language)
    try:
        unknown = await unknown_owners(settings, base)
    except BotError as error:
        return report, str(error)
    found = [
        Finding("unknown-owner", tuple(places), {"name": owner})
        for owner, places in unknown.items()
    ]
    order = list(LEVELS)
    findings = sorted([*report.findings, *found], key=lambda one: order.index(one.kind))
    return replace(report, findings=tuple(findings)), ""


def _without_saved(report: CheckReport) -> CheckReport:
    """Leave out the finding about the bot's own source when nobody has saved an answer yet."""
    found = (one for one in report.findings if (one.kind, one.documents) != _NOTHING_SAVED)
    return replace(report, findings=tuple(found))


def _fails(report: CheckReport, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    floor = next(place for place, level in enumerate(_LEVELS) if level == fail_on)
    return any(finding.level in _LEVELS[floor:] for finding in report.findings)


def _print(console: Console, report: CheckReport, language: Language, *, everything: bool) -> None:
    when = datetime.fromtimestamp(report.created_at).astimezone()
    looked = texts.LOOKED_AT.to(
        language, documents=report.documents, chunks=report.chunks, when=f"{when:%Y-%m-%d %H:%M}"
    )
    counts = (
        texts.COUNTS.to(language, **_counts(report))
        if report.findings
        else texts.NO_FINDINGS.to(language)
    )
    console.print(Text.assemble(looked, (counts, "bold")))
    for kind, group in groupby(report.findings, key=lambda finding: finding.kind):
        findings = list(group)
        words, level = texts.FINDINGS[kind], findings[0].level
        console.print()
        heading = f"{words.heading.to(language)} ({len(findings)})"
        console.print(
            Text.assemble(
                (texts.LEVELS[level].to(language), _COLOURS[level]), "  ", (heading, "bold")
            ),
        )
        console.print(Padding(Text(words.remedy.to(language), style="italic"), (0, 0, 0, 2)))
        shown = findings if everything else findings[:_SHOWN]
        for finding in shown:
            _print_item(console, _message(finding, report.names, language))
        if len(shown) < len(findings):
            console.print(Text(f"  {texts.MORE.to(language, count=len(findings) - len(shown))}"))


def _print_item(console: Console, message: str) -> None:
    first, *others = message.split("\n")
    console.print(Text(f"  • {first}"), soft_wrap=True)
    for line in others:
        console.print(Text(f"      {line}", style="dim"), soft_wrap=True)


def _data(report: CheckReport, language: Language) -> dict[str, object]:
    return {
        "index_version": report.index_version,
        "documents": report.documents,
        "chunks": report.chunks,
        "seconds": round(report.seconds, 2),
        "counts": _counts(report),
        "findings": [
            {
                "level": finding.level,
                "kind": finding.kind,
                "documents": finding.documents,
                "message": _message(finding, report.names, language),
                "remedy": texts.FINDINGS[finding.kind].remedy.to(language),
                "details": finding.details,
            }
            for finding in report.findings
        ],
    }


def _counts(report: CheckReport) -> dict[FindingLevel, int]:
    counted = Counter(finding.level for finding in report.findings)
    return {level: counted[level] for level in reversed(_LEVELS)}


def _message(finding: Finding, names: Mapping[str, str], language: Language) -> str:
    """Return the finding in one line or a few; *names* stand for ids, as of `CheckReport`."""
    finding = replace(finding, documents=tuple(names.get(one, one) for one in finding.documents))
    details = dict(finding.details)
    if "example" in details:
        details["example"] = names.get(str(details["example"]), details["example"])
    return texts.FINDINGS[finding.kind].item.to(
        language,
        documents=_some(finding.documents, language),
        dated=_some(_dated(finding), language),
        pair=_pair(finding, language),
        similarity=(texts.WORD_FOR_WORD if details.get("exact") else texts.NEARLY).to(language),
        origin=(texts.ITS_DATE if details.get("stated") else texts.THE_FILE).to(language),
        why=group_words(details, len(finding.documents), language) if "why" in details else "",
        doubts=_doubts(details, language),
        quote=_short(str(details.get("text") or details.get("reason") or "")),
        **{key: details.get(key, "") for key in _PLAIN},
    )


_PLAIN = ("name", "reason", "path", "date", "year", "chunks", "count", "example")
"""Details that go into the text unchanged."""


def _doubts(details: Mapping[str, object], language: Language) -> str:
    """Return in words what is suspicious about a text."""
    found = details.get("doubts")
    if not isinstance(found, Mapping):
        return ""
    return "; ".join(
        texts.DOUBTS[kind].to(language, count=count)
        for kind, count in found.items()
        if kind in texts.DOUBTS
    )


def _some(names: Sequence[str], language: Language) -> str:
    shown = ", ".join(names[:_DOCUMENTS])
    more = len(names) - _DOCUMENTS
    return f"{shown} … {texts.OTHERS.to(language, count=more)}" if more > 0 else shown


def _dated(finding: Finding) -> list[str]:
    dates = finding.details.get("dates")
    if not isinstance(dates, list):
        return []
    return [
        f"{id_} ({date})" if date else id_
        for id_, date in zip(finding.documents, dates, strict=True)
    ]


def _pair(finding: Finding, language: Language) -> str:
    """Return two documents on a line each, the older first, with their statements."""
    quotes = finding.details.get("quotes")
    if not isinstance(quotes, tuple):
        return ""
    named = zip(_dated(finding), quotes, strict=True)
    lines = [f"{name}: {_short(quote)}" for name, quote in named]
    count = finding.details.get("count")
    more = f"\n({texts.STATEMENTS.to(language, count=count)})" if count != 1 else ""
    return "\n".join(lines) + more


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE else f"{line[: _QUOTE - 1]}…"
