"""Takes an answer out of what a model has put around it, and tells calls that are no answer.

Models wrap an answer in JSON, in tags or in half a fence, whatever they were asked for. People
read the words alone.
"""

import json
import re

from bot.text.lenient_json import objects_in, read_object

LONGEST = 8_000
"""Characters of an answer that is looked into: what is never closed takes the square of them."""

_KEYS = (
    *("answer", "final_answer", "response", "final", "output", "reply", "text", "content"),
    *("message", "result", "finalanswer", "回答", "最終回答", "答え"),
)
_NAMES = frozenset(("name", "tool", "tool_name", "function", "action", "recipient_name"))
_ARGUMENTS = frozenset(
    ("arguments", "parameters", "args", "input", "action_input", "tool_input", "params")
)
_TAGS = r"(?:final_)?answer|response|output|final|reply|回答|最終回答"
_TAGGED = re.compile(
    rf"\A<({_TAGS})>(.*?)(?:</\1>|\Z)|<((?:final_)?answer)>(.*?)</\3>", re.DOTALL | re.IGNORECASE
)
_OUTER = re.compile(r"\A<finish>|</finish>\Z|<status>[^<]*</status>", re.IGNORECASE)
_THINKING = (
    "scratchpad|reflection|analysis|plan(?:ning)?|inner_monologue|think(?:ing)?|thought|reasoning"
    "|思考"
)
_THOUGHTS = re.compile(
    rf"\A\s*<({_THINKING})>.*?(?:</\1>|\Z)|<({_THINKING})>.*?</\2>", re.DOTALL | re.IGNORECASE
)
_LABEL = re.compile(
    r"\A(?:#{1,6}[^\S\n]*)?(?:\*\*)?(?:assistant|(?:final )?(?:response|answer)|(?:最終)?回答|答え)"
    r"(?:\*\*)?[^\S\n]*[:：](?:\*\*)?\s*",
    re.IGNORECASE,
)
_NEXT_TURN = re.compile(
    r"^(?:user|human|ユーザー|質問者)[^\S\n]*[:：](?=.*^(?:assistant|アシスタント)[^\S\n]*[:：]).*\Z",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_FENCE = re.compile(r"^```[^\n`]*$", re.MULTILINE)
_WHOLE_FENCE = re.compile(
    r"\A```(?:json|text|txt|plaintext|markdown|md)?[^\S\n]*\n(.*?)(?:\n```)?\Z", re.DOTALL
)
_CALL = re.compile(
    r"<tool_call\b|<tool_use\b|<function_calls?>|<invoke\b|<function=|\[TOOL_CALLS?\]|<\|tool_call"
    r"|```tool_(?:code|call)|^Action\s*[:：].*\n\s*Action Input",
    re.MULTILINE | re.IGNORECASE,
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_DEEPEST = 4
_CLOSED = 2


def unwrapped(text: str) -> str:
    """Return the words of *text* without the wrapper that is plainly around one answer."""
    if len(text) > LONGEST:
        return text
    for _ in range(_DEEPEST):
        inner = _once(text.strip())
        if inner == text:
            break
        text = inner
    return text


def is_call(text: str) -> bool:
    """Tell whether *text* has a tool call written out, which nobody should read."""
    if _CALL.search(text):
        return True
    words = _CODE.sub(" ", text)  # an answer may show a request in code
    return any(
        not _NAMES.isdisjoint(found.value) and not _ARGUMENTS.isdisjoint(found.value)
        for found in objects_in(words if any(map(str.isalnum, words)) else text)
    )


def _once(text: str) -> str:
    text = _OUTER.sub("", _THOUGHTS.sub("", text).strip()).strip()
    if tagged := _TAGGED.search(text):
        return str(tagged[2] or tagged[4] or "").strip()
    if fenced := _WHOLE_FENCE.match(text):
        return _of_json(fenced[1]) or _unfenced(text)
    plain = _NEXT_TURN.sub("", _LABEL.sub("", text)).strip()
    return _of_json(plain) or _unfenced(plain)


def _unfenced(text: str) -> str:
    """Return *text* without a fence that nothing closes, or that holds words and no code."""
    fences = [*_FENCE.finditer(text)]
    if len(fences) % _CLOSED == 0:
        return text
    if not text[fences[-1].end() :].strip():
        return text[: fences[-1].start()].rstrip()
    if len(fences) == 1 and fences[0].start() == 0:
        return text[fences[0].end() :].strip()
    return f"{text.rstrip()}\n```"


def _of_json(text: str) -> str:
    """Return the answer that *text* holds as JSON, "" where it is none."""
    text = text.strip()
    if text[:1] not in {"{", "[", '"'}:
        return ""
    if found := read_object(text):
        return _said(found.value)
    try:
        return _said(json.loads(text))
    except (ValueError, RecursionError):
        return ""


def _said(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        said = list(map(_said, value)) if len(value) == 1 else []
        return said[0] if said else ""
    if not isinstance(value, dict) or (_NAMES & value.keys() and _ARGUMENTS & value.keys()):
        return ""
    lowered = {str(key).lower(): one for key, one in value.items()}
    found = [lowered[key] for key in _KEYS if lowered.get(key)]
    return _said(found[0]) if found else ""
