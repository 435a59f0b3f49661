"""What is compared with vendors' schemas, over small schemas of a made-up vendor."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sources.schemas.discovery import DiscoverySchema
from tests.sources.schemas.graph_ql import GraphqlSchema
from tests.sources.schemas.openapi import openapi_schema
from tests.sources.schemas.rest import Said, VendorSchema
from tests.sources.schemas.vendors import Allowance

PAGE = {"id": "1", "title": "休暇", "parent": None, "kind": {"type": "wiki", "space": "HR"}}
SAID = Said("test", "PagesDouble", "GET", "/v1/pages?limit=2&sort=new", b"", 200, [PAGE], False)

SCHEMAS: dict[str, Any] = {
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    "Wiki": {
        "type": "object",
        "properties": {"type": {"enum": ["wiki"]}, "space": {"type": "string"}},
    },
    "Blog": {"type": "object", "properties": {"type": {"enum": ["blog"]}, "day": {}}},
    "Page": {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "parent": {"type": "string", "nullable": True},
                    "free": {"type": "object"},
                    "kind": {
                        "oneOf": [
                            {"$ref": "#/components/schemas/Blog"},
                            {"$ref": "#/components/schemas/Wiki"},
                        ]
                    },
                },
            },
        ]
    },
}


def operation(**more: Any) -> dict[str, Any]:
    page = {"$ref": "#/components/schemas/Page"}
    reply = {"application/json": {"schema": {"type": "array", "items": page}}}
    return {"responses": {"200": {"content": reply}}, **more}


@pytest.fixture
def pages(tmp_path: Path) -> VendorSchema:
    """Return the schema of an interface with pages."""
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    sort = {"name": "sort", "in": "query", "required": True, "schema": {"enum": ["new", "old"]}}
    ids = {"name": "id", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}}
    document = {
        "openapi": "3.0.1",
        "servers": [{"url": "https://pages.example/v1"}],
        "paths": {
            "/pages": {"get": operation(parameters=[limit, sort, ids])},
            "/pages/{id}": {"get": operation(deprecated=True)},
        },
        "components": {"schemas": SCHEMAS},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document), "utf-8")
    return openapi_schema(path)


def problems(schema: VendorSchema, said: Said) -> list[str]:
    return [f"{one.side} {one.place}: {one.problem}" for one in schema.mismatches(said)]


def test_what_the_vendor_allows_is_no_mismatch(pages: VendorSchema) -> None:
    """An object of anything may hold anything; a reply with an error may be any."""
    assert problems(pages, SAID) == []
    assert problems(pages, replace(SAID, reply=[PAGE | {"free": {"a": 1}}])) == []
    assert problems(pages, replace(SAID, status=404, reply={"message": "gone"})) == []


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("/v1/pages?limit=2", "request sort: is required"),
        ("/v1/pages?sort=new&limit=200", "request limit: '200' is not allowed"),
        ("/v1/pages?sort=best", "request sort: 'best' is not allowed"),
        ("/v1/pages?sort=new&page=2", "request page: no such parameter"),
        ("/v1/books?sort=new", "request path: no such operation"),
        ("/v1/pages/7", "request operation: deprecated"),
    ],
)
def test_a_request_that_the_vendor_does_not_know(
    pages: VendorSchema, target: str, problem: str
) -> None:
    """Paths, parameters and their values; and what will go one day."""
    assert problems(pages, replace(SAID, target=target)) == [problem]


@pytest.mark.parametrize("ids", ["id=1&id=2", "id[]=1&id[]=2", "id[0]=1&id[1]=2", "id=1,2", "id=1"])
def test_lists_are_written_in_many_ways(pages: VendorSchema, ids: str) -> None:
    """As the client and the vendor agree."""
    assert problems(pages, replace(SAID, target=f"/v1/pages?sort=new&{ids}")) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": 1}, "reply */id: 1 is no string"),
        ({"author": "Keiko"}, "reply */author: is not named by the schema"),
        ({"title": None}, "reply */title: null is no string"),
        ({"kind": {"type": "wiki", "day": 1}}, "reply */kind/day: is not named by the schema"),
        ({"kind": {"type": "wiki", "space": 1}}, "reply */kind/space: 1 is no string"),
    ],
)
def test_a_reply_that_the_vendor_would_not_give(
    pages: VendorSchema, change: dict[str, Any], problem: str
) -> None:
    """What it has not named counts, too, although its schema allows it."""
    assert problems(pages, replace(SAID, reply=[PAGE | change])) == [problem]


def test_fields_that_are_asked_for_exist(tmp_path: Path) -> None:
    """Google answers a part of a reply."""
    file = {"type": "object", "properties": {"id": {"type": "string"}, "owner": {"$ref": "User"}}}
    user = {"type": "object", "properties": {"email": {"type": "string"}}}
    listed = {"type": "object", "properties": {"files": {"type": "array", "items": file}}}
    method = {"httpMethod": "GET", "path": "files", "response": {"$ref": "List"}}
    document = {
        "servicePath": "drive/",
        "parameters": {"fields": {"type": "string", "location": "query"}},
        "schemas": {"List": listed, "User": user},
        "resources": {"files": {"methods": {"list": method}}},
    }
    path = tmp_path / "drive.json"
    path.write_text(json.dumps(document))
    schema = DiscoverySchema(path)

    def asked(fields: str) -> list[str]:
        target = f"/drive/files?fields={fields}"
        return problems(schema, replace(SAID, target=target, reply={"files": []}))

    assert asked("files(id,owner/email)") == asked("files(id,owner(email))") == asked("*") == []
    assert asked("files(id,size)") == ["request fields: there is no field size"]
    assert asked("files(owner(name),id)") == ["request fields: there is no field name"]


def test_queries_and_their_data(tmp_path: Path) -> None:
    """GraphQL: no more and no less than was asked for."""
    path = tmp_path / "schema.graphql"
    path.write_text(
        "type Query { node(id: ID!): Node } interface Node { id: ID! } "
        "type Page implements Node { id: ID! title: String! }"
    )
    schema = GraphqlSchema(path)

    def said(query: str, data: object) -> list[str]:
        body = json.dumps({"query": query, "variables": {"id": "1"}}).encode()
        return problems(schema, replace(SAID, body=body, reply={"data": data}))

    query = "query Read($id: ID!) { node(id: $id) { ... on Page { called: title } } }"
    assert said(query, {"node": {"called": "休暇"}}) == []
    assert said(query, {"node": None}) == []
    assert said(query, {"node": {"called": None}}) == [
        "reply node/called: Cannot return null for non-nullable field Page.title."
    ]
    more = {"node": {"called": "x", "id": "1"}}
    assert said(query, more) == ["reply /node/id: is not what was asked for"]
    assert len(said(query.replace("title", "name"), {"node": None})) == 1


def test_what_only_the_documentation_allows(pages: VendorSchema) -> None:
    """At that place alone."""
    (found,) = pages.mismatches(replace(SAID, reply=[PAGE | {"author": "Keiko"}]))
    allowance = Allowance(r"GET /v1/pages \*/author", "not named", "the guide to authors")

    assert allowance.covers(found)
    assert not allowance.covers(replace(found, place="*/editor"))
