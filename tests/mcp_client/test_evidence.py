"""What servers say in other shapes becomes passages, too: text, JSON, links, and nonsense."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from mcp_types import TextContent

from bot.mcp_client.arguments import UnsuitableSchemaError, arguments_of
from bot.mcp_client.evidence import MOST_PASSAGES, passages_of
from knowledge.model.settings import McpServerSettings

SERVER = McpServerSettings(
    name="wiki", url="https://wiki.example/mcp", tools=["find"], link="https://wiki.example/"
)


def said(*texts: str, structured: object = None) -> Any:
    return passages_of(SERVER, "find", [TextContent(text=text) for text in texts], structured)


@pytest.mark.parametrize(
    "text", ["The gate opens at nine.", "門は9時に開きます。", "{ no JSON", "[1] [2]", '"x"']
)
def test_a_text_is_a_passage_with_the_address_of_its_server(text: str) -> None:
    (passage,) = said(text)

    assert passage.text == text
    assert passage.url == "https://wiki.example/"
    assert passage.document_id == "server:wiki:https://wiki.example/"


@pytest.mark.parametrize(
    "record",
    [
        {"title": "Gate", "url": "https://wiki.example/gate", "text": "It opens at nine."},
        {"name": "Gate", "html_url": "https://wiki.example/gate", "body": "It opens at nine."},
        {
            "subject": "Gate",
            "permalink": "https://wiki.example/gate",
            "snippet": "It opens at nine.",
        },
    ],
)
def test_a_record_has_its_own_address(record: dict[str, str]) -> None:
    """As JSON in a text, as data, alone, in a list, and below other keys."""
    shapes = [record, [record], {"results": [record]}, {"data": {"hits": [{"hit": record}]}}]
    for shape in shapes:
        for passages in (said(json.dumps(shape)), said("see data", structured=shape)):
            assert [(one.title, one.url, one.text) for one in passages] == [
                ("Gate", "https://wiki.example/gate", "It opens at nine.")
            ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:password@wiki.example/",
        "https://wiki.example/a b",
        "https://wiki.example/\u202e",
        "https://" + "x" * 2_000,
        "https://[",
        "wiki.example",
    ],
)
def test_an_address_that_nobody_should_open_is_left_out(url: str) -> None:
    (passage,) = said(json.dumps({"title": "Gate", "url": url, "text": "It opens at nine."}))

    assert passage.url == "https://wiki.example/"


def test_an_address_holds_nothing_that_acts() -> None:
    url = "https://wiki.example/<!channel>"
    (passage,) = said(json.dumps({"title": "x", "url": url, "text": "It opens at nine."}))

    assert "<" not in passage.url


@pytest.mark.parametrize(
    "text",
    ["", " \n", "[" * 100_000, '{"a":' * 50_000, "\x00" * 10, json.dumps({"a": [1, None, True]})],
)
def test_nonsense_breaks_nothing(text: str) -> None:
    assert len(said(text)) <= MOST_PASSAGES


def test_a_long_result_is_cut() -> None:
    records = [
        {
            "title": f"T{n}",
            "url": f"https://wiki.example/{n}",
            "text": " ".join(f"word{k}" for k in range(900)),
        }
        for n in range(1_000)
    ]
    passages = said(json.dumps(records))

    assert len(passages) == MOST_PASSAGES
    assert len({one.id for one in passages}) == MOST_PASSAGES


def test_links_and_resources_are_read_and_pictures_are_not() -> None:
    blocks = [
        SimpleNamespace(
            type="resource_link",
            uri="https://wiki.example/a",
            name="a",
            title="A",
            description="About A.",
        ),
        SimpleNamespace(
            type="resource", resource=SimpleNamespace(uri="https://wiki.example/b", text="About B.")
        ),
        SimpleNamespace(type="image", data="x"),
    ]
    passages = passages_of(SERVER, "find", blocks, None)

    assert [(one.url, one.text) for one in passages] == [
        ("https://wiki.example/a", "About A."),
        ("https://wiki.example/b", "About B."),
    ]


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({}, set[str]()),
        ({"properties": None, "required": None}, set[str]()),
        ({"properties": {"q": {"type": "string"}}, "required": ["q"]}, {"q"}),
        ({"properties": {"q": {"type": ["string", "null"]}}}, {"q"}),
        ({"properties": {"q": {"type": "array", "items": {"type": "integer"}}}}, {"q"}),
        ({"properties": {"q": {"enum": ["a"], "type": "string"}}}, {"q"}),
        ({"properties": {"q": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}, {"q"}),
        ({"properties": {"q": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}, set[str]()),
        (
            {
                "properties": {
                    "q": {"type": "object"},
                    "w": {"$ref": "#/x"},
                    "copy": {"type": "string"},
                }
            },
            set[str](),
        ),
        ({"properties": {"質問": {"type": "string"}, "a b": {"type": "string"}}}, set[str]()),
        (
            {"properties": {f"q{n}": {"type": "string"} for n in range(99)}},
            {f"q{n}" for n in range(20)},
        ),
    ],
)
def test_simple_arguments_are_told(schema: dict[str, Any], names: set[str]) -> None:
    assert set(arguments_of(schema).model_fields) == names


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"q": {"type": "object"}}, "required": ["q"]},
        {"properties": {}, "required": ["q"]},
        {"properties": {"q": {"type": "array", "items": {"type": "array"}}}, "required": ["q"]},
    ],
)
def test_a_tool_that_needs_more_is_not_offered(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsuitableSchemaError, match="q"):
        arguments_of(schema)
