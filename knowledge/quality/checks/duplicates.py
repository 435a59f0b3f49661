"""Documents and passages that are duplicates or near-duplicates."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from knowledge.model.findings import Finding
from knowledge.model.types import Chunk
from knowledge.quality.checks.similarity import groups, resembling, signatures
from knowledge.quality.corpus import Corpus
from knowledge.text.chunker import estimate_tokens
from knowledge.text.numbers import numbers_in

_MIN_TOKENS = 30
"""Estimated tokens below which a repeated passage is only a common phrase."""


class DuplicateCheck:
    """Finds similar texts with the same numbers.

    Similar texts with other numbers come from one template, or conflict; conflicts have a check.
    """

    name = "duplicates"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        documents = corpus.documents
        chunks = list(chain.from_iterable(checked.chunks for checked in documents))
        if not chunks:
            return
        rows = signatures(chunk.text for chunk in chunks)
        least = corpus.settings.check.similar
        starts = np.cumsum([0, *(len(checked.chunks) for checked in documents[:-1])])
        whole = np.minimum.reduceat(rows, starts)
        texts = {}
        pairs = []
        for pair in resembling(whole, least):
            for row in pair:
                if row not in texts:
                    texts[row] = "\n".join(chunk.text for chunk in documents[row].chunks)
            if numbers_in(texts[pair[0]]) == numbers_in(texts[pair[1]]):
                pairs.append(pair)
        twins: dict[str, int] = {}
        for number, group in enumerate(groups(pairs)):
            twins |= {documents[row].id: number for row in group}
            yield Finding(
                "duplicate",
                tuple(documents[row].id for row in group),
                {
                    "exact": len({" ".join(texts[row].split()) for row in group}) == 1,
                    "dates": [str(documents[row].document.date or "") for row in group],
                },
                rank=len(group) * len(texts[group[0]]),
            )
        yield from _passages(chunks, resembling(rows, least), twins)


def _passages(
    chunks: Sequence[Chunk], pairs: Sequence[tuple[int, int]], twins: Mapping[str, int]
) -> Iterator[Finding]:
    """Yield passages that occur in several documents that are not duplicates themselves."""
    alike = [
        (first, second)
        for first, second in pairs
        if estimate_tokens(chunks[first].text) >= _MIN_TOKENS
        and numbers_in(chunks[first].text) == numbers_in(chunks[second].text)
    ]
    repeated: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in groups(alike):
        ids = tuple(sorted({chunks[row].document.id for row in group}))
        if len({twins.get(id_, id_) for id_ in ids}) > 1:
            repeated[ids].append(chunks[group[0]].text)
    for ids, texts in repeated.items():
        details = {"text": texts[0], "count": len(texts)}
        yield Finding("repeated", ids, details, rank=len(ids) * sum(map(len, texts)))
