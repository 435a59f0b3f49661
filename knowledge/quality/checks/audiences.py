"""Audiences with names of channels or user groups in place of ids; others could take a name."""

from collections import defaultdict
from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus


class AudienceCheck:
    """Finds names of channels and user groups in audiences."""

    name = "audiences"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        named: defaultdict[str, list[str]] = defaultdict(list)
        for checked in corpus.documents:
            for group in checked.document.access.groups:
                if group[0] in "#@":
                    named[group].append(checked.id)
        for group, documents in named.items():
            details = {"example": group, "count": len(documents)}
            yield Finding("named", tuple(sorted(documents)), details, rank=len(documents))
