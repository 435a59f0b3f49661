"""A clone of a git repository: its commits and folders, and the content that was asked for."""

import fcntl
import hashlib
import logging
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.sync.sources.git_log import GitLog, LastCommit
from knowledge.sync.sources.git_program import GitFailedError, GitProgram, program
from knowledge.sync.sources.git_remote import GitRemote

log = logging.getLogger(__name__)

FETCH_SECONDS = 1800.0
HISTORY_SECONDS = 300.0
"""How long the history may take to arrive, and to be read: only dates come from it."""

_HEAD = "refs/kotae/head"
_FETCH = (
    *("fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head"),
    *("--recurse-submodules=no", "--filter=blob:none"),
)
_ASK_ALL = ("-c", "fetch.negotiationAlgorithm=noop")
"""Without it, git would say which commits we have, and the server leave out what is in them."""

_UNFILTERED = "filtering not recognized"
_AT_ONCE = 5000
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PASSWORD = "KOTAE_GIT_PASSWORD"  # noqa: S105 - the name of a variable
_HELPER = (
    '!f() { test "$1" = get || return 0; '
    'printf "username=%s\\npassword=%s\\n" "$KOTAE_GIT_USER" "$KOTAE_GIT_PASSWORD"; }; f'
)
"""A credential helper that answers from the environment, so that no other program sees the token
(https://git-scm.com/docs/gitcredentials)."""


@dataclass(frozen=True, slots=True)
class GitEntry:
    """A file in a commit; of one that was deleted, `mode` is zero.

    Attributes:
        mode: What it is: `0o100644` a file, `0o120000` a link, `0o160000` a submodule.
        blob: The name of its content.
        path: Path from the repository's root.
    """

    mode: int
    blob: str
    path: bytes


class GitMirror:
    """A bare clone that holds what was needed so far.

    Where the server can leave content out (`--filter=blob:none`), only the content of wanted files
    is fetched, and the history for their dates; elsewhere the last commit is, without history
    (https://git-scm.com/docs/partial-clone).

    Args:
        source: The source's name, for messages.
        remote: What to clone.
        branch: The branch; "" for the default branch.
        token: The password for https, "" for none.
        cache: The folder to keep the clone in. Clones of this source's former addresses are
            removed from it.
    """

    def __init__(
        self, source: str, remote: GitRemote, branch: str, token: str, cache: Path
    ) -> None:
        self._source, self._remote, self._branch = source, remote, branch
        self._cache = cache
        digest = hashlib.sha256(remote.address.encode()).hexdigest()[:12]
        self._folder = cache / f"{source}.{digest}.git"
        self._local = GitProgram(self._folder)
        self._online = _online(self._folder, remote, token)
        self._wanted = f"refs/heads/{branch}" if branch else "HEAD"
        self._is_partial = True

    def fetch(self) -> str:
        """Fetch what is new on the branch; return its last commit.

        Raises:
            SourceError: when the repository cannot be reached, or has no such branch.
        """
        with self._held() as held:
            depth = () if self._has_commits() else ("--depth=1",)
            said = self._fetch(held, *depth, "origin", f"+{self._wanted}:{_HEAD}")
        self._is_partial = _UNFILTERED not in said
        return self._printed("rev-parse", "--verify", f"{_HEAD}^{{commit}}").decode().strip()

    def fetch_history(self) -> None:
        """Fetch the commits before the first that was fetched, if that needs no content."""
        if not self._is_partial or not (self._folder / "shallow").exists():
            return
        try:
            with self._held() as held:
                self._fetch(held, "--unshallow", "origin", self._wanted, seconds=HISTORY_SECONDS)
        except SourceError as error:
            log.warning("the dates and authors of some files are not known: %s", error)

    def fetch_content(self, commit: str, blobs: Collection[str]) -> None:
        """Fetch those of *blobs* of *commit* that are missing.

        Raises:
            SourceError: as `fetch`.
        """
        listed = self._printed(
            "rev-list", "--objects", "--no-object-names", "--missing=print", f"{commit}^{{tree}}"
        )
        absent = {line[1:].decode() for line in listed.splitlines() if line.startswith(b"?")}
        missing = sorted(absent.intersection(blobs))
        for start in range(0, len(missing), _AT_ONCE):
            names = "".join(f"{blob}\n" for blob in missing[start : start + _AT_ONCE])
            with self._held() as held:
                self._fetch(held, "--stdin", "origin", given=names.encode(), settings=_ASK_ALL)

    def entries(self, commit: str, path: str) -> list[GitEntry]:
        """Return the files of *commit* below the folder *path*."""
        printed = self._printed("ls-tree", "-r", "-z", "--full-tree", commit, "--", *_spec(path))
        found = list[GitEntry]()
        for line in printed.split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            mode, _, blob = facts.split(b" ")
            found.append(GitEntry(int(mode, 8), blob.decode(), name))
        return found

    def changed(self, old: str, new: str, path: str) -> list[GitEntry]:
        """Return the files below *path* that differ between two commits, as they are in *new*.

        Raises:
            CursorExpiredError: when *new* does not descend from *old*, as after its branch was
                replaced: that may be an accident, which only a complete listing shows as a loss.
        """
        if not self._descends(new, old):
            raise CursorExpiredError(f"source {self._source!r}: its history was replaced")
        printed = self._printed(
            *("diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", old, new),
            *("--", *_spec(path)),
        )
        parts = printed.split(b"\0")[:-1]
        return [
            GitEntry(int(facts.split(b" ")[1], 8), facts.split(b" ")[3].decode(), name)
            for facts, name in zip(parts[::2], parts[1::2], strict=True)
        ]

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """Return the size in bytes of each of *blobs* that was fetched."""
        given = "".join(f"{blob}\n" for blob in blobs).encode()
        printed = self._printed(
            "cat-file", "--batch-check=%(objectname) %(objectsize)", given=given
        )
        rows = (line.split(b" ") for line in printed.splitlines())
        return {name.decode(): int(size) for name, size in rows if size.isdigit()}

    def content(self, blob: str, limit: int) -> bytes:
        """Return the bytes of *blob*.

        Raises:
            ParseError: when it is not there, or larger than *limit* bytes.
        """
        size = self.sizes([blob]).get(blob) if _COMMIT.fullmatch(blob) else None
        if size is None:
            raise ParseError("cannot be read: it no longer exists")
        if size > limit:
            raise ParseError(f"larger than {limit // 1_000_000} MB")
        return self._printed("cat-file", "blob", blob)

    def last_commits(
        self, revisions: str, path: str, names: Mapping[str, str]
    ) -> dict[str, LastCommit]:
        """Return the last commit of each of *names*; see `GitLog.last_commits`."""
        shallow = self._folder / "shallow"
        boundary = frozenset(shallow.read_bytes().split()) if shallow.exists() else frozenset()
        found = GitLog(program(), self._folder, self._local.environment, HISTORY_SECONDS)
        return found.last_commits(revisions, path or ".", names, boundary)

    def _descends(self, new: str, old: str) -> bool:
        if not _COMMIT.fullmatch(old) or not self._folder.exists():
            return False
        try:
            self._local.run("merge-base", "--is-ancestor", old, new)
        except GitFailedError:
            return False
        return True

    def _has_commits(self) -> bool:
        if not (self._folder / "HEAD").exists():
            return False
        try:
            self._local.run("cat-file", "-e", f"{_HEAD}^{{tree}}")
        except GitFailedError:
            return False
        return True

    def _fetch(
        self,
        held: int,
        *arguments: str,
        given: bytes = b"",
        seconds: float = FETCH_SECONDS,
        settings: Sequence[str] = (),
    ) -> str:
        """Run `git fetch`; return its messages."""
        try:
            return self._online.run(
                *settings, *_FETCH, *arguments, given=given, seconds=seconds, held=held
            )[1]
        except GitFailedError as error:
            raise self._error(str(error)) from None

    def _printed(self, *arguments: str, given: bytes = b"") -> bytes:
        """Return what git tells of the clone; one that is damaged is removed."""
        try:
            return self._local.run(*arguments, given=given)[0]
        except (GitFailedError, OSError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise SourceError(
                f"source {self._source!r}: the clone in {self._folder} could not be read and was "
                f"removed ({_last_line(str(error))}): sync again"
            ) from None

    @contextmanager
    def _held(self) -> Iterator[int]:
        """Hold the clone for this process alone, ready to fetch into; yield the lock."""
        self._cache.mkdir(parents=True, exist_ok=True)
        with (self._cache / f"{self._source}.git.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._prepare()
            yield lock.fileno()

    def _prepare(self) -> None:
        """Make the clone if there is none or a useless one; remove what a killed fetch left."""
        for other in self._cache.glob(f"{self._source}.*.git"):
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)
        if not self._has_commits():
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()
            self._local.run("init", "--quiet", "--bare", "--template=")
            return
        for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/**/*.lock"):
            for left_over in self._folder.glob(pattern):
                left_over.unlink(missing_ok=True)

    def _error(self, said: str) -> SourceError:
        """Return the error for what git *said* when it failed."""
        where, low = f"source {self._source!r}: {self._remote.address}", said.lower()
        if any(sign in low for sign in _REFUSED):
            return SourceError(
                f"{where} refuses us: check the address, the token and its right to read the "
                "repository, or the key for ssh",
                "refused",
            )
        if "returned error: 429" in low:
            return SourceError(f"{where} asks us to wait", "throttled")
        if "couldn't find remote ref" in low:
            branch = f"has no branch {self._branch!r}" if self._branch else "has no commits"
            return SourceError(f"{where} {branch}: correct `branch`")
        if "dubious ownership" in low:
            return SourceError(
                f"{where} belongs to another user: run Kotae as that user", "refused"
            )
        return SourceError(
            f"{where} cannot be fetched ({_last_line(said)}): check the address and the network"
        )


_REFUSED = (
    *("authentication failed", "could not read username", "could not read password"),
    *("terminal prompts disabled", "returned error: 401", "returned error: 403"),
    *("returned error: 404", "permission denied", "host key verification failed"),
    *("' not found", "repository not found", "not appear to be a git repository", "access denied"),
    "does not exist",
)


def _online(folder: Path, remote: GitRemote, token: str) -> GitProgram:
    """Return a git that may reach *remote*; the token goes to its site alone."""
    settings, secrets = {"remote.origin.url": remote.address}, dict[str, str]()
    if remote.protocol == "file":
        settings["remote.origin.uploadpack"] = (
            "git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack"
        )
    if token:
        settings[f"credential.{remote.site}.helper"] = _HELPER
        secrets = {"KOTAE_GIT_USER": remote.user, _PASSWORD: token}
    return GitProgram(folder, remote.protocol, settings, secrets)


def _spec(path: str) -> tuple[str, ...]:
    return (path,) if path else ()


def _last_line(said: str) -> str:
    """Return the last thing that git *said*, short and without signs that move a cursor.

    Where a transport such as ssh failed, that has said why before git gave up.
    """
    reason, gave_up, _ = said.partition("fatal: Could not read from remote repository.")
    said = reason if reason.strip() else gave_up or said
    lines = ["".join(filter(str.isprintable, line)).strip() for line in said.splitlines()]
    return next(filter(None, reversed(lines)), "no reason given")[:200]
