"""Runs the large checks of the sources, and prints what broke a rule.

`python -m tests.sources [NAME …]` runs all modules of this package, or those named. Each has a
function `run() -> list[str]`, which returns a line for each violation.
"""

import importlib
import pkgutil
import sys
import time
from pathlib import Path

import click


def main(wanted: list[str]) -> int:
    """Run the modules; return the exit code."""
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    names = [name for name in found if not name.startswith("_")]
    if unknown := sorted(set(wanted) - set(names)):
        click.echo(f"there is no {unknown[0]}: there are {', '.join(names)}")
        return 2
    broken = 0
    for name in wanted or names:
        started = time.monotonic()
        violations = importlib.import_module(f"tests.sources.{name}").run()
        broken += len(violations)
        seconds = time.monotonic() - started
        click.echo(f"{name}: {len(violations)} violations ({seconds:.0f} s)")
        for violation in violations:
            click.echo(f"  {violation}")
    click.echo(f"{broken} violations in all")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
