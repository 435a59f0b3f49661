"""`kotae rollout …`: a change of settings is promoted only when it is proven not to be worse."""

from __future__ import annotations

import getpass
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from bot.cli.audit import note_act
from bot.cli.context import command_settings
from bot.cli.options import FILE, HTML, JSON, LANGUAGE, PARALLEL, SAMPLES, YES
from bot.cli.output import NOT_PROVEN, NotProvenError, confirm, output_language, print_json, say
from bot.core.addresses import shown_value
from bot.core.errors import BotError
from bot.rollout import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.core.language import Language
    from bot.rollout.trials import RolloutTrial, TrialResult
    from bot.settings.promotions import Promotion, Promotions, SettingReplacement
    from bot.settings.settings import Settings

_NAME = click.argument("name")


@click.group()
def rollout() -> None:
    """Try, promote and revert changes of settings.

    A change may be promoted when the share of right answers among those shown does not fall: either
    nobody gets a newly wrong answer, or the share did not fall in the cases and, with 95 %
    confidence, falls by no more than the margin.
    """


@rollout.command(name="try")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--name", default="", help="Name of the trial; by default the time.")
@click.option("--cases", multiple=True, type=FILE, help="File of cases; may be repeated.")
@click.option(
    "--history",
    default=200,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="At most this many questions that people asked and others judged.",
)
@click.option("--no-history", is_flag=True, help="Only the cases of files.")
@click.option("--entries", is_flag=True, help="Also ask what the saved answers answer.")
@SAMPLES
@click.option(
    "--threshold", type=click.FloatRange(0, 1), help="Lowest confidence of a shown answer."
)
@click.option("--judge", default="", metavar="MODEL", help="Let a model judge what differs.")
@PARALLEL
@click.option(
    "--margin",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 10),
    help="Percentage points by which the share of right answers may fall.",
)
@HTML
@JSON
@LANGUAGE
def try_rollout(  # noqa: PLR0913 - one for each parameter of the command
    *,
    changes: tuple[str, ...],
    history: int,
    no_history: bool,
    threshold: float | None,
    margin: float,
    html: Path | None,
    as_json: bool,
    language: str | None,
    **options: Any,
) -> None:
    """Try a change of settings on your own questions.

    The present set-up and the changed one answer the same questions, and their answers are
    compared. The questions are the cases in DATA_DIR/evaluation/cases (or --cases) and those that
    people asked and others judged, asked again with the rights of their readers. An answer that
    says the same as a judged one keeps its verdict. Any other answer counts against the change
    until somebody judges it (`kotae review --run NAME`, then `kotae rollout decide NAME`).

    Settings that may change: OPENAI_MODEL, OPENAI_BASE_URL, OPENAI_WIRE, PROMPT_STRATEGY, VERIFIER,
    OPENAI_EMBEDDING_MODEL, search.dense_weight and chunking.tokens of knowledge.toml, web search,
    and the --threshold. Another embedding or chunking gets an index of its own; the one in use is
    not touched. A threshold alone asks nothing: it is applied to the answers of the newest run and
    to those that people got.

    Exit code 3 when it may not be promoted.

    Example: kotae rollout try OPENAI_MODEL=gpt-6-sol
    """
    import asyncio

    from bot.cli.console import Console
    from bot.cli.rollout_trial import TrialOptions, tried
    from bot.rollout.trials import Trials

    if threshold is not None:
        changes = (*changes, f"ANSWER_THRESHOLD={threshold}")
    asked = 0 if no_history else history
    wanted = TrialOptions(changes, history=asked, margin=margin / 100, **options)
    settings = command_settings(samples=wanted.samples)
    trial, before, after = asyncio.run(tried(wanted, Console(stderr=as_json)))
    Trials(settings.data_dir).keep(trial, before, after)
    proof = _proof(settings, trial)
    sys.exit(_show(proof, html, language, samples=wanted.samples, as_json=as_json))


@rollout.command()
@_NAME
@SAMPLES
@HTML
@JSON
@LANGUAGE
def decide(
    *, name: str, samples: bool, html: Path | None, as_json: bool, language: str | None
) -> None:
    """Decide on trial NAME again, once more answers are judged.

    Exit code 3 when it may not be promoted.
    """
    proof = _proof_named(name, samples=samples)
    sys.exit(_show(proof, html, language, samples=samples, as_json=as_json))


@rollout.command()
@_NAME
@SAMPLES
@HTML
@JSON
@LANGUAGE
def show(
    *, name: str, samples: bool, html: Path | None, as_json: bool, language: str | None
) -> None:
    """Show the proof of trial NAME."""
    _show(_proof_named(name, samples=samples), html, language, samples=samples, as_json=as_json)


@rollout.command(name="list")
@SAMPLES
@JSON
@LANGUAGE
def list_(*, samples: bool, as_json: bool, language: str | None) -> None:
    """List the trials, what is promoted, and what was reverted."""
    from bot.cli.rollout_output import proof_data, show_list
    from bot.rollout.trials import Trials
    from bot.settings.promotions import read_promotions

    settings = command_settings(samples=samples)
    trials, promotions = Trials(settings.data_dir), read_promotions(settings.data_dir)
    proofs = [_proof(settings, trials.get(name)) for name in trials.names()]
    if as_json:
        data = {
            "tried": [proof_data(proof) for proof in proofs],
            "promoted": [item.model_dump() for item in promotions.standing],
            "reverted": [item.model_dump() for item in promotions.reverted],
        }
        print_json(data)
        return
    show_list(proofs, settings.promotions, promotions, output_language(language))


@rollout.command()
@_NAME
@YES
@click.option("--anyway", default="", metavar="REASON", help="Without proof; the reason is kept.")
@SAMPLES
@JSON
@LANGUAGE
def promote(
    *, name: str, yes: bool, anyway: str, samples: bool, as_json: bool, language: str | None
) -> None:
    """Put the settings of trial NAME in force, if it is proven.

    They hold on every machine, in place of the values that they were proven against. If somebody
    sets another value later, that one holds and the promotion is superseded. Exit code 3
    when it is not proven.
    """
    import asyncio

    from bot.cli.console import Console
    from bot.cli.rollout_trial import build_index, changed_settings, check_unchanged
    from bot.rollout.trials import Trials
    from bot.settings.promotions import change_promotions

    settings = command_settings(samples=samples)
    spoken = output_language(language)
    console = Console(stderr=as_json)
    trial = Trials(settings.data_dir).get(name)
    proof = _proof(settings, trial)
    _check_promotable(settings, proof, anyway, spoken)
    check_unchanged(settings, trial, spoken)
    console.print(_difference(trial.settings), markup=False, soft_wrap=True)
    if not yes:
        confirm(texts.PROMOTE_QUESTION.to(spoken, name=name), texts.SAY_YES.to(spoken))
    if trial.index:
        asyncio.run(build_index(changed_settings(settings, trial), console))
    promotion = _promotion(proof, anyway)
    change_promotions(settings.data_dir, lambda promotions: promotions.with_promotion(promotion))
    if not samples:
        note_act("promote", name, after=_settings_of(promotion))
    console.print(texts.PROMOTED.to(spoken, name=name), soft_wrap=True)
    for line in _after_promotion(settings, trial, spoken):
        console.print(line, soft_wrap=True)
    if as_json:
        print_json(promotion.model_dump())


@rollout.command()
@SAMPLES
@JSON
@LANGUAGE
def revert(*, samples: bool, as_json: bool, language: str | None) -> None:
    """Revert the last promotion.

    The settings before it hold again; the next revert undoes the promotion before.
    """
    from bot.cli.console import Console
    from bot.settings.promotions import SettingReplacement, change_promotions

    settings = command_settings(samples=samples)
    spoken = output_language(language)
    gone: list[Promotion] = []

    def without_last(promotions: Promotions) -> Promotions:
        if not promotions.standing:
            raise BotError(texts.NOTHING_PROMOTED.to(spoken))
        gone.append(promotions.standing[-1])
        return promotions.without_last(getpass.getuser(), time.time())

    change_promotions(settings.data_dir, without_last)
    last = gone[0]
    if not samples:
        note_act("revert", last.name, before=_settings_of(last))
    console = Console(stderr=as_json)
    undone = {
        name: SettingReplacement(before=item.after, after=item.before)
        for name, item in last.settings.items()
    }
    console.print(_difference(undone), markup=False, soft_wrap=True)
    console.print(texts.REVERTED.to(spoken, name=last.name), soft_wrap=True)
    if last.index:
        console.print(texts.OLD_INDEX.to(spoken), soft_wrap=True)
    console.print(texts.SWITCH.to(spoken), soft_wrap=True)
    if as_json:
        print_json(last.model_dump())


def _proof_named(name: str, *, samples: bool) -> TrialResult:
    from bot.rollout.trials import Trials

    settings = command_settings(samples=samples)
    return _proof(settings, Trials(settings.data_dir).get(name))


def _proof(settings: Settings, trial: RolloutTrial) -> TrialResult:
    """Return the proof of *trial* with the present verdicts; note what waits for one."""
    import asyncio

    from bot.cli.measured import run_labels
    from bot.rollout.trials import Trials, prove

    trials = Trials(settings.data_dir)
    before, after = trials.runs(trial)
    proof = prove(trial, before, after, asyncio.run(run_labels(settings).all()))
    trials.keep_open(proof)
    return proof


def _show(
    proof: TrialResult, html: Path | None, language: str | None, *, samples: bool, as_json: bool
) -> int:
    """Print the proof, write the page, and return the exit code."""
    from bot.cli.rollout_output import proof_data, show_proof

    if html:
        from bot.cli.rollout_page import write_rollout_page

        write_rollout_page(html, proof)
    if as_json:
        print_json(proof_data(proof))
    else:
        show_proof(proof, output_language(language), samples=samples)
        if html:
            say((str(html), "dim"))
    return 0 if proof.decision.promotable else NOT_PROVEN


def _check_promotable(
    settings: Settings, proof: TrialResult, anyway: str, language: Language
) -> None:
    """Raise an error when the trial is promoted already, or is not proven and has no reason."""
    from bot.settings.promotions import read_promotions

    name, decision = proof.trial.name, proof.decision
    if any(item.name == name for item in read_promotions(settings.data_dir).standing):
        raise BotError(texts.PROMOTED_ALREADY.to(language, name=name))
    if not decision.promotable and not anyway:
        refusal = texts.MAY_NOT.to(
            language, name=name, outcome=texts.OUTCOMES[decision.outcome].to(language)
        )
        reason = texts.REASONS[decision.reason].to(language) + texts.STOP.to(language)
        raise NotProvenError(f"{refusal} {reason}")


def _promotion(proof: TrialResult, reason: str) -> Promotion:
    from bot.settings.promotions import Promotion

    trial, found = proof.trial, proof.decision
    before, after = found.before, found.after
    return Promotion(
        name=trial.name,
        settings=trial.settings,
        by=getpass.getuser(),
        at=time.time(),
        outcome=found.outcome,
        evidence=(
            f"{after.cases} cases: {before.right} of {before.shown} shown were right before, "
            f"{after.right} of {after.shown} after; newly wrong {found.newly_wrong}, "
            f"corrected {found.corrected}, p = {found.p_value:.3f}"
        ),
        reason=reason,
        fingerprint=trial.fingerprint,
        index=trial.index,
    )


def _settings_of(promotion: Promotion) -> Mapping[str, object]:
    """Return what *promotion* sets, for the audit log."""
    return {name: item.after for name, item in promotion.settings.items()}


def _difference(settings: Mapping[str, SettingReplacement]) -> str:
    return "\n".join(
        f"- {name}={shown_value(item.before)}\n+ {name}={shown_value(item.after)}"
        for name, item in settings.items()
    )


def _after_promotion(settings: Settings, trial: RolloutTrial, language: Language) -> list[str]:
    """Return what has to be done now, and whether the certificate still holds."""
    import asyncio

    from bot.app.container import certificate_of
    from bot.evaluation.certificate import validity
    from bot.rollout.trials import Trials

    lines = [texts.SWITCH.to(language)]
    certificate = asyncio.run(certificate_of(settings))
    if certificate and not validity(certificate, trial.fingerprint_before):
        reason = validity(certificate, trial.fingerprint)
        if reason:
            file = Trials(settings.data_dir).folder / trial.name / "after.json"
            lines.append(texts.CERTIFICATE_ENDS.to(language, reason=reason, file=file))
    return [*lines, texts.HOW_TO_REVERT.to(language)]
