"""The address of a git repository, and of the pages that show its files."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:(?P<user>[\w.+-]+)@)?(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^/\\].*)")
_GITHUB = re.compile(r"github\.[\w.-]+", re.IGNORECASE)
_GITLAB = re.compile(r"gitlab\.[\w.-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GitRemote:
    """A repository somewhere else, or on this machine.

    Attributes:
        address: As `GitSettings.repository` allows it.
    """

    address: str

    @property
    def protocol(self) -> str:
        """The transport that git needs: `https`, `http`, `ssh` or `file`."""
        scheme = urlsplit(self.address).scheme if "://" in self.address else ""
        if scheme:
            return scheme
        return "file" if self.address.startswith("/") else "ssh"

    @property
    def site(self) -> str:
        """Scheme, host and port of an address of the web."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def user(self) -> str:
        """The account for https. GitHub and GitLab take any with a token."""
        return urlsplit(self.address).username or "x-access-token"

    def page(self, branch: str) -> str:
        """Return the pattern of the pages that show its files, with `{path}` from its root.

        It is that of GitHub or GitLab, if the host's name begins so; else the address itself.

        Args:
            branch: "" for the default branch.
        """
        host, path = self._place()
        where = quote(branch or "HEAD")
        site = f"https://{host}/{quote(path)}"
        if _GITHUB.fullmatch(host):
            return f"{site}/blob/{where}/{{path}}"
        if _GITLAB.fullmatch(host):
            return f"{site}/-/blob/{where}/{{path}}"
        if self.protocol == "file":
            return f"file://{quote(path)}/{{path}}"
        return f"{self.site if self.protocol == 'http' else f'https://{host}'}/{quote(path)}"

    def _place(self) -> tuple[str, str]:
        """Return the host and the path, without `.git` and slashes around it."""
        if (scp := _SCP.fullmatch(self.address)) and "://" not in self.address:
            host, path = scp["host"], scp["path"]
        else:
            parts = urlsplit(self.address)
            host = parts.hostname or ""
            if parts.port and parts.scheme == "https":
                host = f"{host}:{parts.port}"
            path = parts.path
        if self.protocol == "file":
            return "", path.rstrip("/")
        return host, path.strip("/").removesuffix(".git")
