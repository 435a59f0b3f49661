"""The first sources of a team: what a person types becomes `[[sources]]` tables.

What is typed is read as it was probably meant: without quotes and spaces around it, in letters of
the usual width, with the scheme that an address lacks. The classes of the settings have the last
word.
"""

import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from bot.app import texts
from bot.app.first_files import EXCLUDED, path_in_toml
from bot.core.addresses import is_public
from bot.core.i18n import Text
from bot.core.language import Language
from bot.settings.settings import names
from knowledge.model.settings import ENTRIES, KnowledgeSettings
from knowledge.model.source_settings import (
    FolderSettings,
    GitSettings,
    SlackSettings,
    SourceSettings,
    WebSettings,
)
from knowledge.sync.sources.web_address import folder_of, normal_address

AnySettings = TypeVar("AnySettings", bound=SourceSettings)

_AROUND = " \t\r\n\u3000\u200b\u2060\ufeff\"'`“”‘’「」『』<>"
_LONGEST_NAME = 80
_SCHEME = re.compile(r"[A-Za-z]{1,10}://")
_PATH = re.compile(r"((?:[^/]{1,20}://)?[^/]*)(/.*)?", re.DOTALL)
"""All before the path of an address, and the path; it matches any text."""

_BETWEEN = re.compile(r"[\s,、;]+")
_SLACK_LINK = re.compile(
    r"https?://[\w.-]{0,200}slack\.com/(?:archives|client/\w{1,40}|messages)/(\w{1,40})(?:[/?#]\S*)?"
)
_CHANNEL_ID = re.compile(r"#?([CG][A-Z0-9]{2,20})(?:\|\S*)?")
_OTHER_ID = re.compile(r"[ABDSTUW][A-Z0-9]{7,20}")
_SLACK_TOKEN = re.compile(r"#?(?:xox[a-z]|xapp)-", re.IGNORECASE)
_SECRETS = re.compile(r"key|token|secret|pass|sig|auth|credential", re.IGNORECASE)
"""What names of secrets in an address have in them."""

_CHANNEL_NAME = re.compile(r"#?([^\s#@<>|/\\:,.!?\"'`]{1,80})")


class UnusableError(Exception):
    """What was typed cannot be used.

    Attributes:
        text: What is wrong and what to write; never what was typed, which may hold a secret.
    """

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def typed_folder(typed: str) -> Path:
    """Return the folder that a person means.

    Raises:
        UnusableError: there is none, or its name is no text.
    """
    text = typed.strip(_AROUND)
    forms = [typed, text, re.sub(r"\\(.)", r"\1", text)]  # as a terminal writes what is dropped
    forms += [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC")]
    for form in filter(str.strip, forms):
        with suppress(ValueError):  # signs that no path has
            folder = Path(os.path.expanduser(form))  # noqa: PTH111 - it keeps unknown accounts
            if os.path.isdir(folder):  # noqa: PTH112 - a name may be too long
                return folder
    raise UnusableError(texts.NO_FOLDER)


def folder_source(folder: Path, beside: Path) -> FolderSettings:
    """Return *folder* as a source of a `knowledge.toml` in the folder *beside*.

    Raises:
        UnusableError: its name is no text, so that no file of settings can hold it.
    """
    path = path_in_toml(folder, beside)
    if not _is_text(path):
        raise UnusableError(texts.FOLDER_IS_NO_TEXT)
    name = source_name(folder.resolve().name)
    return FolderSettings(name=name, path=Path(path), exclude=list(EXCLUDED))


def git_source(typed: str) -> GitSettings:
    """Return the repository that a person means, by its address or its folder.

    Raises:
        UnusableError: it is neither, or holds a password.
    """
    known = {"type": "git", "name": ENTRIES}
    found = _first_usable(
        GitSettings, known, "repository", _repositories(typed), texts.NO_REPOSITORY
    )
    last = re.split(r"[/:]", found.repository.rstrip("/"))[-1]
    return found.model_copy(update={"name": source_name(last.removesuffix(".git"))})


def with_branch(source: GitSettings, typed: str) -> GitSettings:
    """Return *source* with a branch; "" is the default branch.

    Raises:
        UnusableError: no branch has such a name.
    """
    known = source.model_dump(exclude_defaults=True)
    return _first_usable(GitSettings, known, "branch", [_narrow(typed)], texts.NO_BRANCH)


def with_token(source: GitSettings, typed: str) -> GitSettings:
    """Return *source* with the name of the variable that holds its token; "" is none.

    Raises:
        UnusableError: it is no name, or that of a setting of Kotae.
    """
    known = source.model_dump(exclude_defaults=True)
    name = _narrow(typed).removeprefix("$").strip("{}")
    forms = [] if name in names() else [name or None]
    return _first_usable(GitSettings, known, "token", forms, texts.NO_TOKEN_NAME)


def web_source(typed: str) -> WebSettings:
    """Return the site that a person means, by its sitemap or the page to start at.

    One in a private network may be read there: whoever sets Kotae up has named it.

    Raises:
        UnusableError: it is no address of the web.
    """
    known = {"type": "web", "name": ENTRIES}
    found = _first_usable(WebSettings, known, "start", [_page(typed)], texts.NO_WEB_ADDRESS)
    parts = urlsplit(found.start)
    if parts.username or any(_SECRETS.search(name) for name, _ in parse_qsl(parts.query)):
        raise UnusableError(texts.SECRET_IN_ADDRESS)
    host = parts.hostname or ""
    named = {"name": source_name(host), "allow_private": not is_public(host)}
    return found.model_copy(update=named)


def with_prefix(source: WebSettings, typed: str) -> WebSettings:
    """Return *source* with what the addresses of its pages begin with; "" is the folder of `start`.

    Raises:
        UnusableError: it is no address of the same site.
    """
    site, usual = _site_of(source.start), folder_of(source.start)
    address = _address(typed)
    whole = f"{site}{address}" if address.startswith("/") else _page(address)
    prefix = normal_address(whole) if typed.strip(_AROUND) else usual
    if not prefix or _site_of(prefix) != site:
        raise UnusableError(texts.NO_PREFIX)
    return source.model_copy(update={"prefix": "" if prefix == usual else prefix})


def slack_source(typed: str) -> SlackSettings:
    """Return the channels that a person means: by `#name`, id or link, one or several.

    Raises:
        UnusableError: one of them is no channel.
    """
    channels = [_channel(part.strip(_AROUND)) for part in _BETWEEN.split(_narrow(typed))]
    name = next((one[1:] for one in channels if one.startswith("#")), "slack")
    known = {"type": "slack", "name": source_name(name)}
    unique = list(dict.fromkeys(channels))
    return _first_usable(SlackSettings, known, "channels", [unique], texts.NO_CHANNEL)


def source_name(text: str) -> str:
    """Return a name for a source that is called *text*."""
    usual = unicodedata.normalize("NFKC", text)
    kept = "".join(sign if _may_be_in_name(sign) else "-" for sign in usual)
    name = re.sub(r"-+", "-", kept)[:_LONGEST_NAME].strip("-")
    return "documents" if name in {"", ENTRIES} else name


def named_apart(source: AnySettings, taken: Collection[str]) -> AnySettings:
    """Return *source* with a number after its name where the name is taken."""
    name, number = source.name, 1
    while name in taken:
        number += 1
        name = f"{source.name}-{number}"
    return source.model_copy(update={"name": name})


def new_sources(
    sources: Sequence[SourceSettings], known: Sequence[SourceSettings], beside: Path
) -> list[SourceSettings]:
    """Return those of *sources* whose place none of *known* has, with names of their own.

    Args:
        sources: What was named.
        known: What a `knowledge.toml` has already.
        beside: The folder of that file, where relative paths start.
    """
    places = {_place(source, beside) for source in known}
    taken = {source.name for source in known}
    found = list[SourceSettings]()
    for source in sources:
        place = _place(source, beside)
        if place not in places:
            found.append(named_apart(source, taken))
            places.add(place)
            taken.add(found[-1].name)
    return found


def knowledge_toml(sources: Sequence[SourceSettings], language: Language) -> str:
    """Return a `knowledge.toml` with *sources*."""
    return texts.KNOWLEDGE_TOML.to(language) + source_tables(sources)


def with_tables(written: str, sources: Sequence[SourceSettings]) -> str:
    """Return the `knowledge.toml` that is *written*, with tables for *sources* at its end.

    Raises:
        ValueError: its sources are no separate tables, so that a person must add these.
    """
    added = f"{written}{'' if written.endswith(chr(10)) else chr(10)}{source_tables(sources)}"
    before = len(KnowledgeSettings.model_validate(tomllib.loads(written)).sources)
    after = len(KnowledgeSettings.model_validate(tomllib.loads(added)).sources)
    if after != before + len(sources):
        raise ValueError("the tables belong to something else there")
    return added


def source_tables(sources: Sequence[SourceSettings]) -> str:
    """Return `[[sources]]` tables: what differs from the defaults, names first."""
    return "".join(map(_table, sources))


def _table(source: SourceSettings) -> str:
    values = {"name": source.name, **source.model_dump(mode="json", exclude_defaults=True)}
    if "exclude" in values:
        values["exclude"] = values.pop("exclude")  # the long line comes last
    rows = (f"{key} = {_in_toml(value)}\n" for key, value in values.items())
    return f"\n[[sources]]\n{''.join(rows)}"


def _in_toml(value: object) -> str:
    """Return a text, a number, a truth or a list of these as TOML writes it.

    TOML has JSON's escapes, and wants one more (https://toml.io/en/v1.0.0#string).
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _first_usable(
    settings: type[AnySettings],
    known: Mapping[str, object],
    key: str,
    forms: Iterator[object] | Sequence[object],
    wrong: Text,
) -> AnySettings:
    """Return the settings with the first of *forms* that is allowed as *key*."""
    for form in forms:
        with suppress(ValidationError):
            found = settings.model_validate({**known, key: form})
            if _is_text(_table(found)):
                return found
    raise UnusableError(wrong)


def _narrow(typed: str) -> str:
    """Return what was typed, in the usual width and without what is around it."""
    return unicodedata.normalize("NFKC", typed.strip(_AROUND)).strip(_AROUND)


def _address(typed: str) -> str:
    """Return an address with its scheme in small letters, and all but its path in usual width.

    It is "" where no text could be one.
    A path that is not full width as a whole is another one in the usual width.
    """
    found = _PATH.fullmatch(typed.strip(_AROUND))
    assert found is not None
    host, path = found.groups(default="")
    address = _SCHEME.sub(lambda found: found[0].lower(), f"{_narrow(host)}{path}", count=1)
    return address if _is_text(address) else ""


def _repositories(typed: str) -> Iterator[str]:
    """Yield what a repository's address may be; a path must be that of one."""
    text = typed.strip(_AROUND).removeprefix("git clone ")
    with suppress(UnusableError):
        folder = typed_folder(text.removeprefix("file://"))
        if _is_repository(folder):
            yield str(folder.absolute())
        return
    address = _address(text)
    if not address.startswith(("/", "~", ".", "file:")):
        yield address
    if "://" not in address and _names_host(address):
        yield f"https://{address}"


def _page(typed: str) -> str:
    """Return the address of a page, without a place on it; "" if it is none."""
    address = _address(typed).partition("#")[0]
    if "://" not in address and _names_host(address):
        address = f"{'https' if is_public(_host(address)) else 'http'}://{address}"
    return address if normal_address(address) else ""


def _names_host(address: str) -> bool:
    """Tell whether an address without a scheme begins with the name of a host."""
    host = _host(address)
    return "." in host.strip(".") or host == "localhost"


def _host(address: str) -> str:
    return re.split(r"[/:?]", address)[0]


def _is_repository(folder: Path) -> bool:
    is_bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return is_bare or (folder / ".git").exists()


def _site_of(address: str) -> str:
    parts = urlsplit(normal_address(address))
    return f"{parts.scheme}://{parts.netloc}"


def _channel(text: str) -> str:
    """Return a channel as `SlackSettings` has it."""
    if link := _SLACK_LINK.fullmatch(text):
        text = link[1]
    if found := _CHANNEL_ID.fullmatch(text):
        return found[1]
    name = _CHANNEL_NAME.fullmatch(text)
    if name is None or _OTHER_ID.fullmatch(text) or _SLACK_TOKEN.match(text):
        raise UnusableError(texts.NO_CHANNEL)
    return f"#{name[1].lower()}"


def _may_be_in_name(sign: str) -> bool:
    return sign.isalpha() or sign.isdecimal() or sign in "-_"


def _place(source: SourceSettings, beside: Path) -> tuple[str, str]:
    if isinstance(source, FolderSettings):
        return source.type, str(beside.absolute() / source.path.expanduser())
    return source.type, source.place


def _is_text(text: str) -> bool:
    """Tell whether a file in UTF-8 can hold *text*."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
