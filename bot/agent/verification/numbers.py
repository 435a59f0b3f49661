"""Numbers, literally: a number, date, weekday or code that the evidence lacks is made up.

Measured on paraphrases, figures find what word overlap cannot: "12 days" for "10 days" leaves the
overlap as it was. What is calculated is not carried either; the model is told not to.
"""

from collections.abc import Sequence

from bot.agent.verifier import Claim, ClaimVerdict, Verification
from bot.text import numbers


class NumbersVerifier:
    """Rejects sentences with numbers that none of their passages has; leaves the others open."""

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        return Verification(tuple(map(_verdict, claims)))


def _verdict(claim: Claim) -> ClaimVerdict:
    missing = numbers.missing(claim.text, claim.said)
    return ClaimVerdict("unsupported", ", ".join(missing)) if missing else ClaimVerdict("unsure")
