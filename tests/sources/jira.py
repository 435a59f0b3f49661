"""Jira at length: 10,000 issues, and a sync that is broken at every call."""

from knowledge.model.source_settings import JiraSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.sources.jira import JiraSource
from tests.support.confluence_double import CLOUD, DATA_CENTER, USER
from tests.support.jira_double import JiraDouble
from tests.support.source_faults import broken_everywhere, listed

ISSUES = 10_000
MOST_CALLS = 5 + ISSUES // 99


def run() -> list[str]:
    """Return what is wrong."""
    return [text for authorization in (CLOUD, DATA_CENTER) for text in _site(authorization)]


def _site(authorization: str) -> list[str]:
    kind = "cloud" if authorization == CLOUD else "data center"
    wrong = []
    many = JiraDouble(authorization, page=100)
    many.project("ENG")
    for number in range(ISSUES):
        many.add("ENG", f"Issue {number}")
    with many.serving() as address:
        source = _open(many, address)
        before = listed(source)
        many.calls.clear()
        if len(before) != ISSUES or listed(source) != before:
            wrong.append(f"{kind}: {len(before)} of {ISSUES} issues, or not the same again")
        if len(many.calls) > MOST_CALLS:
            wrong.append(f"{kind}: {len(many.calls)} calls for {ISSUES} unchanged issues")
    few = JiraDouble(authorization, page=20)
    few.project("ENG", {"type": "projectRole", "parameter": "1"})
    few.roles["1"] = [{"name": "devs", "actorGroup": {"name": "devs"}}]
    few.levels["10"] = [{"type": "group", "parameter": "secret"}]
    for number in range(500):
        few.add("ENG", f"Issue {number}", level="10" if number % 5 == 0 else "")
    with few.serving() as address:
        wrong += [f"{kind}: {text}" for text in broken_everywhere(few, lambda: _open(few, address))]
    return wrong


def _open(double: JiraDouble, address: str) -> JiraSource:
    settings = JiraSettings(
        type="jira",
        name="jira",
        site=address,
        projects=["ENG"],
        token="TOKEN",
        user=USER if double.authorization == CLOUD else "",
    )
    headers = {"Authorization": double.authorization}
    return JiraSource(settings, HttpClient("jira", address, headers, lambda _: None))
