"""Documents with almost no text, and documents that should be split."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus
from knowledge.text.chunker import estimate_tokens

_FEW_TOKENS = 8
"""Estimated tokens below which a document has no answers: a heading, "TBD", "準備中です"."""


class SizeCheck:
    """Checks how much text a document contains."""

    name = "sizes"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        most = corpus.settings.check.oversized_chunks
        for checked in corpus.documents:
            count = len(checked.chunks)
            if count > most:
                yield Finding("oversized", (checked.id,), {"chunks": count}, rank=count)
            text = " ".join(chunk.text for chunk in checked.chunks[:2])
            if estimate_tokens(text) < _FEW_TOKENS:
                yield Finding("empty", (checked.id,), {"text": " ".join(text.split())})
