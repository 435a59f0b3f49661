"""GitHub and GitLab sources with 10,000 issues, and listings broken off at every call."""

from typing import Protocol

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import GithubSettings, GitlabSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import FeedSource
from knowledge.sync.sources.github import GithubSource
from knowledge.sync.sources.gitlab import GitlabSource
from tests.support import github_api, gitlab_api
from tests.support.json_server import Answer, JsonServer, serving_json

ISSUES = 10_000
BROKEN_OFF = 2_000


class _Double(Protocol):
    @property
    def answer(self) -> Answer: ...


def run() -> list[str]:
    """Return what went wrong."""
    wrong = list[str]()
    for name, double, opened in (
        ("github", github_api.GithubDouble, _github),
        ("gitlab", gitlab_api.GitlabDouble, _gitlab),
    ):
        with serving_json(_filled(double(), ISSUES).answer) as server:
            wrong += _many(name, server, opened(server))
        with serving_json(_filled(double(), BROKEN_OFF).answer) as server:
            wrong += _broken_off(name, server, opened(server))
    return wrong


def _filled(double: _Double, count: int) -> _Double:
    for number in range(count):
        if isinstance(double, github_api.GithubDouble):
            double.add("issues", f"Issue {number}", "Text.")
        elif isinstance(double, gitlab_api.GitlabDouble):
            double.add(f"Issue {number}", "Text.")
    return double


def _many(name: str, server: JsonServer, source: FeedSource) -> list[str]:
    wrong = list[str]()
    cursor = source.cursor()
    server.forget()
    count, calls = len({file.document_id for file in source.files()}), len(server.requests)
    if count != ISSUES or calls > ISSUES // 100 + 3:
        wrong.append(f"{name}: {count} of {ISSUES} issues with {calls} calls")
    server.forget()
    changes = source.changes(cursor)
    if len(changes.files) > 1 or len(server.requests) > 2:
        wrong.append(f"{name}: {len(server.requests)} calls for {len(changes.files)} changes")
    return wrong


def _broken_off(name: str, server: JsonServer, source: FeedSource) -> list[str]:
    wrong, number, is_whole = list[str](), 0, False
    while not is_whole:
        number += 1
        server.forget()
        server.broken_at = number
        try:
            count = len(list(source.files()))
        except SourceError:
            continue
        is_whole = len(server.requests) < number
        if not is_whole or count != BROKEN_OFF:
            wrong.append(f"{name}: {count} issues although call {number} broke off")
    return wrong


def _stop(seconds: float) -> None:
    raise SourceError("tried once")


def _github(server: JsonServer) -> GithubSource:
    table = {"type": "github", "name": "gh", "repository": "team/wiki", "token": "T"}
    settings = GithubSettings.model_validate(table | {"site": server.address})
    headers = {"Authorization": f"Bearer {github_api.TOKEN}"}
    return GithubSource(settings, HttpClient("gh", server.address, headers, _stop))


def _gitlab(server: JsonServer) -> GitlabSource:
    table = {"type": "gitlab", "name": "gl", "project": "team/wiki", "token": "T"}
    settings = GitlabSettings.model_validate(table | {"site": server.address})
    headers = {"PRIVATE-TOKEN": gitlab_api.TOKEN}
    return GitlabSource(settings, HttpClient("gl", server.address, headers, _stop))
