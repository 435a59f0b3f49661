"""Block Kit as HTML. Interactive elements have `data-action`, which the page's script sends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

from bot.workspace.page.markup import EMOJI, MentionNames, link, markdown, mention, mrkdwn, plain

PageBlock = Mapping[str, object]

_TASK_MARKS = {"pending": "○", "in_progress": "◌", "complete": "✓", "error": "!"}


def render(blocks: Sequence[PageBlock], names: MentionNames) -> str:
    """Return *blocks*, of a message or of a view, as HTML."""
    return "".join(_block(block, names) for block in blocks)


def text_object(value: object, names: MentionNames) -> str:
    """Return a text object (`plain_text` or `mrkdwn`) as HTML."""
    if not isinstance(value, Mapping):
        return ""
    text = str(value.get("text", ""))
    return mrkdwn(text, names) if value.get("type") == "mrkdwn" else plain(text)


def _block(block: PageBlock, names: MentionNames) -> str:
    kind = str(block.get("type"))
    draw = _BLOCKS.get(kind)
    if draw is None:
        return f'<div class="block unknown">{escape(kind)}</div>'
    return f'<div class="block {kind}" {_at(block)}>{draw(block, names)}</div>'


def _section(block: PageBlock, names: MentionNames) -> str:
    text = f'<div class="text">{text_object(block.get("text"), names)}</div>'
    fields = "".join(f"<div>{text_object(item, names)}</div>" for item in _items(block, "fields"))
    fields = f'<div class="fields">{fields}</div>' if fields else ""
    return f"{text}{fields}{_element(block.get('accessory'), names)}"


def _header(block: PageBlock, names: MentionNames) -> str:
    return f"<h3>{text_object(block.get('text'), names)}</h3>"


def _divider(_block: PageBlock, _names: MentionNames) -> str:
    return "<hr>"


def _context(block: PageBlock, names: MentionNames) -> str:
    return "".join(_element(item, names) for item in _items(block, "elements"))


def _markdown(block: PageBlock, names: MentionNames) -> str:
    return markdown(str(block.get("text", "")), names)


def _input(block: PageBlock, names: MentionNames) -> str:
    element = block.get("element")
    label = text_object(block.get("label"), names)
    hint = text_object(block.get("hint"), names)
    optional = "" if not block.get("optional") else ' <span class="optional"></span>'
    return (
        f'<label><span class="label">{label}{optional}</span>{_field(element, names)}</label>'
        f'<div class="hint">{hint}</div><div class="problem" role="alert"></div>'
    )


def _image(block: PageBlock, names: MentionNames) -> str:
    title = text_object(block.get("title"), names)
    return f'<span class="picture">🖼 {escape(str(block.get("alt_text", "")))}</span> {title}'


def _table(block: PageBlock, names: MentionNames) -> str:
    rows = block.get("rows")
    drawn = []
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        tag = "th" if number == 0 else "td"
        cells = "".join(f"<{tag}{_kind(cell)}>{_cell(cell, names)}</{tag}>" for cell in row)
        drawn.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(drawn)}</table>"


def _data_table(block: PageBlock, names: MentionNames) -> str:
    """Draw it with its caption, and numbers to the right; the page neither sorts nor turns over."""
    caption = escape(str(block.get("caption", "")))
    return f"<figure><figcaption>{caption}</figcaption>{_table(block, names)}</figure>"


def _cell(cell: object, names: MentionNames) -> str:
    if isinstance(cell, Mapping) and cell.get("type") == "rich_text":
        return _rich_text(cell, names)
    return plain(str(cell.get("text", ""))) if isinstance(cell, Mapping) else ""


def _kind(cell: object) -> str:
    number = isinstance(cell, Mapping) and cell.get("type") == "raw_number"
    return ' class="number"' if number else ""


def _data_visualization(block: PageBlock, _names: MentionNames) -> str:
    """Draw the chart as a table with a bar in each cell, whose length is its share of the most."""
    chart = block.get("chart")
    series = _items(chart, "series") if isinstance(chart, Mapping) else []
    numbers = [[_number(point) for point in _items(one, "data")] for one in series]
    most = max([value for row in numbers for value in row], default=0.0) or 1.0
    labels = [str(point.get("label", "")) for point in _items(series[0], "data")] if series else []
    head = "".join(f"<th>{escape(str(one.get('name', '')))}</th>" for one in series)
    rows = "".join(
        f"<tr><th>{escape(label)}</th>{''.join(_bar(row[index], most) for row in numbers)}</tr>"
        for index, label in enumerate(labels)
    )
    title = escape(str(block.get("title", "")))
    return f'<table class="chart"><caption>{title}</caption><tr><th></th>{head}</tr>{rows}</table>'


def _bar(value: float, most: float) -> str:
    return f'<td><meter min="0" max="{most:g}" value="{value:g}"></meter> {value:g}</td>'


def _number(point: PageBlock) -> float:
    value = point.get("value")
    return float(value) if isinstance(value, int | float) else 0.0


def _plan(block: PageBlock, names: MentionNames) -> str:
    tasks = "".join(_task(task, names) for task in _items(block, "tasks"))
    return f'<div class="plan-title">{escape(str(block.get("title", "")))}</div>{tasks}'


def _task(block: PageBlock, names: MentionNames) -> str:
    status = str(block.get("status", "pending"))
    mark = f'<span class="mark" aria-hidden="true">{_TASK_MARKS.get(status, "○")}</span>'
    details = "".join(
        f'<div class="details">{_rich_or_plain(block[key], names)}</div>'
        for key in ("details", "output")
        if block.get(key)
    )
    sources = " ".join(
        link(str(source.get("url", "")), str(source.get("text") or source.get("url", "")))
        for source in _items(block, "sources")
    )
    title = escape(str(block.get("title", "")))
    return f'<div class="task {escape(status)}">{mark}<div>{title}{details}{sources}</div></div>'


def _rich_or_plain(value: object, names: MentionNames) -> str:
    return _rich_text(value, names) if isinstance(value, Mapping) else plain(str(value))


def _alert(block: PageBlock, names: MentionNames) -> str:
    level = escape(str(block.get("level", "default")))
    return f'<div class="alert {level}">{text_object(block.get("text"), names)}</div>'


def _card(block: PageBlock, names: MentionNames) -> str:
    parts = (text_object(block.get(key), names) for key in ("title", "subtitle", "body"))
    return "".join(f"<div>{part}</div>" for part in parts if part)


def _carousel(block: PageBlock, names: MentionNames) -> str:
    return "".join(f'<div class="card">{_card(c, names)}</div>' for c in _items(block, "elements"))


def _rich_text(block: PageBlock, names: MentionNames) -> str:
    return "".join(_rich_part(part, names) for part in _items(block, "elements"))


def _rich_part(part: PageBlock, names: MentionNames) -> str:
    match part.get("type"):
        case "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            items = "".join(f"<li>{_rich_part(i, names)}</li>" for i in _items(part, "elements"))
            return f"<{tag}>{items}</{tag}>"
        case "rich_text_preformatted":
            return f"<pre>{_rich_line(part, names)}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{_rich_line(part, names)}</blockquote>"
        case _:
            return f"<div>{_rich_line(part, names)}</div>"


def _rich_line(part: PageBlock, names: MentionNames) -> str:
    return "".join(_rich_element(element, names) for element in _items(part, "elements"))


def _rich_element(element: PageBlock, names: MentionNames) -> str:
    match element.get("type"):
        case "user":
            target = str(element.get("user_id"))
            return mention("@", names.users.get(target, target))
        case "usergroup":
            target = str(element.get("usergroup_id"))
            return mention("@", names.users.get(target, target))
        case "channel":
            target = str(element.get("channel_id"))
            return mention("#", names.channels.get(target, target))
        case "broadcast":
            return mention("@", str(element.get("range")))
        case "emoji":
            name = str(element.get("name"))
            return EMOJI.get(name, f":{escape(name)}:")
        case "link":
            address = str(element.get("url"))
            return link(address, str(element.get("text") or address))
        case _:
            return _styled(plain(str(element.get("text", ""))), element.get("style"))


def _styled(text: str, style: object) -> str:
    chosen = style if isinstance(style, Mapping) else {}
    for name, tag in (("code", "code"), ("bold", "b"), ("italic", "i"), ("strike", "s")):
        if chosen.get(name):
            text = f"<{tag}>{text}</{tag}>"
    return text


def _element(element: object, names: MentionNames) -> str:
    """Return an element of a message, or the accessory of a text."""
    if not isinstance(element, Mapping):
        return ""
    match element.get("type"):
        case "mrkdwn" | "plain_text":
            return f'<span class="note">{text_object(element, names)}</span>'
        case "image":
            return f'<span class="picture">🖼 {escape(str(element.get("alt_text", "")))}</span>'
        case "button":
            return _button(element, text_object(element.get("text"), names))
        case "feedback_buttons":
            return "".join(_feedback_buttons(element))
        case "icon_button":
            return _button(element, "🗑")
        case "static_select" | "overflow":
            return _select(element, names, live=True)
        case kind:
            return f'<span class="unknown">{escape(str(kind))}</span>'


def _button(element: PageBlock, face: str) -> str:
    style = escape(str(element.get("style", "")))
    address = str(element.get("url", ""))
    opens = f' data-url="{escape(address)}"' if address else ""
    return (
        f'<button type="button" class="element {style}" {_acts(element)}'
        f"{_label(element)}{opens}>{face}</button>"
    )


def _feedback_buttons(element: PageBlock) -> Iterator[str]:
    for side, face in (("positive_button", "👍"), ("negative_button", "👎")):
        button = element.get(side)
        if isinstance(button, Mapping):
            acts = _acts({**element, "value": button.get("value")})
            text = button.get("text")
            said = str(text.get("text", "")) if isinstance(text, Mapping) else ""
            name = escape(str(button.get("accessibility_label") or said))
            yield (
                f'<button type="button" class="element feedback" {acts} aria-label="{name}"'
                f' title="{name}">{face}</button>'
            )


def _field(element: object, names: MentionNames) -> str:
    """Return an input element."""
    if not isinstance(element, Mapping):
        return ""
    named = f'name="{escape(str(element.get("action_id", "")))}"'
    placeholder = element.get("placeholder")
    hint = str(placeholder.get("text", "")) if isinstance(placeholder, Mapping) else ""
    match element.get("type"):
        case "static_select" | "multi_static_select":
            return _select(element, names, live=False)
        case "radio_buttons" | "checkboxes":
            return _choices(element, names)
        case "plain_text_input" if element.get("multiline"):
            value = escape(str(element.get("initial_value", "")))
            return f'<textarea {named} rows="4" placeholder="{escape(hint)}">{value}</textarea>'
        case kind:
            types = {"number_input": "number", "datepicker": "date", "timepicker": "time"}
            value = element.get("initial_value") or element.get("initial_date") or ""
            return (
                f'<input {named} type="{types.get(str(kind), "text")}"'
                f' value="{escape(str(value))}" placeholder="{escape(hint)}">'
            )


def _select(element: PageBlock, names: MentionNames, *, live: bool) -> str:
    initial = _values(element.get("initial_option"), *_items(element, "initial_options"))
    multiple = " multiple" if str(element.get("type")).startswith("multi_") else ""
    options = "".join(
        f'<option value="{escape(str(o.get("value")))}"'
        f"{' selected' if o.get('value') in initial else ''}>"
        f"{text_object(o.get('text'), names)}</option>"
        for o in _items(element, "options")
    )
    blank = "" if initial or multiple else '<option value=""></option>'
    acts = _acts(element) if live else f'name="{escape(str(element.get("action_id", "")))}"'
    return f"<select {acts}{multiple}>{blank}{options}</select>"


def _choices(element: PageBlock, names: MentionNames) -> str:
    kind = "radio" if element.get("type") == "radio_buttons" else "checkbox"
    initial = _values(element.get("initial_option"), *_items(element, "initial_options"))
    name = escape(str(element.get("action_id", "")))
    return "".join(
        f'<span class="choice"><input type="{kind}" id="{name}-{n}" name="{name}"'
        f' value="{escape(str(option.get("value")))}"'
        f"{' checked' if option.get('value') in initial else ''}>"
        f'<label for="{name}-{n}">{text_object(option.get("text"), names)}</label></span>'
        for n, option in enumerate(_items(element, "options"))
    )


def _values(*options: object) -> set[object]:
    return {option.get("value") for option in options if isinstance(option, Mapping)}


def _acts(element: PageBlock) -> str:
    action, value = str(element.get("action_id", "")), str(element.get("value") or "")
    return f'data-action="{escape(action)}" data-value="{escape(value)}"'


def _label(element: PageBlock) -> str:
    name = element.get("accessibility_label")
    return f' aria-label="{escape(str(name))}"' if name else ""


def _at(block: PageBlock) -> str:
    return f'data-block="{escape(str(block.get("block_id", "")))}"'


def _items(block: PageBlock, key: str) -> list[PageBlock]:
    found = block.get(key)
    return [i for i in found if isinstance(i, Mapping)] if isinstance(found, list) else []


_BLOCKS: Mapping[str, Callable[[PageBlock, MentionNames], str]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _context,
    "context_actions": _context,
    "markdown": _markdown,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _data_visualization,
    "plan": _plan,
    "task_card": _task,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
}
