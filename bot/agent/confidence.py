"""The probability that an answer is right, and the reasons for it in one line.

The number is a logistic function of a few features. Which features there are, and how much each
says, stands in a file of weights: `weights/extractive.json` is fitted on public questions
(`benchmarks/confidence/fit.py`), `weights/model.json` is a cautious guess for language models until
`kotae eval calibrate` has measured the operator's own. Every answer keeps its features, so that a
score can be explained, and fitted anew, later.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from bot.agent import texts
from bot.core.errors import SettingsError
from bot.core.i18n import Text
from bot.core.language import Language
from bot.text import answer_types, numbers
from bot.text.conflicts import same_subject
from bot.text.excerpts import Excerpt
from bot.text.question_fit import QuestionFit
from knowledge.model.types import Passage
from knowledge.text.analysis import query_terms, token_set

Features = Mapping[str, float]
"""The inputs of a confidence by name; all values but counts are about 0..1."""

FAR_BEHIND, BEHIND = 0.3, 0.1
"""Margins from which the second best passage counts as far behind, and as behind."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How features become a confidence.

    Attributes:
        version: Changes with every fit; a certificate holds for one version.
        intercept: Log odds of being right when every feature is 0.
        weights: Change of the log odds per unit of a feature.
        defaults: Stands for a feature that an answer does not have; others count as 0.
        shown_from: Confidence from which on an answer is given when nothing is certified.
        found_from: Confidence from which on a passage is worth showing where nothing is answered.
        fitted_on: Where the numbers come from, in words.
    """

    version: str
    intercept: float
    weights: Mapping[str, float]
    defaults: Mapping[str, float]
    shown_from: float = 0.5
    found_from: float = 0.0
    fitted_on: str = ""

    @classmethod
    def load(cls, name: str) -> Self:
        """Read the packaged weights *name*: `extractive` or `model`."""
        text = (files("bot.agent") / "weights" / f"{name}.json").read_text("utf-8")
        return cls(**json.loads(text))

    @classmethod
    def read(cls, path: Path) -> "Weights":
        """Read weights from a file of the operator's own.

        Raises:
            SettingsError: when it is not such a file.
        """
        try:
            return _stored.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise SettingsError(f"{path} holds no confidence weights: {error}") from None

    def score(self, features: Features) -> float:
        """Return the confidence of an answer with *features*, 0..1."""
        odds = self.intercept
        for name, weight in self.weights.items():
            odds += weight * features.get(name, self.defaults.get(name, 0.0))
        return 1 / (1 + math.exp(-min(max(odds, -60.0), 60.0)))


_stored = TypeAdapter(Weights)


def retrieval_features(
    question: str,
    quoted: str,
    passage: Passage,
    found: Sequence[Passage] = (),
    quote: str = "",
) -> dict[str, float]:
    """Describe how well *passage*, of which *quoted* is shown, fits *question*.

    Args:
        question: The words of the person, with those of an earlier question that they stand on.
        quoted: What of the passage, or about it, the asker reads.
        passage: The best passage of the answer, with its signals.
        found: What else was found for the question.
        quote: What is cited of the passage, verbatim.
    """
    signals = passage.signals
    said = "\n".join((passage.title, *passage.headings, passage.text))
    expected = answer_types.expectation(question)
    known = {
        "coverage": signals.coverage,
        "term_coverage": signals.term_coverage,
        "quote_coverage": _share(question, "\n".join((passage.title, *passage.headings, quoted))),
        "bm25_bounded": signals.bm25_bounded,
        "margin": _margin(passage, found),
        "z_score": signals.z_score / 10,
        "kind_met": float(expected is not None and expected(quoted)),
        "kind_unmet": float(expected is not None and not expected(quoted)),
        "figures_missing": float(bool(numbers.missing(question, said))),
    }
    if signals.cosine is not None:
        known["cosine"] = signals.cosine
    fit = QuestionFit(question, found or [passage])
    pieces = (piece for one, piece in fit.pieces if one.id == passage.id and piece.quote == quote)
    return known | fit.features(passage, next(pieces, Excerpt(quote or quoted, quoted)))


def _share(question: str, text: str) -> float:
    """Return the share of what *question* looks for that *text* has, 0..1."""
    terms, tokens = query_terms(question), token_set(text)
    total = sum(term.weight for term in terms)
    found = sum(term.weight for term in terms if term.token in tokens)
    return found / total if total else 0.0


def _margin(passage: Passage, found: Sequence[Passage]) -> float:
    """Return how far the best rival lies behind *passage*, 0..1.

    A passage that says the same (the other language's page, last year's edition, the FAQ) is no
    rival: the margin of a list in which it stands second says nothing.
    """
    rivals = (
        other.score
        for other in found
        if other.id != passage.id and not same_subject(passage.highlight, other.highlight)
    )
    if passage.score <= 0:
        return 0.0
    return min(max(1 - max(rivals, default=0.0) / passage.score, 0.0), 1.0)


def explained(features: Features, language: Language) -> str:
    """Return the reasons for and against the answer in one line; "" if there are none."""
    parts = [
        *_support(features, language),
        *_sources(features, language),
        *_retrieval(features, language),
    ]
    return texts.COMMA.to(language).join(parts)


def _support(features: Features, language: Language) -> list[str]:
    total = round(features.get("sentences", 0))
    if not total:
        return []
    supported = round(features.get("supported", 0))
    if total == supported == 1:
        said = [texts.ONE_SUPPORTED.to(language)]
    else:
        said = [texts.SUPPORTED.to(language, supported=supported, total=total)]
    removed = round(features.get("removed", 0))
    return [*said, texts.REMOVED.to(language, count=removed)] if removed else said


def _sources(features: Features, language: Language) -> list[str]:
    if features.get("contradicted"):
        return [texts.CONTRADICTED.to(language)]
    sources = round(features.get("sources", 0))
    if not sources:
        return []
    return [(texts.AGREE if sources > 1 else texts.SINGLE).to(language)]


def _retrieval(features: Features, language: Language) -> list[str]:
    said = []
    if features.get("kind_unmet"):
        said.append(texts.KIND_UNMET.to(language))
    if features.get("figures_missing"):
        said.append(texts.NUMBER_MISSING.to(language))
    if "margin" in features:
        said.append(_distance(features["margin"]).to(language))
    if "said" in features:
        said.append(texts.SELF_RATED.to(language, said=features["said"]))
    if features.get("wrong_language"):
        said.append(texts.OTHER_LANGUAGE.to(language))
    return said


def _distance(margin: float) -> Text:
    if margin >= FAR_BEHIND:
        return texts.FAR_BEHIND
    return texts.BEHIND if margin >= BEHIND else texts.CLOSE
