"""Checks what the clients and the doubles say to each other by the vendors' schemas.

`python -m tests.sources.schemas [NAME …]` runs the contract tests of the sources and directories,
writes down what was said, fetches the vendors' schemas by name from npm and PyPI, and prints what
they do not allow. A schema that is in no package is named: `--file linear=schema.graphql`.
"""

import sys
from pathlib import Path

import click

from tests.sources.schemas import check


@click.command()
@click.argument("names", nargs=-1)
@click.option("files", "--file", multiple=True, metavar="NAME=PATH", help="A schema of a vendor.")
@click.option(
    "--exchanges",
    type=click.Path(path_type=Path),
    help="Where to write down what was said; what is there already is checked.",
)
def main(names: tuple[str, ...], files: tuple[str, ...], exchanges: Path | None) -> None:
    """Check the vendors that are named, or all."""
    given = {name: Path(path) for name, _, path in (one.partition("=") for one in files)}
    sys.exit(1 if check(names, given, exchanges) else 0)


if __name__ == "__main__":
    main()
