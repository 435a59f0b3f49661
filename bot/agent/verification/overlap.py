"""Words in common: a sentence most of whose words are in its passages says what they say.

Our own tokens are compared (stems in English, character pairs in Japanese), so width, inflection
and script make little difference. A true paraphrase has a share of about .7, an unrelated sentence
about .1. Across languages there is nothing to compare: such a sentence stays open, and so does one
that says no where its passages say yes.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from bot.agent.verifier import Claim, ClaimVerdict, Verification
from bot.core.language import language_of
from knowledge.text.analysis import content_terms
from knowledge.text.highlight import sentences

SUPPORTED, UNRELATED = 0.6, 0.2
"""Share of a sentence's words from which on it is carried, and up to which it is unrelated."""

ECHO = 0.9
"""Share of a sentence's words in titles from which on it is one of them."""

FUNCTION_WORD = 0.3
"""What two hiragana count: mostly grammar."""

_HIRAGANA = re.compile("[\u3041-\u309f]+")
_REFERENCE = re.compile(r"[“\"「『][^“”\"「」『』]+[”\"」』]")
_ADDRESS = re.compile(r"https?://[^\s)>]+")
_DENIAL = re.compile(
    r"ない|ません|なく|ず(?:に|、|。|$)|不可|禁止|不要|対象外|できかね"
    r"|\b(?:not|no|never|none|nobody|nothing|without|cannot|neither|nor|except|unless)\b|n[’']t\b",
    re.IGNORECASE,
)


class OverlapVerifier:
    """Accepts what its passages say in nearly the same words, rejects what has none of them."""

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        return Verification(tuple(map(_verdict, claims)))


def _verdict(claim: Claim) -> ClaimVerdict:
    share = overlap(claim.text, claim.said)
    if share >= SUPPORTED and _is_title(claim):
        return ClaimVerdict("unsupported", "only a title says this")
    if share >= SUPPORTED:
        return ClaimVerdict("unsure" if _denial_differs(claim) else "supported")
    if share <= UNRELATED and language_of(claim.text) == language_of(claim.said):
        return ClaimVerdict("unsupported", "the passages do not speak of this")
    return ClaimVerdict("unsure")


def overlap(sentence: str, evidence: str) -> float:
    """Return the share of the words of *sentence* that *evidence* has, 0..1; 1 for no words."""
    words = _words(sentence)
    total = sum(map(_weight, words))
    return sum(map(_weight, words & _words(evidence))) / total if total else 1.0


def substance(sentence: str) -> float:
    """Return how many words *sentence* has that say something; "Yes." has hardly any."""
    return sum(map(_weight, _words(sentence)))


def content_words(text: str) -> set[str]:
    """Return the words of *text* that are no grammar: those without hiragana."""
    return {word for word in _words(text) if not _HIRAGANA.search(word)}


def denials(text: str) -> int:
    """Return how often *text* says no."""
    return len(_DENIAL.findall(text))


def _is_title(claim: Claim) -> bool:
    """Tell whether a sentence repeats titles and headings, and not what stands below them.

    A title in quotation marks is a reference.
    """
    titles = "\n".join("\n".join([one.title, *one.headings]) for one in claim.evidence)
    below = "\n".join(passage.text for passage in claim.evidence)
    return (
        overlap(claim.text, titles) >= ECHO
        and overlap(claim.text, below) < SUPPORTED
        and not _REFERENCE.search(claim.text)
    )


def _denial_differs(claim: Claim) -> bool:
    """Tell whether of the sentence and the nearest one of its passages just one says no."""
    said = chain.from_iterable(_sentences(passage.text) for passage in claim.evidence)
    nearest = max(said, key=lambda one: overlap(claim.text, one), default=claim.said)
    return bool(_DENIAL.search(claim.text)) != bool(_DENIAL.search(nearest))


@lru_cache(maxsize=64)
def _sentences(text: str) -> tuple[str, ...]:
    """Return the different sentences of *text*; remembered for the same reason."""
    return tuple(dict.fromkeys(text[span.start : span.end] for span in sentences(text)))


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    """Return the words of *text*; remembered, since sentences share their passages."""
    return content_terms(_ADDRESS.sub(" ", text))


def _weight(word: str) -> float:
    return FUNCTION_WORD if _HIRAGANA.fullmatch(word) else 1.0
