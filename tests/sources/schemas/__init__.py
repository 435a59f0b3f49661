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

_TESTS = ("test_*_source.py", "test_directory.py", "test_files_rights.py", "test_vendor_sync.py")
_ERROR = 400
_SHOWN = 200


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
    vendors = [
        one
        for one in VENDORS
        if (one.name in names or not names) and (not one.file or one.name in files)
    ]
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
        if not path.exists():
            _record(path)
        said = _read(path)
    found = [line for one in vendors for line in _checked(one, packages, said)]
    for one in VENDORS:
        if one.file and one.name not in files and (one.name in names or not names):
            click.echo(f"{one.name}: not checked: name {one.file} (--file {one.name}=PATH)")
    return found


def _record(path: Path) -> None:
    contracts = Path(__file__).parents[2] / "contracts"
    tests = sorted(str(test) for name in _TESTS for test in contracts.glob(name))
    plugin = ["-p", "tests.sources.schemas.plugin", "--exchanges", str(path)]
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "0", *plugin, *tests], check=False)


def _read(path: Path) -> list[Said]:
    lines = path.read_text("utf-8").splitlines()
    return [
        Said(**{**told, "body": base64.b64decode(told["body"])}) for told in map(json.loads, lines)
    ]


def _checked(vendor: CheckedVendor, packages: Packages, said: Sequence[Said]) -> list[str]:
    """Print a line about a vendor, and those of what does not match; return them."""
    schema = vendor.schema(packages)
    mine = [
        one for one in said if one.double in vendor.doubles and one.target.startswith(vendor.prefix)
    ]
    counts, first = Counter[Mismatch](), dict[Mismatch, str]()
    allowed, replies = Counter[str](), 0
    for one in mine:
        replies += one.status < _ERROR
        for mismatch in schema.mismatches(one):
            reason = next((a.why for a in vendor.allowances if a.covers(mismatch)), None)
            if reason is not None:
                allowed[reason] += 1
                continue
            counts[mismatch] += 1
            first.setdefault(mismatch, one.test.rpartition("::")[2])
    known = [
        packages.version(name.split("@")[0] or f"@{name[1:].split('@')[0]}")
        for name in (*vendor.npm, *vendor.pypi)
        if "typescript" not in name
    ]
    click.echo(
        f"{vendor.name}: {len(mine)} requests, {replies} replies, {len(counts)} mismatches, "
        f"{len(allowed)} allowed ({', '.join(known) or vendor.file})"
    )
    lines = [
        f"{vendor.name}: {one.side} of {one.operation}: {one.place}: {one.problem} "
        f"({count} times, first in {first[one]})"
        for one, count in counts.most_common()
    ]
    for line in lines:
        click.echo(f"  {line}")
    return lines
