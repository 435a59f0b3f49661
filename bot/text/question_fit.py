"""How well a piece of a passage fits a question, in numbers that a score is made of."""

from collections.abc import Sequence
from functools import lru_cache

from bot.core.language import Language, language_of
from bot.text import answer_types
from bot.text.excerpts import Excerpt, excerpts
from bot.text.japanese_names import other_things
from bot.text.modifiers import has_other_modifier, has_the_opposite, is_of_another_time
from bot.text.names_in_sentences import in_longer_only, is_said_of_another
from bot.text.question_words import (
    QuestionWords,
    as_written,
    has_other_letters,
    keys_missing,
    keys_of,
    names_in,
    names_missing,
    names_nothing,
    nouns_missing,
)
from knowledge.model.types import Passage
from knowledge.text.analysis import content_terms, is_unspaced
from knowledge.text.question_subject import subject_of
from knowledge.text.statements import topic
from knowledge.text.years import without_years, years_in

SAME_TITLE = 0.6
"""Share of the words of the shorter title from which two documents are editions of one."""

_OLDEST = 5.0
"""Years behind the newest document found, from which on a document counts as old."""

_MOST_NAMES = 2
"""More missing names than this say no more."""


class QuestionFit:
    """Compares the pieces of what was found with the question.

    Args:
        question: As it was asked.
        found: The passages that were found for it.
    """

    def __init__(self, question: str, found: Sequence[Passage]) -> None:
        everything = [text for one in found for text in (_path(one), one.text)]
        asked = question
        question = as_written(asked, "\n".join(everything))
        self.question = question
        self._other_letters = has_other_letters(asked, question)
        self.pieces = [
            (passage, excerpt) for passage in found for excerpt in _excerpts(passage.text)
        ]
        self._found = found
        self._everything = "\n".join(everything)
        self._language = language_of(question)
        self._words = QuestionWords(
            question,
            [(_path(one), piece.context, piece.quote) for one, piece in self.pieces],
        )
        self._subject = subject_of(question)
        self._expected = answer_types.expectation(self._subject)
        self._years = years_in(question)
        self._top = max((passage.score for passage in found), default=0.0) or 1.0
        self._unheard = keys_missing(question, *everything)
        self._known: dict[str, dict[str, float]] = {}

    def features(self, passage: Passage, excerpt: Excerpt) -> dict[str, float]:
        """Describe how well *excerpt* of *passage* fits; every value is 0..1.

        Returns:
            `quoted`, `near`, `near_titled`, `whole`: shares of the question's words in the
            quotation, with what stands above it, with title and headings too, and in the whole
            passage; `headed`: in the headings below the title.
            `names_missing…`, `subject_missing…`: what of the names (2 or more: 1) and of the
            subject is missing; `nouns_missing_near`: of its nouns; `subject_unheard`: what of it is
            in none of the passages.
            `other_letters`: whether a word of it was read as one with other letters: a slip, or
            another name.
            `other_thing`: whether it has another thing of the kind that the question names.
            `names_nothing`: whether the question has no word by which to know its answer.
            `older`: whether a newer edition was found; `age`: how far behind the newest one it is.
        """
        own = self._known.get(passage.id)
        if own is None:
            own = self._known[passage.id] = self._of_passage(passage)
        near = excerpt.context, excerpt.quote
        titled = _path(passage), *near
        # A row says what it counts in the name of its column, which only what is shown has.
        met = self._expected is not None and any(
            map(self._expected, dict.fromkeys((excerpt.quote, excerpt.shown)))
        )
        return own | {
            "near": self._words.share(*near),
            "near_titled": self._words.share(*titled),
            "quoted": self._words.share(excerpt.quote),
            "kind_met": float(met),
            "kind_unmet": float(self._expected is not None and not met),
            "other_thing": float(self._is_of_another(passage, excerpt)),
            "names_nothing": float(names_nothing(self.question, *titled)),
            "names_missing_near": _few(
                names_missing(self.question, *titled) + self._longer(*titled)
            ),
            "subject_missing_near": keys_missing(self.question, *titled),
            "nouns_missing_near": nouns_missing(self.question, *titled),
            "other_language": float(
                self._language not in {_language(excerpt.quote), _language(passage.text)}
                and not (self._language == "ja" and is_unspaced(excerpt.quote))
            ),
        }

    def _longer(self, *texts: str) -> int:
        """Return how many names of the question a piece has as part of longer ones only."""
        names = names_in(self.question)
        said = "\n".join(texts)
        return len(in_longer_only(names, self.question, said, self._everything)) if names else 0

    def _is_of_another(self, passage: Passage, excerpt: Excerpt) -> bool:
        """Tell whether a piece has another thing of the kind that the question names."""
        path, near = _path(passage), f"{excerpt.context}\n{excerpt.quote}"
        said, above = f"{path}\n{near}", f"{path}\n{excerpt.context}"
        return (
            has_other_modifier(self._subject, near, path)
            or has_the_opposite(self._subject, said)
            or is_of_another_time(self.question, said)
            or bool(other_things(self._subject, said))
            or is_said_of_another(keys_of(self.question), excerpt.quote, above, self._expected)
        )

    def _of_passage(self, passage: Passage) -> dict[str, float]:
        said = _path(passage), passage.text
        signals = passage.signals
        return {
            "relative_score": passage.score / self._top,
            "coverage": signals.coverage,
            "term_coverage": signals.term_coverage,
            "bm25_bounded": signals.bm25_bounded,
            "headed": self._words.share("\n".join(passage.headings[1:])),
            "whole": self._words.share(*said),
            "names_missing": _few(names_missing(self.question, *said)),
            "subject_missing": keys_missing(self.question, *said),
            "subject_unheard": self._unheard,
            "other_letters": float(self._other_letters),
            "older": float(self._is_older(passage)),
            "age": self._age(passage),
        }

    def _is_older(self, passage: Passage) -> bool:
        if passage.date is None or self._years & (years_in(passage.title) | {passage.date.year}):
            return False
        return any(supersedes(other, passage) for other in self._found)

    def _age(self, passage: Passage) -> float:
        dates = [one.date for one in self._found if one.date]
        if passage.date is None or self._years or not dates:
            return 0.0
        return min((max(dates) - passage.date).days / 365 / _OLDEST, 1.0)


def supersedes(new: Passage, old: Passage) -> bool:
    """Tell whether *new* is of a newer document on the subject of the one that *old* is of.

    Two editions have one title. A title that names a year now past is that of an edition, too,
    if the newer passage stands under titles and headings with the rest of its words.
    """
    if new.date is None or old.date is None or new.date <= old.date:
        return False
    if new.document_id == old.document_id:
        return False
    if are_editions(new.title, old.title):
        return True
    years = years_in(old.title)
    if not years or max(years) >= new.date.year:
        return False
    subject = _subject(old.title)
    covered = len(subject & _subject(_path(new)))
    return bool(subject) and covered >= SAME_TITLE * len(subject)


def are_editions(one: str, other: str) -> bool:
    """Tell whether two titles are those of one document at different times."""
    first, second = _title_terms(one), _title_terms(other)
    return len(first & second) >= SAME_TITLE * max(1, min(len(first), len(second)))


@lru_cache(maxsize=1024)
def _title_terms(title: str) -> frozenset[str]:
    return content_terms(without_years(title))


@lru_cache(maxsize=1024)
def _subject(title: str) -> frozenset[str]:
    return topic(title)


@lru_cache(maxsize=256)  # passages are found for one question after the other
def _excerpts(text: str) -> tuple[Excerpt, ...]:
    return tuple(excerpts(text, _language(text)))


@lru_cache(maxsize=1024)
def _language(text: str) -> Language:
    return language_of(text)


def _path(passage: Passage) -> str:
    return "\n".join(dict.fromkeys([passage.title, *passage.headings]))


def _few(count: int) -> float:
    return min(count, _MOST_NAMES) / _MOST_NAMES
