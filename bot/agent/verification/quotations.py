"""Quotations, literally: quoted words have to stand in a passage, word for word."""

import re
from collections.abc import Iterator, Sequence

from bot.agent.evidence import literal
from bot.agent.verifier import Claim, ClaimVerdict, Verification
from bot.text.citation_markers import bracketless

SHORTEST_JAPANESE, SHORTEST_WORDS = 10, 4
"""Characters and words from which on something in quotation marks is a quotation and no name."""

_QUOTED = re.compile(r"「([^「」]+)」|『([^『』]+)』|“([^“”]+)”|\"([^\"]+)\"")
_WORD = re.compile(r"[A-Za-z0-9][\w'’-]*")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


class QuotationsVerifier:
    """Rejects sentences whose quotations are in none of their passages; leaves the others open."""

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        return Verification(tuple(map(_verdict, claims)))


def _verdict(claim: Claim) -> ClaimVerdict:
    found = list(_quotations(claim.text))
    said = (claim.said, bracketless(claim.said)) if found else ()
    passages = tuple(map(literal, said))
    for quoted in found:
        if not any(literal(quoted) in passage for passage in passages):
            return ClaimVerdict("unsupported", f"not said word for word: {quoted[:60]}")
    return ClaimVerdict("unsure")


def _quotations(text: str) -> Iterator[str]:
    for groups in _QUOTED.findall(text):
        quoted = "".join(groups).strip(" .,。、…")
        japanese = len(_JAPANESE.findall(quoted))
        if japanese >= SHORTEST_JAPANESE or len(_WORD.findall(quoted)) >= SHORTEST_WORDS:
            yield quoted
