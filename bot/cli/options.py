"""Options and argument types that several commands share."""

from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)

JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
HTML = click.option("--html", type=OUTPUT, help="Also write a page for the browser.")
SAMPLES = click.option("--samples", is_flag=True, help="Use the sample documents of `kotae try`.")
YES = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Log more.")
LANGUAGE = click.option(
    "--language",
    type=click.Choice(["en", "ja"]),
    help="Language of the output; the terminal's by default.",
)
READER = click.option(
    "--as",
    "reader",
    default="members",
    show_default=True,
    metavar="READER",
    help="Ask as `anyone`, as `members`, or as a member of groups: `#hr,C0123`.",
)
PARALLEL = click.option(
    "--parallel",
    default=4,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Questions in work at the same time.",
)
