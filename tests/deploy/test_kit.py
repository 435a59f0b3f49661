"""The deployment kit: what its own tools say of it, and what matters to whoever runs it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from bot.cli import commands
from bot.settings.settings import Settings, names
from tests.deploy.tools import (
    KIT,
    ROOT,
    docker_compose,
    hadolint,
    helm,
    kubernetes_schema,
    run,
)

REDIRECT = "https://kotae.example.com/slack/oauth_redirect"
CHART = KIT / "helm" / "kotae"
UNITS = sorted((KIT / "systemd").glob("*.service"))
VALUES = {
    "one pod": (),
    "workers": ("workers.replicas=3", "redis.inSecret=true", "documents.existingClaim=handbook"),
    "http": ("mode=http", "workers.replicas=1", "redis.inSecret=true"),
    "workspaces": (
        *("mode=oauth", "workers.replicas=1", "redis.inSecret=true", "backup.enabled=true"),
        *("backup.existingClaim=elsewhere", f"settings.SLACK_REDIRECT_URL={REDIRECT}"),
    ),
    "backup": ("backup.enabled=true", "backup.existingClaim=elsewhere"),
    "own volume": ("persistence.existingClaim=mine", "networkPolicy.enabled=false"),
}
SECRET = re.compile(r"xox[bap]-\w|xapp-\w|sk-\w{8}|://[^\s/:@]+:[^\s@]+@")
SECRETS = [
    name.upper()
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation) and name != "redis_url"
]
"""Settings that are secret whatever they are; the address of Redis may have a password."""

FOREIGN = {
    "KOTAE_BACKUPS",
    "KOTAE_IMAGE",
    "KOTAE_EXTRAS",
    "KOTAE_PACKAGES",
    "KOTAE_DOCUMENTS",
    "KOTAE_PORT",
    "KOTAE_WORKSPACES",
}
"""Variables of the compose file itself."""


def compose() -> dict[str, Any]:
    """Return the compose file."""
    found: dict[str, Any] = yaml.safe_load((KIT / "compose.yaml").read_text("utf-8"))
    return found


def own_services() -> dict[str, dict[str, Any]]:
    """Return the services that run Kotae."""
    return {
        name: one for name, one in compose()["services"].items() if name not in {"redis", "qdrant"}
    }


def rendered(*values: str) -> list[dict[str, Any]]:
    """Return what the chart makes of *values*, as helm renders it."""
    chosen = [word for value in values for word in ("--set", value)]
    done = run(helm(), "template", "team", CHART, *chosen)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def pods(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the specs of all pods."""
    for one in objects:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield spec["template"]["spec"]


def known(words: list[str]) -> bool:
    """Tell whether *words* begin with a command of Kotae that has the options that follow."""
    command: click.Command = commands
    rest = list(words)
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts}
    return not isinstance(command, click.Group) and {
        word.partition("=")[0] for word in rest if word.startswith("-")
    } <= options | {"--help"}


def test_the_dockerfile_is_clean() -> None:
    done = run(hadolint(), "Dockerfile")

    assert (done.returncode, done.stdout) == (0, "")


def test_docker_compose_reads_the_compose_file(tmp_path: Path) -> None:
    """Against the schema of the Compose specification, with every profile."""
    (tmp_path / "kotae.env").write_text("SLACK_BOT_TOKEN=$a$b\n")
    file = tmp_path / "compose.yaml"
    shutil.copy(KIT / "compose.yaml", file)

    done = run(docker_compose(), "-f", file, "--profile", "*", "config", "--format", "json")

    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    assert set(services) == set(compose()["services"])
    # Doubled in the output, so that it can be read again.
    assert services["bot"]["environment"]["SLACK_BOT_TOKEN"] == "$$a$$b"


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_chart_renders_valid_objects(values: tuple[str, ...]) -> None:
    objects = rendered(*values)

    assert {"Deployment", "ConfigMap"} <= {one["kind"] for one in objects}
    for one in objects:
        schema = kubernetes_schema(one["kind"], one["apiVersion"])
        assert list(jsonschema.Draft202012Validator(schema).iter_errors(one)) == []


def test_helm_has_no_complaint_about_the_chart() -> None:
    done = run(helm(), "lint", "--strict", CHART)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("workers.replicas=2", "REDIS_URL"),
        ("settings.OPENAI_API_KEY=sk-1", "invalid propertyName 'OPENAI_API_KEY'"),
        ("settings.REDIS_URL=redis://u:p@h", "invalid propertyName 'REDIS_URL'"),
        ("settings.DATA_DIR=/x", "invalid propertyName 'DATA_DIR'"),
        ("backup.enabled=true", "backup.existingClaim"),
        ("mode=smoke", "/mode"),
        ("mode=oauth", "settings.SLACK_REDIRECT_URL"),
        ("settings.INSTALLATION_KEY=k", "invalid propertyName 'INSTALLATION_KEY'"),
        ("worker.replicas=2", "additional properties 'worker'"),
    ],
)
def test_the_chart_refuses_what_would_not_work(value: str, told: str) -> None:
    """Workers without a common Redis, a token in a values file, a misspelt value."""
    done = run(helm(), "template", "team", CHART, "--set", value)

    assert done.returncode != 0
    assert told in done.stderr


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_pods_have_no_rights_and_one_node(values: tuple[str, ...]) -> None:
    """What they share is on one disk, so they are on one node; nothing runs as root."""
    found = list(pods(rendered(*values)))

    assert found
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        terms = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert [term["topologyKey"] for term in terms] == ["kubernetes.io/hostname"]
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert container["envFrom"] == [{"secretRef": {"name": "kotae"}}]


def test_by_default_one_pod_does_everything() -> None:
    objects = rendered()
    deployments = [one for one in objects if one["kind"] == "Deployment"]

    assert [one["spec"]["replicas"] for one in deployments] == [1]
    assert deployments[0]["spec"]["strategy"] == {"type": "Recreate"}
    (container,) = next(pods(objects))["containers"]
    assert container["args"] == ["serve"]


def test_several_workspaces_are_heard_by_http_and_have_documents_of_their_own() -> None:
    """Nothing is indexed for all of them, and nobody gets the documents of the deployment."""
    objects = rendered(*VALUES["workspaces"])
    specs = list(pods(objects))
    (service,) = [one for one in objects if one["kind"] == "Service"]
    assert service["spec"]["ports"][0]["port"] == 3000
    assert all(not pod.get("initContainers") for pod in specs)
    for pod in specs:
        set_ = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
        assert "KNOWLEDGE_CONFIG" not in set_
        assert set_["SLACK_REDIRECT_URL"] == REDIRECT
    (bot,) = [pod for pod in specs if pod["containers"][0]["name"] == "bot"]
    assert bot["containers"][0]["readinessProbe"]["httpGet"]["port"] == "metrics"


@pytest.mark.parametrize("broken", ["", "T0000BAD"])
def test_each_workspace_has_a_backup_of_its_own(tmp_path: Path, broken: str) -> None:
    """What the job runs, with a program in place of Kotae; one that fails stops no other."""
    (job,) = [one for one in rendered(*VALUES["workspaces"]) if one["kind"] == "CronJob"]
    (container,) = next(pods([job]))["containers"]
    for team in ("T0000BAD", "T0123ABCD"):
        (tmp_path / "data" / "workspaces" / team).mkdir(parents=True)
    stand_in = tmp_path / "kotae"
    stand_in.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ntest -z "{broken}" || test "$2" != "{broken}"\n'
    )
    stand_in.chmod(0o755)
    command = [word.replace("/backups", str(tmp_path / "backups")) for word in container["command"]]
    places = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(command, env=places, check=False)

    backups = tmp_path / "backups"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"backup {backups}/deployment --keep 14",
        *(
            f"--workspace {team} backup {backups}/{team} --keep 14"
            for team in ("T0000BAD", "T0123ABCD")
        ),
    ]
    assert all((backups / name).is_dir() for name in ("deployment", "T0000BAD", "T0123ABCD"))
    assert done.returncode == (1 if broken else 0)


def test_docker_compose_reads_the_file_for_several_workspaces(tmp_path: Path) -> None:
    """Each process that works for them sees their folder, and no common `knowledge.toml`."""
    (tmp_path / "kotae.env").write_text("SLACK_CLIENT_ID=1.2\n")
    files = [tmp_path / name for name in ("compose.yaml", "compose.workspaces.yaml")]
    for file in files:
        shutil.copy(KIT / file.name, file)
    named = [word for file in files for word in ("-f", file)]
    done = run(docker_compose(), *named, "--profile", "*", "config", "--format", "json")

    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    for name in own_services():
        targets = {one["target"] for one in services[name]["volumes"]}
        assert {"/data", "/data/workspaces"} <= targets
        assert services[name]["environment"]["KNOWLEDGE_CONFIG"] == ""
        assert services[name]["user"] == "10001:10001"


def test_containers_run_as_nobody() -> None:
    """In the image, and in the compose file even if another image is named there."""
    lines = (KIT / "Dockerfile").read_text("utf-8").splitlines()
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert [line for line in last_stage if line.startswith("USER ")] == ["USER 10001:10001"]

    for service in compose()["services"].values():
        assert not service["user"].startswith("0")
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_nothing_but_loopback_is_published_and_redis_is_not() -> None:
    services = compose()["services"]

    assert "ports" not in services["redis"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert services["redis"]["networks"] == ["inside"]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_redis_keeps_what_it_has_said_yes_to() -> None:
    command = compose()["services"]["redis"]["command"]

    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert given["--appendonly"] == "yes"
    assert given["--maxmemory-policy"] == "noeviction"


def test_every_process_may_end_its_work() -> None:
    """25 seconds are for work in hand; then it is handed back, and Redis is told."""
    assert all(one["stop_grace_period"] == "45s" for one in own_services().values())
    for unit in UNITS:
        if "Type=oneshot" not in unit.read_text("utf-8"):
            assert "TimeoutStopSec=45" in unit.read_text("utf-8").splitlines()
            assert "KillMode=mixed" in unit.read_text("utf-8").splitlines()
    assert "terminationGracePeriodSeconds: 45" in (CHART / "templates/_helpers.tpl").read_text()


def test_no_file_holds_a_secret_or_an_address_of_packages() -> None:
    for path in (path for path in KIT.rglob("*") if path.is_file()):
        text = path.read_text("utf-8")
        assert not SECRET.search(text), path
        assert "--index-url" not in text, path
        assert "pypi" not in text.lower(), path
        for name in SECRETS:
            assert not re.search(rf"{name}[\"']?\s*[:=]\s*[\"']?\w", text), (path, name)


def test_every_setting_that_the_kit_names_exists() -> None:
    settings = set(names())
    for service in own_services().values():
        assert set(service["environment"]) <= settings
    dockerfile = (KIT / "Dockerfile").read_text("utf-8")
    (block,) = re.findall(r"^ENV PATH.*?(?<!\\)$", dockerfile, re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"([A-Z_]+)=", block)) - {"PATH", "PYTHONDONTWRITEBYTECODE"}
    assert told <= settings
    used = set(re.findall(r"\$\{(\w+)", (KIT / "compose.yaml").read_text("utf-8")))
    assert used <= FOREIGN
    chart = (CHART / "templates/_helpers.tpl").read_text("utf-8")
    in_values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))["settings"]
    assert set(re.findall(r"- \{name: ([A-Z_]+), value", chart)) | set(in_values) <= settings


def test_every_command_that_the_kit_runs_exists() -> None:
    for service in own_services().values():
        assert known(service["command"]), service["command"]
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=\S+/kotae (.+)$", unit.read_text("utf-8"), re.MULTILINE)
        assert known(line.split()), line
    for pod in [*pods(rendered(*VALUES["workers"])), *pods(rendered(*VALUES["backup"]))]:
        for container in pod["containers"]:
            assert known(container["args"]), container["args"]
        for container in pod.get("initContainers", ()):
            assert known(re.findall(r"kotae (\w+)", " ".join(container["command"]))[:1])
    entry = re.search(r"^CMD (\[.*\])$", (KIT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert entry
    assert known(json.loads(entry[1]))


def test_the_versions_agree() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    assert f'version = "{chart["appVersion"]}"' in project


def test_the_image_gets_no_more_than_it_is_made_of() -> None:
    """No `.env`, no data folder and no document can end up in it."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (KIT / "Dockerfile").read_text(), re.MULTILINE
    )

    assert rules[0] == "*"
    assert let_in == set(" ".join(copied).split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_units_and_finds_them_confined(unit: Path, tmp_path: Path) -> None:
    """Its own rating of exposure, 0 to 10, is `OK` up to 2."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze")
    text = unit.read_text("utf-8")
    copy = tmp_path / unit.name
    copy.write_text(text.replace("/opt/kotae/bin/kotae", "/bin/true"))

    checked = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=20", copy],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, _about(unit, checked.stderr)) == (0, [])
    assert rated.returncode == 0, rated.stdout


def _about(unit: Path, complaints: str) -> list[str]:
    """Return the lines about this unit: other units of the machine are not ours."""
    name = unit.stem.rstrip("@")
    return [line for line in complaints.splitlines() if line.startswith(name)]
