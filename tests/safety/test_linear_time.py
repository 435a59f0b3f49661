"""What a stranger writes is read in linear time: each regular expression, and each function.

Squares are invisible in ordinary texts and stop the whole process in others. So both are measured,
in time of the processor, on runs made for them: of 1,500 and of 6,000 characters.
"""

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from mcp_types import TextContent

from bot.agent.evidence import literal
from bot.agent.grounding import examine, without
from bot.agent.verification.overlap import OverlapVerifier
from bot.agent.verification.quotations import QuotationsVerifier
from bot.auto_answers.question_to_all import asks_everybody
from bot.core.language import is_written_in, wanted_language
from bot.core.links import links_in, safe_markdown, safe_text
from bot.handoff.is_answer import is_answer
from bot.mcp_client.arguments import arguments_of
from bot.mcp_client.evidence import passages_of
from bot.mcp_server.tools import safe
from bot.slack.client.command_words import mentioned_command, slash_command
from bot.slack.client.escape import label, markdown, mrkdwn
from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import readable, translate
from bot.slack.client.split import one_line
from bot.slack.client.split import split as split_message
from bot.slack.intake.addressee_heuristics import asks_the_bot
from bot.slack.intake.cancel import asks_to_stop
from bot.text import citation_markers, numbers
from bot.text.answer_types import expectation
from bot.text.conflicts import contradict
from bot.text.excerpts import excerpts
from bot.text.question_similarity import by_words
from bot.text.small_talk import small_talk_in
from bot.web.page_text import page_text
from knowledge.model.errors import ParseError
from knowledge.model.settings import McpServerSettings
from knowledge.model.types import Passage
from knowledge.parsing.decoder import encoding_named
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.parsers import parse
from knowledge.quality.checks.similarity import resembling, signatures
from knowledge.text.analysis import analyse, query_terms
from knowledge.text.chunker import split as split_chunks
from knowledge.text.headings import split_sections
from knowledge.text.highlight import highlight, sentences
from knowledge.text.numbers import numbers_in
from knowledge.text.plain_text import plain_text
from knowledge.text.question_subject import subject_of
from knowledge.text.years import years_in
from tests.safety.tally import Tally
from tests.support.patterns import FoundPattern, all_patterns
from tests.support.processor_time import MOST, processor_seconds, superlinear
from tests.support.pumps import inputs

LENGTH = 1500


def _pattern_use(found: FoundPattern) -> Callable[[Any], object]:
    """Return what uses the pattern as the code does; a use that visits every match counts most."""
    pattern = found.compiled()
    for method in ("sub", "subn", "finditer", "findall", "split"):
        if method in found.methods:
            return lambda text: all(True for _ in pattern.finditer(text))
    for method in ("search", "match", "fullmatch"):
        if method in found.methods:
            searched: Callable[[Any], object] = getattr(pattern, method)
            return searched
    raise AssertionError(found.methods)


def problems_of(found: FoundPattern) -> list[str]:
    """Return the first input on which a pattern is too slow, if there is one."""
    use, pattern = _pattern_use(found), found.compiled()
    for short, long in zip(inputs(pattern, LENGTH), inputs(pattern, 4 * LENGTH), strict=True):
        pair: list[Any] = [short, long]
        if found.is_bytes:
            pair = [text.encode("latin-1", "replace") for text in pair]
        slow = superlinear(partial(use, pair[0]), partial(use, pair[1]))
        if slow:
            return [f"{found.place} on {short[:12]!r}…{short[-8:]!r}: {slow}"]
    return []


def test_every_pattern_takes_linear_time(tally: Tally) -> None:
    """All of them, wherever they are: a new one is found and measured without being listed."""
    slow = list[str]()
    patterns = all_patterns()
    for found in patterns:
        slow += tally.add("linear time: regular expressions", found.place, problems_of(found))

    assert len(patterns) > 200
    assert slow == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s*x",
        r"\w+@",
        r"(a|b)*c*d",
        r"<[^>]*>",
        r"「.*」",
        r"\[[^\]]*\]\(",
        r"(?:a+)+$",
        r"a.*b.*c",
    ],
)
def test_a_square_is_found(pattern: str) -> None:
    """The measurement sees the usual kinds."""
    found = FoundPattern("here:1", pattern, is_bytes=False, flags=0, methods=("search",))
    assert problems_of(found)


UNITS = {
    "spaces": " ",
    "ideographic spaces": "\u3000",
    "line ends": "\n",
    "spaces and line ends": " \n",
    "tabs": "\t",
    "letters": "a",
    "capitals": "Ab ",
    "Japanese letters": "あ",
    "kanji": "漢",
    "katakana": "カ",
    "kanji digits": "一",
    "digits": "1",
    "digits and commas": "1,",
    "codes": "a1-",
    "angle brackets": "<",
    "tags": "<a ",
    "mentions": "<@U1",
    "closed mentions": "<@U1> ",
    "brackets": "[",
    "marks": "[1]",
    "nested marks": "[1",
    "links": "[a](",
    "label ends": "](",
    "images": "![a",
    "image ends": "![a](",
    "backticks": "`",
    "odd backticks": "` ``",
    "fences": "```\n",
    "quotes of code": '"""',
    "comments of code": "/*",
    "blocks of code": " ::",
    "fences in lists": "- ~~~\n",
    "pipes": "|",
    "table rows": "| a | b |\n",
    "table heads": "| a |\n|---|\n",
    "stars": "*",
    "stars and letters": "*a",
    "underscores": "_a",
    "entities": "&#",
    "ampersands": "&amp;",
    "Japanese quotes": "「",
    "closed Japanese quotes": "「あ」",
    "straight quotes": '"',
    "combining marks": "e\u0301",
    "voiced marks": "\u3099",
    "zero-width spaces": "\u200b",
    "addresses": "http://",
    "hosts": "a.example/",
    "closing parentheses": "http://a)",
    "at signs": "@",
    "mail": "a@b",
    "nested quotations": "> ",
    "quotation lines": "> > >\n",
    "list items": "- a\n",
    "deep lists": "  - a\n",
    "headings": "# a\n",
    "underlines": "a\n===\n",
    "anchors": "# a {#b}\n",
    "front matter": "a: b\n",
    "sentences": "This is one. ",
    "Japanese sentences": "これは一つです。",
    "questions": "Is it? ",
    "numbers with units": "3 days ",
    "from and to": "東京から大阪へ",
    "dates": "2026年1月2日 ",
    "weekdays": "月曜日 ",
    "dashes": "---",
    "slashes": "/",
    "backslashes": "\\",
    "braces": "{",
    "colons": ":",
}
"""What is repeated: of each kind that some parser gives a meaning to, in both languages."""

ME = BotIdentity("T1", "U0BOT")
TICKETS = McpServerSettings(name="tickets", url="https://t.example/mcp", tools=["find"])


def _message(text: str) -> object:
    event = {"type": "message", "channel": "C1", "ts": "1.1", "user": "U1", "text": text}
    return translate({"event": event}, ME)


def _passage(text: str, date: dt.date) -> Passage:
    return Passage(f"d{date}#1", f"d{date}", "s", "t", "", text, 1.0, date=date)


def _judged(text: str) -> object:
    day = dt.date(2026, 1, 1)
    for answer, evidence in ((text, text[:200]), (text[:200], text)):
        passages = {1: _passage(evidence, day)}
        verifiers = (OverlapVerifier(), QuotationsVerifier())
        found = asyncio.run(examine(f"{answer} [1]", passages, verifiers))
        without(answer, found.rejected)
    return None


def _read(name: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        with suppress(ParseError):
            return parse(text.encode(), name)
        return None

    return read


def _front_matter(text: str) -> object:
    with suppress(ParseError):
        return split_front_matter(f"---\n{text}\n---\n")
    return None


def _answers(text: str) -> object:
    fits = expectation(text)
    asked = ("How many lockers?", "How much is it?", "Who?", "When?", "どのくらいの期間", "何人？")
    return [fits and fits(text), *((test := expectation(one)) and test(text) for one in asked)]


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "a message": _message,
    "a message of mentions": lambda text: _message(f"<@U0BOT>{text}<@U0BOT>"),
    "readable": readable,
    "whether a reply asks the bot": asks_the_bot,
    "whether a message asks everybody": asks_everybody,
    "whether a message stops a question": asks_to_stop,
    "a command after a mention": mentioned_command,
    "a slash command": slash_command,
    "whether a reply is an answer": is_answer,
    "escaping": markdown,
    "labels": label,
    "plain addresses": lambda text: safe_text(text, ["http://a.example/"]),
    "escaping of mrkdwn": mrkdwn,
    "cutting into messages": split_message,
    "one line": one_line,
    "addresses": links_in,
    "Markdown": lambda text: safe_markdown(text, ["http://a.example/"]),
    "texts for programs": lambda text: safe(text, ["http://a.example/"]),
    "what a server says": lambda text: passages_of(TICKETS, "find", [TextContent(text=text)], None),
    "what a server lists": lambda text: passages_of(TICKETS, "find", [], {"items": [text] * 9}),
    "arguments of a server": lambda text: arguments_of(
        {"properties": {text[:60]: {"type": "string", "description": text}}}
    ),
    "the wanted language": wanted_language,
    "the written language": lambda text: is_written_in(text, "ja"),
    "marks": lambda text: citation_markers.normalised(text, {2}),
    "marks that are known": lambda text: citation_markers.normalised(text, {1}),
    "marks taken off": lambda text: citation_markers.stripped(citation_markers.bracketless(text)),
    "unknown marks": lambda text: citation_markers.unknown_in(text, {2}),
    "numbers": lambda text: numbers.missing(text, text),
    "numbers without evidence": lambda text: numbers.missing(text, ""),
    "types of answer": _answers,
    "similarity of questions": lambda text: by_words(text, text),
    "similarity to another": lambda text: by_words(text, "How many days of leave?"),
    "conflicts": lambda text: contradict(
        _passage(text, dt.date(2026, 1, 1)), _passage(f"{text}1", dt.date(2025, 1, 1))
    ),
    "grounding": _judged,
    "what is visible": literal,
    "removal of controls": plain_text,
    "tokens": analyse,
    "terms of a question": query_terms,
    "sentences": sentences,
    "the best sentence": lambda text: highlight(text, {"a": 1.0, "漢漢": 1.0}),
    "quotations": lambda text: excerpts(text, "en"),
    "the subject of a question": subject_of,
    "small talk": small_talk_in,
    "chunks": lambda text: list(split_chunks(text, 200)),
    "sections": split_sections,
    "numbers of documents": numbers_in,
    "years": years_in,
    "similarity of documents": lambda text: resembling(signatures([text, text]), 0.5),
    "front matter": _front_matter,
    "a Markdown file": _read("a.md"),
    "a text file": _read("a.txt"),
    "a table file": _read("a.csv"),
    "a message of mail": lambda text: _read("a.eml")(f"From: a\nSubject: {text}\n\n{text}"),
    "a mailbox": lambda text: _read("a.mbox")(f"From a\nA: b\n\n{text}"),
    "subtitles": lambda text: _read("a.vtt")(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}"),
    "source code": _read("a.py"),
    "a data file": _read("a.yaml"),
}
"""Everything that reads what a stranger writes in the bot's own process, and the parsers."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_takes_linear_time(name: str, tally: Tally) -> None:
    """Whatever is repeated, four times as much takes about four times as long."""
    read, slow = FUNCTIONS[name], list[str]()
    read("a 1 あ")
    for kind, unit in UNITS.items():
        # The splitter is given 8,000 letters at most.
        least = 8000 if name in {"chunks", "what a server says"} else 2000
        short, long = (unit * (length // len(unit)) for length in (least, 4 * least))
        found = superlinear(partial(read, short), partial(read, long))
        slow += tally.add("linear time: functions", f"{name}: {kind}", [found] if found else [])

    assert slow == []


SHEET_UNITS = {
    "columns": "語,1,",
    "gaps": "a,,b,1,,",
    "names over columns": "a,,,a,",
    "rows": "語,1\n",
    "blank rows": "1,2\n\n",
    "headers": "a,語\n\n",
    "titles": "題\n\n",
    "tables side by side": "a,b,,c,d\nx,1,,y,2\n",
    "steps": ",a\n,,b\n\n",
}


@pytest.mark.parametrize("kind", SHEET_UNITS)
def test_a_sheet_takes_linear_time(kind: str) -> None:
    """However its cells, its gaps and its headers repeat."""
    read, unit = _read("a.csv"), SHEET_UNITS[kind]
    read(unit)
    short, long = (unit * (length // len(unit)) for length in (10_000, 40_000))

    assert not superlinear(partial(read, short), partial(read, long))


PAGE_UNITS = {
    "open tags": "<a ",
    "open tags on lines": "<p\n",
    "open attributes": "<a b='",
    "comments": "<!--",
    "declarations": "<!",
    "character data": "<![CDATA[",
    "instructions": "<?",
    "closing tags": "</",
    "entities": "&#",
    "scripts": "<script>",
    "Japanese tags": "<表 ",
}


MARKDOWN_UNITS = PAGE_UNITS | {
    "components": '<Note title="a">',
    "hidden elements": "<p hidden>",
    "hidden elements in elements": "<b><p hidden></b>",
    "links of pages": "<a href='a'>b",
    "tables of pages": "<table>",
    "headings of pages": "<h2>",
    "expressions": "{/* a",
    "braces with ids": "{#a",
    "Hugo": "{{< a ",
    "closed Hugo": "{{< a >}}",
    "Hugo's code": "{{< highlight >}}",
    "Liquid": "{% comment %}",
    "wiki links": "[[a",
    "notes": "[^a] ",
    "definitions": "[^a]: b\n",
    "notes within": "^[a",
    "admonitions": ":::note\n",
    "indented admonitions": "!!! note\n    a\n",
    "admonitions in admonitions": '=== "a"\n\n',
    "directives": "```{note} a\n",
    "exports": "export const a = {\n",
    "imports": "import {\n",
    "percent signs": " %%",
    "backticks of two lengths": "` `` ",
    "escapes": "\\_",
}


@pytest.mark.parametrize("name", ["a.md", "規程.mdx"])
def test_a_markdown_page_takes_linear_time(name: str, tally: Tally) -> None:
    """What its source opens and never closes is no square."""
    slow, read = list[str](), _read(name)
    for kind, unit in MARKDOWN_UNITS.items():
        short, long = (unit * (length // len(unit)) for length in (5_000, 20_000))
        found = superlinear(partial(read, short), partial(read, long))
        slow += tally.add("linear time: pages", f"{name}: {kind}", [found] if found else [])

    assert slow == []


@pytest.mark.parametrize("name", ["a.html", "規程.htm"])
def test_a_page_takes_linear_time(name: str, tally: Tally) -> None:
    """What a page opens and never closes is no square, in a file or from the web."""
    slow = list[str]()
    read = _read(name)
    for kind, unit in PAGE_UNITS.items():
        short, long = (unit * (length // len(unit)) for length in (20_000, 80_000))
        found = superlinear(partial(read, short), partial(read, long))
        found = found or superlinear(partial(_web_page, short), partial(_web_page, long))
        slow += tally.add("linear time: pages", f"{name}: {kind}", [found] if found else [])

    assert slow == []


def _web_page(text: str) -> object:
    return page_text(text.encode(), "https://a.example/", "text/html", 400, plain=False)


ODD_ENCODINGS = [
    *(
        "punycode",
        "Punycode",
        "idna",
        "utf-7",
        "UTF_7",
        "hz",
        "unicode_escape",
        "raw_unicode_escape",
    ),
    *(
        "rot13",
        "base64",
        "zlib",
        "bz2",
        "hex",
        "quopri",
        "uu",
        "undefined",
        "mbcs",
        "none",
        "日本語",
    ),
]


@pytest.mark.parametrize("encoding", ODD_ENCODINGS)
def test_an_odd_encoding_is_never_used(encoding: str, tally: Tally) -> None:
    """A page that declares one, in its header or in itself, is read as UTF-8."""
    assert encoding_named(encoding) == ""
    page = f"<html><head><meta charset='{encoding}'></head><body><p>有給は20日。</p></body></html>"
    body = page.encode() + b"a" * 100_000

    header = page_text(body, "", f"text/plain; charset={encoding}", 400, plain=True)
    seconds = processor_seconds(lambda: _read("a.html")(page + "a" * 1_000_000))

    problems = [] if "有給は20日。" in str(header["text"]) else ["was not read as UTF-8"]
    problems += ["took a second"] if seconds >= MOST else []
    assert tally.add("odd encodings", encoding, problems) == []


@pytest.mark.parametrize(
    ("encoding", "known"),
    [
        *(("Shift_JIS", "cp932"), ("EUC-JP", "euc_jp"), ("iso-2022-jp", "iso2022_jp")),
        *(("UTF8", "utf-8"), ("windows-1252", "cp1252"), ("latin1", "iso8859-1")),
        *(("GBK", "gbk"), ("big5", "big5")),
    ],
)
def test_usual_encodings_are_known(encoding: str, known: str) -> None:
    """By the names that pages use."""
    assert encoding_named(encoding) == known
