"""`kotae export …`: approved and corrected answers as training files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.cli.options import FILE, JSON, SAMPLES

ClickCommand = TypeVar("ClickCommand", bound=Callable[..., None])

_FOLDER = click.Path(file_okay=False, path_type=Path)

_OPTIONS = (
    click.argument("folder", type=_FOLDER),
    click.option(
        "--target",
        required=True,
        metavar="MODEL",
        help="Base model to train; the licences depend on it.",
    ),
    click.option(
        "--purpose",
        type=click.Choice(["internal", "distributed"]),
        default="internal",
        show_default=True,
        help="distributed: others get the trained model, or use it as a service.",
    ),
    click.option("--model-name", default="", help="Name of the trained model."),
    click.option(
        "--accept-unknown",
        default="",
        metavar="REASON",
        help="Accept models that are not in the licence table; kept in the manifest.",
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
        help="Include the cited passages, so that the model learns grounding, not facts.",
    ),
    click.option("--cases", multiple=True, type=FILE, help="More evaluation cases to leave out."),
    click.option(
        "--names",
        type=FILE,
        help="Names to redact: one person a line, variants separated by commas.",
    ),
    click.option("--system", type=FILE, help="System message in place of the default one."),
    click.option(
        "--validation",
        default=0.1,
        show_default=True,
        type=click.FloatRange(0, 0.5),
        help="Share of the rows for validation.",
    ),
    click.option("--terminal", is_flag=True, help="Also questions asked in `kotae chat`."),
    SAMPLES,
    JSON,
)


def _with_options(command: ClickCommand) -> ClickCommand:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(name="export")
def exporting() -> None:
    """Write approved and corrected answers as training files.

    Try a better prompt first, then better documents, and only then training: it teaches how to
    answer, not facts. Only channels that an operator has opened (`/kotae channel export on`) are
    used, and nobody who has typed `/kotae export never`.
    """


@exporting.command()
@_with_options
def chat(*, as_json: bool, **plan: Any) -> None:
    """Write questions with approved answers into FOLDER.

    Corrections replace the answer. By default a row includes the passages that its answer cites,
    and the model learns to answer from passages. Without evidence it memorises the facts, and
    repeats them when the documents have changed.

    The licence of a language model decides whether its output may train another: blocked answers
    are left out. Exit code 3 when all are blocked. This is not legal advice.

    Example: kotae export chat out --target Qwen/Qwen3-8B
    """
    from bot.cli.export_run import ExportOptions, export

    sys.exit(export("chat", ExportOptions(**plan), as_json=as_json))


@exporting.command()
@_with_options
def preference(*, as_json: bool, **plan: Any) -> None:
    """Write pairs of a better and a worse answer into FOLDER.

    Both answers are to the same question.

    The better one is a correction or an approved answer; the worse one was judged wrong, or was
    withheld and then corrected. Everything else is as for `kotae export chat`; the licence of the
    model that wrote the worse answer counts, too.
    """
    from bot.cli.export_run import ExportOptions, export

    sys.exit(export("preference", ExportOptions(**plan), as_json=as_json))


@exporting.command()
@click.argument("place", type=click.Path(exists=True, path_type=Path))
@JSON
def check(*, place: Path, as_json: bool) -> None:
    """Check the exported folder or file PLACE.

    Exit code 3 if something is wrong.
    """
    from bot.cli.export_run import check as check_files

    sys.exit(check_files(place, as_json=as_json))
