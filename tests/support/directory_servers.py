"""Doubles of the services that know groups: HTTP on this machine, in the shapes they document.

They refuse what the service would refuse: a call without a token that they gave, a parameter that
is not documented, a grant that is not signed.
"""

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.exchanges import note

Reply = tuple[int, Any, Mapping[str, str]]

PAGE = 2
"""Items of a page, whatever is asked for: services may give fewer than that."""


@dataclass
class People:
    """People and groups as a service knows them.

    Attributes:
        mails: The address of each account, by its id.
        groups: The members of each group, by its id: ids of accounts and of other groups.
        disabled: Accounts that may not sign in.
        failing: Status of the next replies, and their headers.
        fail_at: Number of the call at which they begin.
        are_used_up: Whether no more look-ups of people are answered for now, as Google says it.
        calls: What was asked.
    """

    mails: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    failing: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    fail_at: int = 0
    are_used_up: bool = False
    calls: list[str] = field(default_factory=list)

    def direct(self, member: str) -> list[str]:
        """Return the groups that *member* is in itself."""
        return sorted(id_ for id_, members in self.groups.items() if member in members)

    def transitive(self, member: str) -> list[str]:
        """Return all groups that *member* is in."""
        found, new = set[str](), set(self.direct(member))
        while new:
            found |= new
            new = {above for one in new for above in self.direct(one)} - found
        return sorted(found)


class ServiceDouble:
    """A service over *people*; subclasses answer."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.url = ""
        self.tokens = set[str]()

    def reply(self, method: str, path: str, asked: Mapping[str, str], call: "Call") -> Reply:
        raise NotImplementedError

    def token(self) -> Reply:
        """Give a token."""
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}, {}

    def allowed(self, call: "Call", *names: str) -> bool:
        """Tell whether a call has a token, and no parameter but *names*."""
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        return token in self.tokens and set(call.asked) <= set(names)


@dataclass
class Call:
    """One call."""

    headers: Mapping[str, str]
    asked: Mapping[str, str]
    form: Mapping[str, str]


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class GoogleDouble(ServiceDouble):
    """`groups.list` of the Admin SDK, and the token endpoint for service accounts."""

    def __init__(self, people: People) -> None:
        super().__init__(people)
        key = _key()
        self._public = key.public_key()
        self.private_key = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def credentials(self) -> str:
        """Return the JSON key of the service account."""
        return json.dumps(
            {
                "type": "service_account",
                "client_email": "kotae@project.example",
                "private_key": self.private_key,
                "private_key_id": "k1",
                "token_uri": f"{self.url}/token",
            }
        )

    def reply(self, method: str, path: str, asked: Mapping[str, str], call: Call) -> Reply:
        if (method, path) == ("POST", "/token"):
            told = jwt.decode(
                call.form["assertion"], self._public, ["RS256"], audience=f"{self.url}/token"
            )
            right = told["iss"] == "kotae@project.example" and told["sub"] == "admin@example.com"
            scope = "https://www.googleapis.com/auth/admin.directory.group.readonly"
            if not right or told["scope"] != scope:
                return 401, {"error": "unauthorized_client"}, {}
            return self.token()
        if path != "/admin/directory/v1/groups" or not self.allowed(
            call, "userKey", "customer", "maxResults", "pageToken"
        ):
            return 401, {"error": {"code": 401}}, {}
        return self._listed(asked)

    def _listed(self, asked: Mapping[str, str]) -> Reply:
        ids = sorted(self.people.groups)
        if (key := asked.get("userKey")) and self.people.are_used_up:
            reason = {"domain": "usageLimits", "reason": "userRateLimitExceeded"}
            return 403, {"error": {"code": 403, "errors": [reason]}}, {}
        if key:
            addresses = self.people.mails | {id_: f"{id_}@example.com" for id_ in ids}
            members = [id_ for id_, mail in addresses.items() if mail.lower() == key.lower()]
            if not members:
                return 404, {"error": {"code": 404, "message": "Resource Not Found: userKey"}}, {}
            if key.endswith("@elsewhere.example"):
                return 403, {"error": {"code": 403, "message": "Not Authorized"}}, {}
            ids = self.people.direct(members[0])
        elif asked.get("customer") != "my_customer":
            return 400, {"error": {"code": 400, "message": "Bad Request"}}, {}
        start = int(asked.get("pageToken", "0"))
        page: dict[str, Any] = {"kind": "admin#directory#groups"}
        if shown := ids[start : start + PAGE]:
            page["groups"] = [
                {"id": id_, "email": f"{id_}@example.com", "name": "Staff"} for id_ in shown
            ]
        if start + PAGE < len(ids):
            page["nextPageToken"] = str(start + PAGE)
        return 200, page, {}


class EntraDouble(ServiceDouble):
    """`/users`, `/groups` and `transitiveMemberOf` of Graph, and the token endpoint."""

    def reply(self, method: str, path: str, asked: Mapping[str, str], call: Call) -> Reply:
        if (method, path) == ("POST", "/tenant-1/oauth2/v2.0/token"):
            right = {
                "grant_type": "client_credentials",
                "client_id": "app-1",
                "client_secret": "entra-secret",
                "scope": f"{self.url}/.default",
            }
            return self.token() if call.form == right else (401, {"error": "invalid_client"}, {})
        if not self.allowed(call, "$filter", "$select", "$top", "$skiptoken"):
            return 401, {"error": {"code": "InvalidAuthenticationToken"}}, {}
        match path.removeprefix("/v1.0/").split("/"):
            case ["users"]:
                return self._users(asked)
            case ["groups"]:
                return 200, {"value": [{"id": "g", "mail": None}]}, {}
            case ["users", user, "transitiveMemberOf"]:
                return self._member_of(unquote(user), int(asked.get("$skiptoken", "0")))
        return 404, {"error": {"code": "ResourceNotFound"}}, {}

    def _users(self, asked: Mapping[str, str]) -> Reply:
        people = self.people
        wanted = asked.get("$filter")
        found = [
            {
                "id": id_,
                "mail": mail,
                "userPrincipalName": mail,
                "accountEnabled": id_ not in people.disabled,
            }
            for id_, mail in people.mails.items()
            if wanted is None or wanted.lower() == _either(mail).lower()  # `eq` knows no case
        ]
        return 200, {"value": found}, {}

    def _member_of(self, user: str, start: int) -> Reply:
        ids = self.people.transitive(user)
        value: list[dict[str, Any]] = [
            {"@odata.type": "#microsoft.graph.group", "id": id_, "mail": f"{id_}@example.com"}
            for id_ in ids[start : start + PAGE]
        ]
        value.append({"@odata.type": "#microsoft.graph.directoryRole", "id": "role", "mail": None})
        page: dict[str, Any] = {"value": value}
        if start + PAGE < len(ids):
            skip = f"$select=id,mail&$top=999&$skiptoken={start + PAGE}"
            page["@odata.nextLink"] = f"{self.url}/v1.0/users/{user}/transitiveMemberOf?{skip}"
        return 200, page, {}


class JiraDouble(ServiceDouble):
    """User search and groups of Jira: Cloud's version 3, or version 2 of Data Center.

    A search also finds accounts whose name or address merely begins with what is asked.
    """

    def __init__(self, people: People, *, cloud: bool) -> None:
        super().__init__(people)
        self.cloud = cloud
        self.called = "Jira Cloud" if cloud else "Jira Data Center"
        self.hidden = set[str]()

    def reply(self, method: str, path: str, asked: Mapping[str, str], call: Call) -> Reply:
        # base64 of "robot@example.com:jira-secret"
        basic = "Basic cm9ib3RAZXhhbXBsZS5jb206amlyYS1zZWNyZXQ="
        if call.headers.get("Authorization") != (basic if self.cloud else "Bearer jira-secret"):
            return 401, {"message": "Unauthorized"}, {}
        version = "/rest/api/3" if self.cloud else "/rest/api/2"
        match path.removeprefix(version):
            case "/myself":
                return 200, self._user("robot", "robot@example.com"), {}
            case "/user/search":
                query = asked["query" if self.cloud else "username"]
                found = [
                    self._user(id_, mail)
                    for id_, mail in self.people.mails.items()
                    if mail.lower().startswith(query.lower())
                ]
                return 200, [*found, self._user("liar", "", query)], {}
            case "/user/groups" if self.cloud:
                ids = self.people.transitive(asked["accountId"])
                return 200, [{"name": f"name of {i}", "groupId": i, "self": ""} for i in ids], {}
            case "/user" if not self.cloud and asked.get("expand") == "groups":
                ids = self.people.transitive(asked["username"])
                items = [{"name": id_, "self": ""} for id_ in ids]
                told = self._user(asked["username"], self.people.mails[asked["username"]])
                return 200, told | {"groups": {"size": len(ids), "items": items}}, {}
        return 404, {"errorMessages": ["not found"]}, {}

    def _user(self, id_: str, mail: str, shown_as: str = "") -> dict[str, Any]:
        told: dict[str, Any] = {
            "displayName": shown_as or id_,
            "active": id_ not in self.people.disabled,
        }
        if not self.cloud or id_ not in self.hidden:
            told["emailAddress"] = mail
        if self.cloud:
            return told | {"accountId": id_, "accountType": "atlassian"}
        return told | {"name": id_, "key": id_}


def _either(mail: str) -> str:
    quoted = mail.replace("'", "''")
    return f"mail eq '{quoted}' or userPrincipalName eq '{quoted}'"


@contextmanager
def serving(double: ServiceDouble) -> Iterator[str]:
    """Serve *double* on this machine; return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield double.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(double: ServiceDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # a reply goes out as a whole, so that nobody waits for the rest

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            asked = _first(parts.query)
            double.people.calls.append(f"{self.command} {parts.path}")
            people = double.people
            if people.failing and len(people.calls) > people.fail_at:
                status, headers = people.failing.pop(0)
                self._send(status, {}, headers)
                return
            call = Call(dict(self.headers), asked, _first(body))
            status, told, stated = double.reply(self.command, parts.path, asked, call)
            note(double, self.command, self.path, body.encode(), status, told)
            self._send(status, told, stated)

        def _send(self, status: int, told: Any, headers: Mapping[str, str]) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
