"""Reads DrawingML, which all Office files share: text, charts and diagrams."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from knowledge.parsing.ooxml import (
    Element,
    OfficePackage,
    Relation,
    child,
    children,
    descendants,
    is_on,
    local,
    relation_id,
)
from knowledge.parsing.spreadsheets.display import display
from knowledge.parsing.tables import markdown_table

_MOST_POINTS = 20_000
_DEEPEST = 32
_LETTERS = 26


def drawing_text(body: Element | None) -> str:
    """Return the text of a shape, a line for each paragraph; numbered ones with their numbers."""
    if body is None:
        return ""
    lines, numbers = list[str](), dict[int, int]()
    for paragraph in descendants(body, "p"):
        text = _paragraph(paragraph)
        if text.strip():
            lines.append(_number(paragraph, numbers) + text)
    return "\n".join(lines)


def _paragraph(paragraph: Element) -> str:
    words = list[str]()
    for element in descendants(paragraph, "t", "br"):
        above = element.getparent()
        if local(element) == "br":
            words.append("\n")
        elif local(above) in ("r", "fld"):
            words.append(element.text or "")
    return "".join(words).replace("\v", "\n")


def _number(paragraph: Element, numbers: dict[int, int]) -> str:
    """Return the number in front of a paragraph, "" without one, and count on in *numbers*."""
    properties = child(paragraph, "pPr")
    level = min(int(properties.get("lvl") or 0), _DEEPEST) if properties is not None else 0
    for deeper in [one for one in numbers if one > level]:
        del numbers[deeper]
    numbered = child(properties, "buAutoNum")
    if numbered is None:
        numbers.pop(level, None)
        return ""
    numbers[level] = numbers.get(level, int(numbered.get("startAt") or 1) - 1) + 1
    kind = numbered.get("type") or ""
    number = str(numbers[level])
    if kind.startswith("alpha") and numbers[level] <= _LETTERS:
        number = chr(ord("A" if "Uc" in kind else "a") + numbers[level] - 1)
    brackets = "(" * kind.endswith("ParenBoth")
    return f"{brackets}{number}{')' if 'Paren' in kind else '.'} "


def is_hidden(shape: Element) -> bool:
    """Tell whether a shape is hidden in the selection pane."""
    return any(is_on(element, "hidden") for element in _own_properties(shape))


def _own_properties(shape: Element) -> Iterator[Element]:
    for element in shape:
        if local(element).startswith("nv"):
            yield from children(element, "cNvPr")


def text_by_anchor(
    package: OfficePackage, part: str, *, include_hidden: bool = False
) -> Iterator[str]:
    """Yield what a drawing part shows on a sheet: text boxes, charts and diagrams, from the top.

    Args:
        package: The file.
        part: Name of the drawing part.
        include_hidden: Whether to read hidden shapes, too.
    """
    relations = package.relations(part)
    anchors = sorted(
        children(package.xml(part), "twoCellAnchor", "oneCellAnchor", "absoluteAnchor"),
        key=_anchor_place,
    )
    for anchor in anchors:
        yield from shapes_text(package, relations, anchor, include_hidden=include_hidden)


def _anchor_place(anchor: Element) -> tuple[int, int]:
    start = child(anchor, "from")
    places = [child(start, name) for name in ("row", "col")]
    row, column = (int(one.text or 0) if one is not None else 0 for one in places)
    return row, column


def shapes_text(
    package: OfficePackage,
    relations: dict[str, Relation],
    parent: Element,
    *,
    include_hidden: bool,
    level: int = 0,
) -> Iterator[str]:
    """Yield the text of the shapes in *parent*, one after another."""
    for shape in parent if level < _DEEPEST else ():
        kind = local(shape)
        if is_hidden(shape) and not include_hidden:
            continue
        if kind == "sp":
            yield drawing_text(child(shape, "txBody"))
        elif kind == "grpSp":
            yield from shapes_text(
                package, relations, shape, include_hidden=include_hidden, level=level + 1
            )
        elif kind == "AlternateContent":
            yield from shapes_text(
                package,
                relations,
                next(iter(shape), ()),
                include_hidden=include_hidden,
                level=level + 1,
            )
        elif kind == "graphicFrame":
            yield from graphic_text(package, relations, shape)


def graphic_text(
    package: OfficePackage, relations: dict[str, Relation], frame: Element
) -> Iterator[str]:
    """Yield the chart or the diagram in a graphic frame as Markdown."""
    for element in descendants(frame, "chart", "relIds"):
        name = "dm" if local(element) == "relIds" else "id"
        relation = relations.get(relation_id(element, name))
        if relation is None:
            continue
        root = package.xml(relation.target)
        if name == "dm":
            yield diagram_text(root)
        else:
            yield chart_text(root)


# Charts


Rows = list[list[str]]
"""A table by rows, the header first."""


def chart_text(root: Element) -> str:
    """Return the title and the axes of a chart, and its data as a table, in Markdown."""
    return "\n\n".join(
        part if isinstance(part, str) else markdown_table(part, has_names=True)
        for part in chart_parts(root)
    )


def chart_parts(root: Element) -> Iterator[str | Rows]:
    """Yield the title and the axes of a chart, then its data, if more than names is stored."""
    for part in _chart_parts(root):
        if isinstance(part, str) or any(map(any, part[1:])):
            yield part


def _chart_parts(root: Element) -> Iterator[str | Rows]:
    if root.tag and any(True for _ in descendants(root, "chartData")):
        yield from _new_chart(root)
        return
    labels = [drawing_text(child(root, "chart", "title"))]
    tables = list[Rows]()
    plots = child(root, "chart", "plotArea")
    for plot in plots if plots is not None else ():
        if local(plot).endswith("Ax"):
            labels.append(drawing_text(child(plot, "title")))
        elif series := list(children(plot, "ser")):
            tables.append(_series_table(series))
    yield from filter(None, labels)
    yield from tables


def _series_table(series: Sequence[Element]) -> Rows:
    """Return a table with a row for each category, and a column for each series."""
    names = [_first(_points(child(one, "tx"))) for one in series]
    categories = [_of(one, "cat", "xVal") for one in series]
    header, columns = list[str](), list[list[str]]()
    for number, (one, name) in enumerate(zip(series, names, strict=True)):
        if number == 0 or categories[number] not in (categories[0], []):
            header.append("")  # in scatter plots, each series may have its own
            columns.append(categories[number])
        for values in filter(None, (_of(one, "val", "yVal"), _of(one, "bubbleSize"))):
            header.append(name)
            columns.append(values)
    return [header, *map(list, zip_longest(*columns, fillvalue=""))]


def _of(series: Element, *names: str) -> list[str]:
    return _points(next(children(series, *names), None))


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def _points(data: Element | None) -> list[str]:
    """Return the stored values of a series, its categories, or its name; levels are joined."""
    if data is None:
        return []
    levels = list(descendants(data, "lvl")) or list(
        descendants(data, "strCache", "numCache", "strLit", "numLit")
    )
    if not levels:
        return [element.text or "" for element in descendants(data, "v")]
    columns = [_cached(level) for level in reversed(levels)]
    for column in columns[:-1]:  # the name of a group stands at its first category only
        for number in range(1, len(column)):
            column[number] = column[number] or column[number - 1]
    rows = zip_longest(*columns, fillvalue="")
    return [" ".join(filter(None, row)) for row in rows]


def _cached(cache: Element) -> list[str]:
    general = next((one.text or "" for one in children(cache, "formatCode")), "General")
    texts: dict[int, str] = {}
    for point in children(cache, "pt"):
        number = int(point.get("idx") or 0)
        value = child(point, "v")
        if value is not None and number < _MOST_POINTS:
            texts[number] = _shown(value.text or "", point.get("formatCode") or general, cache)
    return [texts.get(number, "") for number in range(max(texts, default=-1) + 1)]


def _shown(text: str, code: str, cache: Element) -> str:
    if local(cache) not in ("numCache", "numLit"):
        return text
    try:
        return display(float(text), code)
    except ValueError:
        return text


def _new_chart(root: Element) -> Iterator[str | Rows]:
    """Yield a chart of the newer kinds (waterfall, map), which have a form of their own."""
    if title := drawing_text(next(descendants(root, "title"), None)):
        yield title
    names = [
        _first([value.text or "" for value in descendants(child(one, "tx"), "v")])
        for one in descendants(root, "series")
        if child(one, "tx") is not None
    ]
    for number, data in enumerate(descendants(root, "data")):
        columns = [
            [point.text or "" for point in descendants(level, "pt")]
            for dimension in children(data, "strDim", "numDim")
            for level in children(dimension, "lvl")
        ]
        header = [""] * (len(columns) - 1) + names[number : number + 1]
        yield [header, *map(list, zip_longest(*columns, fillvalue=""))]


# Diagrams, which PowerPoint calls SmartArt


def diagram_text(root: Element) -> str:
    """Return the texts of a diagram as a nested list."""
    return "\n".join(f"{'  ' * level}- {text}" for level, text in diagram_lines(root))


def diagram_lines(root: Element) -> Iterator[tuple[int, str]]:
    """Yield the texts of a diagram with their levels, from 0."""
    points = {point.get("modelId"): point for point in descendants(root, "pt")}
    below = defaultdict[str, list[tuple[int, str]]](list)
    for connection in descendants(root, "cxn"):
        if connection.get("type", "parOf") == "parOf":
            order = int(connection.get("srcOrd") or 0)
            below[connection.get("srcId")].append((order, connection.get("destId")))
    top = [name for name, point in points.items() if point.get("type") == "doc"]
    seen = set[str]()
    stack = [(name, -1) for name in reversed(top)]
    while stack:
        name, level = stack.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        text = " ".join(drawing_text(child(points[name], "t")).split())
        if text:
            yield max(0, min(level, _DEEPEST)), text
        stack += ((one, level + 1) for _, one in sorted(below[name], reverse=True))
    for name, point in points.items():
        text = " ".join(drawing_text(child(point, "t")).split())
        if text and name not in seen and point.get("type") in (None, "node", "asst"):
            yield 0, text
