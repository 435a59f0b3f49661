"""Run the fault table: `python -m tests.faults`, `python -m tests.faults redis slack`.

Real processes of the bot, a real Redis, a local Slack, a local model. Prints a table, writes it to
a folder, and ends with 1 when a promise was broken.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tests.faults.bench import run_rows
from tests.faults.deployment import Mode
from tests.faults.report import Finding, quieten, write_table
from tests.faults.rows.row import Row
from tests.faults.table import TABLE, rows_of


@click.command(help=__doc__)
@click.argument("groups", nargs=-1, type=click.Choice(list(TABLE)))
@click.option("--only", default="", help="Rows whose name or injection has these words.")
@click.option("--mode", type=click.Choice(["socket", "http"]), default="socket", show_default=True)
@click.option("--lease", default=2.0, show_default=True, help="Seconds of a worker's lease.")
@click.option("--patience", default=2.0, show_default=True, help="Seconds, more on a busy machine.")
@click.option("--seed", default=0, show_default=True, help="Repeats a run's chances.")
@click.option("--output", type=click.Path(path_type=Path), default=Path(".kotae/faults"))
@click.option("--list", "list_only", is_flag=True, help="Only list the rows.")
def main(
    *,
    groups: tuple[str, ...],
    only: str,
    mode: Mode,
    lease: float,
    patience: float,
    seed: int,
    output: Path,
    list_only: bool,
) -> None:
    """Parse the options and run."""
    rows = rows_of(groups, only)
    if list_only:
        for row in rows:
            click.echo(f"{row.name}  ({row.how})")
        return
    quieten()
    findings = asyncio.run(_run(rows, mode, lease, patience, seed))
    path = write_table(findings, output)
    broken = sum(bool(finding.problems) for finding in findings)
    click.echo(f"\n{len(findings)} faults, {broken} with broken promises. Written to {path}")
    sys.exit(1 if broken else 0)


async def _run(
    rows: Sequence[Row], mode: Mode, lease: float, patience: float, seed: int
) -> list[Finding]:
    folder = Path(tempfile.mkdtemp(prefix="kotae-faults-"))
    click.echo(f"{len(rows)} faults by {mode}, leases of {lease:g} s, seed {seed}; logs: {folder}")
    findings = list[Finding]()
    start = time.monotonic()
    async for finding in run_rows(
        rows, folder, mode=mode, lease=lease, patience=patience, seed=seed
    ):
        findings.append(finding)
        mark = "FAIL" if finding.problems else "skip" if finding.skipped else " ok "
        click.echo(f"[{time.monotonic() - start:5.0f} s] {mark}  {finding.name}: {finding.seen}")
        for problem in finding.problems:
            click.echo(f"           {problem}")
        if finding.problems:
            for note in finding.notes:
                click.echo(f"           {note}")
    return findings


if __name__ == "__main__":
    main()
