"""A real mail server for tests: Debian's Dovecot, with settings and mail of its own."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.vendor_proxy import Authority

_SECONDS = 30.0
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{authority}/host.pem
ssl_key = <{authority}/host.key
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail:LAYOUT=fs
mail_max_userip_connections = 100
imap_capability = {capability}
first_valid_uid = 1
passdb {{
  driver = static
  args = user=keiko password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

PASSWORD = "app-password"


@dataclass(frozen=True)
class Dovecot:
    """A running server: its folder of mail, and its ports."""

    folder: Path
    plain: int
    tls: int
    authority: Authority

    def client(self) -> imaplib.IMAP4:
        """Return a client that may change the mailbox."""
        client = imaplib.IMAP4("127.0.0.1", self.plain, timeout=_SECONDS)
        client.login("keiko", PASSWORD)
        return client


@contextmanager
def running_dovecot(folder: Path, authority: Authority, capability: str = "") -> Iterator[Dovecot]:
    """Run Dovecot without the rights of root; skip the test where it is not installed.

    Args:
        folder: Where its files are; its path must be short, and readable for `nobody`.
        authority: With a certificate for 127.0.0.1.
        capability: What it says that it can, if not all.
    """
    program = shutil.which("dovecot", path=f"{os.defpath}:/usr/sbin")
    if not program:
        pytest.skip("dovecot is not installed")
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    owner = pwd.getpwnam(user)
    for name in ("run", "state", "mail"):
        (folder / name).mkdir(parents=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    server = Dovecot(folder, free_port(), free_port(), authority)
    settings = _SETTINGS.format(
        folder=folder,
        authority=authority.folder,
        user=user,
        group=grp.getgrgid(owner.pw_gid).gr_name,
        password=PASSWORD,
        plain=server.plain,
        tls=server.tls,
        capability=capability,
    )
    (folder / "dovecot.conf").write_text(settings)
    process = subprocess.Popen(
        [program, "-F", "-c", str(folder / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # SIGTERM takes two seconds
        process.wait()


def _wait(server: Dovecot) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.plain), 1) as one:
            if one.recv(4) == b"* OK":
                return
        time.sleep(0.02)
    raise AssertionError((server.folder / "log").read_text())
