"""Another version of the program: a copy of its source, changed as a later version would be.

Its questions have a second format, in which the words stand elsewhere; it has a kind of jobs of its
own; and it analyses text in another way. An earlier program that did one of its jobs would fail.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from knowledge.text import analysis

ROOT = Path(__file__).parents[2]
NEW_KIND = "survey"
FORMAT = 2

_SURVEY = '''

class Survey:
    """The handler of the new kind: notes that it was done."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def __call__(self, lease: Any) -> None:
        await self._client.execute_command("INCR", "surveyed:" + lease.job.id)

    async def give_up(self, lease: Any, message: str) -> None:
        pass
'''

_CHANGES: Sequence[tuple[str, str, str]] = (
    (
        "knowledge/text/analysis.py",
        f"\nVERSION = {analysis.VERSION}\n",
        f"\nVERSION = {analysis.VERSION + 1}\n",
    ),
    ("bot/core/types.py", '    "workflow_step",\n]', f'    "workflow_step",\n    "{NEW_KIND}",\n]'),
    (
        "bot/queue/formats.py",
        "dict.fromkeys(get_args(JobKind), 1)",
        f'dict.fromkeys(get_args(JobKind), 1) | {{"question": {FORMAT}}}',
    ),
    (
        "bot/queue/worker.py",
        '    "notice": 60.0,\n',
        f'    "notice": 60.0,\n    "{NEW_KIND}": 60.0,\n',
    ),
    (
        "bot/core/serialization.py",
        '    return Job(question.id, question.thread, "question", question_data(decided))\n',
        """    data = question_data(decided)
    data["words"] = data.pop("text")
    return Job(question.id, question.thread, "question", data)
""",
    ),
    (
        "bot/core/serialization.py",
        "    return _question.validate_python(dict(data))\n",
        """    old = {"text": data["words"], **data} if "words" in data else dict(data)
    return _question.validate_python(old)
""",
    ),
    (
        "bot/app/slack_bot.py",
        "from collections.abc import",
        "from typing import Any\n\nfrom collections.abc import",
    ),
    (
        "bot/app/slack_bot.py",
        "\n\n@dataclass(frozen=True, slots=True)\nclass Bot:",
        f"{_SURVEY}\n\n@dataclass(frozen=True, slots=True)\nclass Bot:",
    ),
    (
        "bot/app/slack_bot.py",
        '            "auto_answer": adapter.unaddressed(answerer),\n',
        f"""            "auto_answer": adapter.unaddressed(answerer),
            "{NEW_KIND}": Survey(store.commands),
""",
    ),
)


def later_version(folder: Path) -> Path:
    """Make the source of a later version in *folder*; return where it is.

    Raises:
        AssertionError: the source has changed so much that a change of the copy fits nowhere.
    """
    for package in ("bot", "knowledge"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    for name, before, after in _CHANGES:
        text = (folder / name).read_text("utf-8")
        assert text.count(before) >= 1, f"{name} has no {before!r}"
        (folder / name).write_text(text.replace(before, after, 1), "utf-8")
    return folder
