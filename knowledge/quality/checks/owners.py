"""Sources with documents that have no owner, so that the bot knows nobody to ask."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import Corpus


class OwnerCheck:
    """Finds sources whose documents have no owner from their settings or front matter."""

    name = "owners"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        for source in corpus.settings.sources:
            ownerless = [
                checked
                for checked in corpus.documents
                if checked.document.source == source.name and not checked.document.owner
            ]
            if ownerless:
                details = {"count": len(ownerless), "example": ownerless[0].id}
                yield Finding("ownerless", (source.name,), details, rank=len(ownerless))
