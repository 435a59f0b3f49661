"""File servers that others wrote, on this machine: Samba, Apache (WebDAV), OpenSSH, vsftpd.

Each serves a folder to one account that is not root's, so that rights of files count. Each is
Debian's program with settings and accounts of its own below the folder of a test.
"""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.storages import Storage, obscured, running, wait

ACCOUNT = "daemon" if os.geteuid() == 0 else getpass.getuser()
"""Who reads the files: as root a test would read whatever it may."""

PASSWORD = "secret-Passw0rd"
_SYSTEM = f"{os.defpath}:/usr/sbin:/usr/lib/openssh"


def system_program(name: str, package: str) -> str:
    """Return the path of a program of Debian's; skip the test where it is not installed."""
    found = shutil.which(name, path=_SYSTEM)
    if not found:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder that every account may enter, as it may none of pytest's."""
    with tempfile.TemporaryDirectory(prefix="kotae-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def running_samba() -> Iterator[Storage]:
    """Serve files by SMB, with an account of its own."""
    smbd, smbpasswd = system_program("smbd", "samba"), system_program("smbpasswd", "samba")
    port = free_port()
    with _folder() as folder:
        served = _served(folder)
        for name in ("private", "state", "lock", "cache", "pid", "rpc"):
            (folder / name).mkdir(mode=0o700)
        settings = folder / "smb.conf"
        settings.write_text(_SAMBA.format(folder=folder, port=port, account=ACCOUNT))
        subprocess.run(
            [smbpasswd, "-c", str(settings), "-a", "-s", ACCOUNT],
            input=f"{PASSWORD}\n{PASSWORD}\n".encode(),
            check=True,
            capture_output=True,
        )
        command = [smbd, "--foreground", "--no-process-group", "-s", str(settings)]
        with running(command, {"HOME": str(folder)}) as process:
            wait(lambda: _accepts(port), process)
            config = (
                "[it]\ntype = smb\nhost = 127.0.0.1\nport = {port}\n"
                f"user = {ACCOUNT}\npass = {obscured(PASSWORD)}\n"
            )
            yield _storage(served, port, "it:docs", config)


_SAMBA = """[global]
server role = standalone server
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = {port}
disable netbios = yes
disable spoolss = yes
load printers = no
map to guest = never
passdb backend = tdbsam:{folder}/private/passdb.tdb
private dir = {folder}/private
state directory = {folder}/state
lock directory = {folder}/lock
cache directory = {folder}/cache
pid directory = {folder}/pid
ncalrpc dir = {folder}/rpc
logging = file
log file = {folder}/log

[docs]
path = {folder}/files
read only = no
valid users = {account}
"""


@contextmanager
def running_apache() -> Iterator[Storage]:
    """Serve files by WebDAV, with a password."""
    apache = system_program("apache2", "apache2-bin")
    port = free_port()
    with _folder() as folder:
        served = _served(folder)
        (folder / "lock").mkdir()
        hashed = subprocess.run(
            [system_program("openssl", "openssl"), "passwd", "-apr1", PASSWORD],
            check=True,
            capture_output=True,
        )
        (folder / "users").write_text(f"bot:{hashed.stdout.decode()}")
        _give(folder / "lock")
        settings = folder / "apache.conf"
        user = f"User {ACCOUNT}\nGroup {_group()}\n" if os.geteuid() == 0 else ""
        settings.write_text(user + _APACHE.format(folder=folder, port=port))
        with running([apache, "-X", "-f", str(settings)], {"HOME": str(folder)}) as process:
            wait(lambda: _accepts(port), process)
            config = (
                "[it]\ntype = webdav\nurl = http://127.0.0.1:{port}/\nvendor = other\nuser = bot\n"
                f"pass = {obscured(PASSWORD)}\n"
            )
            yield _storage(served, port, "it:", config)


_APACHE = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
Mutex posixsem
ErrorLog {folder}/log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so
LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so
DocumentRoot {folder}/files
DavLockDB {folder}/lock/dav
<Directory {folder}/files>
  Dav On
  AuthType Basic
  AuthName docs
  AuthUserFile {folder}/users
  Require valid-user
</Directory>
"""


@contextmanager
def running_sshd() -> Iterator[Storage]:
    """Serve files by OpenSSH's SFTP, with a key."""
    sshd = system_program("sshd", "openssh-server")
    keygen = system_program("ssh-keygen", "openssh-client")
    port = free_port()
    with _folder() as folder:
        served = _served(folder)
        for name in ("host", "user", "other"):
            command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        (folder / "keys").write_text((folder / "user.pub").read_text())
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks itself in
        settings = folder / "sshd.conf"
        settings.write_text(_SSHD.format(folder=folder, port=port, account=ACCOUNT))
        with running([sshd, "-D", "-e", "-f", str(settings)], {"HOME": str(folder)}) as process:
            wait(lambda: _greets(port), process)
            config = (
                "[it]\ntype = sftp\nhost = 127.0.0.1\nport = {port}\nshell_type = none\n"
                f"user = {ACCOUNT}\nkey_file = {folder}/user\n"
            )
            wrong = (f"{folder}/user", f"{folder}/other")
            yield _storage(served, port, f"it:{served}", config, wrong)


_SSHD = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers {account}
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@contextmanager
def running_vsftpd() -> Iterator[Storage]:
    """Serve files by FTP, to anybody; only root may run it."""
    vsftpd = system_program("vsftpd", "vsftpd")
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("vsftpd runs as root only")
    port = free_port()
    with _folder() as folder:
        served = _served(folder)
        (folder / "empty").mkdir()
        settings = folder / "vsftpd.conf"
        settings.write_text(_VSFTPD.format(folder=folder, port=port, account=ACCOUNT))
        settings.chmod(0o600)
        with running([vsftpd, str(settings)], {"HOME": str(folder)}) as process:
            wait(lambda: _accepts(port), process)
            config = (
                "[it]\ntype = ftp\nhost = 127.0.0.1\nport = {port}\nuser = anonymous\n"
                f"pass = {obscured(PASSWORD)}\n"
            )
            yield _storage(served, port, "it:", config, ("user = anonymous", "user = somebody"))


_VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
no_anon_password=YES
ftp_username={account}
local_enable=NO
anon_root={folder}/files
anon_world_readable_only=NO
secure_chroot_dir={folder}/empty
utf8_filesystem=YES
pasv_address=127.0.0.1
seccomp_sandbox=NO
max_per_ip=0
"""


def _served(folder: Path) -> Path:
    """Return the folder to serve, which the account owns."""
    served = (
        folder / "files"
    )  # its root stays ours: vsftpd refuses one that its account may write to
    served.mkdir()
    return served


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(ACCOUNT)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _group() -> int | str:
    return f"#{pwd.getpwnam(ACCOUNT).pw_gid}"


def _storage(
    served: Path, port: int, remote: str, config: str, wrong: tuple[str, str] | None = None
) -> Storage:
    def put(name: str, data: bytes) -> None:
        path = served / name
        missing = [one for one in path.parents if not one.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        for one in (path, *missing):
            _give(one)

    return Storage(
        port=port,
        remote=remote,
        config=config,
        put=put,
        move=lambda a, b: (served / a).rename(served / b),
        remove=lambda name: (served / name).unlink(),
        wrong=wrong or ("pass = ", f"pass = {obscured('wrong')}\n#"),
        forbid=lambda name: (served / name).chmod(0),
        allow=lambda name: (served / name).chmod(0o700),
    )


def _accepts(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _greets(port: int) -> bool:
    """Tell whether SSH answers there (RFC 4253, 4.2)."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
        return one.recv(4) == b"SSH-"
