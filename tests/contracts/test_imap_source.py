"""A mailbox as a source, over Dovecot."""

import re
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.model.errors import (
    CursorExpiredError,
    KnowledgeConfigError,
    ParseError,
    SourceError,
)
from knowledge.model.source_settings import ImapSettings
from knowledge.parsing.parsers import parse
from knowledge.sync.source import FeedSource, SourceFile
from knowledge.sync.sources.imap import ImapSource, open_source
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.faulty_proxy import FaultyProxy
from tests.support.vendor_proxy import Authority, make_authority

RULES = "規程/休暇 & 給与"
ENCODED = {RULES: "&iY96Cw-/&TxFmhw- &- &fWZODg-", "規程": "&iY96Cw-"}
PLAIN = "IMAP4rev1 UIDPLUS AUTH=PLAIN"
"""What a server can that tells no changes."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"), "127.0.0.1")


@pytest.fixture(scope="module")
def servers(authority: Authority) -> Iterator[dict[str, Dovecot]]:
    """Run a server that tells changes, and one that does not."""
    folder = Path(tempfile.mkdtemp(prefix="dove"))  # sockets need a short path
    folder.chmod(0o755)
    try:
        with (
            running_dovecot(folder / "a", authority) as feed,
            running_dovecot(folder / "b", authority, PLAIN) as listing,
        ):
            yield {"feed": feed, "listing": listing}
    finally:
        shutil.rmtree(folder)


class Mailbox:
    """A mailbox that is changed by its owner."""

    def __init__(self, server: Dovecot) -> None:
        self.server = server
        self.client = server.client()
        for folder in ("INBOX", RULES):
            if self.client.select(quoted(folder))[0] == "OK":
                self.client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
                self.client.expunge()
        self.client.create(quoted("規程"))
        self.client.create(quoted(RULES))

    def add(self, subject: str, text: str, folder: str = "INBOX", **headers: str) -> str:
        """Add a message; return the id of its document."""
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        mail = f"Subject: {subject}\r\n{more}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
        status, told = self.client.append(quoted(folder), "", "", mail.encode())
        assert status == "OK", told
        found = re.search(rb"APPENDUID (\d+) (\d+)", told[0])
        assert found
        return f"mail/{folder}/{found[1].decode()}/{found[2].decode()}.eml"

    def flag(self, document_id: str, *, deleted: bool) -> None:
        folder, uid = place(document_id)
        self.client.select(quoted(folder))
        self.client.uid("STORE", uid, "+FLAGS" if deleted else "-FLAGS", r"(\Deleted)")

    def remove(self, document_id: str) -> None:
        self.flag(document_id, deleted=True)
        self.client.expunge()

    def move(self, document_id: str, folder: str) -> None:
        source, uid = place(document_id)
        self.client.select(quoted(source))
        assert self.client.uid("COPY", uid, quoted(folder))[0] == "OK"
        self.remove(document_id)

    def source(self, port: int = 0, **settings: object) -> ImapSource:
        table = {
            "type": "imap",
            "name": "mail",
            "host": "127.0.0.1",
            "port": port or self.server.plain,
            "security": "none",
            "user": "keiko",
            "password": "MAIL_PASSWORD",
            "folders": ["INBOX", RULES],
        }
        secrets = {"MAIL_PASSWORD": PASSWORD, "WRONG": "wrong-password"}
        return open_source(ImapSettings.model_validate(table | settings), secrets.__getitem__)


def quoted(folder: str) -> str:
    return '"' + ENCODED.get(folder, folder) + '"'


def place(document_id: str) -> tuple[str, str]:
    _, folder, _, name = re.fullmatch(r"(mail)/(.*)/(\d+)/(\d+)\.eml", document_id).groups()  # type: ignore[union-attr]
    return folder, name


@pytest.fixture(params=["feed", "listing"])
def mailbox(request: pytest.FixtureRequest, servers: dict[str, Dovecot]) -> Iterator[Mailbox]:
    """Return an empty mailbox on each kind of server."""
    mailbox = Mailbox(servers[request.param])
    yield mailbox
    mailbox.client.logout()


@pytest.fixture
def feed(servers: dict[str, Dovecot]) -> Iterator[Mailbox]:
    """Return an empty mailbox on the server that tells changes."""
    mailbox = Mailbox(servers["feed"])
    yield mailbox
    mailbox.client.logout()


def by_id(source: ImapSource) -> dict[str, SourceFile]:
    return {file.document_id: file for file in source.files()}


def test_messages_are_added_moved_and_deleted(mailbox: Mailbox) -> None:
    """Each listing tells the state of the moment, in folders of any name."""
    first = mailbox.add("休暇", "年次休暇は20日です。", Message_ID="<a/1@example.com>")
    other = mailbox.add("Rules", "Twenty days.", RULES)
    third = mailbox.add("Draft", "Nothing.")
    source = mailbox.source()
    before = by_id(source)
    read = source.read(before[first])

    mailbox.move(first, RULES)
    mailbox.flag(third, deleted=True)
    after = by_id(source)
    mailbox.flag(third, deleted=False)
    mailbox.remove(other)

    assert set(before) == {first, other, third}
    assert before[first].url == "mid:a%2F1@example.com"
    assert before[other].url.startswith("imap://keiko@127.0.0.1/%E8%A6%8F%E7%A8%8B/")
    assert before[first].date
    assert parse(read, before[first].name).title == "休暇"
    assert "年次休暇は20日です。" in parse(read, "a.eml").sections[0].text
    assert first not in after
    assert third not in after
    assert len(after) == 2
    assert third in by_id(source)
    with pytest.raises(ParseError, match="no longer exists"):
        source.read(before[other])
    assert by_id(source) == by_id(source)
    source.close()


def test_nobody_sees_that_it_was_read(mailbox: Mailbox) -> None:
    """A message that is unread stays so."""
    mailbox.add("Rules", "Twenty days.")
    source = mailbox.source()
    (file,) = source.files()
    source.read(file)
    source.close()

    mailbox.client.select("INBOX")
    assert mailbox.client.search(None, "UNSEEN")[1] == [b"1"]


def test_changes_are_told_since_a_cursor(feed: Mailbox) -> None:
    """New, moved, marked and removed messages, and none that is as it was."""
    kept, gone, marked = (feed.add(subject, "x") for subject in ("Kept", "Gone", "Marked"))
    source = feed.source()
    assert isinstance(source, FeedSource)
    start = source.cursor()
    nothing = source.changes(start)
    new = feed.add("New", "y", RULES)
    feed.remove(gone)
    feed.flag(marked, deleted=True)
    changed = source.changes(nothing.cursor)
    feed.flag(marked, deleted=False)
    back = source.changes(changed.cursor)

    assert (nothing.files, nothing.removed) == ((), ())
    assert [file.document_id for file in changed.files] == [new]
    assert {gone, marked} <= set(changed.removed)
    assert kept not in changed.removed
    assert [file.document_id for file in back.files] == [marked]
    assert source.changes(back.cursor) == type(back)((), (), back.cursor)
    assert {new, kept, marked} == set(by_id(source))


def test_only_a_listing_tells_where_changes_are_not_told(
    feed: Mailbox, servers: dict[str, Dovecot]
) -> None:
    """Without QRESYNC, for a folder that is new to the settings, and for another folder."""
    listing = Mailbox(servers["listing"])
    source = listing.source()
    with pytest.raises(CursorExpiredError):
        source.changes(source.cursor())
    listing.client.logout()
    start = feed.source(folders=["INBOX"]).cursor()
    with pytest.raises(CursorExpiredError):
        feed.source().changes(start)
    for cursor in ("", "{}", "no", start.replace("[", "[9")):
        with pytest.raises(CursorExpiredError):
            feed.source(folders=["INBOX"]).changes(cursor)


def test_a_listing_that_breaks_off_raises(feed: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever, of a listing and of the changes; nothing is taken as deleted."""
    monkeypatch.setattr("knowledge.sync.sources.imap._AT_ONCE", 2)
    for number in range(5):
        feed.add(f"{number}", "x")
    start = feed.source().cursor()
    removed = feed.add("Later", "x")
    feed.remove(removed)
    broken = 0
    for number in range(1, 60, 3):
        with FaultyProxy(feed.server.plain, number) as proxy:
            source = feed.source(proxy.port)
            for call, size in (
                (lambda s=source: list(s.files()), 5),
                (lambda s=source: s.changes(start).removed, 1),
            ):
                try:
                    assert len(call()) >= size
                except SourceError as error:
                    assert error.kind == "unreachable"  # noqa: PT017 - or it ends with all
                    broken += 1
            if number > proxy.messages:
                break
    assert broken > 7


def test_a_connection_that_was_closed_is_opened_again(feed: Mailbox) -> None:
    """Servers hang up when nobody asks for a while; one that stays away stops the sync."""
    feed.add("A", "x")
    with FaultyProxy(feed.server.plain) as proxy:
        source = feed.source(proxy.port)
        (file,) = source.files()
        assert source.read(file)
        proxy.hang_up()
        assert source.read(file)
    with pytest.raises(SourceError, match="there is no connection"):
        source.read(file)


def test_a_wrong_password_is_refused(mailbox: Mailbox) -> None:
    """The message says what to check, and never the password."""
    with pytest.raises(SourceError, match="app password") as raised:
        list(mailbox.source(password="WRONG").files())
    assert raised.value.kind == "refused"
    assert "wrong-password" not in str(raised.value)


def test_a_folder_that_is_not_there_is_no_empty_folder(mailbox: Mailbox) -> None:
    """A wrong name would delete everything."""
    with pytest.raises(SourceError, match="'Nowhere' cannot be read"):
        list(mailbox.source(folders=["Nowhere"]).files())
    with pytest.raises(SourceError, match="'Nowhere' cannot be read"):
        mailbox.source(folders=["Nowhere"]).cursor()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_server_must_be_trusted(feed: Mailbox, authority: Authority, security: str) -> None:
    """A certificate of an unknown authority stops the sync before the password is sent."""
    feed.add("A", "x")
    table = {
        "type": "imap",
        "name": "mail",
        "host": "127.0.0.1",
        "port": feed.server.tls if security == "tls" else feed.server.plain,
        "security": security,
        "user": "keiko",
        "password": "MAIL_PASSWORD",
    }
    settings = ImapSettings.model_validate(table)
    context = ssl.create_default_context(cafile=authority.ca)
    trusted = open_source(settings, lambda _: PASSWORD, context)
    assert len(list(trusted.files())) == 1
    with pytest.raises(SourceError, match="its certificate is not trusted"):
        list(open_source(settings, lambda _: PASSWORD).files())


def test_no_password_crosses_a_network_in_the_clear() -> None:
    """`none` is for a server on this machine."""
    table = {"type": "imap", "name": "mail", "host": "mail.example.com", "security": "none"}
    settings = ImapSettings.model_validate({**table, "user": "k", "password": "MAIL_PASSWORD"})
    with pytest.raises(KnowledgeConfigError, match="unencrypted"):
        open_source(settings, lambda _: PASSWORD)


def test_a_message_that_is_too_large_is_named(
    feed: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not fetched, and the others are."""
    monkeypatch.setattr("knowledge.sync.sources.imap.MAX_BYTES", 1_000)
    large, small = feed.add("Large", "x" * 2_000), feed.add("Small", "x")
    source = feed.source(folders=["INBOX"])
    found = by_id(source)

    assert found[large].passed_over == "large"
    assert source.read(found[small])
    with pytest.raises(ParseError, match="larger than"):
        source.read(found[large])
    source.close()


def test_addresses_follow_the_pattern(feed: Mailbox) -> None:
    """An archive on the web finds a message by its id."""
    feed.add("A", "x", Message_ID="<a+1@example.com>")
    (file,) = feed.source(url="https://lists.example.com/{path}/").files()
    assert file.url == "https://lists.example.com/a%2B1@example.com/"
