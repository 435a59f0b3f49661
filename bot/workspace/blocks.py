"""The limits of Block Kit, as Slack's reference and field reports give them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

BlockData = Mapping[str, object]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
MARKDOWN_CHARACTERS = 12_000
MESSAGE_CHARACTERS = 13_200
TABLE_CHARACTERS = 10_000
NEWER_BLOCKS = frozenset({"data_table", "data_visualization"})
"""Kinds of 2026, which workspaces learn one after another."""


@dataclass(frozen=True, slots=True)
class BlockProblem:
    """What is wrong at a JSON pointer, such as `/0/text/text`."""

    pointer: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} [json-pointer:/blocks{self.pointer}]"


BlockCheck = Callable[[BlockData, str], Iterator[BlockProblem]]


def problems(blocks: object, *, view: bool = False) -> list[BlockProblem]:
    """Return everything that Slack would refuse in *blocks*, of a message or of a view."""
    if not isinstance(blocks, Sequence) or isinstance(blocks, str):
        return [BlockProblem("", "must be an array")]
    return [*_count(blocks, view=view), *_each(blocks, view=view), *_together(blocks)]


def view_problems(view: Mapping[str, object]) -> list[BlockProblem]:
    """Return everything that Slack would refuse in a modal or a Home tab."""
    found = problems(view.get("blocks"), view=True)
    found += _limit(str(view.get("private_metadata", "")), 3000, "/private_metadata")
    found += _limit(str(view.get("callback_id", "")), 255, "/callback_id")
    if view.get("type") == "modal":
        found += _text(view.get("title"), 24, "/title", kinds=("plain_text",))
        for key in ("submit", "close"):
            if view.get(key) is not None:
                found += _text(view[key], 24, f"/{key}", kinds=("plain_text",))
        inputs = any(_type(block) == "input" for block in _items(view.get("blocks")))
        if inputs and view.get("submit") is None:
            found.append(BlockProblem("/submit", "is required when there is an input block"))
    elif view.get("type") != "home":
        found.append(BlockProblem("/type", f"unsupported type: {view.get('type')}"))
    return found


def characters(blocks: object) -> int:
    """Count the characters that people could read in *blocks*."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if key == "text" and isinstance(value, str) else characters(value)
            for key, value in blocks.items()
        )
    if isinstance(blocks, (list, tuple)):
        return sum(characters(item) for item in blocks)
    return 0


def view_bytes(view: Mapping[str, object]) -> int:
    """Return the size of *view* as JSON."""
    return len(json.dumps(view, ensure_ascii=False).encode())


def _count(blocks: Sequence[object], *, view: bool) -> Iterator[BlockProblem]:
    limit = VIEW_BLOCKS if view else MESSAGE_BLOCKS
    if len(blocks) > limit:
        yield BlockProblem("", f"no more than {limit} items allowed")


def _each(blocks: Sequence[object], *, view: bool) -> Iterator[BlockProblem]:
    for index, block in enumerate(blocks):
        pointer = f"/{index}"
        kind = _type(block)
        check = _BLOCKS.get(kind)
        if not isinstance(block, Mapping) or check is None or (view and kind in _MESSAGE_ONLY):
            yield BlockProblem(f"{pointer}/type", f"unsupported type: {kind}")
            continue
        yield from _limit(str(block.get("block_id", "")), 255, f"{pointer}/block_id")
        yield from check(block, pointer)


def _together(blocks: Sequence[object]) -> Iterator[BlockProblem]:
    """Check what holds for all blocks of a payload taken together."""
    mappings = [block for block in blocks if isinstance(block, Mapping)]
    ids = [str(block["block_id"]) for block in mappings if block.get("block_id")]
    for block_id in sorted({found for found in ids if ids.count(found) > 1}):
        yield BlockProblem("", f"block_id already exists: {block_id}")
    markdown = sum(len(str(b.get("text", ""))) for b in mappings if _type(b) == "markdown")
    if markdown > MARKDOWN_CHARACTERS:
        yield BlockProblem("", f"markdown blocks exceed {MARKDOWN_CHARACTERS} characters together")
    tables = [b.get("rows") for b in mappings if _type(b) == "data_table"]
    if characters(tables) > TABLE_CHARACTERS:
        yield BlockProblem("", f"data tables exceed {TABLE_CHARACTERS} characters together")
    kinds = {_type(block) for block in mappings}
    if {"plan", "task_card"} <= kinds:
        yield BlockProblem("", "plan and task_card blocks cannot be used together")


def _section(block: BlockData, at: str) -> Iterator[BlockProblem]:
    text, fields = block.get("text"), block.get("fields")
    if text is None and fields is None:
        yield BlockProblem(at, "must provide a text or fields")
    if text is not None:
        yield from _text(text, 3000, f"{at}/text")
    if fields is not None:
        yield from _amount(fields, 1, 10, f"{at}/fields")
        for index, item in enumerate(_items(fields)):
            yield from _text(item, 2000, f"{at}/fields/{index}")
    if block.get("accessory") is not None:
        yield from _element(block["accessory"], f"{at}/accessory", _ACCESSORIES)


def _header(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _text(block.get("text"), 150, f"{at}/text", kinds=("plain_text",))


def _context(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _amount(block.get("elements"), 1, 10, f"{at}/elements")
    for index, item in enumerate(_items(block.get("elements"))):
        pointer = f"{at}/elements/{index}"
        if _type(item) == "image":
            yield from _image(item, pointer)
        else:
            yield from _text(item, 3000, pointer)


def _actions(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _elements(block, at, 25, _INTERACTIVE)


def _context_actions(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _elements(block, at, 5, frozenset({"feedback_buttons", "icon_button"}))


def _elements(
    block: BlockData, at: str, most: int, allowed: frozenset[str]
) -> Iterator[BlockProblem]:
    yield from _amount(block.get("elements"), 1, most, f"{at}/elements")
    items = _items(block.get("elements"))
    for index, item in enumerate(items):
        yield from _element(item, f"{at}/elements/{index}", allowed)
    ids = [item.get("action_id") for item in items if item.get("action_id")]
    if len(ids) != len(set(ids)):
        yield BlockProblem(f"{at}/elements", "action_id already exists")


def _input(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _text(block.get("label"), 2000, f"{at}/label", kinds=("plain_text",))
    if block.get("hint") is not None:
        yield from _text(block["hint"], 2000, f"{at}/hint", kinds=("plain_text",))
    yield from _element(block.get("element"), f"{at}/element", _INPUTS)


def _markdown(block: BlockData, at: str) -> Iterator[BlockProblem]:
    if not isinstance(block.get("text"), str) or not block.get("text"):
        yield BlockProblem(f"{at}/text", "must be more than 0 characters")


def _image(block: BlockData, at: str) -> Iterator[BlockProblem]:
    if not block.get("image_url") and not block.get("slack_file"):
        yield BlockProblem(at, "must provide an image_url or slack_file")
    yield from _limit(str(block.get("image_url", "")), 3000, f"{at}/image_url")
    if not block.get("alt_text"):
        yield BlockProblem(f"{at}/alt_text", "missing required field: alt_text")
    yield from _limit(str(block.get("alt_text", "")), 2000, f"{at}/alt_text")


def _rich_text(block: BlockData, at: str) -> Iterator[BlockProblem]:
    allowed = {"section", "list", "preformatted", "quote"}
    if not isinstance(block.get("elements"), list):
        yield BlockProblem(f"{at}/elements", "missing required field: elements")
    for index, item in enumerate(_items(block.get("elements"))):
        if _type(item).removeprefix("rich_text_") not in allowed:
            yield BlockProblem(f"{at}/elements/{index}/type", f"unsupported type: {_type(item)}")


def _table(block: BlockData, at: str) -> Iterator[BlockProblem]:
    rows = block.get("rows")
    yield from _amount(rows, 1, 100, f"{at}/rows")
    if characters(rows) > TABLE_CHARACTERS:
        yield BlockProblem(f"{at}/rows", f"must be less than {TABLE_CHARACTERS} characters")
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        yield from _amount(row, 1, 20, f"{at}/rows/{index}")
        for column, cell in enumerate(_items(row)):
            if _type(cell) not in {"raw_text", "raw_number", "rich_text"}:
                yield BlockProblem(
                    f"{at}/rows/{index}/{column}/type", f"unsupported: {_type(cell)}"
                )
            elif _type(cell) == "raw_text" and not cell.get("text"):
                yield BlockProblem(
                    f"{at}/rows/{index}/{column}/text", "must be more than 0 characters"
                )


def _data_table(block: BlockData, at: str) -> Iterator[BlockProblem]:
    """See https://docs.slack.dev/reference/block-kit/blocks/data-table-block ."""
    rows = block.get("rows")
    yield from _amount(rows, 2, 101, f"{at}/rows")
    lines = rows if isinstance(rows, list) else []
    if not isinstance(block.get("caption"), str) or not block.get("caption"):
        yield BlockProblem(f"{at}/caption", "missing required field: caption")
    if block.get("page_size", 5) not in range(1, 101):
        yield BlockProblem(f"{at}/page_size", "must be 1 to 100")
    if len({len(row) for row in lines if isinstance(row, list)}) > 1:
        yield BlockProblem(f"{at}/rows", "all rows must have the same number of cells")
    for index, row in enumerate(lines):
        yield from _amount(row, 1, 20, f"{at}/rows/{index}")
        for column, cell in enumerate(_items(row)):
            yield from _data_cell(cell, f"{at}/rows/{index}/{column}", header=index == 0)


def _data_cell(cell: BlockData, at: str, *, header: bool) -> Iterator[BlockProblem]:
    kind = _type(cell)
    if kind not in {"raw_text", "raw_number", *(() if header else ("rich_text",))}:
        yield BlockProblem(f"{at}/type", f"unsupported: {kind}")
    elif kind != "rich_text" and not cell.get("text"):
        yield BlockProblem(f"{at}/text", "must be more than 0 characters")
    elif kind == "raw_number" and not isinstance(cell.get("value"), int | float):
        yield BlockProblem(f"{at}/value", "must be a number")


def _plan(block: BlockData, at: str) -> Iterator[BlockProblem]:
    if not isinstance(block.get("title"), str):
        yield BlockProblem(f"{at}/title", "missing required field: title")
    for index, task in enumerate(_items(block.get("tasks"))):
        yield from _task_card(task, f"{at}/tasks/{index}")


def _task_card(block: BlockData, at: str) -> Iterator[BlockProblem]:
    for key in ("task_id", "title"):
        if not isinstance(block.get(key), str) or not block.get(key):
            yield BlockProblem(f"{at}/{key}", f"missing required field: {key}")
    if block.get("status", "pending") not in TASK_STATES:
        yield BlockProblem(f"{at}/status", f"unsupported status: {block.get('status')}")


def _alert(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _text(block.get("text"), 3000, f"{at}/text")
    if block.get("level", "default") not in {"default", "info", "warning", "error", "success"}:
        yield BlockProblem(f"{at}/level", f"unsupported level: {block.get('level')}")


def _card(block: BlockData, at: str) -> Iterator[BlockProblem]:
    for key, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        if block.get(key) is not None:
            yield from _text(block[key], most, f"{at}/{key}")


def _carousel(block: BlockData, at: str) -> Iterator[BlockProblem]:
    yield from _amount(block.get("elements"), 1, 10, f"{at}/elements")
    for index, item in enumerate(_items(block.get("elements"))):
        yield from _card(item, f"{at}/elements/{index}")


def _anything(_block: BlockData, _at: str) -> Iterator[BlockProblem]:
    yield from ()


def _element(element: object, at: str, allowed: frozenset[str]) -> Iterator[BlockProblem]:
    kind = _type(element)
    if not isinstance(element, Mapping) or kind not in allowed:
        yield BlockProblem(f"{at}/type", f"unsupported type: {kind}")
        return
    yield from _limit(str(element.get("action_id", "")), 255, f"{at}/action_id")
    if kind == "button":
        yield from _text(element.get("text"), 75, f"{at}/text", kinds=("plain_text",))
        yield from _limit(str(element.get("value", "")), 2000, f"{at}/value")
        yield from _limit(str(element.get("url", "")), 3000, f"{at}/url")
    elif kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            yield from _feedback_button(element.get(side), f"{at}/{side}")
    elif kind == "icon_button":
        if element.get("icon") != "trash":
            yield BlockProblem(f"{at}/icon", f"unsupported icon: {element.get('icon')}")
        yield from _text(element.get("text"), 75, f"{at}/text", kinds=("plain_text",))
    elif kind == "image":
        yield from _image(element, at)


def _feedback_button(button: object, at: str) -> Iterator[BlockProblem]:
    if not isinstance(button, Mapping):
        yield BlockProblem(at, "missing required field")
        return
    yield from _text(button.get("text"), 75, f"{at}/text", kinds=("plain_text",))
    yield from _limit(str(button.get("accessibility_label", "")), 75, f"{at}/accessibility_label")
    value = button.get("value")
    if not isinstance(value, str) or not value:
        yield BlockProblem(f"{at}/value", "missing required field: value")
    else:
        yield from _limit(value, 2000, f"{at}/value")


def _text(
    text: object, most: int, at: str, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> Iterator[BlockProblem]:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        yield BlockProblem(f"{at}/type", f"must be {' or '.join(kinds)}")
        return
    content = text.get("text")
    if not isinstance(content, str) or not content:
        yield BlockProblem(f"{at}/text", "must be more than 0 characters")
    else:
        yield from _limit(content, most, f"{at}/text")


def _limit(text: str, most: int, at: str) -> Iterator[BlockProblem]:
    if len(text) > most:
        yield BlockProblem(at, f"must be less than {most + 1} characters")


def _amount(items: object, least: int, most: int, at: str) -> Iterator[BlockProblem]:
    if not isinstance(items, list) or not least <= len(items) <= most:
        yield BlockProblem(at, f"must have {least} to {most} items")


def _items(value: object) -> list[BlockData]:
    found = value if isinstance(value, list) else []
    return [item for item in found if isinstance(item, Mapping)]


def _type(block: object) -> str:
    return str(block.get("type", "")) if isinstance(block, Mapping) else ""


TASK_STATES = frozenset({"pending", "in_progress", "complete", "error"})
_SELECTS = frozenset(
    f"{amount}{source}_select"
    for amount in ("", "multi_")
    for source in ("static", "external", "users", "conversations", "channels")
)
_INTERACTIVE = _SELECTS | {
    "button",
    "overflow",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "checkboxes",
    "radio_buttons",
    "workflow_button",
}


def _data_visualization(block: BlockData, at: str) -> Iterator[BlockProblem]:
    """See https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block ."""
    title, chart = block.get("title"), block.get("chart")
    if not isinstance(title, str) or not title:
        yield BlockProblem(f"{at}/title", "missing required field: title")
    yield from _limit(str(title or ""), 50, f"{at}/title")
    if not isinstance(chart, Mapping):
        yield BlockProblem(f"{at}/chart", "missing required field: chart")
    elif chart.get("type") not in {"bar", "line", "area"}:
        yield BlockProblem(f"{at}/chart/type", f"unsupported type: {chart.get('type')}")
    else:
        yield from _axes(chart, f"{at}/chart")


def _axes(chart: BlockData, at: str) -> Iterator[BlockProblem]:
    axes = chart.get("axis_config")
    categories = axes.get("categories") if isinstance(axes, Mapping) else None
    yield from _amount(categories, 1, 20, f"{at}/axis_config/categories")
    labels = categories if isinstance(categories, list) else []
    for index, label in enumerate(labels):
        yield from _limit(str(label), 20, f"{at}/axis_config/categories/{index}")
    yield from _amount(chart.get("series"), 1, 6, f"{at}/series")
    series = _items(chart.get("series"))
    if len({str(one.get("name")) for one in series}) != len(series):
        yield BlockProblem(f"{at}/series", "names must be unique")
    for index, one in enumerate(series):
        if [point.get("label") for point in _items(one.get("data"))] != labels:
            yield BlockProblem(f"{at}/series/{index}/data", "labels must match the categories")


_ACCESSORIES = _INTERACTIVE | {"image"}
_INPUTS = (_INTERACTIVE - {"button", "overflow", "workflow_button"}) | {
    "plain_text_input",
    "rich_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "file_input",
}
_MESSAGE_ONLY = frozenset(
    {"markdown", "context_actions", "plan", "task_card", "table", "data_table", "file"}
)
_BLOCKS: Mapping[str, BlockCheck] = {
    "section": _section,
    "divider": _anything,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "markdown": _markdown,
    "image": _image,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _data_visualization,
    "plan": _plan,
    "task_card": _task_card,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "video": _anything,
    "file": _anything,
}
