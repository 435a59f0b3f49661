"""Reads the tool calls that a model writes as text, whatever form it was trained on.

Servers that know a model's form send real calls. Others pass on what the model wrote: JSON in a
fence or bare (Qwen, Llama), `<tool_call>` (Hermes), `[TOOL_CALLS]` (Mistral), DeepSeek's, Kimi's
and gpt-oss's own marks, `Action:` lines (ReAct), or a call as in Python (Gemma). All of them are
a tool's name next to an object with its arguments, so that is what is looked for.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import uuid4

from bot.agent.tool import ToolSpec
from bot.core.types import ToolCall
from bot.text.lenient_json import JsonObject, objects_in

MOST_WRITTEN_CALLS = 100
"""Calls in the form of Python that are read of one text."""

UNREADABLE = "unreadable_call"
"""Name of a call that is marked as one and cannot be read; no tool has it."""

_NAMES = ("name", "tool", "tool_name", "function", "action", "function_name", "recipient_name")
_ARGUMENTS = (
    "arguments", "parameters", "args", "input", "action_input", "tool_input", "params", "kwargs"
)  # fmt: skip

_THOUGHTS = re.compile(
    r"<(think|thinking|thought|reasoning|seed:think|scratchpad|reflection|inner_monologue)>.*?(?:</\1>|\Z)"
    r"|◁think▷.*?(?:◁/think▷|\Z)|\[THINK\].*?(?:\[/THINK\]|\Z)"
    r"|<\|channel\|>analysis<\|message\|>.*?(?:<\|end\|>|(?=<\|channel\|>)|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_END_OF_THOUGHTS = re.compile(
    r"\A.*(?:</(?:think|thinking|thought|reasoning|seed:think)>|◁/think▷|\[/THINK\])",
    re.DOTALL | re.IGNORECASE,
)
"""The server has put the beginning of the thoughts into the prompt."""

_CHANNELS = re.compile(r"<\|start\|>assistant|<\|channel\|>(?:final|commentary)(?=<\|message\|>)")
_SPECIAL = re.compile(r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
"""Special tokens that a server has let through."""

_MARKED = re.compile(
    r"<tool_call>|<\|tool_call_begin\|>|<｜tool▁call▁begin｜>|\[TOOL_CALLS\]|<\|python_tag\|>"
    r"|<function=|<function_call>|<tool_use>|<tool_call\Z|\[TOOL_CALL\]|<invoke\s|<tools?>|```tool_(?:code|call)|^Action\s*[:：]"
    r"|<\|channel\|>commentary",
    re.MULTILINE,
)
"""Begins a call in the forms that have a mark for it."""

_BETWEEN = (
    r"(?:[^\w{}\n]|\n|tool_call_argument_begin|tool▁sep|constrain|message|ARGS|json|[0-9]"
    r"|Action\s+Input)*"
)
"""What stands between the name of a tool and the object with its arguments."""

_XML_CALL = re.compile(r"<function=([\w.-]+)>(.*?)(?:</function>|\Z)", re.DOTALL)
_XML_PARAMETER = re.compile(r"<parameter=([\w.-]+)>\n?(.*?)\n?(?:</parameter>|\Z)", re.DOTALL)
_INVOKED = re.compile(r'<invoke name="([\w.-]+)">(.*?)(?:</invoke>|\Z)', re.DOTALL)
_INVOKED_PARAMETER = re.compile(
    r'<parameter name="([\w.-]+)">\n?(.*?)\n?(?:</parameter>|\Z)', re.DOTALL
)
_GLM_CALL = re.compile(r"\s*([\w.-]+)\s*(?=<arg_key>)")
_GLM_ARGUMENT = re.compile(
    r"<arg_key>([^<]*+)</arg_key>\s*+<arg_value>(.*?)(?:</arg_value>|\Z)", re.DOTALL
)
_REACT_CALL = re.compile(
    r"^Action\s*[:：]\s*`?([\w.-]+)`?(?:\[(.*?)\]|\s*\n\s*Action Input\s*[:：]\s*(.*?))\s*$",
    re.MULTILINE,
)
_FINAL = re.compile(r"^[^\S\n]*+(?:Final Answer|最終回答)[^\S\n]*+[:：]", re.MULTILINE)
_FENCE = re.compile(r"```[\w-]*\s*\Z")
_LONGEST_BARE = 400
"""Characters around an object without a name: with more, it is part of an answer."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a model wrote: the words, and the calls that were among them.

    Attributes:
        cut: Whether a call ends in the middle of a text.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    cut: bool = False


def without_thoughts(text: str) -> str:
    """Return *text* without what a model thinks before it answers."""
    said = _THOUGHTS.sub("", text)
    return _END_OF_THOUGHTS.sub("", said)


def read_text(written: str, tools: Sequence[ToolSpec]) -> ReadText:
    """Read the calls in *written* of *tools*, or of tools that do not exist; take out thoughts.

    With calls, the text is what stands before the first. A piece that is marked as a call and
    cannot be read becomes a call of `UNREADABLE`: it must never be taken for an answer.
    """
    said = without_thoughts(written)
    if not tools:
        return ReadText(_plain(said))
    found = sorted(_calls(said, tools), key=lambda item: item[0])
    marked = _MARKED.search(said)
    if not found and marked:
        found = [(marked.start(), UNREADABLE, {"written": said[marked.start() :][:1_000]})]
    if not found:
        return ReadText(_plain(_FINAL.split(said)[-1].strip()))
    start = min(found[0][0], marked.start() if marked else len(said))
    calls = tuple(
        ToolCall(f"call_{uuid4().hex}", name, json.dumps(arguments, ensure_ascii=False))
        for _, name, arguments in found
    )
    cut = any(item.cut for item in objects_in(said[start:]))
    return ReadText(_plain(_FENCE.sub("", said[:start])), calls, cut)


_Found = tuple[int, str, Mapping[str, object]]
"""Where a call begins, its tool, and its arguments."""


def _calls(text: str, tools: Sequence[ToolSpec]) -> list[_Found]:
    """Find the calls in the first form that has any: no text has calls in two forms."""
    names = [tool.name for tool in tools]
    if found := [*_xml_calls(text)] or [*_glm_calls(text)] or [*_json_calls(text, tools)]:
        return found
    written = [*_react_calls(text, tools)] or [*_python_calls(text, tools)]
    return [call for call in written if call[1] in names]


def _xml_calls(text: str) -> Iterator[_Found]:
    for form, named in ((_XML_CALL, _XML_PARAMETER), (_INVOKED, _INVOKED_PARAMETER)):
        for call in form.finditer(text):
            parameters = {name: _read(value) for name, value in named.findall(call[2])}
            objects = list(objects_in(call[2]))
            if parameters or objects:
                yield call.start(), call[1], parameters or objects[0].value


def _glm_calls(text: str) -> Iterator[_Found]:
    first, *pieces = text.split("<tool_call>")
    for piece in pieces:
        if call := _GLM_CALL.match(piece):
            told = _GLM_ARGUMENT.findall(piece.partition("</tool_call>")[0])
            yield len(first), call[1], {name.strip(): _read(value) for name, value in told}


def _read(value: str) -> object:
    """Return a value that is written as JSON where it is no text."""
    try:
        return json.loads(value)
    except ValueError:
        return value.strip()


def _json_calls(text: str, tools: Sequence[ToolSpec]) -> Iterator[_Found]:
    names = "|".join(re.escape(tool.name) for tool in tools)
    leading = re.compile(rf"(?:\A|[^\w.]|functions\.)({names}){_BETWEEN}\Z")
    end = 0
    for item in objects_in(text):
        before = text[max(end, item.start - 200) : item.start]
        led = leading.search(before)
        if led and not _named(item.value, tools):
            yield item.start - len(before) + led.start(1), led[1], item.value
        else:
            yield from _object_calls(item, text, tools)
        end = item.end


def _object_calls(item: JsonObject, text: str, tools: Sequence[ToolSpec]) -> Iterator[_Found]:
    """Yield the calls that an object is: with a name, in a list, or by its arguments alone."""
    known = {tool.name for tool in tools}
    value = item.value
    listed = value.get("tool_calls") or value.get("calls")
    if isinstance(listed, list):
        for entry in listed:
            if isinstance(entry, dict) and (call := _named(entry, tools)):
                yield item.start, *call
    elif call := _named(value, tools):
        yield item.start, *call
    elif len(value) == 1 and (name := next(iter(value))) in known:
        inner = value[name]
        yield item.start, name, inner if isinstance(inner, dict) else {}
    elif _stands_alone(item, text) and (name := _tool_with(value, tools)):
        yield item.start, name, value


def _named(
    value: Mapping[str, object], tools: Sequence[ToolSpec]
) -> tuple[str, Mapping[str, object]] | None:
    """Return the call that an object with a name and arguments is, or None."""
    inner = value.get("function")
    if isinstance(inner, dict):
        return _named(inner, tools)
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    given = next((value[key] for key in _ARGUMENTS if key in value), None)
    if not isinstance(name, str) or given is None:
        return None
    name = name.removeprefix("functions.")
    if isinstance(given, str):
        given = _positional(name, [given], tools)
    return name, given if isinstance(given, dict) else {}


def _tool_with(value: Mapping[str, object], tools: Sequence[ToolSpec]) -> str:
    """Return the only tool that takes the arguments in *value*, or ""."""
    fitting = [
        tool.name
        for tool in tools
        if (fields := tool.arguments.model_fields)
        and value.keys() <= fields.keys()
        and all(name in value for name, field in fields.items() if field.is_required())
    ]
    if not fitting and "answer" in value:
        fitting = [tool.name for tool in tools if "answer" in tool.arguments.model_fields]
    return fitting[0] if len(fitting) == 1 else ""


def _stands_alone(item: JsonObject, text: str) -> bool:
    around = len(text[: item.start].strip()) + len(text[item.end :].strip())
    return around <= _LONGEST_BARE


def _react_calls(text: str, tools: Sequence[ToolSpec]) -> Iterator[_Found]:
    for call in _REACT_CALL.finditer(text):
        yield call.start(), call[1], _positional(call[1], [call[2] or call[3] or ""], tools)


def _python_calls(text: str, tools: Sequence[ToolSpec]) -> Iterator[_Found]:
    """Yield calls as in Python: whole lines, elements of a list, or with arguments in a line."""
    names = "|".join(re.escape(tool.name) for tool in tools)
    starts = re.compile(
        rf"(?:^|(?<=\),))[ \t\[]*+(?:print\(|await\s+|\w+\s*=\s*)?((?:{names})\()"
        rf"|(?<![\w.`])((?:{names})\()(?=\s*(?:[\"'{{]|\w+\s*=))",
        re.MULTILINE,
    )
    for start in islice(starts.finditer(text), MOST_WRITTEN_CALLS):
        place = start.start(1) if start[1] else start.start(2)
        end = _closing(text, start.end())
        with_calls = text[place:end]
        try:
            node = ast.parse(with_calls, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [_literal(one) for one in node.args]
            named = {one.arg: _literal(one.value) for one in node.keywords if one.arg}
            yield start.start(), node.func.id, _positional(node.func.id, given, tools) | named


def _closing(text: str, start: int) -> int:
    """Return the end of a call whose arguments begin at *start*."""
    depth, quote = 1, ""
    for place in range(start, min(len(text), start + 10_000)):
        character = text[place]
        if quote:
            quote = "" if character == quote and text[place - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if not depth:
                return place + 1
    return len(text)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _positional(name: str, given: Sequence[object], tools: Sequence[ToolSpec]) -> dict[str, object]:
    """Name arguments that were given by their places."""
    fields = next((list(t.arguments.model_fields) for t in tools if t.name == name), [])
    if len(given) == 1 and isinstance(given[0], str):
        read = next(objects_in(given[0]), None)
        if read:
            return read.value
        if "answer" in fields:
            return {"answer": given[0]}
    return dict(zip(fields, given, strict=False))


def _plain(text: str) -> str:
    """Return *text* without special tokens."""
    return _SPECIAL.sub("", _CHANNELS.sub("", text)).strip()
