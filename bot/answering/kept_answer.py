"""What of an answer is kept after it was shown."""

from dataclasses import replace

from bot.answering import texts
from bot.core.live_evidence import any_live, is_live
from bot.core.types import Answer


def kept_answer(answer: Answer) -> Answer:
    """Return *answer* as it may be stored: without words that a search in Slack has found.

    Slack's terms and the people who wrote them allow their use in the answer alone. Where it was,
    what it rested on and what people said of it is kept.
    """
    cited = tuple(one.document_id for one in answer.citations)
    if not any_live((*cited, *answer.read)):
        return answer
    citations = tuple(
        replace(one, quote="", title="Slack") if is_live(one.document_id) else one
        for one in answer.citations
    )
    bare = replace(answer, citations=citations, draft="", missing="")
    return replace(bare, text=texts.NOT_KEPT.in_both()) if any_live(answer.behind) else bare
