"""The score of an answer, and the feedback on a failure for the writing model.

A right answer scores 1, a wrong one costs `accuracy / (1 - accuracy)`: with a wanted accuracy of
90 %, a wrong answer costs as much as nine right ones gain, so answering pays only where it is right
often enough. A handoff scores 0, or a little where it is the right outcome.
"""

from dataclasses import dataclass
from typing import Literal

from bot.core.language import Language, is_written_in, wanted_language
from bot.core.types import Answer
from bot.evaluation.cases import Case
from bot.evaluation.results import Result, result_of
from bot.prompt_tuning import texts

RIGHT_HANDOFF = 0.2
"""Score for handing over a question without answer: more than 0, far less than an answer."""

PROMPT_PENALTY = 0.02
"""Penalty per 1,000 characters of the prompt: of two equal prompts the shorter one is better."""

TOKEN_PENALTY = 0.01
"""Penalty per 10,000 tokens of a run, input and output."""

MOST_SHOWN = 600
"""Characters of an answer that the writing model sees."""

TrialOutcome = Literal[
    "right",
    "right_hand_over",
    "wrong",
    "answered_unanswerable",
    "over_abstained",
    "unsupported",
    "uncited",
    "asked_back",
    "wrong_language",
    "failed",
]

GOOD: frozenset[TrialOutcome] = frozenset({"right", "right_hand_over"})


@dataclass(frozen=True, slots=True)
class PromptTrial:
    """A case answered with a prompt.

    Attributes:
        score: Score of the outcome, minus penalties.
    """

    case: Case
    result: Result
    outcome: TrialOutcome
    score: float

    @property
    def good(self) -> bool:
        """Whether the outcome is a right answer or a right handoff."""
        return self.outcome in GOOD

    def lesson(self, language: Language) -> str:
        """Return the question, the outcome, and the right outcome as text."""
        case = self.case
        said = " ".join(self.result.answer.split())[:MOST_SHOWN]
        lines = [
            (texts.QUESTION, case.question),
            (texts.ANSWERED, said),
            (texts.WANTED, " / ".join(case.answers)),
            (texts.NEEDED, ", ".join(case.must_include)),
            (texts.NEVER, ", ".join(case.must_not)),
        ]
        lesson = texts.LESSONS.get(self.outcome)
        feedback = lesson.to(language) if lesson else ""
        facts = (f"{head.to(language)}: {text}" for head, text in lines if text)
        return "\n".join([feedback, *facts]).strip()


@dataclass(frozen=True, slots=True)
class Objective:
    """Scores answers.

    Attributes:
        accuracy: Wanted share of right answers among those given, below 1.
    """

    accuracy: float = 0.9

    @property
    def wrong_costs(self) -> float:
        """The cost of a wrong answer, in right ones."""
        return self.accuracy / (1 - self.accuracy)

    def trial(self, case: Case, answer: Answer, prompt: str) -> PromptTrial:
        """Score *answer*, given with *prompt*."""
        outcome = outcome_of(case, answer)
        tokens = answer.usage.input_tokens + answer.usage.output_tokens
        penalties = PROMPT_PENALTY * len(prompt) / 1_000 + TOKEN_PENALTY * tokens / 10_000
        return PromptTrial(case, result_of(case, answer), outcome, self._worth(outcome) - penalties)

    def _worth(self, outcome: TrialOutcome) -> float:
        match outcome:
            case "right":
                return 1.0
            case "right_hand_over":
                return RIGHT_HANDOFF
            case "wrong" | "answered_unanswerable" | "wrong_language":
                return -self.wrong_costs
            case _:
                return 0.0


def outcome_of(case: Case, answer: Answer) -> TrialOutcome:
    """Return the outcome of *case*, whose text must decide what is right."""
    if answer.status == "failed":
        return "failed"
    if answer.status != "answered":
        return _not_answered(case, answer)
    if not case.answerable:
        return "answered_unanswerable"
    if not result_of(case, answer).correct:
        return "wrong"
    wanted = case.lang or wanted_language(case.question)
    return "right" if is_written_in(answer.text, wanted) else "wrong_language"


def _not_answered(case: Case, answer: Answer) -> TrialOutcome:
    if not case.answerable:
        return "right_hand_over"
    if answer.status == "clarify":
        return "asked_back"
    if answer.withheld:
        return "unsupported"
    return "uncited" if answer.termination_reason == "invalid_finish" else "over_abstained"
