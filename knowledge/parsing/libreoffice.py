"""Runs LibreOffice, where it is installed, to read the binary formats of old Office programs.

It starts anew for each file with a profile of its own: no macros, no active content, no links that
are followed, and no way into the network. It lives in the process group of its parser, and so ends
with it.
"""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from knowledge.model.errors import ParseError

SECONDS = 40.0
"""For one file, the start of the program included, which takes two to five."""

_RESTART = 81
"""Its exit code after it has made a new profile, when its launcher would start it again."""

_NOWHERE = "127.0.0.1"
_SETTINGS = (
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Writer/Content/Update", "Link", "0"),
)
_PROXY = (
    ("ooInetProxyType", "2"),
    *((f"ooInet{kind}ProxyName", _NOWHERE) for kind in ("HTTP", "HTTPS", "FTP")),
    *((f"ooInet{kind}ProxyPort", "9") for kind in ("HTTP", "HTTPS", "FTP")),
    ("ooInetNoProxy", ""),
)
_ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    "<value>{value}</value></prop></item>"
)


def convert(data: bytes, suffix: str, to: str) -> bytes:
    """Convert *data*, a file with the ending *suffix*, to the format of the ending *to*.

    Raises:
        ParseError: when LibreOffice is not installed, cannot read the file, or takes too long.
    """
    path = program()
    if path is None:
        raise ParseError(f"{suffix} files cannot be read: save it as {to}, or install LibreOffice")
    with tempfile.TemporaryDirectory(prefix="kotae-") as temporary:
        folder = Path(temporary)
        source, target = folder / f"document{suffix}", folder / "out" / f"document{to}"
        source.write_bytes(data)
        _write_profile(folder / "profile")
        command = [
            path,
            "--headless",
            "--norestore",
            "--nolockcheck",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            to.removeprefix("."),
            "--outdir",
            str(target.parent),
            str(source),
        ]
        _run(command, folder)
        if not target.is_file():
            raise ParseError(f"LibreOffice cannot read it: save it as {to}")
        return target.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    for _ in range(2):
        try:
            ran = subprocess.run(  # noqa: S603 - the program is the system's, and the file our copy
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS / 2,
                check=False,
                cwd=folder,
                env={"LANG": "C.UTF-8", "HOME": str(folder), "PATH": "/usr/bin:/bin"},
            )
        except subprocess.TimeoutExpired as error:
            raise ParseError(f"LibreOffice took longer than {SECONDS / 2:.0f} seconds") from error
        if ran.returncode != _RESTART:
            return


@cache
def program() -> str | None:
    """Return the path of LibreOffice, without its launcher, which would outlive its end."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        return None
    inner = Path(found).resolve().with_name("soffice.bin")
    return str(inner) if inner.is_file() else found


def _write_profile(profile: Path) -> None:
    items = [
        _ITEM.format(path=f"Office.{path}", name=name, value=value)
        for path, name, value in _SETTINGS
    ]
    items += [_ITEM.format(path="Inet/Settings", name=name, value=value) for name, value in _PROXY]
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        + "".join(items)
        + "</oor:items>",
        "utf-8",
    )
