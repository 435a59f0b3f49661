"""Prints the files that are not in the index, grouped by the reason, with what to do."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bot.cli import texts
from bot.cli.output import output_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from bot.core.language import Language
    from knowledge.model.types import PassedOver, Problem

_EXAMPLES = 3
_FAMILIES = {
    "image": ".gif .webp .svg .bmp .heic .avif .ico .psd .ai .eps .raw",
    "recording": ".mp3 .mp4 .m4a .mov .avi .mkv .webm .wav .flac .ogg .aac .wmv .m4v",
    "archive": ".gz .tgz .bz2 .xz .7z .rar .tar .lzh .zst",
    "code": ".js .ts .css .scss .less .exe .dll .so .bin .jar .class .pyc .o .woff .woff2 .ttf"
    " .otf .map .lock .db .sqlite .wasm .min",
}
_FAMILY = {ending: family for family, endings in _FAMILIES.items() for ending in endings.split()}


def print_unread(
    console: Console, problems: Sequence[Problem], passed_over: Sequence[PassedOver]
) -> None:
    """Print a line for each reason: how many files, why, what to do, and a few names."""
    from rich.markup import escape

    language = output_language(None)
    skipped = texts.SKIPPED.to(language)
    for line in (*_of_problems(problems, language), *_of_passed_over(passed_over, language)):
        console.print(f"[yellow]{skipped}[/yellow] {escape(line)}", soft_wrap=True)


def group_words(details: Mapping[str, object], count: int, language: Language) -> str:
    """Return how many files were passed over for one reason, and what to do."""
    ending, why = str(details.get("ending") or ""), str(details["why"])
    family = _FAMILY.get(ending, "format") if why == "format" else why
    reason = texts.PASSED_OVER[family].to(language, ending=ending)
    return texts.UNREAD_FILES.to(language, count=count, reason=reason) if count > 1 else reason


def _of_problems(problems: Sequence[Problem], language: Language) -> Iterator[str]:
    alike: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        alike[problem.reason].append(problem.document_id)
    for reason, names in sorted(alike.items(), key=lambda group: (-len(group[1]), group[0])):
        remedy = next((t for start, t in texts.REMEDIES.items() if reason.startswith(start)), None)
        said = f"{reason}: {remedy.to(language)}" if remedy else reason
        if len(names) == 1:
            yield f"{names[0]}: {said}"
        else:
            counted = texts.UNREAD_FILES.to(language, count=len(names), reason=said)
            yield f"{counted} ({_such_as(names, language)})"


def _of_passed_over(files: Sequence[PassedOver], language: Language) -> Iterator[str]:
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files:
        ending = PurePosixPath(file.document_id).suffix.lower() if file.reason == "format" else ""
        alike[file.reason, ending].append(file.document_id)
    for (why, ending), names in sorted(alike.items(), key=lambda group: -len(group[1])):
        words = group_words({"why": why, "ending": ending}, len(names), language)
        yield f"{words} ({_such_as(names, language)})" if len(names) > 1 else f"{names[0]}: {words}"


def _such_as(names: Sequence[str], language: Language) -> str:
    shown = ", ".join(names[:_EXAMPLES])
    return texts.SUCH_AS.to(language, names=shown) if len(names) > _EXAMPLES else shown
