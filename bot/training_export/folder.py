"""An export as a folder: rows, a manifest, and a README."""

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.training_export.examples import ExampleKind
from bot.training_export.formats import Format, written
from bot.training_export.licences import LicenceGuard, licences
from bot.training_export.selection import PARTS, Selection, TrainingRow
from bot.training_export.validation import MANIFEST, ExportError, sha256_of

CARD = "README.md"

MISSED = (
    "Redaction finds what has a form (e-mail and IP addresses, phone, card, My Number, IBAN "
    "and US social security numbers with right check digits, postal addresses with numbers, links "
    "that carry a key, ids of Slack), people by how they are addressed (さん, Mr), and the names "
    "that the workspace knows. It does not find names that nobody gave it and that stand without a "
    "title, bare family names, nicknames, addresses in free words, or who somebody is by what is "
    "told of them. Have a person read a sample before anything leaves the house."
)


@dataclass(frozen=True, slots=True)
class Export:
    """What was requested.

    Attributes:
        audience: Who will use the trained model.
        names: Number of people whose names were searched.
        records: Number of answers that were read.
    """

    kind: ExampleKind
    form: Format
    guard: LicenceGuard
    audience: str
    evidence: bool
    names: int
    records: int
    cases: int


def write_export(folder: Path, export: Export, selection: Selection, today: dt.date) -> None:
    """Write the files, each atomically; the manifest last.

    Raises:
        ExportError: the folder contains other files, or cannot be written.
    """
    try:
        _fill(folder, export, selection, today)
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror}") from None


def _fill(folder: Path, export: Export, selection: Selection, today: dt.date) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file: name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ExportError(f"{folder} contains other files: name a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    contents = {
        f"{part}.jsonl": lines
        for part in PARTS
        if (lines := _lines([row for row in selection.rows if row.part == part], export.form))
    }
    for part in PARTS:
        if f"{part}.jsonl" not in contents:
            (folder / f"{part}.jsonl").unlink(missing_ok=True)
    facts = manifest(export, selection, today, contents)
    contents[CARD] = card(facts).encode()
    for name, data in contents.items():
        _write(folder / name, data)
    text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    _write(folder / MANIFEST, text.encode())


def manifest(
    export: Export, selection: Selection, today: dt.date, contents: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the manifest of these files."""
    guard, table = export.guard, licences()
    return {
        "kind": export.kind,
        "format": export.form,
        "made_on": today.isoformat(),
        "kotae": version("kotae"),
        "target": guard.target,
        "purpose": guard.purpose,
        "audience": export.audience,
        "evidence": export.evidence,
        "rows": {part: sum(row.part == part for row in selection.rows) for part in PARTS},
        "origins": dict(Counter(row.origin for row in selection.rows)),
        "looked_at": export.records,
        "left_out": dict(selection.left_out.most_common()),
        "evaluation_cases": export.cases,
        "redacted": dict(selection.redacted.most_common()),
        "names_looked_for": export.names,
        "redaction_misses": MISSED,
        "licences": {
            "checked_on": table.checked_on.isoformat(),
            "notice": table.notice,
            "accepted_unknown": guard.accepted,
            "generators": [
                {
                    "model": name,
                    "outcome": ruling.outcome,
                    "rule": ruling.rule.name if ruling.rule else "",
                    "reason": ruling.reason,
                    "duties": list(ruling.rule.duties) if ruling.rule else [],
                    "link": ruling.rule.link if ruling.rule else "",
                    "basis": ruling.rule.basis if ruling.rule else "",
                }
                for name, ruling in (selection.rulings | selection.blocked).items()
            ],
            "closings": [closing.text(today) for closing in table.closings_of(guard.target)],
        },
        "sha256": {name: sha256_of(data) for name, data in contents.items()},
    }


def card(facts: Mapping[str, Any]) -> str:
    """Return the README of the files."""
    left = [f"| {reason} | {count} |" for reason, count in facts["left_out"].items()]
    said = [
        f"- `{one['model']}`: {one['outcome']}. {one['reason']} {one['link']}"
        + "".join(f"\n  - {duty}" for duty in one["duties"])
        for one in facts["licences"]["generators"]
    ]
    rows, terms = facts["rows"], facts["licences"]
    made = (
        f"Made by kotae {facts['kotae']} on {facts['made_on']} in the format of "
        f"{facts['format']}: {rows['train']} rows to train on, {rows['validation']} to validate, "
        f"no thread in both. Purpose: {facts['purpose']}. Who may use the trained model: "
        f"{facts['audience']}."
    )
    meant = (
        "Meant to teach how answers are given here (style, grounding, citing), not facts: those "
        "stay in the documents, which change."
    )
    table = ["| reason | rows |", "|---|---|", *left]
    closings = [f"- {closing}" for closing in terms["closings"]]
    parts = [
        f"# {facts['kind']} rows for {facts['target']}",
        made,
        meant,
        "## Left out",
        "\n".join(table),
        "## Licences",
        f"{terms['notice']} Checked on {terms['checked_on']}.",
        "\n".join([*(said or ["- Every text was written by people."]), *closings]),
        "## Personal data",
        f"{facts['redaction_misses']} Names of {facts['names_looked_for']} people were looked for.",
    ]
    return "\n\n".join(parts) + "\n"


def _line(row: TrainingRow, form: Format) -> str:
    """Return a row as JSON; characters that some readers take for line breaks are escaped."""
    text = json.dumps(written(row, form), ensure_ascii=False)
    for character in "\u0085\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"{text}\n"


def _lines(rows: Sequence[TrainingRow], form: Format) -> bytes:
    return "".join(_line(row, form) for row in rows).encode("utf-8", "replace")


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
