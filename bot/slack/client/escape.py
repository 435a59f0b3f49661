"""Makes a model's text inert: it can say anything, but ping nobody and disguise no link.

Slack's markdown block still reads `<!channel>`, `<@U1>`, `<#C1>` and `<https://…|label>`, but not
an entity, so escaping `<` outside code is enough; `&` stays, because links need it. In code an
entity would be seen, so there only the tokens that ping are broken, with an invisible joiner.

What counts as code is decided narrowly: only where every reading of the Markdown agrees. In doubt
a reader sees `&lt;` in code, instead of a token at work outside it.
"""

import re
from collections.abc import Callable, Iterator

_FENCE = re.compile(r"(`{3,20})(?!.*`)")
_OTHER_FENCE = re.compile(r"^(?!`{3,20}(?!.*`)).*(`{3}|~{3})")
_CLOSING = re.compile(r" {0,3}(`+)\s*")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)|`+", re.DOTALL)
_PING = re.compile(r"<(?=[@#][A-Z0-9]|!(?:channel|here|everyone|subteam|date))")
_WORD_JOINER = "\u2060"


def inert(markdown: str) -> str:
    """Return *markdown* with nothing in it that Slack would act on. Idempotent."""
    return "\n".join(treat(text) for text, treat in _blocks(markdown))


def open_fence(markdown: str) -> str:
    """Return the line that opened the code block in which *markdown* ends, or ""."""
    opening = ""
    for line in markdown.split("\n"):
        if not opening:
            opening = line if _FENCE.match(line) else ""
        elif closes(opening, line):
            opening = ""
    return opening


def closes(opening: str, line: str) -> bool:
    """Tell whether *line* ends the code block that the line *opening* began."""
    begun, ended = _FENCE.match(opening), _CLOSING.fullmatch(line)
    return bool(begun and ended and len(ended[1]) >= len(begun[1]))


def mrkdwn(text: str) -> str:
    """Escape plain *text* for Slack's own markup, in which only these three are special."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(markdown: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield the paragraphs and the lines of code blocks, each with what makes it inert.

    After a fence that is not at the beginning of its line (in a list, in a quotation) parsers
    disagree on where code begins and ends, so from there on nothing counts as code.
    """
    opening = ""
    paragraph: list[str] = []
    lines = markdown.split("\n")
    for number, line in enumerate(lines):
        if opening:
            yield line, _broken
            opening = "" if closes(opening, line) else opening
        elif _OTHER_FENCE.search(line):
            yield "\n".join([*paragraph, *lines[number:]]), _escaped
            return
        elif line.strip() and not _FENCE.match(line):
            paragraph.append(line)
        else:
            if paragraph:
                yield "\n".join(paragraph), _with_code_spans
            yield line, _broken
            opening, paragraph = line.strip() and line, []
    if paragraph:
        yield "\n".join(paragraph), _with_code_spans


def _with_code_spans(paragraph: str) -> str:
    """Escape a paragraph, leaving readable the code spans about which there is no doubt."""
    spans = [span for span in _CODE_SPAN.finditer(paragraph) if span[2]]
    if "\\`" in paragraph or any(re.search(r"[\n|]", span[0]) for span in spans):
        return _escaped(paragraph)
    pieces, end = [], 0
    for span in spans:
        pieces += [_escaped(paragraph[end : span.start()]), _broken(span[0])]
        end = span.end()
    return "".join([*pieces, _escaped(paragraph[end:])])


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")


def _broken(code: str) -> str:
    return _PING.sub(f"<{_WORD_JOINER}", code)
