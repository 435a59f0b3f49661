"""The last commit of each file of a git checkout, from one pass over its history.

The checkout may be a stranger's. So git never reads its settings or hooks: it is pointed at a
folder of our own, which borrows only the objects of the repository.
"""

import logging
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from knowledge.sync.private_folder import PrivateFolder
from knowledge.sync.sources.git_log import GitLog, LastCommit

log = logging.getLogger(__name__)

SECONDS = 60.0
"""How long one repository may take; files whose commit was not reached by then have none."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST_REFERENCE = 10_000_000


def last_commits(folder: Path, names: Iterable[str]) -> dict[str, LastCommit]:
    """Return the last commit of each file that git knows, by its name.

    A file without one (it is not in git, git is missing, or the history is cut off before it) is
    left out. So is one of a day in the future, which is a mistake.

    Args:
        folder: The folder that the names start at.
        names: Paths relative to *folder*, with `/`.
    """
    git = shutil.which("git")
    if git is None:
        return {}
    found = dict[str, LastCommit]()
    for root, relative in _by_checkout(folder, names).items():
        try:
            found |= _read(git, root, folder, relative)
        except (OSError, ValueError) as error:
            log.warning("%s: its history cannot be read: %s", root, error)
    return found


def _by_checkout(folder: Path, names: Iterable[str]) -> Mapping[Path, dict[str, str]]:
    """Group *names* by the checkout they are in: of each, the path in it, and the name."""
    roots = dict[Path, Path | None]()
    grouped: dict[Path, dict[str, str]] = defaultdict(dict)
    start = folder.absolute()
    for name in names:
        path = start / name
        root = _root(path.parent, roots)
        if root is not None:
            grouped[root][path.relative_to(root).as_posix()] = name
    return grouped


def _root(folder: Path, known: dict[Path, Path | None]) -> Path | None:
    """Return the nearest folder from *folder* upwards that holds `.git`."""
    above = list[Path]()
    root = None
    for place in (folder, *folder.parents):
        if place in known:
            root = known[place]
            break
        above.append(place)
        if (place / ".git").exists():
            root = place
            break
    known.update(dict.fromkeys(above, root))
    return root


def _read(git: str, root: Path, folder: Path, names: dict[str, str]) -> dict[str, LastCommit]:
    repository = _repository(root)
    common = _common(repository)
    head = _head(repository, common)
    if not head:
        return {}
    with PrivateFolder() as borrowed:
        boundary = _borrow(borrowed.path, common, head)
        start = folder.absolute()
        inside = start.relative_to(root).as_posix() if start.is_relative_to(root) else "."
        log_of = GitLog(git, borrowed.path, _environment(borrowed.path), SECONDS)
        return log_of.last_commits(head, inside, names, boundary)


def _environment(borrowed: Path) -> dict[str, str]:
    """Return an environment in which git reads no settings but those in *borrowed*."""
    return {
        "PATH": os.defpath,
        "GIT_DIR": str(borrowed),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "HOME": str(borrowed),
    }


def _repository(root: Path) -> Path:
    """Return the folder that `.git` is, or that it names in a worktree or a submodule."""
    place = root / ".git"
    if place.is_dir():
        return place
    said = _text(place)
    return (root / said.removeprefix("gitdir:").strip()).resolve()


def _common(repository: Path) -> Path:
    """Return the folder that all worktrees share."""
    named = repository / "commondir"
    return (repository / _text(named).strip()).resolve() if named.exists() else repository


def _head(repository: Path, common: Path) -> str:
    """Return the hash of the commit that is checked out, "" for none yet."""
    said = _text(repository / "HEAD").strip()
    for _ in range(5):
        if _SHA.fullmatch(said):
            return said
        name = said.removeprefix("ref:").strip()
        if not name.startswith("refs/") or ".." in name:
            return ""
        loose = next((f / name for f in (repository, common) if (f / name).is_file()), None)
        said = _text(loose).strip() if loose else _packed(common, name)
    return ""


def _packed(common: Path, name: str) -> str:
    packed = common / "packed-refs"
    if packed.is_file():
        for line in _text(packed).split("\n"):
            sha, _, reference = line.partition(" ")
            if reference == name:
                return sha
    return ""


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LONGEST_REFERENCE).decode("utf-8", "replace")


def _borrow(borrowed: Path, common: Path, head: str) -> frozenset[bytes]:
    """Fill *borrowed* with a repository that has the objects of *common*; return its boundary.

    Commits at the boundary of a shallow clone seem to add every file, so their day says nothing.
    """
    (borrowed / "objects" / "info").mkdir(parents=True)
    (borrowed / "refs").mkdir()
    objects = os.fsencode(common / "objects")
    if b"\n" in objects:
        raise ValueError("its path has a line end")
    (borrowed / "objects" / "info" / "alternates").write_bytes(objects + b"\n")
    (borrowed / "HEAD").write_text(f"{head}\n")
    sha256 = len(head) > len("0" * 40)
    extension = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    version = 1 if sha256 else 0
    config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
    (borrowed / "config").write_text(config)
    shallow = common / "shallow"
    if not shallow.is_file():
        return frozenset()
    hashes = [line for line in _text(shallow).split("\n") if _SHA.fullmatch(line)]
    (borrowed / "shallow").write_text("".join(f"{line}\n" for line in hashes))
    return frozenset(line.encode() for line in hashes)
