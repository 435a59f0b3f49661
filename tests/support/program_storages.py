"""The storages that other programs serve on this machine, by their names."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.cloud_storages import running_azurite, running_gcs
from tests.support.file_servers import (
    running_apache,
    running_samba,
    running_sshd,
    running_vsftpd,
)
from tests.support.storages import Storage, running_sftp

STORAGES: Mapping[str, Callable[[Path], AbstractContextManager[Storage]]] = {
    "sftp": running_sftp,
    "samba": lambda _: running_samba(),
    "apache": lambda _: running_apache(),
    "openssh": lambda _: running_sshd(),
    "vsftpd": lambda _: running_vsftpd(),
    "google": lambda _: running_gcs(),
    "azure": running_azurite,
}
"""Each is called with an empty folder, and skips the test where its program is not installed."""
