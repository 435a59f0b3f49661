"""Read a file that came along with the question."""

from dataclasses import replace
from itertools import zip_longest

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question, ReadFile
from knowledge.model.types import Passage, Signals
from knowledge.search.indexes.reranker import Reranker, WeightedTerm
from knowledge.text.analysis import query_terms
from knowledge.text.question_subject import subject_of
from knowledge.text.section_links import link_to

SOURCE = "attachment"
"""The `Passage.source` of attachments."""


LEAST = 0.3
"""Share of a question's words from which on a piece of a file may be about it."""


class ReadAttachmentArguments(BaseModel):
    """Which file."""

    name: str = Field(description="The file's name, as the question gives it.")


class ReadAttachment:
    """Returns the text of an attached document as passages that can be cited."""

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "read_attachment",
            "Read a document that is attached to the question.",
            ReadAttachmentArguments,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, ReadAttachmentArguments)
        wanted = arguments.name.strip()
        for file in question.files:
            if file.name == wanted and file.text:
                return ToolResult(passages=tuple(_passages(file)))
        readable = ", ".join(file.name for file in question.files if file.text)
        raise ToolError(f"there is no such document; attached: {readable or 'none'}")


def matching(question: Question, query: str, most: int) -> list[Passage]:
    """Return the *most* pieces of the attached documents that fit *query* best, as a search does.

    No word counts more than another: a few pages do not tell which ones are rare.
    """
    passages = [one for file in question.files for one in _passages(file)]
    terms = [WeightedTerm(*term) for term in query_terms(subject_of(query))]
    if not passages or not terms:
        return []
    found = Reranker(terms).scores([f"{one.title}\n{one.text}" for one in passages])
    fitting = sorted(zip(found, passages, strict=True), key=lambda pair: -pair[0].best_line)[:most]
    return [
        replace(
            one,
            score=fit.best_line,
            signals=Signals(
                coverage=fit.coverage, term_coverage=fit.term_coverage, bm25_bounded=fit.best_line
            ),
        )
        for fit, one in fitting
        if fit.coverage >= LEAST
    ]


def _passages(file: ReadFile) -> list[Passage]:
    return [
        Passage(
            id=f"{SOURCE}:{file.name}#{number}",
            document_id=f"{SOURCE}:{file.name}",
            source=SOURCE,
            title=file.name,
            url=link_to(file.url, anchor),
            text=piece,
            score=1.0,
        )
        for number, (piece, anchor) in enumerate(
            zip_longest(file.pieces, file.anchors, fillvalue="")
        )
    ]
