"""Detects personal data (PII) and secrets in a text by patterns.

The patterns run over a copy of the text of the same length in narrow characters, so that they find
full-width digits and letters at their original positions.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.core.errors import BotError

PiiKind = Literal[
    "email",
    "phone",
    "card",
    "my_number",
    "national_id",
    "address",
    "ip",
    "link",
    "person",
    "place_id",
    "birth_date",
    "staff_number",
]


class RedactionError(BotError):
    """The library that detects phone numbers is not installed."""


@dataclass(frozen=True, slots=True)
class PiiMatch:
    """A span of a text with its kind; `key` is equal for the same person or number."""

    start: int
    end: int
    sort: PiiKind
    key: str


_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")


def shadow(text: str) -> str:
    """Return *text* in narrow characters, at the same length."""
    narrow = [unicodedata.normalize("NFKC", character) for character in text]
    kept = (new if len(new) == 1 else old for new, old in zip(narrow, text, strict=True))
    joined = "".join(kept).translate(_HYPHENS)
    return re.sub(r"(?<=\d)ー(?=\d)", "-", joined)


def recognised(text: str) -> list[PiiMatch]:
    """Return all personal data in *text* that needs no list of names; spans may overlap.

    Raises:
        RedactionError: the extra `export` is not installed.
    """
    seen = shadow(text)
    found = [item for recogniser in _RECOGNISERS for item in recogniser(seen)]
    return [*found, *_phones(seen)]


_LABELS = (
    r"password|passwd|pwd|passphrase|api[_ -]?key|secret|access[_ -]?token"
    r"|パスワード|暗証番号|秘密鍵"
)
SECRETS: Sequence[re.Pattern[str]] = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"xox[a-z]-[A-Za-z0-9-]{10,}",
        r"xapp-\d-[A-Za-z0-9-]{10,}",
        r"hooks\.slack\.com/services/T\w+/B\w+/\w+",
        r"\bsk-[A-Za-z0-9_-]{16,}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}",
        r"\bglpat-[\w-]{16,}",
        r"\bAIza[\w-]{30,}",
        r"\bhf_[A-Za-z0-9]{30,}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"\beyJ(?:(?!-eyJ)[\w-]){10,}+\.eyJ(?:(?!-eyJ)[\w-]){10,}+\.[\w-]*",
        r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@]+:[^\s/@]+@",
        rf"(?i)(?:{_LABELS})\s*[:=]\s*[\"'`]?[^\s\"'`、。]{{4,}}",
    )
)


def has_secret(text: str) -> bool:
    """Tell whether *text* contains a key, a token or a password; no row may."""
    seen = shadow(text)
    return any(pattern.search(seen) for pattern in SECRETS)


_TEMPLATE = re.compile(
    r"<\|[\w ]{2,30}\|>|\[/?INST\]|\{(?:question|today)\}|\$(?:question|today)\b"
)


def is_template(text: str) -> bool:
    """Tell whether *text* contains control tokens of chat templates."""
    return _TEMPLATE.search(text) is not None


_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}(?:@|\s?[\[(]at[\])]\s?)[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}",
    re.ASCII,
)
_LINK = re.compile(r"https?://[^\s<>\"'）」』】、。]+")
_TELLING = re.compile(
    r"[?&](?=[^?=&]*+=)[^?=&]*(?:token|key|sig|auth|secret|code|session|pass|email|user)"
    r"|#access_token"
    r"|://[^/\s]*@|slack\.com/(?:archives|team)/|docs\.google\.com/.{0,100}/d/",
    re.IGNORECASE,
)
_IP4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_IP6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])", re.ASCII)
_SECTION = re.compile(r"(?:section|version|chapter|release|ver\.?|\bv|第|§)\s*$", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\d-])\d(?:[ -]?\d){11,18}(?![\d-])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.ASCII)
_SLACK_PERSON = re.compile(r"<?@?\b([UW][A-Z0-9]{7,})(?:\|[^<>]*)?\b>?", re.ASCII)
_SLACK_PLACE = re.compile(r"<?#?\b([CGDT]0[A-Z0-9]{6,})(?:\|[^<>]*)?\b>?", re.ASCII)
_POSTAL = re.compile(r"(?:〒|郵便番号[は:]?)\s*\d{3}-?\d{4}(?!\d)")
_KANJI = "々〇〆ヶ一-龯"
_COUNT = r"[\d一二三四五六七八九十]{1,4}"
_ADDRESS = re.compile(
    rf"(?:東京都|北海道|京都府|大阪府|[{_KANJI}]{{2,3}}県)?"
    rf"(?:[{_KANJI}ぁ-んァ-ヶー]{{1,8}}?郡)?[{_KANJI}ぁ-んァ-ヶー]{{1,6}}?[市区町村]"
    rf"(?:[{_KANJI}ァ-ヶーの]{{1,14}}?|[ぁ-ん]{{3,8}})?\s?"
    rf"(?:{_COUNT}丁目(?:\d{{1,4}}番地?(?:の?\d{{1,4}}号?)?|\d{{1,4}}(?:-\d{{1,4}}){{1,2}})?"
    r"|\d{1,2}条[東西]?\d{1,2}(?:丁目|-\d{1,4})"
    r"|\d{1,4}番地(?:の?\d{1,4})?|\d{1,4}-\d{1,4}(?:-\d{1,4})?)"
    rf"(?:\s?(?:[{_KANJI}ァ-ヶーA-Za-z]{{2,20}}\s?)?\d{{1,4}}号室?)?"
)
_STREET = re.compile(
    r"\b\d{1,5} (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|L(?:ane|n)|Drive|Dr|Court|Ct|Way|Place|Pl"
    r"|Terrace|Parkway|Pkwy|Square|Sq|Highway|Hwy|Crescent|Gardens|Grove)\b\.?"
    r"(?:,? (?:Apt|Suite|Unit|#) ?\w+)?(?:, [A-Z][a-zA-Z ]+)?(?:,? [A-Z]{2})?"
    r"(?: \d{5}(?:-\d{4})?)?",
    re.ASCII,
)
_BIRTH = re.compile(
    r"(?:生年月日|誕生日|date of birth|born on|\bDOB)\s*+(?:(?:は|:|is)\s*+)?"
    r"((?:(?:昭和|平成|令和)?(?:\d{1,4}|元)年\d{1,2}月\d{1,2}日)|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2},? \d{4})",
    re.IGNORECASE,
)
_STAFF = re.compile(
    r"(?:社員番号|職員番号|従業員番号|会員番号|旅券番号|パスポート番号|免許証番号|口座番号"
    r"|被保険者番号|(?:employee|staff|passport|licen[cs]e|account) (?:number|no\.?|id))"
    r"\s*+(?:(?:は|:|is|#)\s*+)?([A-Z]{0,3}-?\d{3,12})",
    re.IGNORECASE,
)
_TITLES = (
    "さん|さま|様(?![式子相々])|氏(?!名)|くん|君|ちゃん|先生|殿(?![下堂])"
    "|部長|課長|係長|主任|社長|専務|常務|室長|次長|店長"
)
_TITLED = re.compile(
    rf"(?<![{_KANJI}])([{_KANJI}]{{1,5}}|(?<![ァ-ヶー])[ァ-ヶー・]{{2,12}})(?:{_TITLES})"
)
_SAN = re.compile(r"\b([A-Z][a-z]{1,15})[- ](?:san|sama|sensei)\b", re.ASCII)
_MISTER = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? ([A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2})"
)
_NOBODY = re.compile(
    r"(?:お客|客|皆|みな|業者|取引先|担当|担当者|同僚|上司|部下|社員|職員|住民|市民|利用者|患者|奥|娘|息子|子|神|仏|"
    r"各位|店員|新人|先輩|後輩|医師|薬剤師|看護師|弁護士|管理人|大家|王|仕|有|多|一|貴|別|同|外|何|"
    r"申請者|受講者|参加者|対象者|相手|先方|会員|株主|経営者|責任者|総務|経理|人事|営業|法務|情報|"
    r"事業|本|支|開発|技術|企画|広報|製造|購買|品質|副|前|元|新|各|両|代表取締役|取締役|執行役員)"
    r"(?:部|課|室|局|係)?"
)


def _emails(text: str) -> Iterator[PiiMatch]:
    for match in _EMAIL.finditer(text):
        yield PiiMatch(*match.span(), "email", match[0].casefold())


def _links(text: str) -> Iterator[PiiMatch]:
    for match in _LINK.finditer(text):
        if _TELLING.search(match[0]):
            yield PiiMatch(*match.span(), "link", match[0])


def _addresses_of_machines(text: str) -> Iterator[PiiMatch]:
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match[0])
            except ValueError:
                continue
            if not re.search(r"\d", match[0]) or _SECTION.search(text[: match.start()]):
                continue  # `a::b` is C++, and 3.2.1.4 may be a section
            yield PiiMatch(*match.span(), "ip", str(address))


def _numbers(text: str) -> Iterator[PiiMatch]:
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) == 12 and is_my_number(digits):  # noqa: PLR2004 - by law
            yield PiiMatch(*match.span(), "my_number", digits)
        elif len(digits) > 12 and is_card(digits):  # noqa: PLR2004 - the shortest card has 13
            yield PiiMatch(*match.span(), "card", digits)
    for match in _SSN.finditer(text):
        yield PiiMatch(*match.span(), "national_id", match[0])
    for match in _IBAN.finditer(text):
        if is_iban(match[0].replace(" ", "")):
            yield PiiMatch(*match.span(), "national_id", match[0].replace(" ", ""))


def is_card(digits: str) -> bool:
    """Check the last digit by ISO/IEC 7812-1 (Luhn)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return len(set(digits)) > 1 and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0  # noqa: PLR2004


def is_my_number(digits: str) -> bool:
    """Check the last of 12 digits by article 5 of Ordinance 85 of 2014 (MIC)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(w * int(digit) for w, digit in zip(weights, digits, strict=False)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_iban(text: str) -> bool:
    """Check the two digits after the country by ISO 13616."""
    turned = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(turned) % 97 == 1


def _slack(text: str) -> Iterator[PiiMatch]:
    for match in _SLACK_PERSON.finditer(text):
        if re.search(r"\d", match[1]) or "@" in match[0]:
            yield PiiMatch(*match.span(), "person", match[1])
    for match in _SLACK_PLACE.finditer(text):
        yield PiiMatch(*match.span(), "place_id", match[1])


def _where_people_live(text: str) -> Iterator[PiiMatch]:
    for pattern in (_POSTAL, _ADDRESS, _STREET):
        for match in pattern.finditer(text):
            yield PiiMatch(*match.span(), "address", re.sub(r"\s", "", match[0]))


def _said_to_be(text: str) -> Iterator[PiiMatch]:
    """Find the value after a label; the label stays."""
    for match in _BIRTH.finditer(text):
        yield PiiMatch(*match.span(1), "birth_date", match[1])
    for match in _STAFF.finditer(text):
        yield PiiMatch(*match.span(1), "staff_number", match[1])


def _addressed(text: str) -> Iterator[PiiMatch]:
    """Find names by the form of address, which stays."""
    for pattern in (_TITLED, _SAN, _MISTER):
        for match in pattern.finditer(text):
            if not _NOBODY.fullmatch(match[1]):
                yield PiiMatch(*match.span(1), "person", match[1].casefold())


def _phones(text: str) -> Iterator[PiiMatch]:
    try:
        from phonenumbers import Leniency, PhoneNumberMatcher
    except ImportError:
        raise RedactionError(
            "Phone numbers need a library that is not installed: pip install 'kotae[export]'"
        ) from None
    for region in ("JP", "US"):
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if len(re.sub(r"\D", "", match.raw_string)) < 9:  # noqa: PLR2004 - an amount, a date
                continue
            number, raw = match.number, match.raw_string
            open_ended = raw[0] == "(" and ")" not in raw  # a bracket of the surrounding sentence
            yield PiiMatch(
                match.start + open_ended,
                match.end,
                "phone",
                f"{number.country_code}{number.national_number}",
            )


_RECOGNISERS: Sequence[Callable[[str], Iterable[PiiMatch]]] = (
    _emails,
    _links,
    _addresses_of_machines,
    _numbers,
    _slack,
    _where_people_live,
    _said_to_be,
    _addressed,
)
