"""Asks each subject in eight phrasings, one of each kind, and counts by kind what stays the same.

    python -m benchmarks.answers.kinds
    python -m benchmarks.answers.kinds kinds_held_out.json

A phrasing is consistent if it ends as the bare subject does, with the same first passage. The
failures in `kinds.json` were looked at while rules were written (`--show` lists them); those in
`kinds_held_out.json`, with other subjects and other frames, were not.
"""

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.answers.cases import open_samples
from benchmarks.answers.phrasings import ask
from knowledge.base import KnowledgeBase

FOLDER = Path(__file__).parent
SPELLING = "spelling"
"""The kind without a frame: a typo, another width, another script."""


def phrasings(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each subject with the kind and the text of each of its phrasings."""
    for place, (subject, misspelt) in enumerate(data["subjects"].items()):
        for kind, frames in data["frames"].items():
            yield subject, kind, frames[place % len(frames)].format(subject)
        yield subject, SPELLING, misspelt


async def measure(base: KnowledgeBase, text: str, *, show: bool) -> None:
    print(f"{'':<4}{'kind':<16}{'asked':>6}{'same passage':>14}{'same ending':>13}{'both':>9}")
    for language, data in json.loads(text).items():
        bare = {subject: await ask(base, subject) for subject in data["subjects"]}
        same = defaultdict[str, list[tuple[bool, bool]]](list)
        for subject, kind, asked in phrasings(data):
            wanted, found = bare[subject], await ask(base, asked)
            pair = wanted[1] == found[1], wanted[0] == found[0]
            same[kind].append(pair)
            same["all"].append(pair)
            if show and not all(pair):
                print(f"   {kind}: {asked}\n      {wanted}\n      {found}")
        for kind, pairs in same.items():
            shares = [
                100 * sum(one) / len(pairs) for one in (*zip(*pairs, strict=True), map(all, pairs))
            ]
            print(
                f"{language:<4}{kind:<16}{len(pairs):>6}"
                f"{shares[0]:>12.1f} %{shares[1]:>11.1f} %{shares[2]:>7.1f} %"
            )


async def _run(text: str, *, show: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        await measure(await open_samples(Path(name)), text, show=show)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "file", nargs="?", default="kinds.json", choices=("kinds.json", "kinds_held_out.json")
    )
    parser.add_argument("--show", action="store_true", help="list those that differ")
    options = parser.parse_args()
    asyncio.run(_run((FOLDER / options.file).read_text("utf-8"), show=options.show))


if __name__ == "__main__":
    main()
