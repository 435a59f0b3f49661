"""The vendors whose doubles are checked, and where their schemas come from."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sources.schemas.discovery import DiscoverySchema
from tests.sources.schemas.graph_ql import GraphqlSchema
from tests.sources.schemas.openapi import openapi_schema
from tests.sources.schemas.packages import Packages
from tests.sources.schemas.rest import Mismatch, VendorSchema
from tests.sources.schemas.typescript import TypedOperation, typed_schema
from tests.sources.schemas.zod import zod_schema

T = TypedOperation


def _named(name: str) -> frozenset[str]:
    return frozenset({name})


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a double may do although a schema does not say so, as the vendor's documentation does.

    Attributes:
        place: A pattern of the operation, a space, and the place in the request or the reply.
        why: Where it is documented.
    """

    place: str
    problem: str
    why: str

    def covers(self, mismatch: Mismatch) -> bool:
        """Tell whether this allows a mismatch."""
        where = f"{mismatch.operation} {mismatch.place}"
        found = re.fullmatch(self.place, where) and re.search(self.problem, mismatch.problem)
        return bool(found)


@dataclass(frozen=True, slots=True)
class CheckedVendor:
    """A part of a vendor's interface, and its schema.

    Attributes:
        doubles: Names of the classes that stand for it.
        prefix: What the paths begin with.
        packages: Those of npm and of PyPI that hold the schema.
        file: What document to name, if no package holds it.
    """

    name: str
    doubles: frozenset[str]
    prefix: str
    schema: Callable[[Packages], VendorSchema]
    npm: Sequence[str] = ()
    pypi: Sequence[str] = ()
    file: str = ""
    allowances: Sequence[Allowance] = field(default_factory=tuple)


def _github(packages: Packages) -> VendorSchema:
    return GraphqlSchema(packages.npm("@octokit/graphql-schema") / "schema.graphql")


def _google(document: str) -> Callable[[Packages], VendorSchema]:
    member = f"googleapiclient/discovery_cache/documents/{document}.json"
    return lambda packages: DiscoverySchema(packages.pypi("google-api-python-client", member)[0])


def _notion(packages: Packages) -> VendorSchema:
    pages = "Array<n.PageObjectResponse | n.DataSourceObjectResponse>"
    blocks = "Array<n.BlockObjectResponse>"
    return typed_schema(
        packages.folder,
        'import type * as n from "@notionhq/client";',
        [
            T(
                "POST",
                "/v1/search",
                body="n.SearchParameters",
                reply=f'Omit<n.SearchResponse, "results"> & {{ results: {pages} }}',
                known_as="search",
            ),
            T(
                "POST",
                "/v1/data_sources/{data_source_id}/query",
                query='Pick<n.QueryDataSourceParameters, "filter_properties">',
                body='Omit<n.QueryDataSourceParameters, "filter_properties">',
                reply=f'Omit<n.QueryDataSourceResponse, "results"> & {{ results: {pages} }}',
                known_as="data_sources/{}/query",
            ),
            T(
                "GET",
                "/v1/pages/{page_id}",
                query="n.GetPageParameters",
                reply="n.PageObjectResponse",
                known_as="pages/{}",
            ),
            T(
                "GET",
                "/v1/blocks/{block_id}/children",
                query="n.ListBlockChildrenParameters",
                reply=f'Omit<n.ListBlockChildrenResponse, "results"> & {{ results: {blocks} }}',
                known_as="blocks/{}/children",
            ),
        ],
        sorted((packages.npm("@notionhq/client") / "build/src/api-endpoints").glob("*.js")),
    )


def _backlog(packages: Packages) -> VendorSchema:
    def read(path: str, query: str = "", reply: str = "") -> TypedOperation:
        return T("GET", f"/api/v2/{path}", query, reply=reply, known_as=path)

    return typed_schema(
        packages.folder,
        'import type { Entity, Option } from "backlog-js";',
        [
            read("projects/{key}", reply="Entity.Project.Project"),
            read("projects/{key}/users", reply="Entity.User.User[]"),
            read("wikis", "Option.Wiki.GetWikiParams", "Entity.Wiki.WikiListItem[]"),
            read("wikis/{id}", reply="Entity.Wiki.Wiki"),
            read("issues", "Option.Issue.GetIssuesParams", "Entity.Issue.Issue[]"),
            read("issues/count", "Option.Issue.GetIssuesParams", "Entity.Issue.IssueCount"),
            read("issues/{key}", "Option.Issue.GetIssueParams", "Entity.Issue.Issue"),
            read(
                "issues/{key}/comments",
                "Option.Issue.GetIssueCommentsParams",
                "Entity.Issue.Comment[]",
            ),
            read("issues/{key}/attachments/{id}"),
            read("documents", "Option.Document.GetDocumentsParams", "Entity.Document.Document[]"),
            read("documents/{id}", reply="Entity.Document.Document"),
            read("documents/{id}/attachments/{file}"),
        ],
        [packages.npm("backlog-js") / "dist/index.mjs"],
        ignored=frozenset({"apiKey"}),
    )


def _esa(packages: Packages) -> VendorSchema:
    def read(path: str, operation: str) -> TypedOperation:
        return T(
            "GET",
            path,
            f'NonNullable<paths["{operation}"]["get"]["parameters"]["query"]>',
            reply=f'paths["{operation}"]["get"]["responses"][200]["content"]["application/json"]',
        )

    types = packages.files["esa"].resolve().with_suffix("")
    return typed_schema(
        packages.folder,
        f'import type {{ paths }} from "{types}";',
        [
            read("/v1/teams/{team}/posts", "/v1/teams/{team_name}/posts"),
            read("/v1/teams/{team}/posts/{number}", "/v1/teams/{team_name}/posts/{post_number}"),
        ],
    )


def _openapi(name: str, prefix: str | None = None) -> Callable[[Packages], VendorSchema]:
    return lambda packages: openapi_schema(packages.files[name], prefix=prefix)


def _graph(packages: Packages) -> VendorSchema:
    """Return Graph's schema: paths and parameters of one package, types of another."""
    builders = {
        "users.users": "GET User[]",
        "users.item.transitive_member_of.transitive_member_of": "GET DirectoryObject[]",
        "groups.groups": "GET Group[]",
        "drives.item.root.root": "GET DriveItem",
        "drives.item.items.item.drive_item_item": "GET DriveItem",
        "drives.item.items.item.children.children": "GET DriveItem[]",
        "drives.item.items.item.permissions.permissions": "GET Permission[]",
        "drives.item.items.item.content.content": "GET",
    }
    members = [
        f"msgraph/generated/{name.replace('.', '/')}_request_builder.py" for name in builders
    ]
    operations = []
    for path, stated in zip(packages.pypi("msgraph-sdk", *members), builders.values(), strict=True):
        address, parameters = _template(path)
        kind = stated.removeprefix("GET").strip()
        reply = f"m.{kind}"
        if kind.endswith("[]"):
            item = kind.removesuffix("[]")
            also = "m.Group & m.User" if item == "DirectoryObject" else f"m.{item}"
            reply = (
                f'{{ value: Array<Partial<{also}> & {{ "@odata.type"?: string }}>; '
                '"@odata.nextLink"?: string; "@odata.context"?: string }'
            )
        names = "".join(f'"{name}"?: string; ' for name in parameters)
        operations.append(
            T("GET", f"/v1.0{address}", f"{{ {names} }}", reply=reply if kind else "")
        )
    imports = 'import type * as m from "@microsoft/microsoft-graph-types";'
    return typed_schema(
        packages.folder,
        imports,
        operations,
        ignored=frozenset({"$skiptoken"}),  # part of the link to the next page
        rewritten=_by_path,
    )


def _template(path: Path) -> tuple[str, list[str]]:
    """Return the path and the parameters of a template such as `{+baseurl}/users{?%24top}`."""
    found = re.search(r'"\{\+baseurl\}([^"]*?)(?:\{\?([^}"]*)\})?"', path.read_text("utf-8"))
    if found is None:
        raise LookupError(f"{path.name} has no address")
    address = re.sub(r"\{(\w+)%2D\w+\}", r"{\1}", found[1])
    return address, [one.replace("%24", "$") for one in (found[2] or "").split(",") if one]


def _by_path(path: str) -> str:
    """Return the path of an item that is named by its place: `/items/ID:/FOLDER/FILE:`.

    See learn.microsoft.com/graph/onedrive-addressing-driveitems.
    """
    return re.sub(r":/[^:]*(:|$)", "", path)


def _kintone_client(packages: Packages) -> VendorSchema:
    def read(path: str, method: str, known_as: str = "") -> TypedOperation:
        client = f"KintoneRestAPIClient{method}"
        reply = f"Awaited<ReturnType<{client}>>" if "downloadFile" not in method else ""
        query = f"Parameters<{client}>[0]"
        return T("GET", f"/k/v1/{path}.json", query, reply=reply, known_as=known_as or path)

    return typed_schema(
        packages.folder,
        'import type { KintoneRestAPIClient } from "@kintone/rest-api-client";',
        [
            read("app/settings", '["app"]["getAppSettings"]'),
            read("app/form/fields", '["app"]["getFormFields"]'),
            read("app/form/layout", '["app"]["getFormLayout"]'),
            read("records", '["record"]["getRecords"]'),
            read("file", '["file"]["downloadFile"]'),
        ],
        sorted((packages.npm("@kintone/rest-api-client") / "lib/src/client").glob("*Client.js")),
    )


def _gitlab(packages: Packages) -> VendorSchema:
    path = "/api/v4/projects/{id}"
    pages = "{ page?: number; perPage?: number }"
    notes = '{ sort?: "asc" | "desc"; orderBy?: "created_at" | "updated_at" }'
    issues = "projects/{}/issues"
    return typed_schema(
        packages.folder,
        'import type * as g from "@gitbeaker/core";',
        [
            T("GET", f"{path}/issues", f"g.AllIssuesOptions & {pages}", reply="g.IssueSchema[]"),
            T("GET", f"{path}/issues/{{iid}}", reply="g.IssueSchema"),
            T(
                "GET",
                f"{path}/issues/{{iid}}/notes",
                f"{notes} & {pages}",
                reply="g.IssueNoteSchema[]",
            ),
            T(
                "GET",
                f"{path}/issues_statistics",
                "g.AllIssueStatisticsOptions",
                reply="g.StatisticsSchema",
                known_as=f"{issues}_statistics",
            ),
        ],
        [packages.npm("@gitbeaker/core") / "dist/index.mjs"],
        named=lambda name: re.sub("([A-Z])", r"_\1", name).lower(),
    )


_DRIVE = frozenset({"Vendor", "DriveApi", "GraphApi"})

VENDORS: Sequence[CheckedVendor] = (
    CheckedVendor("github", _named("GithubDouble"), "/", _github, npm=["@octokit/graphql-schema"]),
    CheckedVendor(
        "google drive", _DRIVE, "/drive/", _google("drive.v3"), pypi=["google-api-python-client"]
    ),
    CheckedVendor(
        "google groups",
        _named("GoogleDouble"),
        "/admin/",
        _google("admin.directory_v1"),
        pypi=["google-api-python-client"],
    ),
    CheckedVendor(
        "entra",
        _named("EntraDouble"),
        "/v1.0/",
        _graph,
        npm=["typescript@5", "@microsoft/microsoft-graph-types"],
        pypi=["msgraph-sdk"],
    ),
    CheckedVendor(
        "onedrive",
        _DRIVE,
        "/v1.0/",
        _graph,
        npm=["typescript@5", "@microsoft/microsoft-graph-types"],
        pypi=["msgraph-sdk"],
        allowances=[
            Allowance(".*/user/email", "not named", "examples of Graph's pages on permissions")
        ],
    ),
    CheckedVendor(
        "notion",
        _named("NotionDouble"),
        "/v1/",
        _notion,
        npm=["typescript@5", "@notionhq/client"],
        allowances=[
            Allowance(
                r"GET /v1/blocks/\{block_id\}/children results/\*(/type)?",
                "brand_new|'paragraph' is a required property",
                "a kind of block that Notion will have one day",
            )
        ],
    ),
    CheckedVendor(
        "backlog",
        _named("BacklogDouble"),
        "/api/",
        _backlog,
        npm=["typescript@5", "backlog-js"],
        allowances=[
            Allowance(".*", "^null is no ", "Nulab's pages show null for what is not filled in"),
            Allowance(".*/(nulabAccount|keyword)", "not named", "Nulab's pages show it of users"),
        ],
    ),
    CheckedVendor(
        "kintone",
        _named("KintoneDouble"),
        "/k/",
        _kintone_client,
        npm=["typescript@5", "@kintone/rest-api-client"],
        allowances=[
            Allowance(
                ".*/form/.* revision", "is no string", "kintone's OpenAPI document has a number"
            )
        ],
    ),
    CheckedVendor(
        "confluence",
        _named("Confluence Cloud"),
        "/",
        lambda packages: zod_schema(
            packages.folder,
            ["confluence.js/dist/v2/index.js", "confluence.js/dist/v1/index.js"],
            "/wiki",
        ),
        npm=["confluence.js@latest"],
    ),
    CheckedVendor(
        "jira",
        _named("Jira Cloud"),
        "/rest/api/3/",
        lambda packages: zod_schema(packages.folder, ["jira.js/dist/cloud/index.js"]),
        npm=["jira.js@latest"],
        allowances=[
            Allowance(".*/role/{id} actors/./name", "not named", "Atlassian's document has it"),
            Allowance(
                "GET /rest/api/N/user/bulk path",
                "no such operation",
                "Atlassian's document has it, and calls it experimental",
            ),
        ],
    ),
    CheckedVendor(
        "gitlab",
        _named("GitlabDouble"),
        "/api/v4/projects/",
        _gitlab,
        npm=["typescript@5", "@gitbeaker/core"],
        allowances=[
            Allowance(".*", "^null is no ", "examples of GitLab's pages"),
            Allowance(".*/notes ./(internal|confidential)", "not named", "GitLab's page on notes"),
        ],
    ),
    CheckedVendor(
        "jira-openapi",
        _named("Jira Cloud"),
        "/rest/api/3/",
        _openapi("jira-openapi", ""),
        file="swagger-v3.v3.json of Atlassian",
        allowances=[
            Allowance(
                "GET /rest/api/3/user/bulk operation",
                "^experimental$",
                "the only way to ask for many addresses at once",
            )
        ],
    ),
    CheckedVendor(
        "confluence-openapi",
        _named("Confluence Cloud"),
        "/api/v2/",
        _openapi("confluence-openapi", "/api/v2"),
        file="openapi-v2.v3.json of Atlassian",
        allowances=[
            Allowance(".*parent(Id|Type)", "^null is no ", "its text: null if there is no parent")
        ],
    ),
    CheckedVendor(
        "linear",
        _named("LinearDouble"),
        "/",
        lambda packages: GraphqlSchema(packages.files["linear"]),
        file="schema.graphql of linear/linear",
    ),
    CheckedVendor(
        "esa",
        _named("EsaDouble"),
        "/v1/",
        _esa,
        npm=["typescript@5"],
        file="api-types.ts of esaio/esa-mcp-server",
    ),
    CheckedVendor(
        "qdrant",
        _named("Qdrant"),
        "/",
        _openapi("qdrant", ""),
        file="docs/redoc/v1.12.x/openapi.json of qdrant/qdrant, or that of a later version",
    ),
)
