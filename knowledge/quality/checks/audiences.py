"""Audiences that name a channel or user group instead of its id: names can be taken by others."""

from collections import defaultdict
from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus


class AudienceCheck:
    """Looks for names in audiences, and tells whose they are."""

    name = "audiences"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        named: defaultdict[str, list[str]] = defaultdict(list)
        for one in corpus.documents:
            for group in one.document.access.groups:
                if group[0] in "#@":
                    named[group].append(one.id)
        for group, documents in named.items():
            details = {"example": group, "count": len(documents)}
            yield Finding("named", tuple(sorted(documents)), details, rank=len(documents))
