"""A real OpenLDAP server on this machine, with people and groups; it needs Debian's `slapd`."""

import datetime as dt
import ipaddress
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.directory.factory import open_directory
from bot.directory.lookup import Directory
from knowledge.model.directory_settings import LdapDirectorySettings
from tests.support.directory_servers import People
from tests.support.ports import free_port

SLAPD = shutil.which("slapd") or ("/usr/sbin/slapd" if Path("/usr/sbin/slapd").exists() else None)
MISSING = "" if SLAPD and find_spec("ldap") else "needs slapd and python-ldap"
"""Why no server can be started here, or ""."""

ADMIN = "cn=admin,dc=example,dc=com"
READER = "cn=kotae,dc=example,dc=com"
PASSWORD = "ldap-secret"
PEOPLE, GROUPS = "ou=people,dc=example,dc=com", "ou=groups,dc=example,dc=com"

_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
sizelimit 250
database mdb
suffix "dc=example,dc=com"
rootdn "{admin}"
rootpw {password}
limits dn.exact="{reader}" size.soft=250 size.hard=250 size.prtotal=unlimited
directory {folder}/db
access to attrs=userPassword by anonymous auth
access to * by dn.exact="{reader}" read by * none
"""


@dataclass(frozen=True, slots=True)
class Slapd:
    """A server; `certificate` is its own authority."""

    url: str
    tls_url: str
    certificate: Path

    def add(self, name: str, kind: str, told: Mapping[str, Any]) -> None:
        """Add an entry."""
        with _bound(self.url) as server:
            _add(server, name, kind, told)

    def remove(self, *names: str) -> None:
        """Delete entries."""
        with _bound(self.url) as server:
            for name in names:
                server.delete_s(name)

    def fill(self, people: People) -> None:
        """Let the server hold *people*, and nobody else."""
        import ldap

        with _bound(self.url) as server:
            for base in (PEOPLE, GROUPS):
                with suppress(ldap.NO_SUCH_OBJECT):
                    _clear(server, base)
            for id_, mail in people.mails.items():
                told: dict[str, Any] = {"sn": id_, "mail": mail, "uid": id_}
                told |= {"employeeType": "gone"} if id_ in people.disabled else {}
                _add(server, person(id_), "inetOrgPerson", told)
            for id_, members in people.groups.items():
                names = [group(one) if one in people.groups else person(one) for one in members]
                _add(server, group(id_), "groupOfNames", {"member": names or [group(id_)]})


def person(id_: str) -> str:
    """Return the distinguished name of a person."""
    return f"cn={id_},{PEOPLE}"


def group(id_: str) -> str:
    """Return the distinguished name of a group."""
    return f"cn={id_},{GROUPS}"


def opened(found: Slapd, **others: object) -> Directory:
    """Open a directory on *found*, by TLS; *others* are other settings."""
    values = {
        "type": "ldap",
        "name": "staff",
        "server": found.tls_url,
        "certificates": str(found.certificate),
        "user": READER,
        "password": "LDAP",
        "people": PEOPLE,
        "groups": GROUPS,
        "person_filter": "(!(employeeType=gone))",
    }
    return open_directory(LdapDirectorySettings.model_validate(values | others), lambda _: PASSWORD)


@contextmanager
def running_slapd(folder: Path) -> Iterator[Slapd]:
    """Start a server in *folder*, and stop it."""
    import ldap

    (folder / "db").mkdir()
    certificate = _certificate(folder)
    text = _CONF.format(folder=folder, admin=ADMIN, reader=READER, password=PASSWORD)
    (folder / "slapd.conf").write_text(text)
    plain, secured = free_port(), free_port()
    found = Slapd(f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{secured}", certificate)
    assert SLAPD
    command = [SLAPD, "-f", str(folder / "slapd.conf"), "-d", "0"]
    process = subprocess.Popen([*command, "-h", f"{found.url} {found.tls_url}"])
    try:
        server = _connected(found.url, process)
        for name, kind in (
            ("dc=example,dc=com", "domain"),
            (PEOPLE, "organizationalUnit"),
            (GROUPS, "organizationalUnit"),
            (READER, "applicationProcess"),
        ):
            _add(server, name, kind, {})
        server.modify_s(
            READER,
            [
                (ldap.MOD_ADD, "objectClass", b"simpleSecurityObject"),
                (ldap.MOD_ADD, "userPassword", PASSWORD.encode()),
            ],
        )
        server.unbind_s()
        yield found
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _bound(url: str) -> Iterator[Any]:
    import ldap

    server = ldap.initialize(url)
    server.simple_bind_s(ADMIN, PASSWORD)
    try:
        yield server
    finally:
        server.unbind_s()


def _connected(url: str, process: subprocess.Popen[bytes]) -> Any:
    import ldap

    end = time.monotonic() + 60
    while True:
        try:
            server = ldap.initialize(url)
            server.simple_bind_s(ADMIN, PASSWORD)
        except ldap.SERVER_DOWN:
            if process.poll() is not None or time.monotonic() > end:
                raise
            os.sched_yield()
        else:
            return server


def _clear(server: Any, base: str) -> None:
    import ldap

    for name, _ in server.search_s(base, ldap.SCOPE_ONELEVEL, attrlist=["1.1"]):
        server.delete_s(name)


def _add(server: Any, name: str, kind: str, told: Mapping[str, Any]) -> None:
    values = {key: [value] if isinstance(value, str) else value for key, value in told.items()}
    entry = [(key, [one.encode() for one in value]) for key, value in values.items()]
    server.add_s(name, [("objectClass", [kind.encode()]), *entry])


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "slapd of a test")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
