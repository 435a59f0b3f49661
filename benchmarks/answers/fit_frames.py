"""Trains the model that finds a subject in its frame, `knowledge/text/phrases/*.json`.

    python -m benchmarks.answers.fit_frames squad.json jsquad.json

Structured perceptron with averaged weights. Each frame of `frames.py` is put around headings of the
sample documents and titles of the files, none of which `phrasings.py` asks; plain questions, of
the files and our own, teach what is no frame. Held-out frames take no part. Prints how many of the
files' other questions are left whole.
"""

import argparse
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.answers.cases import is_held_out
from benchmarks.answers.frames import FRAMES, QUESTIONS
from benchmarks.answers.phrasings import LATER, SUBJECTS, TUNED
from bot.cli.context import SAMPLE_CASES
from bot.core.language import Language
from bot.evaluation.cases import read_cases
from knowledge.text import request_frames
from knowledge.text.analysis import is_unspaced
from knowledge.text.request_frames import (
    Model,
    TokenSpan,
    best,
    classes_of,
    edge_features,
    known_words,
    token_features,
)

FOLDER = Path(request_frames.__file__).parent / "phrases"
PER_FRAME, PLAIN, ROUNDS = 8, 1500, 8
UNKNOWN = 0.15
"""Share of words that training hides, so that classes of words count as well."""
SLACK = 1.0
"""How much worse than the right span a wrong one has to be, for each token."""

LEAST = 5
"""Hundredths of a weight that is kept."""

Example = tuple[list[str], TokenSpan]


def titles(paths: Sequence[Path]) -> set[str]:
    found = set[str]()
    for path in SAMPLE_CASES.parent.rglob("*.md"):
        found.update(re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE))
    for path in paths:
        found.update(one["title"].replace("_", " ") for one in json.loads(path.read_text())["data"])
    plain = {re.sub(r"[*`\[\]]|\(http[^)]*\)", "", one).strip() for one in found}
    return {one for one in plain if 2 < len(one) < 45 and not re.search("[?？]", one)}


def questions(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        for article in json.loads(path.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                yield from (item["question"] for item in paragraph["qas"])


def teams() -> list[str]:
    """Return the questions of the tuning half of the sample cases."""
    cases = read_cases(SAMPLE_CASES)
    return [one.question for one in cases if not (one.history or is_held_out(one))]


def framed(frame: str, subject: str) -> Example:
    before, behind = (unicodedata.normalize("NFKC", part) for part in frame.split("{}"))
    subject = unicodedata.normalize("NFKC", subject)
    first, last = len(before), len(before) + len(subject)
    text = (before + subject + behind).rstrip(request_frames.END)
    spans = request_frames.cut(text)
    start = next(n for n, (_, end) in enumerate(spans) if end > first)
    end = max(n for n, (begin, _) in enumerate(spans) if begin < last) + 1
    return [text[a:b] for a, b in spans], TokenSpan(start, end)


def whole(question: str) -> Example:
    text = unicodedata.normalize("NFKC", question).rstrip(request_frames.END)
    tokens = [text[a:b] for a, b in request_frames.cut(text)]
    return tokens, TokenSpan(0, len(tokens))


def examples(
    language: Language, frames: Sequence[str], paths: Sequence[Path], chance: random.Random
) -> tuple[list[Example], list[Example]]:
    """Return what to train on, and plain questions to check with."""
    of_language = [one for one in sorted(titles(paths)) if is_unspaced(one) == (language == "ja")]
    subjects = sorted(set(of_language) - set(SUBJECTS[language]))
    found = []
    for frame in frames:
        for _ in range(PER_FRAME):
            subject = chance.choice(subjects)
            if language == "en":
                lower = subject[0].lower() + subject[1:] if chance.random() < 0.7 else subject
                subject = f"the {lower}" if chance.random() < 0.5 else lower
            found.append(framed(frame, subject))
    plain = sorted(one for one in set(questions(paths)) if is_unspaced(one) == (language == "ja"))
    chance.shuffle(plain)
    ours = [*QUESTIONS[language], *teams()]
    own = 4 * [one for one in ours if is_unspaced(one) == (language == "ja")]
    taught = [*map(whole, plain[:PLAIN]), *map(whole, own)]
    return [*found, *(one for one in taught if one[0])], [*map(whole, plain[PLAIN:])]


class Averaged:
    """Weights by feature and role, with what their mean over all steps needs."""

    def __init__(self, roles: int) -> None:
        self.roles = roles
        self.weights = dict[str, list[float]]()
        self._sums = dict[str, list[float]]()

    def change(self, features: Iterable[str], role: int, by: float, step: int) -> None:
        for name in features:
            self.weights.setdefault(name, [0.0] * self.roles)[role] += by
            self._sums.setdefault(name, [0.0] * self.roles)[role] += by * step

    def means(self, steps: int) -> dict[str, list[int]]:
        """Return the means in hundredths, without the smallest."""
        means = {
            name: [
                round(100 * (weight - total / steps))
                for weight, total in zip(weights, self._sums[name], strict=True)
            ]
            for name, weights in sorted(self.weights.items())
        }
        return {name: found for name, found in means.items() if max(map(abs, found)) >= LEAST}


def trained(frames: Sequence[str], taught: Sequence[Example], chance: random.Random) -> Model:
    """Train on *taught*; the words of two or more *frames* count by themselves."""
    counts = Counter[str]()
    for frame in frames:
        counts.update({frame[start:end].lower() for start, end in request_frames.cut(frame)})
    known = frozenset(token for token, count in counts.items() if count > 1)
    tokens, edges, step = Averaged(3), Averaged(2), 0
    for _ in range(ROUNDS):
        for said, gold in chance.sample(taught, len(taught)):
            step += 1
            seen = frozenset(one for one in sorted(known) if chance.random() >= UNKNOWN)
            guess = best(Model(seen, tokens.weights, edges.weights), said, gold, SLACK)
            if guess == gold:
                continue
            words, classes = known_words(said, seen), classes_of(said)
            of_tokens = list(token_features(words, classes))
            of_edges = list(edge_features(words, classes))
            for span, by in ((gold, 1.0), (guess, -1.0)):
                for place, features in enumerate(of_tokens):
                    tokens.change(features, (place >= span.start) + (place >= span.end), by, step)
                for role, place in enumerate(span):
                    edges.change(of_edges[place], role, by, step)
    return Model(known, tokens.means(step), edges.means(step))


def write(language: Language, model: Model) -> None:
    data = {"known": sorted(model.known), "tokens": model.tokens, "edges": model.edges}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (FOLDER / f"{language}.json").write_text(text + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--languages", nargs="+", choices=("en", "ja"), default=("en", "ja"))
    options = parser.parse_args()
    paths = options.files
    for language in options.languages:
        chance = random.Random(1)
        frames = [*TUNED[language], *LATER[language], *FRAMES[language]]
        taught, others = examples(language, frames, paths, chance)
        model = trained(frames, taught, chance)
        kept = [best(model, tokens) == gold for tokens, gold in others[:1500] if tokens]
        size = len(model.tokens) + len(model.edges)
        share = 100 * sum(kept) / len(kept)
        print(f"{language}: {len(frames)} frames, {size} features, {share:.1f} % left whole")
        write(language, model)


if __name__ == "__main__":
    main()
