"""Programs that look for links in a text, each as eagerly as any chat program might.

They are written independently of what they test: a parser of CommonMark with HTML, tables and
automatic links, a reader of Slack's own markup, and one that links whatever resembles an address.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_ATTRIBUTE = re.compile(
    r"(?i)<\w[^<>]*?\b(?:href|src|action|background|poster)\s*=\s*['\"]?([^\s'\">]+)"
)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_COMMON = "com|net|org|info|io|ai|md|jp|co|de|ru|tk|xyz|app|dev|zip|example|test|invalid|localhost"
_AUTOMATIC = re.compile(
    rf"""
    (?<![a-z0-9+.-])(?![a-z0-9+.-]*hxxps?:)[a-z][a-z0-9+.-]+:[/\\]{{2,}}[^\s<>]+   # a scheme
    | (?<![a-z])(?:https?|javascript|vbscript|data|mailto|tel|slack|file):[\w/\\]\S*
    | (?<![\w./])www\.[\w-]\S*
    | (?<![\w])//[\w-]+(?:\.[\w-]+)+\S*                # without a scheme
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                     # an e-mail address
    | (?<![\w./-])[\w-]+(?:\.[\w-]+)*\.(?:{_COMMON}|xn--[\w-]+)(?![\w-]|\.\w)\S*
    | (?<![\w./-])[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}}(?:/\S|\?\S|:\d)\S*
    | (?<![\w.:/-])[a-z][\w-]*:\d{{2,5}}/[^\s\d]\S*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SCHEME = re.compile(r"(?i)\b(?![a-z0-9+.-]*hxxps?:)[a-z][a-z0-9+.-]+:[/\\]{2,}[^\s<>]+")


def in_markdown(text: str) -> list[str]:
    """Return the targets of all links and images of Markdown, and the addresses in its text."""
    return list(_of_tokens(_PARSER.parse(text)))


def in_mrkdwn(text: str) -> list[str]:
    """Return the targets of the `<…>` tokens of Slack's own markup, and the addresses between."""
    found = [code for block in _CODE.findall(text) for code in _SCHEME.findall(_folded(block))]
    rest = _CODE.sub(" ", text)
    found += [target.split("|")[0] for target in _TOKEN.findall(rest)]
    return [*found, *automatic(_unescaped(_TOKEN.sub(" ", rest)))]


def automatic(text: str) -> list[str]:
    """Return what an eager program links in plain text."""
    return [found[0] for found in _AUTOMATIC.finditer(_folded(text))]


def shown(text: str) -> str:
    """Return what a reader of the Markdown sees: the letters and digits of texts and code."""
    return "".join(one for one in "".join(_seen(_PARSER.parse(text))) if one.isalnum())


def _of_tokens(tokens: Sequence[Token]) -> Iterator[str]:
    plain = ""
    for token in tokens:
        if token.type in {"text", "text_special"}:
            plain += token.content
            continue
        if token.type == "softbreak":
            plain += "\n"
            continue
        yield from automatic(plain)
        plain = ""
        for name in ("href", "src"):
            if (target := token.attrGet(name)) is not None:
                yield str(target)
        if token.type in {"html_inline", "html_block"}:
            yield from _ATTRIBUTE.findall(token.content)
            yield from automatic(re.sub(r"<[^<>]*>", " ", token.content))
        if token.type in {"code_inline", "code_block", "fence"}:
            yield from _SCHEME.findall(_folded(token.content))
        yield from _of_tokens(token.children or [])
    yield from automatic(plain)


def _seen(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "text_special", "code_inline", "code_block", "fence"}:
            yield token.content
        yield from _seen(token.children or [])


def _folded(text: str) -> str:
    seen = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return re.sub(
        "(?<=[a-zA-Z0-9])[。｡](?=[a-zA-Z0-9])(?!https?:)", ".", unicodedata.normalize("NFKC", seen)
    )


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
