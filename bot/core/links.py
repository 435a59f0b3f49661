"""Decides which addresses in a text are links: those that the caller allows, and no others.

A link is a way out for private text: a preview may open it with nobody's click. How Slack reads
Markdown is not documented, so nothing here depends on one parser's reading. Character references
and escapes are read, then every construct that some reading could turn into a link loses what all
readings need of it: a bracket its parenthesis, a tag its `<`, an address its scheme and its dots.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from html.entities import html5
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal, Protocol
from urllib.parse import quote, urlsplit

from bot.core.live_evidence import is_live
from bot.core.markdown import CodeSpan, blocks, code_spans
from bot.core.server_evidence import server_of

Bare = Literal["code", "dots", "keep"]
"""What becomes of a host name or e-mail address without a scheme and path: a code span, guarded
dots, or nothing (in the label of a link)."""

_HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
    "|(?<=[\\x00-\\x7f])\u200d|\u200d(?=[\\x00-\\x7f])"
)
"""What nobody sees, and what may be dropped on the way to a reader: an address must not hide in it.
Joiners between emoji stay."""

_LINE_END = re.compile("\r\n?")

_STOP = "\\s<>\"'`|「」『』（）【】、。，！？"
_BARE = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]{{0,20}}://[^{_STOP}]+")
_PUNCTUATION = 20
"""Characters after a known address up to which it is recognised."""

_WEB = re.compile(r"https?://", re.IGNORECASE)

_REFERENCE = re.compile(
    r"&(?:amp;)*(#\d{1,9}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII
)
_ACTIVE = frozenset("\\[]()*_#!|~")
"""Characters that Markdown acts on: decoded ones get a backslash."""

_ESCAPE = re.compile(r"\\\\|(?<=[\w:/@.?=&%-])\\([:/.?=&@%,;-])(?=[\w\\/])")
_ANGLED = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s|<>]+)(?:\|([^<>]*))?>")
_BRACKET = re.compile(r"\\.|!?\[|\]", re.DOTALL)
_TARGET = re.compile(
    r"\(\s*+(?:<([^<>\n]*+)>|((?:[^()\s<>\\]|\\.|\([^()\s<>]*+\))*+))"
    r"(?:\s++(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)))?+\s*+\)"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PLAIN_TARGET = re.compile(r"(?:[^()\s<>\\`|\[\]]|\([^()\s<>\\`|\[\]]*\))+")
_CONTAINER = re.compile(r"[\s>*+.)\d-]*")
_TAG = re.compile(r"<(?=[A-Za-z/!?@#])")

_SCHEME = re.compile(
    "([A-Za-z\uff21-\uff3a\uff41-\uff5a][A-Za-z0-9\uff10-\uff19\uff21-\uff3a\uff41-\uff5a+.-]{1,30})"
    r"[:：﹕︓](?:[/／]{2,}+|(?<=[pPｐＰsSｓＳ].)[/／\\]{2,}+)"
)
_PLAIN_SCHEME = re.compile(
    r"(?<![A-Za-z])(javascript|vbscript|mailto|data|tel|sms|callto|blob|intent|slack|file|https?)"
    r":(?=[\w/\\+])(?!//)",
    re.IGNORECASE,
)
_PORT = re.compile(r"(?<![A-Za-z0-9.:/-])([A-Za-z][A-Za-z0-9-]*+):(?=\d{2,5}/[^\s\d])", re.ASCII)
_DOTS = re.compile("[.．。｡․]")
_HOST = re.compile(
    r"(?<![\w.．․-])(?<!(?<!/)/)(?P<mailbox>[\w.+-]{1,64}+@)?"
    r"(?P<host>[\w-]++(?:(?:[.．․]|(?<=[0-9A-Za-z])[。｡](?=[0-9A-Za-z]))[\w-]++)+)"
    r"(?P<more>(?=[.．․]?(?:[/?]\S|:\d)))?"
)
_INERT = {"http": "hxxp://", "https": "hxxps://", "hxxp": "hxxp://", "hxxps": "hxxps://"}
_INNER_NUMBERS = 2
_FILE_ENDINGS = frozenset({"md", "py", "rs", "pl"})
"""Endings of files under whose top-level domain no host has a Japanese or Chinese name."""

_CJK = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_JAPANESE_AROUND = re.compile(
    rf"({_CJK.pattern}*)(?=[0-9A-Za-z])([\w.+-]+@[0-9A-Za-z.-]+[0-9A-Za-z])({_CJK.pattern}*)"
)
"""An e-mail address between words that are written against it, as Japanese is."""

_LETTERS = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]+")
_TOP_LEVEL = frozenset(
    """
    aero agency app arpa art asia autos band bar best beer bet bid biz blog bond boo build
    business buzz cab cafe cam camp care casa cash cat center cfd chat city click clinic cloud
    club codes com community company consulting coop cyou date dating day deals dev digital
    direct directory download eco edu education email energy engineering estate events example
    exchange expert express family fans farm fashion fish fit fun fund game games gay global
    gmbh gold golf gov green group guide guru hair help homes host hosting house icu inc
    industries info ink int internal international internet invalid investments jobs lan land
    lat law lawyer legal life limited link live llc loan local localhost lol lotto love ltd
    makeup management market marketing mba media meet meme men miami mil mobi moe mom money
    monster mov museum name nagoya net network new news ngo nexus ninja okinawa one ong onion
    online ooo org osaka page parts party pet phd photo photography photos pics pink pizza plus
    porn press pro productions prof property pub quest racing realty red ren rent rest review
    rip rocks rsvp run ryukyu sale salon sbs school science select services sexy shop show site
    ski social software solar solutions space store stream studio style support surf systems tax
    team tech technology tel test tips today tokyo tools top tours town toys trade training
    travel tube university uno vegas ventures video vin vip vision vodka vote watch web webcam
    website wiki win wine work works world wtf xin xxx xyz yachts yoga yokohama zip zone ac ad
    ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw
    by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er
    es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr
    ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
    lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc
    ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw
    sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm
    tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """.split()  # noqa: SIM905
)
"""Endings of host names that programs link without a scheme and a path. The list need not be
complete: a third part, a path, a port, `www.` and a scheme are each enough."""


_MOST_NAMED = 20


class _Cited(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def quote(self) -> str: ...
    @property
    def document_id(self) -> str: ...


def linkable(citations: Iterable[_Cited]) -> frozenset[str]:
    """Return the addresses that may be links in an answer with *citations*.

    They are those of the citations, and what quotations of the team's documents name on the same
    site: whoever writes there could be cited anyway, and no answer can put words into a whole
    address. A page of the open web, whose id is its address, or a server of others could ask for
    the words it wants.
    """
    found = set[str]()
    for citation in citations:
        found.add(citation.url)
        foreign = _is_foreign(citation.document_id)
        site = None if foreign else _site(citation.url)
        named = [address for address in links_in(citation.quote) if site and _site(address) == site]
        found.update(named[:_MOST_NAMED])
    return frozenset(found)


def _is_foreign(document_id: str) -> bool:
    return bool(_WEB.match(document_id) or server_of(document_id) or is_live(document_id))


def _site(address: str) -> tuple[str, str] | None:
    """Return scheme and host of an http(s) address, None for one with a login or odd signs."""
    if not address.isascii() or set("\\@") & set(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    plain = parts.scheme in {"http", "https"} and parts.netloc
    return (parts.scheme, parts.netloc.lower()) if plain else None


def links_in(text: str) -> list[str]:
    """Return the http(s) addresses of *text* in order, without the punctuation that follows."""
    return [_trimmed(found[0]) for found in _BARE.finditer(text) if _WEB.match(found[0])]


def legible(text: str) -> str:
    """Return *text* with one kind of line end, and nothing invisible that could hide an address.

    Markdown ends a line at a carriage return, too.
    """
    return _HIDING.sub("", _LINE_END.sub("\n", text))


def safe_markdown(markdown: str, allowed: Collection[str] = ()) -> str:
    """Return *markdown* in which nothing but the addresses in *allowed* can be a link.

    A foreign link becomes its label, an image its description, a foreign address text that can
    still be read (`hxxps://site[.]example/x`). All other formatting stays. Idempotent; the time is
    linear.
    """
    known = _known(allowed)
    return "\n".join(
        _safe_block(_pieces(spans, known), known) for spans in blocks(legible(markdown))
    )


def safe_text(text: str, allowed: Collection[str] = (), bare: Bare = "code") -> str:
    """Do the same to *text* that is no Markdown, where brackets have no meaning. Idempotent."""
    known = _known(allowed)
    bare = "dots" if "```" in text and bare == "code" else bare
    cut = (
        [_Piece("code" if is_code else "plain", span) for span, is_code in code_spans(line)]
        for line in legible(text).split("\n")
    )
    return "\n".join(_safe_block(pieces, known, bare) for pieces in cut)


def _known(allowed: Collection[str]) -> frozenset[str]:
    return frozenset(allowed) | frozenset(map(as_target, allowed))


_WORDS = frozenset({"text", "plain"})


class _Piece:
    """A piece of a block: Markdown, plain text, code, or the begin or end of an allowed link."""

    __slots__ = ("is_first", "kind", "text")

    def __init__(self, kind: Literal["text", "plain", "code", "open", "close"], text: str) -> None:
        self.kind = kind
        self.text = text
        self.is_first = False


def _safe_block(pieces: Sequence[_Piece], known: Collection[str], bare: Bare = "code") -> str:
    """Break up the addresses of a block, and the tags in its Markdown."""
    if bare == "code" and any("`" in piece.text for piece in pieces if piece.kind in _WORDS):
        bare = "dots"
    merged = [
        (kind, [piece.text for piece in group])
        for kind, group in groupby(pieces, attrgetter("kind"))
    ]
    written, depth = [""], 0
    for (kind, texts), (following, _) in pairwise([*merged, ("", [])]):
        text = "".join(texts)
        if kind == "code":
            text = _safe_addresses(text, known, "keep")
        elif kind in _WORDS:
            safe = _safe_addresses(text, known, "keep" if depth else bare)
            if "``" in {written[-1][-1:] + safe[:1], safe[-1:] + "`" * (following == "code")}:
                safe = _safe_addresses(text, known, "dots")  # code would touch code
            text = _TAG.sub("&lt;", safe) if kind == "text" else safe
            text += " " * (following == "open" and text.endswith("!"))  # else it were an image
        else:
            depth += len(texts) if kind == "open" else -len(texts)
        written.append(text)
    return "".join(written)


def _pieces(spans: Sequence[CodeSpan], known: Collection[str]) -> Sequence[_Piece]:
    """Cut a block into pieces; of a foreign link or image only its label is left."""
    pieces, openers, first = list[_Piece](), list[_Piece](), True
    for span, is_code in spans:
        if is_code:
            pieces.append(_Piece("code", span))
            first = False
            continue
        text = _ANGLED.sub(partial(_unwrapped, known=known), _decoded(span))
        end = 0
        for found in _BRACKET.finditer(text):
            if found.start() < end or found[0].startswith("\\"):
                continue
            between, end = text[end : found.start()], found.end()
            pieces += [_Piece("text", between), _Piece("text", found[0])]
            first = _is_first(between, first=first)
            if found[0] == "]":
                opener = openers.pop() if openers else _Piece("text", "")
                end, first = _closed(opener, pieces[-1], text, end, known)
            else:
                pieces[-1].is_first = first  # kept: of an image only its description is left
                openers.append(pieces[-1])
        first = _is_first(text[end:], first=first)
        pieces.append(_Piece("text", text[end:]))
    return pieces


def _is_first(between: str, *, first: bool) -> bool:
    """Tell whether what follows *between* is the first in its line, as a link's definition is."""
    *before, line = between.rsplit("\n", 1)
    return bool((before or first) and _CONTAINER.fullmatch(line))


def _closed(
    opener: _Piece, closer: _Piece, text: str, end: int, known: Collection[str]
) -> tuple[int, bool]:
    """Decide on a closed bracket, before *end*; return where to go on, and `_is_first` there.

    A link to a known address stays. The signs of any other, and of an image, are taken away.
    """
    target = _TARGET.match(text, end) if opener.text else None
    if not target:
        following = text[end : end + 1]
        if following == "(" or (following == ":" and (opener.is_first or not opener.text)):
            closer.text = "]\\"
        return end, False
    address = _ESCAPED.sub(r"\1", target[1] or target[2] or "")
    if address in known and opener.text == "[":
        opener.kind, closer.kind = "open", "close"
        closer.text = f"]({as_target(address)})"
        return target.end(), False
    opener.text = closer.text = ""
    return target.end(), True


def _unwrapped(link: re.Match[str], known: Collection[str]) -> str:
    """Show `<address|label>` as plain text: its label, and its address where that is known."""
    address, label = link[1], link[2] or ""
    if address not in known:
        return label or address
    end = " " if link.string[link.end() : link.end() + 1].strip() else ""
    return f"{label} {address}{end}".lstrip()


def as_target(address: str) -> str:
    """Return *address* as it can stand in the parentheses of a link."""
    if _PLAIN_TARGET.fullmatch(address):
        return address
    return quote(address, safe=":/?#@!$&*+,;=%~")


def _decoded(text: str) -> str:
    """Read character references, and the escapes in addresses."""
    return _ESCAPE.sub(lambda found: found[1] or found[0], _REFERENCE.sub(_character, text))


def _character(reference: re.Match[str]) -> str:
    name = f"{reference[1]};"
    meant = html.unescape(f"&{name}") if name[0] == "#" else html5.get(name, "&")
    if meant in {"<", ">", "&", "`"} or meant.startswith("&"):
        return reference[0]  # nothing becomes a link by these
    spaced = "".join(max(character, " ") for character in legible(meant))
    return "".join(f"\\{one}" if one in _ACTIVE else one for one in spaced)


def _safe_addresses(text: str, known: Collection[str], bare: Bare) -> str:
    """Break up all addresses that are not *known*."""
    text = _PLAIN_SCHEME.sub(r"\1[:]", text)
    pieces, unknown, end = list[str](), list[str](), 0
    longest = max(map(len, known), default=0) + _PUNCTUATION
    while found := _SCHEME.search(text, end):
        unknown.append(text[end : found.start()])
        whole = _BARE.match(text, found.start(), found.start() + longest)
        if whole and _is_known(whole, text, known):
            pieces += [_safe_hosts("".join(unknown), bare), whole[0]]
            unknown, end = [], whole.end()
        else:
            scheme = unicodedata.normalize("NFKC", found[1])
            unknown.append(_INERT.get(scheme.lower(), f"{scheme}[:]//"))
            end = found.end()
    return "".join([*pieces, _safe_hosts("".join([*unknown, text[end:]]), bare)])


def _is_known(address: re.Match[str], text: str, known: Collection[str]) -> bool:
    """Tell whether an address is known, and nothing after it could be read as more of its host."""
    found = next((one for one in (address[0], _trimmed(address[0])) if one in known), "")
    following = text[address.end() : address.end() + 1]
    if following == "<" or (following and re.match(f"[^{_STOP}]", following)):
        return False  # it goes on, here or where `<` is written as `&lt;`
    return bool(found and (urlsplit(found).path or not following or following.isspace()))


def _safe_hosts(text: str, bare: Bare) -> str:
    text = _HOST.sub(partial(_safe_host, bare=bare), text)
    return _PORT.sub(r"\1[:]", text)


def _safe_host(found: re.Match[str], bare: Bare) -> str:
    """Break up a host name or an e-mail address, unless no program takes it for one."""
    guarded = _DOTS.sub("[.]", found[0])
    before = found.string[max(0, found.start() - 2) : found.start()]
    first, *others, last = _DOTS.split(unicodedata.normalize("NFKC", found["host"]).lower())
    last = last.strip("_-")
    listed = last in _TOP_LEVEL
    named = bool(_LETTERS.fullmatch(last)) or listed
    abroad = not last.isascii() and last.isalpha() and "." in found["host"]
    numbers = len(others) == _INNER_NUMBERS and all(map(str.isdecimal, (first, *others, last)))
    owner = others[-1] if others else first
    if before == "//" or first.strip("_") == "www":
        return guarded
    alone = not found["mailbox"] and found["more"] is None and before[-1:] not in {"/", "@"}
    if alone and last in _FILE_ENDINGS and _CJK.search(owner):
        return found[0]
    if found["more"] is not None and (named or abroad or numbers):
        return guarded
    certain = listed or last.startswith("xn--") or others
    mailbox = found["mailbox"] or (before[-1:] == "@" and before[:1].isalnum())
    if bare == "keep" or not (mailbox or (named and certain)):
        return found[0]
    written = found[0]
    is_word = "_" not in {written[0], written[-1]} and before[-1:] != "\\"
    if bare != "code" or not is_word:
        return guarded
    around = _JAPANESE_AROUND.fullmatch(written) if found["more"] is None else None
    # Spaces, because Slack takes a backtick for a sign where a letter touches it.
    head, address, tail = around.groups() if around else ("", written, "")
    return f"{head}{' ' * bool(head)}`{address}`{' ' * bool(tail)}{tail}"


def _trimmed(address: str) -> str:
    """Take off the punctuation that ends a sentence, not the address."""
    address = address.rstrip(".,;:!?*_~]}")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?*_~]}")
    return address
