"""What is installed is pinned, by version and by the hash of each file."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pins(name: str) -> dict[str, set[str]]:
    """Return the versions that a file pins, by package; a package can have one for each Python."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"([a-z0-9-]+)==([^\s;\\]+)", line):
            found.setdefault(pin[1], set()).add(pin[2])
    return found


def test_the_lock_pins_what_the_constraints_pin() -> None:
    """`.ci/lock` writes it; a forgotten run would deploy other versions than the tested ones."""
    locked, constrained = pins("requirements.lock"), pins("constraints.txt")

    assert {
        name: versions for name, versions in locked.items() if versions <= constrained[name]
    } == (locked)


def test_every_package_of_the_lock_has_hashes() -> None:
    """pip refuses a file that is not among them."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())

    assert blocks
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.split()[0]
    assert "//" not in text


def test_the_lock_holds_all_that_the_program_needs() -> None:
    """Also what was added since it was written."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=;\[ ]", line)[0].lower() for line in project["dependencies"]}

    assert names - pins("requirements.lock").keys() == set()
