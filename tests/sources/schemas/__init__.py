"""Checks the doubles of vendors, and what is asked of them, by what the vendors have published."""

import base64
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from tests.sources.schemas.packages import Packages
from tests.sources.schemas.rest import Mismatch, Said
from tests.sources.schemas.vendors import VENDORS, CheckedVendor

_TESTS = (
    *("contracts/test_*_source.py", "contracts/test_directory.py", "contracts/test_vendor_sync.py"),
    *("contracts/test_files_rights.py", "knowledge/search/test_qdrant.py"),
)
_ERROR = 400


def run() -> list[str]:
    """Return what broke a rule, by the schemas that packages hold."""
    return check((), {}, None)


def check(names: Sequence[str], files: Mapping[str, Path], exchanges: Path | None) -> list[str]:
    """Print what was checked; return what does not match.

    Args:
        names: The vendors; all by default.
        files: Documents that no package holds, by vendor.
        exchanges: Where is written down what was said; nowhere by default.
    """
    wanted = [one for one in VENDORS if one.name in names or not names]
    vendors = [one for one in wanted if not one.file or one.name in files]
    packages = Packages(dict(files))
    try:
        packages.install(
            sorted({name for one in vendors for name in one.npm}),
            sorted({name for one in vendors for name in one.pypi}),
        )
    except RuntimeError as error:
        click.echo(f"nothing was checked: {error}")
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = exchanges or Path(folder) / "exchanges"
        failed = [] if path.exists() else _record(path)
        said = _read(path)
    found = [line for one in vendors for line in _checked(one, packages, said)]
    for one in wanted:
        if one not in vendors:
            click.echo(f"{one.name}: not checked, name {one.file}: --file {one.name}=PATH")
    return failed + found


def _record(path: Path) -> list[str]:
    """Run the tests, and write down what is said; return that they failed."""
    folder = Path(__file__).parents[2]
    tests = sorted(str(test) for pattern in _TESTS for test in folder.glob(pattern))
    plugin = ["-p", "tests.sources.schemas.plugin", "--exchanges", str(path)]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", *plugin, *tests]
    done = subprocess.run(command, cwd=folder.parent, check=False)
    return ["the tests failed"] if done.returncode else []


def _read(path: Path) -> list[Said]:
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [Said(**{**told, "body": base64.b64decode(told["body"])}) for told in lines]


def _checked(vendor: CheckedVendor, packages: Packages, said: Sequence[Said]) -> list[str]:
    """Print a line about a vendor, and those of what does not match; return them."""
    schema = vendor.schema(packages)
    mine = [
        one for one in said if one.double in vendor.doubles and one.target.startswith(vendor.prefix)
    ]
    counts, first = Counter[Mismatch](), dict[Mismatch, str]()
    allowed = set[str]()
    for one in mine:
        for mismatch in schema.mismatches(one):
            reason = next((a.why for a in vendor.allowances if a.covers(mismatch)), None)
            if reason is not None:
                allowed.add(reason)
            else:
                counts[mismatch] += 1
                first.setdefault(mismatch, one.test.rpartition("::")[2])
    lines = [
        f"{vendor.name}: {one.side} of {one.operation}: {one.place}: {one.problem} "
        f"({count} times, first in {first[one]})"
        for one, count in counts.most_common()
    ]
    if not mine:
        lines.append(f"{vendor.name}: nothing was said")
    replies = sum(one.status < _ERROR for one in mine)
    click.echo(
        f"{vendor.name} ({_origin(vendor, packages)}): {len(mine)} requests, {replies} replies, "
        f"{len(lines)} mismatches"
    )
    for reason in sorted(allowed):
        click.echo(f"  allowed: {reason}")
    for line in lines:
        click.echo(f"  {line}")
    return lines


def _origin(vendor: CheckedVendor, packages: Packages) -> str:
    """Return where the schema of a vendor comes from."""
    names = [name for name in (*vendor.npm, *vendor.pypi) if not name.startswith("typescript")]
    return ", ".join(map(packages.version, names)) or vendor.file
