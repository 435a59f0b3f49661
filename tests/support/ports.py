"""Ports for servers that have to be told theirs before they start."""

import random
import socket

BUS_OFFSET = 10_000
"""A node of a Redis Cluster talks with the others on its port plus this."""

_CHANCE = random.SystemRandom()  # hypothesis seeds the common one alike in every process


def free_port() -> int:
    """Return a free port of which the bus port is free, too.

    Both lie below the ports that the system gives to outgoing connections: nobody takes them
    before the server listens.
    """
    while True:
        port = _CHANCE.randrange(10_240, 22_000)
        with socket.socket() as probe, socket.socket() as bus:
            try:
                probe.bind(("127.0.0.1", port))
                bus.bind(("127.0.0.1", port + BUS_OFFSET))
            except OSError:
                continue
            return port


def is_open(port: int) -> bool:
    """Tell whether something listens on *port* of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
