"""A mailbox under load: 10,000 messages, and a server that breaks off at every command."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import ImapSettings
from knowledge.sync.sources.imap import ImapSource, open_source
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.faulty_proxy import FaultyProxy
from tests.support.vendor_proxy import make_authority

MESSAGES = 10_000


def run() -> list[str]:
    """Return what was promised and not kept."""
    folder = Path(tempfile.mkdtemp(prefix="dove"))
    folder.chmod(0o755)
    try:
        (folder / "authority").mkdir()
        authority = make_authority(folder / "authority", "127.0.0.1")
        with running_dovecot(folder / "d", authority) as server:
            _fill(server)
            return [*_unchanged(server), *_broken_off(server)]
    finally:
        shutil.rmtree(folder)


def _fill(server: Dovecot) -> None:
    """Put messages as a delivery agent does."""
    with server.client() as client:
        client.select("INBOX")  # makes the folders of the Maildir
    new = server.folder / "mail" / "new"
    for n in range(MESSAGES):
        text = f"Message-ID: <{n}@example.com>\r\nSubject: {n}\r\n\r\nx\r\n"
        (new / f"{1_700_000_000 + n}.{n}.here").write_text(text)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        for path in new.iterdir():
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _unchanged(server: Dovecot) -> Iterator[str]:
    """Yield what a sync of an unchanged mailbox costs too much."""
    listed = list(_source(server.plain).files())
    if len(listed) != MESSAGES:
        yield f"{len(listed)} of {MESSAGES} messages"
    cursor = _source(server.plain).cursor()
    with FaultyProxy(server.plain) as proxy:
        changes = _source(proxy.port).changes(cursor)
        messages = proxy.messages
    if changes.files or changes.removed or messages > 8:
        yield f"unchanged: {len(changes.files)} files, {messages} messages to the server"
    with FaultyProxy(server.plain) as proxy:
        list(_source(proxy.port).files())
        messages = proxy.messages
    if messages > 20:
        yield f"a listing took {messages} messages to the server"


def _broken_off(server: Dovecot) -> Iterator[str]:
    """Yield each message at which something that broke off looked complete."""
    cursor = _source(server.plain).cursor()
    with server.client() as client:
        client.select("INBOX")
        client.store("1:500", "+FLAGS", r"(\Deleted)")
        client.expunge()
    calls: dict[str, tuple[Callable[[ImapSource], Collection[object]], int]] = {
        "listing": (lambda source: list(source.files()), MESSAGES - 500),
        "changes": (lambda source: source.changes(cursor).removed, 500),
    }
    for name, (call, expected) in calls.items():
        for number in range(1, 40):
            with FaultyProxy(server.plain, number) as proxy:
                try:
                    got = len(call(_source(proxy.port)))
                except SourceError:
                    continue
                finally:
                    messages = proxy.messages
            if got < expected:
                yield f"{name}: cut at {number}, {got} of {expected}"
            if number > messages:
                break


def _source(port: int) -> ImapSource:
    table = {"type": "imap", "name": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    settings = ImapSettings.model_validate({**table, "user": "keiko", "password": "MAIL_PASSWORD"})
    return open_source(settings, lambda _: PASSWORD)
