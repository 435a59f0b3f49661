"""Prompts on disk: written as proposals, in force once a person has approved them."""

import itertools
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.agent.prompt import (
    APPROVAL,
    LANGUAGES,
    OWN_PROMPTS,
    STRATEGIES,
    Prompt,
    is_approved,
    own_texts,
    texts_digest,
)
from bot.core.atomic_write import write_whole
from bot.core.errors import BotError
from bot.core.language import Language

REPORT = "report.json"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class PromptStore:
    """The prompts of a data folder.

    Args:
        data: The data folder.
    """

    def __init__(self, data: Path) -> None:
        self.folder = data / OWN_PROMPTS

    def place(self, name: str) -> Path:
        """Return where the prompt *name* is. Raises `BotError` for a name that none can have."""
        if not _NAME.fullmatch(name):
            raise BotError(
                f"{name!r} is not a valid name: use lower-case letters, digits and hyphens."
            )
        if name in STRATEGIES:
            raise BotError(f"{name!r} comes with Kotae: choose another name.")
        return self.folder / name

    def propose(
        self, name: str, texts: Mapping[Language, str], report: Mapping[str, object]
    ) -> str:
        """Write a prompt with what is known of it; return its name.

        Another text that was approved under *name* stays: it may be in force. The name gets a
        number then.
        """
        name = self._free(name, texts)
        place = self.place(name)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for language in LANGUAGES:
            write_whole(place / f"{language}.md", texts[language] + "\n")
        write_whole(place / REPORT, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
        return name

    def _free(self, name: str, texts: Mapping[Language, str]) -> str:
        for number in itertools.count(2):
            place = self.place(name)
            if not place.exists() or not is_approved(place) or own_texts(place) == dict(texts):
                return name
            name = f"{name.removesuffix(f'-{number - 1}')}-{number}"
        raise AssertionError("there is always another number")

    def texts(self, name: str) -> dict[Language, str]:
        """Return the texts of *name*. Raises `BotError` when there are none."""
        place = self.place(name)
        if not place.is_dir():
            known = sorted(path.name for path in self.folder.glob("*") if path.is_dir())
            there = f": there are {', '.join(known)}" if known else ""
            raise BotError(f"There is no prompt named {name!r}{there}.")
        return own_texts(place)

    def report(self, name: str) -> Mapping[str, Any]:
        """Return what is known of *name*, nothing for one that was written by hand."""
        try:
            found = json.loads((self.place(name) / REPORT).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def base(self, name: str) -> tuple[str, dict[Language, str]]:
        """Return the name and the texts that *name* was made from."""
        report = self.report(name)
        seed, strategy = report.get("seed"), str(report.get("strategy", "direct"))
        if isinstance(seed, dict) and all(isinstance(seed.get(key), str) for key in LANGUAGES):
            return strategy, {language: seed[language] for language in LANGUAGES}
        return "direct", dict(Prompt.load().system)

    def approve(self, name: str, person: str) -> None:
        """Put *name* in force, as its texts are now."""
        approval = {"texts": texts_digest(self.texts(name)), "by": person, "at": time.time()}
        write_whole(self.place(name) / APPROVAL, json.dumps(approval) + "\n")
