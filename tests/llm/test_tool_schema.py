"""Tool arguments as strict function calling wants them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from bot.llm.tool_schema import strict_schema


class Part(BaseModel):
    title: str
    pages: list[int] = []


class Request(BaseModel):
    """A tool's arguments."""

    kind: Literal["a", "b"] = "a"
    query: Annotated[str, Field(description="検索語", min_length=1)]
    limit: Annotated[int, Field(ge=1, le=10)] = 5
    owner: str | None = None
    parts: list[Part] = []
    best: Part | None = None


def objects_in(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in objects_in(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == "object" else []
    return own + [found for child in node.values() for found in objects_in(child)]


def test_every_key_is_required_and_no_other_allowed() -> None:
    """At every depth, in the order of the fields."""
    objects = objects_in(strict_schema(Request))
    assert len(objects) == 3
    for schema in objects:
        assert schema["required"] == list(schema["properties"])
        assert schema["additionalProperties"] is False
    assert objects[0]["required"] == ["kind", "query", "limit", "owner", "parts", "best"]


def test_null_is_allowed_where_the_field_allows_it() -> None:
    """What the model must fill in is always valid for the pydantic model."""
    properties = strict_schema(Request)["properties"]
    assert properties["owner"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert properties["limit"] == {"type": "integer", "minimum": 1, "maximum": 10}


def test_references_and_noise_are_gone() -> None:
    """Simple servers do not follow references; a field may still be called `title`."""
    schema = strict_schema(Request)
    assert "$ref" not in repr(schema)
    assert "default" not in repr(schema)
    assert schema["properties"]["best"]["anyOf"][0]["properties"]["title"] == {"type": "string"}
    assert schema["properties"]["query"]["description"] == "検索語"
