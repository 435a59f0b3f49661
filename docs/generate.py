"""Write the reference pages that come from the code: `python docs/generate.py`.

The pages are built, not committed: commands come from the click tree, settings from the settings
class and `.env.example`, metrics from the metrics registry, and the list of decisions from their
folder.
"""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from bot.cli import commands
from bot.settings.settings import Settings
from bot.telemetry.metrics import Metrics, SharedStanding, SharedValues
from knowledge.model.source_health import SourceHealth, SourceTotals
from knowledge.model.types import SourceStatus

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"

_SECTION = re.compile(r"# --- ([A-Z][^:(-]+)")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=")

_LABELS = """
## Label values

| metric | label | values |
|---|---|---|
| `kotae_slack_deliveries_total` | `outcome` | `acknowledged`, `refused` |
| `kotae_jobs_received_total` | `new` | `yes`, `no` (a duplicate) |
| `kotae_questions_total` | `outcome` | `answered`, `found`, `handed_over`, `clarify`, `chat`, \
`failed`, `refused`, `cancelled`, `dead` |
| `kotae_question_stage_seconds` | `stage` | `taken` (a worker has it), `first_sign` (the \
placeholder, or the answer where it is quick), `first_step` (the first tool call), `final` (the \
answer) |
| `kotae_model_calls_total` | `outcome` | `ok`, `truncated`, `unavailable`, `rejected`, \
`too_long`, `cancelled`, `broken_off` |
| `kotae_model_tokens_total` | `kind` | `input`, `cached` (part of `input`), `output` |
| `kotae_slack_calls_total` | `outcome` | `ok`, `refused`, `rate_limited`, `server_error`, \
`no_response` |
| `kotae_directory_lookups_total` | `outcome` | `answered`, `failed`, `skipped` (the directory had \
failed just before) |
| `kotae_mcp_calls_total` | `tool` | `ask`, `search`, `read`, `gaps`, `hand_over`, `unknown` (a \
name that no tool has) |
| `kotae_mcp_calls_total` | `outcome` | `ok`, `refused` (arguments, rights or limits), \
`unavailable` (Slack or Redis), `late` (after three minutes), `failed`, `cancelled` |
| `kotae_jobs` | `state` | `ready`, `running`, `delayed`, `dead` |
| `kotae_source_…` | `source` | names of sources in `knowledge.toml`, and `saved` |
| `kotae_source_failures_total` | `kind` | `settings`, `refused` (the token), `throttled`, \
`unreachable`, `loss` (suspiciously few documents), `running` (another sync), `broken` |

Where one process serves [several workspaces](../how-to/workspaces.md), every metric of a bot has
the label `workspace`, an id such as `T0123ABCD`.

Question stages are measured from receipt, before the question is stored, in the receiving
process. No label names a person, a place or a text.

Every process counts its own work: sum over all processes. The gauges on the queue, on workers, on
the certificate and on the budget are the same in every process and at most five seconds old. The
metrics on the index and on sources describe the machine of the process; the age of an index is
`time() - kotae_index_published_timestamp_seconds`, and that of a source
`time() - kotae_source_last_success_timestamp_seconds`.

[Suggested alerts](../how-to/operations.md#suggested-alerts) use these names.
"""


_FAILED = SourceTotals(failures={"refused": 1})
"""Of a source for which every label is shown."""


def commands_page() -> str:
    """Return the page of all commands, with usage and options."""
    parts = [
        "# Commands",
        "This page is generated from the program. `kotae COMMAND --help` prints the same.",
        _cell(inspect.cleandoc(commands.help or "")),
    ]
    for path, command in _walk(commands, "kotae"):
        parts.extend(_command(path, command))
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Return the page of all settings, in the order and sections of `.env.example`."""
    intro = (
        "This page is generated from the program. Set a value in the environment or in a file "
        "`.env`; the environment wins. A [promoted rollout](../how-to/rollouts.md) overrides "
        "both. An empty value counts as absent. `.env.example` lists the same settings, ready to "
        "copy. Secrets never appear in logs."
    )
    parts = ["# Settings", intro]
    for section, names in _sections().items():
        rows = [_setting(name, Settings.model_fields[name.lower()]) for name in names]
        table = ["| setting | default | meaning |", "|---|---|---|", *rows]
        parts += [f"## {section}", "\n".join(table)]
    return "\n\n".join(parts) + "\n"


def metrics_page() -> str:
    """Return the page of all Prometheus metrics of our own."""
    metrics = Metrics()
    source = SourceStatus("handbook", health=SourceHealth(synced_at=1.0, totals=_FAILED))
    standing = SharedStanding(1, certificate_holds=True, budget_used=0.0, unclaimed=0)
    shared = SharedValues({"ready": 0}, 0.0, 0.0, sources=[source], standing=standing)
    metrics.share(lambda: shared)
    labels = dict(_label_names(metrics.registry))
    rows = [
        f"| `{_sample_name(metric)}` | {metric.type} "
        f"| {labels.get(metric.name) or _labels_of(metric)} "
        f"| {_cell(metric.documentation)} |"
        for metric in sorted(metrics.registry.collect(), key=lambda metric: metric.name)
        if metric.name.startswith("kotae_")
    ]
    table = ["| metric | type | labels | meaning |", "|---|---|---|---|", *rows]
    intro = (
        "This page is generated from the program. `GET /metrics` serves these metrics for "
        "Prometheus, beside the standard metrics of the Python process."
    )
    return "\n\n".join(["# Metrics", intro, "\n".join(table)]) + "\n" + _LABELS


def decisions_page() -> str:
    """Return the list of the decision records, by number."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    lines = [f"- [{_title(record)}](../decisions/{record.name})" for record in records]
    intro = (
        "Each record says what the situation was, what was decided, what follows from it, and what "
        "was measured."
    )
    return "\n\n".join(["# Decisions", intro, "\n".join(lines)]) + "\n"


PAGES = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "decisions.md": decisions_page,
}
"""What is generated, by file name in `docs/reference`."""


def main() -> None:
    """Write every page; an unchanged page is left alone, so that a watcher does not loop."""
    for name, page in PAGES.items():
        file = REFERENCE / name
        text = page()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stderr.write(f"wrote {file.relative_to(ROOT)}\n")


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if path != "kotae":
        yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from _walk(child, f"{path} {name}")


def _command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path, max_content_width=100)
    yield f"{'#' * (len(path.split()))} {path}"
    yield _cell(inspect.cleandoc(command.help or ""))
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield f"```text\n{usage}\n```"
    records = [
        parameter.get_help_record(context)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    ]
    rows = [f"| `{_code(name)}` | {_cell(text)} |" for name, text in filter(None, records)]
    if rows:
        yield "\n".join(["| option | meaning |", "|---|---|", *rows])


def _sections() -> Mapping[str, list[str]]:
    sections: dict[str, list[str]] = {}
    names: list[str] = []
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if heading := _SECTION.match(line):
            names = sections.setdefault(heading[1].strip(), [])
        elif assignment := _ASSIGNMENT.match(line):
            names.append(assignment[1])
    return {section: names for section, names in sections.items() if names}


def _setting(name: str, field: FieldInfo) -> str:
    default = "" if field.default in {None, "", ()} else f"`{field.default}`"
    choices = _choices(field.annotation)
    listed = f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
    return f'| <span id="{name}"></span>`{name}` | {default} | {_cell(field.description)}{listed} |'


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    if get_origin(annotation) in {Union, UnionType}:
        return [choice for part in get_args(annotation) for choice in _choices(part)]
    return []


def _label_names(registry: Any) -> Iterator[tuple[str, str]]:
    """Yield the label names of each metric; the registry has no public way to ask for them."""
    for collector in registry._collector_to_names:  # noqa: SLF001
        names = getattr(collector, "_labelnames", ())
        if names:
            yield collector._name, ", ".join(f"`{name}`" for name in names)  # noqa: SLF001


def _labels_of(metric: Any) -> str:
    """Return the labels of a metric that is read at a scrape, and has a sample."""
    names = dict.fromkeys(name for sample in metric.samples for name in sample.labels)
    return ", ".join(f"`{name}`" for name in names if name not in {"le", "quantile"})


def _sample_name(metric: Any) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else str(metric.name)


def _title(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return next(line for line in lines if line.startswith("# ")).removeprefix("# ").strip()


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("<", "&lt;")


def _code(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
