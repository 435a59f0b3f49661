"""rclone's server is used once it listens, not once its socket has a name."""

import socket
from pathlib import Path

from knowledge.sync.sources.rclone import listens


def test_a_server_listens_a_moment_after_its_socket_has_a_name(tmp_path: Path) -> None:
    address = tmp_path / "rc"
    assert not listens(address)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address))
        assert address.exists()
        assert not listens(address)
        server.listen()
        assert listens(address)
