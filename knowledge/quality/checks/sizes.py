"""Documents with next to nothing in them, and documents that should be several."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus
from knowledge.text.chunker import estimate_tokens

_FEW_TOKENS = 8
"""Estimated tokens below which a document answers nothing: a heading, "TBD", "準備中です"."""


class SizeCheck:
    """Looks at how much text a document holds."""

    name = "sizes"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        most = corpus.settings.check.oversized_chunks
        for one in corpus.documents:
            count = len(one.chunks)
            if count > most:
                yield Finding("oversized", (one.id,), {"chunks": count}, rank=count)
            text = " ".join(chunk.text for chunk in one.chunks[:2])
            if estimate_tokens(text) < _FEW_TOKENS:
                yield Finding("empty", (one.id,), {"text": " ".join(text.split())})
