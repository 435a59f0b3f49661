"""Sources whose documents nobody is named for: the bot cannot say whom to ask."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus


class OwnerCheck:
    """Looks for sources without an owner, where documents do not name their own either."""

    name = "owners"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        for source in corpus.settings.sources:
            alone = [
                one
                for one in corpus.documents
                if one.document.source == source.name and not one.document.owner
            ]
            if alone:
                details = {"count": len(alone), "example": alone[0].id}
                yield Finding("ownerless", (source.name,), details, rank=len(alone))
