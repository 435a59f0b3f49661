"""The `kotae` command. Each file adds its commands; heavy imports wait until one runs."""

import errno
import os
import sys
from pathlib import Path

import click

from bot.cli.ask import ask
from bot.cli.audit import audit
from bot.cli.backup import backup, restore
from bot.cli.chat import chat
from bot.cli.completion import completion
from bot.cli.config import config
from bot.cli.doctor import doctor
from bot.cli.entries import entries
from bot.cli.evaluation import evaluation
from bot.cli.export import exporting
from bot.cli.gaps import gaps
from bot.cli.init import init
from bot.cli.knowledge import knowledge, search, status, sync
from bot.cli.manifest import manifest
from bot.cli.mcp import mcp
from bot.cli.output import NOT_PROVEN, NotProvenError
from bot.cli.personal_data import data
from bot.cli.prompt import prompt
from bot.cli.queue import queue
from bot.cli.report import report
from bot.cli.review import review
from bot.cli.rollout import rollout
from bot.cli.serve import serve, worker
from bot.cli.shared_files import share_after, share_before
from bot.cli.streams import guard_streams, read_and_write_utf8
from bot.cli.try_ import try_
from bot.cli.workspaces import workspaces
from bot.core.errors import BotError, SettingsError
from knowledge.model.errors import KnowledgeError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Errors of a full or broken disk, which can come without a file name."""


_WRITING = {"eval", "review", "prompt", "rollout"}
"""Commands that change files which every machine of the team has."""

_READING = {*_WRITING, "ask", "chat", "config", "doctor", "export", "gaps", "mcp", "report"}
"""Commands that read them, or the settings that were promoted."""


def _change_folder(_: click.Context, __: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        os.chdir(folder)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(None, "-V", "--version", package_name="kotae", prog_name="kotae")
@click.option(
    "-C",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_change_folder,
    help="Run as if started in DIR.",
)
@click.option(
    "--env-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the settings from FILE instead of .env.",
)
@click.option(
    "--workspace",
    metavar="TEAM",
    help="Run the command for one workspace of several, in place of KOTAE_WORKSPACE.",
)
@click.pass_context
def commands(context: click.Context, *, env_file: Path | None, workspace: str | None) -> None:
    """Answers from your team's own documents, with checked sources, or an honest handoff.

    Start with `kotae try`, which needs no account and no key, or with `kotae init` beside your own
    documents. Settings come from the environment and from `.env`; `.env.example` lists them all,
    and `kotae config show` says what is in force.

    Exit codes: 0 done, 1 failed, 2 usage error, 3 not proven or not right.
    """
    from bot.settings.env_file import ignored, use_env_file
    from bot.settings.settings import misspelt_in_file, use_workspace

    use_workspace(workspace or "")
    if env_file is not None:
        use_env_file(env_file)
    for line in (*ignored(), *misspelt_in_file()):
        click.echo(f"kotae: {line}", err=True)
    if context.invoked_subcommand in _READING:
        share_before()
    if context.invoked_subcommand in _WRITING:
        context.call_on_close(share_after)


for command in (
    try_,
    init,
    ask,
    audit,
    chat,
    serve,
    worker,
    doctor,
    manifest,
    mcp,
    config,
    completion,
    knowledge,
    sync,
    search,
    status,
    entries,
    evaluation,
    review,
    gaps,
    report,
    prompt,
    rollout,
    exporting,
    queue,
    backup,
    restore,
    data,
    workspaces,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line; a failure is one readable line and a non-zero exit code."""
    read_and_write_utf8()
    guard_streams()
    os.umask(0o077)  # what we write quotes people: it is for this user alone
    try:
        commands.main(prog_name="kotae", standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (BotError, KnowledgeError) as error:
        click.echo(f"kotae: {error}", err=True)
        sys.exit(_exit_code(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.errno not in _DISK:
            raise  # a reader of the message could do nothing about it
        place = f"{error.filename}: " if error.filename is not None else ""
        click.echo(f"kotae: {place}{error.strerror}", err=True)
        sys.exit(1)


def _exit_code(error: Exception) -> int:
    if isinstance(error, SettingsError):
        return 2
    return NOT_PROVEN if isinstance(error, NotProvenError) else 1
