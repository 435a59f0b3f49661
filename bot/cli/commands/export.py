"""`kotae export …`: approved and corrected answers as files to train a model with."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

ClickCommand = TypeVar("ClickCommand", bound=Callable[..., None])

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_OPTIONS = (
    click.argument("folder", type=_FOLDER),
    click.option(
        "--target",
        required=True,
        metavar="MODEL",
        help="The base model that is to be trained: licences depend on it.",
    ),
    click.option(
        "--purpose",
        type=click.Choice(["internal", "distributed"]),
        default="internal",
        show_default=True,
        help="Does the trained model, or its use as a service, go to others?",
    ),
    click.option("--model-name", default="", help="What the trained model will be called."),
    click.option(
        "--accept-unknown",
        default="",
        metavar="REASON",
        help="Accept models that the licence table does not know; kept in the manifest.",
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(["openai", "trl"]),
        default="openai",
        show_default=True,
    ),
    click.option(
        "--audience",
        default="members",
        show_default=True,
        help="Who will use the trained model: anyone, members, or groups (#hr,C0123).",
    ),
    click.option(
        "--evidence/--no-evidence",
        default=True,
        show_default=True,
        help="Show what answers rest on, so that grounding is learnt and not the facts.",
    ),
    click.option("--cases", multiple=True, type=_FILE, help="More evaluation cases to leave out."),
    click.option("--names", type=_FILE, help="Names to take out: a person a line, commas between."),
    click.option("--system", type=_FILE, help="A system message in place of ours."),
    click.option(
        "--validation", default=0.1, show_default=True, type=click.FloatRange(0, 0.5), help="Share."
    ),
    click.option("--terminal", is_flag=True, help="Also what was asked in `kotae chat`."),
    click.option("--samples", is_flag=True, help="Of the sample documents (`kotae try`)."),
    click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object."),
)


def _with_options(command: ClickCommand) -> ClickCommand:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(name="export")
def exporting() -> None:
    """Write approved, corrected and rated answers as files to train a model with.

    Try in this order: a better prompt, better documents, and only then training, which teaches how
    answers are given, not facts. Only channels are used that an operator has opened (`/kotae
    channel export on`), and nobody who has typed `/kotae export never`.
    """


@exporting.command()
@_with_options
def chat(*, as_json: bool, **plan: Any) -> None:
    """Write questions with their approved or corrected answers into FOLDER.

    With evidence, the default, a row shows the passages that its answer cites: a model then learns
    to answer from what it is shown. Without, it learns the facts by heart, and says them still when
    the documents have changed.

    What a language model wrote may train another only as its licence says: what is blocked is left
    out. Exit code 3 when that is all. This is not legal advice.
    """
    from bot.cli.export import ExportOptions, export

    sys.exit(export("chat", ExportOptions(**plan), as_json=as_json))


@exporting.command()
@_with_options
def preference(*, as_json: bool, **plan: Any) -> None:
    """Write pairs of a better and a worse answer to the same question into FOLDER.

    The better one is a correction or an approved answer, the worse one was judged wrong, or kept
    back and then corrected. The rest is as for `kotae export chat`; the licence of the model that
    wrote the worse answer counts, too.
    """
    from bot.cli.export import ExportOptions, export

    sys.exit(export("preference", ExportOptions(**plan), as_json=as_json))


@exporting.command()
@click.argument("place", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(*, place: Path, as_json: bool) -> None:
    """Read back a folder or file that was exported, strictly; exit code 1 if something is wrong."""
    from bot.cli.export import check as check_files

    sys.exit(check_files(place, as_json=as_json))
