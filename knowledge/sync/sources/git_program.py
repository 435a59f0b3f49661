"""Runs the program `git` within bounds of time and output, with no settings but ours."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.model.errors import KnowledgeConfigError, SourceError

OUTPUT_BYTES = 500_000_000
"""Most bytes of a list that git prints; folders that contain each other many times have more."""

_MESSAGE_BYTES = 20_000
_LARGEST_FILE = 40_000_000
"""Blocks of 512 or 1024 bytes (shells differ) of one file that git may write: 20 or 40 GB."""

_LIMITED = ("/bin/sh", "-c", f'ulimit -f {_LARGEST_FILE}; exec "$@"', "git")


class GitFailedError(SourceError):
    """git ended with a failure, or was ended; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class GitProgram:
    """The program `git` with a repository of ours.

    Neither the machine's nor the user's settings are read, no hook runs, nobody is asked for a
    password, and no address but those of *protocol* is opened
    (https://git-scm.com/docs/git#_environment_variables).

    Attributes:
        repository: The folder of a bare repository.
        protocol: The one transport that git may use; "none" for none.
        settings: Settings of git.
        secrets: Further environment variables; never printed.
    """

    repository: Path
    protocol: str = "none"
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def run(
        self, *arguments: str, given: bytes = b"", seconds: float = 120.0, held: int | None = None
    ) -> tuple[bytes, str]:
        """Run git; return its output and its messages.

        Args:
            arguments: The command and its arguments.
            given: What git reads.
            seconds: How long it may take.
            held: A descriptor that git keeps open, and so a lock for as long as it runs.

        Raises:
            GitFailedError: when git fails, takes too long, or prints more than `OUTPUT_BYTES`.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            with subprocess.Popen(  # noqa: S603 - no shell reads the arguments
                [*_LIMITED, program(), "--literal-pathspecs", *arguments],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=self.environment,
                cwd=self.repository.absolute(),
                start_new_session=True,
                pass_fds=() if held is None else (held,),
            ) as process:
                output, complete = _output(process, seconds)
            stderr.seek(0)
            said = stderr.read(_MESSAGE_BYTES).decode("utf-8", "replace")
        if not complete:
            raise GitFailedError(f"{said}\nfatal: it took longer than {seconds:.0f} seconds")
        if process.returncode:
            raise GitFailedError(said)
        return output, said

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment in which git runs."""
        settings = {**_SETTINGS, **self.settings}
        configured = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings.items()):
            configured |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return {
            "PATH": f"{Path(program()).parent}{os.pathsep}{os.defpath}",
            "HOME": str(self.repository.absolute()),
            "LC_ALL": "C",
            "GIT_DIR": str(self.repository.absolute()),  # it runs in another folder
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": self.protocol,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15",
            **configured,
            **self.secrets,
        }


_SETTINGS: Mapping[str, str] = {
    "core.hooksPath": os.devnull,
    "core.askPass": "",
    "credential.helper": "",
    "fetch.recurseSubmodules": "no",
    "gc.autoDetach": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "maintenance.autoDetach": "false",
    "transfer.bundleURI": "false",
}


def program() -> str:
    """Return the path of git.

    Raises:
        KnowledgeConfigError: when it is not installed.
    """
    found = shutil.which("git")
    if found is None:
        raise KnowledgeConfigError("a git source needs the program git: install it")
    return found


def _output(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bool]:
    """Return what *process* prints, and whether it was allowed to end by itself."""
    assert process.stdout is not None
    killed = threading.Event()

    def kill() -> None:
        killed.set()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        output = process.stdout.read(OUTPUT_BYTES + 1)
        if len(output) > OUTPUT_BYTES:
            kill()
        process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            kill()
    return output, not killed.is_set()
