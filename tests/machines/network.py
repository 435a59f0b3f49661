"""Machines with addresses of their own: Linux network namespaces, joined by a bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_NAMED = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"'
"""Runs a program under a host name of its own; it keeps the process id."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, whose name is that of its host.

    Attributes:
        namespace: Its network namespace.
        port: The end of its cable at the bridge, as a network device.
    """

    name: str
    address: str
    namespace: str
    port: str

    @property
    def within(self) -> Sequence[str]:
        """What stands before a command, with its path, so that it runs on this machine."""
        joined = [_program("ip"), "netns", "exec", self.namespace]
        return [*joined, _program("unshare"), "--uts", _program("sh"), "-c", _NAMED, self.name]

    def cut(self) -> None:
        """Pull its cable out: what is sent is lost, and nobody hears of it."""
        _run("ip", "link", "set", self.port, "down")

    def join(self) -> None:
        """Put its cable back."""
        _run("ip", "link", "set", self.port, "up")

    def drop_packets_to(self, other: "Machine") -> None:
        """Let it reach *other* no more, and everybody else."""
        _run("ip", "-n", self.namespace, "route", "add", "blackhole", f"{other.address}/32")

    def reach(self, other: "Machine") -> None:
        """Let it reach *other* again."""
        _run("ip", "-n", self.namespace, "route", "del", "blackhole", f"{other.address}/32")


class Network:
    """A bridge, and the machines at it.

    Attributes:
        address: Of this machine at the bridge.
    """

    def __init__(self) -> None:
        number = os.getpid()
        self._name = f"kt{number % 100_000}"
        self._net = f"10.77.{number % 254 + 1}"
        self._machines = list[Machine]()
        self.address = f"{self._net}.1"

    def add(self, name: str) -> Machine:
        """Add a machine."""
        number = len(self._machines) + 2
        machine = Machine(
            name, f"{self._net}.{number}", f"{self._name}-{name}", f"{self._name}v{number}"
        )
        self._machines.append(machine)
        inside = ("ip", "-n", machine.namespace)
        _run("ip", "netns", "add", machine.namespace)
        _run(
            *("ip", "link", "add", machine.port, "type", "veth"),
            *("peer", "name", "eth0", "netns", machine.namespace),
        )
        _run("ip", "link", "set", machine.port, "master", self._name, "up")
        _run(*inside, "addr", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _run(*inside, "link", "set", device, "up")
        return machine

    def open(self) -> None:
        """Make the bridge."""
        _run("ip", "link", "add", self._name, "type", "bridge")
        _run("ip", "addr", "add", f"{self.address}/24", "dev", self._name)
        _run("ip", "link", "set", self._name, "up")

    def close(self) -> None:
        """Remove all machines, and the bridge."""
        for machine in self._machines:
            with suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "del", machine.namespace)
        with suppress(subprocess.CalledProcessError):
            _run("ip", "link", "del", self._name)


@contextmanager
def network() -> Iterator[Network]:
    """Open a network for the duration of the block."""
    made = Network()
    try:
        made.open()
        yield made
    finally:
        made.close()


def why_not() -> str:
    """Return why no network namespaces can be made here, or ""."""
    missing = [name for name in ("ip", "unshare") if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} not found: Linux with iproute2 and util-linux is needed"
    try:
        with network() as made:
            machine = made.add("try")
            _run(*machine.within, _program("true"))
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines()
        return f"network namespaces cannot be made ({(reason or ['no reason'])[-1]}): run as root"
    return ""


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed"
    return found


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
