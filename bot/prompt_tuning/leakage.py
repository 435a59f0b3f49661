"""Detects leakage: private text of the cases that a candidate prompt repeats.

A prompt goes into every request, whoever asks, past every reader's rights. So it must not contain
text of the cases: no phrases, numbers, names, addresses, or answers. The check errs on the safe
side. It misses common nouns and paraphrased facts: people see those in the diff before approval.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

WORDS = 5
"""Number of equal words in a row that counts as a copy."""

CHARACTERS = 12
"""The same in characters, without spaces and punctuation, if at least half of them are CJK."""

DIGITS = 4
"""Fewest digits of a number that counts."""

SHORTEST = 4
"""Fewest letters of an answer that is searched verbatim; one less with CJK or a digit."""

SHORTEST_QUESTION = 6
"""The same for a question."""

LeakKind = Literal["words", "figure", "address", "name", "answer", "question"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff々]")
_NUMBER = re.compile(r"\d(?:[\d,]*\d)?")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]+|https?://\S+|\bwww\.\S+")
_AFTER_LOWER = re.compile(r"(?<=[a-z,] )([A-Z][a-z]+)((?: [A-Z][a-z]+)*)")
_PAIR = re.compile(r"\b([A-Z][a-z]+) (?=([A-Z][a-z]+)\b)")
_LOWER = re.compile(r"\b[a-z]+\b")
_PERSON = re.compile("([\u4e00-\u9fff々]{2,4})(?:さん|様|氏|先生|課長|部長|係長|主任)")
_NOBODY = frozenset({"皆様", "お客", "利用者", "担当者", "相手", "業者", "患者", "保護者", "会社"})


class Leak(NamedTuple):
    """Private text that appears in another text."""

    kind: LeakKind
    text: str


class LeakedTexts:
    """Finds private text in others.

    Args:
        private: Texts of which no phrase may appear.
        public: Texts that may appear, even if they are part of private ones.
        answers: Short texts that may not appear verbatim.
        questions: Likewise.
        names: Names of people.
    """

    def __init__(
        self,
        private: Iterable[str],
        public: Iterable[str] = (),
        *,
        answers: Iterable[str] = (),
        questions: Iterable[str] = (),
        names: Iterable[str] = (),
    ) -> None:
        questions = tuple(questions)
        texts = [_plain(text) for text in (*private, *questions)]
        known = [_plain(text) for text in public]
        self._runs = _all(_runs, texts) - _all(_runs, known)
        self._numbers = _all(_numbers, texts) - _all(_numbers, known)
        self._addresses = _all(_addresses, known)
        told = frozenset(word for text in known for word in map(str.casefold, _words(text)))
        people = {name.strip("@ ").casefold() for name in names} | _names(texts)
        self._names = frozenset(name for name in people - told if len(name) > 1)
        public_text = "\0".join(map(_squeezed, known))
        self._answers = _strings(answers, SHORTEST, public_text)
        self._questions = _strings(questions, SHORTEST_QUESTION, public_text)

    def find(self, text: str) -> list[Leak]:
        """Return the private text in *text*, one example of each kind."""
        text = _plain(text)
        squeezed, words = _squeezed(text), f" {' '.join(_words(text))} ".casefold()
        found: list[tuple[LeakKind, Iterable[str]]] = [
            ("words", (run for run in _runs(text) if run in self._runs)),
            ("figure", (number for number in _numbers(text) if number in self._numbers)),
            ("address", (item for item in _addresses(text) if item not in self._addresses)),
            ("name", (name for name in sorted(self._names) if _names_it(name, words, squeezed))),
            ("answer", (item for item in sorted(self._answers) if item in squeezed)),
            ("question", (item for item in sorted(self._questions) if item in squeezed)),
        ]
        first = ((kind, next(iter(items), "")) for kind, items in found)
        return [Leak(kind, item) for kind, item in first if item]


def _all(parts: Callable[[str], Iterator[str]], texts: Iterable[str]) -> frozenset[str]:
    return frozenset(part for text in texts for part in parts(text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _squeezed(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _runs(text: str) -> Iterator[str]:
    """Yield the word n-grams, or the character n-grams where CJK prevails."""
    words = [word for word in _words(text.casefold()) if not _CJK.search(word)]
    for place in range(len(words) - WORDS + 1):
        yield " ".join(words[place : place + WORDS])
    squeezed = _squeezed(text)
    counts = [0]
    for character in squeezed:
        counts.append(counts[-1] + bool(_CJK.match(character)))
    for place in range(len(squeezed) - CHARACTERS + 1):
        if 2 * (counts[place + CHARACTERS] - counts[place]) >= CHARACTERS:
            yield squeezed[place : place + CHARACTERS]


def _numbers(text: str) -> Iterator[str]:
    for written in _NUMBER.findall(text):
        digits = written.replace(",", "")
        if len(digits) >= DIGITS:
            yield digits


def _addresses(text: str) -> Iterator[str]:
    for address in _ADDRESS.findall(text):
        yield address.casefold().rstrip(".,)")


def _names(texts: Sequence[str]) -> set[str]:
    """Guess the names of people, by capitals within sentences and by forms of address."""
    lower = {word for text in texts for word in _LOWER.findall(text)}
    found = set[str]()
    for text in texts:
        for first, more in _AFTER_LOWER.findall(text):
            found |= {word.casefold() for word in (first, *more.split())} - lower
        found |= {f"{one} {two}".casefold() for one, two in _PAIR.findall(text)}
        found |= {name for name in _PERSON.findall(text) if name not in _NOBODY}
    return found


def _names_it(name: str, words: str, squeezed: str) -> bool:
    return name in squeezed if _CJK.search(name) else f" {name} " in words


def _strings(texts: Iterable[str], shortest: int, public: str) -> frozenset[str]:
    """Return the *texts* that are long enough to matter and not part of a public text."""
    found = set[str]()
    for text in texts:
        squeezed = _squeezed(_plain(text))
        telling = bool(_CJK.search(squeezed)) or any(map(str.isdigit, squeezed))
        if len(squeezed) >= shortest - telling and squeezed not in public:
            found.add(squeezed)
    return frozenset(found)
