"""The `kotae` command. Each file adds its commands; heavy imports wait until one runs."""

import errno
import sys

import click

from bot.cli.commands.answer import ask, chat, try_
from bot.cli.commands.evaluation import evaluation, review
from bot.cli.commands.export import exporting
from bot.cli.commands.knowledge import knowledge
from bot.cli.commands.queue import queue
from bot.cli.commands.rollout import change
from bot.cli.commands.run import doctor, manifest, serve, worker
from bot.cli.commands.tune import tune
from bot.core.errors import BotError, SettingsError
from knowledge.model.errors import KnowledgeError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a full or broken disk says, wherever it is met."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="kotae", prog_name="kotae")
def commands() -> None:
    """Answers from your team's own documents, with checked sources, or an honest hand-over.

    Start with `kotae try`: no account and no key needed. Settings come from the environment and
    from `.env`; `.env.example` lists them all.
    """


for command in (
    try_,
    ask,
    chat,
    serve,
    worker,
    queue,
    knowledge,
    evaluation,
    review,
    tune,
    change,
    exporting,
    doctor,
    manifest,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line; a failure is one readable line and a non-zero exit code."""
    try:
        commands.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SettingsError as error:
        click.echo(f"kotae: {error}", err=True)
        sys.exit(2)
    except (BotError, KnowledgeError) as error:
        click.echo(f"kotae: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.errno not in _DISK:
            raise  # nothing that its reader could look at
        place = f"{error.filename}: " if error.filename is not None else ""
        click.echo(f"kotae: {place}{error.strerror}", err=True)
        sys.exit(1)
