"""Measures `kotae knowledge check` on synthetic documents from sentences in SQuAD-format files.

    python -m benchmarks.check squad.json jsquad.json --chunks 100000

Each document has six chunks of shuffled sentences. One in a hundred is a copy with a changed
number, and one in a hundred is an exact copy, so that there is something to find.
"""

import argparse
import datetime as dt
import json
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.model.settings import KnowledgeSettings
from knowledge.model.source_settings import FolderSettings
from knowledge.model.types import Chunk, Document, Progress
from knowledge.quality.checks import check
from knowledge.quality.corpus import CheckedDocument, Corpus

CHUNKS_OF_DOCUMENT = 6
SENTENCES = 5
SHARE = 0.01


def sentences(path: Path) -> list[str]:
    articles = json.loads(path.read_text("utf-8"))["data"]
    contexts = {p["context"] for article in articles for p in article["paragraphs"]}
    found = (s for text in sorted(contexts) for s in re.split(r"(?<=。)|(?<=[a-z)]\.)\s+", text))
    return [sentence for sentence in found if len(sentence) > 15]


def texts(pool: Sequence[str], chance: random.Random) -> list[str]:
    return [" ".join(chance.sample(pool, SENTENCES)) for _ in range(CHUNKS_OF_DOCUMENT)]


def documents(pools: Sequence[Sequence[str]], count: int) -> Iterator[CheckedDocument]:
    chance = random.Random(1)
    before = texts(pools[0], chance)
    for number in range(count // CHUNKS_OF_DOCUMENT):
        kind = chance.random()
        if kind < SHARE:
            before = [re.sub(r"\d+", lambda m: str(int(m[0]) + 7), text) for text in before]
        elif kind > 2 * SHARE:
            before = texts(chance.choice(pools), chance)
        date = dt.date(2020 + number % 7, 1, 1)
        title = f"{before[0][:30]} {number}"
        document = Document(f"made/{number}.md", "made", title, "", date)
        rows = [
            Chunk(CHUNKS_OF_DOCUMENT * number + n, document, n, text, (title,))
            for n, text in enumerate(before)
        ]
        yield CheckedDocument(document, {"date": date.isoformat()}, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--chunks", type=int, default=100_000)
    options = parser.parse_args()
    source = FolderSettings.model_validate({"name": "made", "path": Path("made")})
    made = list(documents([sentences(path) for path in options.files], options.chunks))
    corpus = Corpus(made, [], [], KnowledgeSettings(sources=[source]), dt.date(2026, 11, 24))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    last = [time.perf_counter(), time.process_time()]

    def report(step: Progress) -> None:
        now = [time.perf_counter(), time.process_time()]
        elapsed, busy = (new - old for new, old in zip(now, last, strict=True))
        print(f"  until {step.name:<12} {elapsed:6.1f} s ({busy:.1f} s of a core)")

    findings = check(corpus, report)
    report(Progress("check", name="the end"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(made)} documents, {options.chunks} chunks: {peak - before:.0f} MB above the texts")
    print(dict(Counter(finding.kind for finding in findings)))


if __name__ == "__main__":
    main()
