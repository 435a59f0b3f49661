"""Jira as a source over jira820: a program that is not ours, after Data Center 8.20.

It knows no rights, so that the audience alone decides; the doubles have them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from knowledge.model.errors import ParseError
from knowledge.model.source_settings import JiraSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.sources.jira import JiraSource
from tests.support.ports import free_port
from tests.support.source_faults import listed
from tests.support.source_pages import parsed_page

pytest.importorskip("jira820.server", reason="jira820 is not installed: pip install '.[dev]'")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run the program; yield its address."""
    port = free_port()
    variables = {**os.environ, "JIRA820_PORT": str(port), "JIRA820_DATE": "2026-11-20"}
    with subprocess.Popen(
        [sys.executable, "-m", "jira820"],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            transport = httpx2.HTTPTransport(retries=40)  # each waits a little longer
            with httpx2.Client(transport=transport, trust_env=False) as client:
                client.get(f"http://127.0.0.1:{port}/rest/api/2/serverInfo").raise_for_status()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def rest(address: str) -> Iterator[httpx2.Client]:
    """A client of the program's own interface."""
    with httpx2.Client(base_url=f"{address}/rest/api/2", trust_env=False) as client:
        yield client


def opened(address: str, **settings: object) -> JiraSource:
    values = {"projects": ["JIRA820"], "readers": "audience", **settings}
    address_and_token = {"type": "jira", "name": "jira", "site": address, "token": "TOKEN"}
    table = JiraSettings.model_validate({**address_and_token, **values})
    return JiraSource(table, HttpClient("jira", address, {}, sleep=lambda _: None))


def test_every_issue_is_listed_once(address: str, rest: httpx2.Client) -> None:
    """As many as its own search counts, also in pages of three."""
    total = rest.get("search?jql=project%20%3D%20JIRA820&maxResults=0").json()["total"]

    found = listed(opened(address))

    assert len(found) == total > 20
    assert all(file.url.startswith(f"{address}/browse/JIRA820-") for file in found.values())


def test_an_issue_is_written_changed_and_deleted(address: str, rest: httpx2.Client) -> None:
    """With its wiki markup as the program renders it, and its comment."""
    fields = {
        "project": {"key": "JIRA820"},
        "issuetype": {"name": "Task"},
        "summary": "VPN の再接続",
        "description": "h2. Steps\n\n* Restart *twice*\n* 電源を入れ直す",
    }
    key = rest.post("issue", json={"fields": fields}).json()["key"]
    rest.post(
        f"issue/{key}/comment", json={"body": "audience: #hr\n\nIt works now."}
    ).raise_for_status()
    source = opened(address)
    (before,) = (file for file in source.files() if file.name == f"{key}.html")

    parsed = parsed_page(source, before)
    text = "\n".join(section.text for section in parsed.sections)
    rest.delete(f"issue/{key}").raise_for_status()

    assert parsed.title == f"{key} VPN の再接続"
    for shown in ("Restart", "電源を入れ直す", "It works now."):
        assert shown in text
    assert "h2." not in text
    assert before.document_id not in listed(source)
    with pytest.raises(ParseError, match="no longer exists"):
        source.read(before)


def test_a_condition_in_its_own_words(address: str) -> None:
    """`jql` is evaluated by the program."""
    done = listed(opened(address, jql="statusCategory = Done"))
    rest = listed(opened(address, jql="statusCategory != Done"))

    assert done
    assert rest
    assert not done.keys() & rest.keys()
    assert done.keys() | rest.keys() == listed(opened(address)).keys()
