"""Random trees of groups, inheritance and restrictions: nobody reads what the source would refuse.

`python -m tests.sources.rights --seed 7 --checks 20000` prints how many checks it made.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.directory.file import FileDirectory
from bot.directory.lookup import GroupLookup
from knowledge.model.errors import KnowledgeError
from knowledge.model.readers import group, person
from knowledge.model.types import NOBODY, Access, Document, Principal, SourceReaders
from knowledge.storage.store import FileRecord, Store, StoreWriter
from knowledge.text.chunker import Piece

CHECKS = 20_000
DIRECTORY = "google"
_STEPS = 4
"""States of one tree: rights are lost and gained between them."""


@dataclass
class Page:
    """A page, or the space above all: whoever is in `allowed` may read it and what is below it.

    Attributes:
        allowed: People and groups; None restricts nothing. An empty set lets nobody in.
        untold: The source does not say who may read it.
    """

    id: str
    above: "Page | None" = None
    allowed: set[str] | None = None
    untold: bool = False


@dataclass
class Tree:
    """A source: pages, people (`p1`) and groups (`g1`) with people and groups in them."""

    chosen: random.Random
    people: list[str] = field(default_factory=list)
    groups: dict[str, set[str]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)

    def grow(self) -> None:
        """Make people, groups in groups, and pages below pages."""
        chosen = self.chosen
        self.people = [f"p{number}" for number in range(chosen.randint(3, 9))]
        names = [f"g{number}" for number in range(chosen.randint(1, 9))]
        self.groups = {name: set(self._some([*self.people, *names])) - {name} for name in names}
        for number in range(chosen.randint(4, 16)):
            above = chosen.choice(self.pages) if self.pages and chosen.random() < 0.8 else None
            self.pages.append(Page(f"d{number}", above))
        for page in self.pages:
            self._restrict(page)

    def change(self) -> None:
        """Let somebody lose or gain a group, and a page its restriction."""
        for _ in range(self.chosen.randint(1, 4)):
            name = self.chosen.choice(sorted(self.groups))
            others = [*self.people, *self.groups]
            self.groups[name] ^= {self.chosen.choice(others)} - {name}
        self._restrict(self.chosen.choice(self.pages))

    def permits(self, who: str, page: Page) -> bool:
        """Decide as the source does, from the page upwards."""
        if page.untold:
            return False
        here = page.allowed is None or any(self._is(who, one, set()) for one in page.allowed)
        return here and (page.above is None or self.permits(who, page.above))

    def readers(self, page: Page) -> SourceReaders:
        """Return the readers of *page* as a source tells them to a sync."""
        sets = set[frozenset[str]]()
        place: Page | None = page
        while place is not None:
            if place.untold:
                return NOBODY
            if place.allowed is not None:
                sets.add(frozenset(map(self.name, place.allowed)))
            place = place.above
        return frozenset(sets)

    def name(self, who: str) -> str:
        """Return the name of a person or a group at the source."""
        return person(mail_of(who)) if who in self.people else group(DIRECTORY, who.upper())

    def written(self) -> str:
        """Return the groups as the file of a directory; the source itself has more of them."""
        lines = [
            f"{json.dumps(name)} = {json.dumps(sorted(map(self._member, members)))}"
            for name, members in self.groups.items()
        ]
        return "\n".join(["[groups]", *lines])

    def _member(self, who: str) -> str:
        return mail_of(who) if who in self.people else who

    def _is(self, who: str, allowed: str, seen: set[str]) -> bool:
        if who == allowed:
            return True
        if allowed in seen or allowed not in self.groups:
            return False
        return any(self._is(who, one, seen | {allowed}) for one in self.groups[allowed])

    def _restrict(self, page: Page) -> None:
        page.untold = self.chosen.random() < 0.05
        if self.chosen.random() < 0.4:
            page.allowed = None
        else:
            unknown = ["gone"] if self.chosen.random() < 0.2 else []
            page.allowed = set(self._some([*self.people, *self.groups, *unknown]))

    def _some(self, names: list[str]) -> list[str]:
        return self.chosen.sample(names, self.chosen.randint(0, min(4, len(names))))


def mail_of(who: str) -> str:
    """Return the address of a person."""
    return f"{who}@example.com"


def checked(tree: Tree, folder: Path) -> Iterator[tuple[bool, bool, str]]:
    """Yield for everybody and every page: what Kotae shows, what the source does, and which.

    People are looked up in a real directory, and pages read by the real store's filter.
    """
    (folder / "groups.toml").write_text(tree.written(), "utf-8")
    path = folder / "store.sqlite"
    path.unlink(missing_ok=True)
    with closing(StoreWriter(path)) as writer:
        for page in tree.pages:
            access = Access("members", readers=tree.readers(page))
            writer.put(
                Document(page.id, "wiki", page.id, "", access=access),
                FileRecord("1", b""),
                [Piece(page.id)],
            )
        writer.finish()
    with closing(Store(path)) as store:
        of_page = {chunk.document.id: chunk.key for chunk in store.chunks(range(1, 1_000))}
        entries = {entry.key: entry.access for entry in store.entries()}
        for who, reader in asyncio.run(readers_of(tree, folder)).items():
            keys = store.access_keys(reader)
            for page in tree.pages:
                found = keys is None or entries[of_page[page.id]] in keys
                yield found, tree.permits(who, page), f"{who} finds {page.id}"
                yield reads(store, page, reader), tree.permits(who, page), f"{who} reads {page.id}"


async def readers_of(tree: Tree, folder: Path) -> dict[str, Principal]:
    """Return everybody as the bot knows them."""
    lookup = GroupLookup([FileDirectory(DIRECTORY, folder / "groups.toml")])
    found = {}
    for who in tree.people:
        names = await lookup.names_of(mail_of(who).title())
        own = person(mail_of(who).upper())
        found[who] = Principal(who, member=True, names=names | {own})
    await lookup.aclose()
    return found


def reads(store: Store, page: Page, reader: Principal) -> bool:
    """Tell whether the store gives the page to *reader*."""
    try:
        return bool(store.read(page.id, reader, 0, 1))
    except KnowledgeError:
        return False


def run(seed: int = 7, checks: int = CHECKS) -> list[str]:
    """Return what was read that the source would refuse, and what was kept back for no reason."""
    violations, done, shown, number = list[str](), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while done < checks:
            number += 1
            tree = Tree(random.Random(f"{seed} {number}"))
            tree.grow()
            for step in range(_STEPS):
                for given, right, what in checked(tree, Path(folder)):
                    done += 1
                    shown += given
                    if given != right:
                        kind = "refused at the source" if given else "kept back"
                        violations.append(f"tree {number}, step {step}: {what}: {kind}")
                tree.change()
    sys.stdout.write(
        f"rights: {done} checks in {number} trees, {shown} reads, {len(violations)} violations\n"
    )
    return violations


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--checks", type=int, default=CHECKS)
    chosen = parser.parse_args()
    violations = run(chosen.seed, chosen.checks)
    sys.stdout.writelines(f"{one}\n" for one in violations[:20])
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
