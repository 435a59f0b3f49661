"""The machines as lines of text for operators."""

import datetime as dt
from collections.abc import Sequence

from bot.core.language import Language
from bot.machines import texts
from bot.machines.member import apart
from bot.machines.store import MachineState


def machine_lines(machines: Sequence[MachineState], language: Language) -> list[str]:
    """Return a line for each data folder of *machines*; none where there is but one.

    Processes with the same data folder have the same index.
    """
    by_folder = dict[str, MachineState]()
    for one in machines:
        known = by_folder.get(one.folder)
        by_folder[one.folder] = one if known is None or one.indexer else known
    if len(by_folder) <= 1:
        return []
    newest = max(one.created_at for one in by_folder.values())
    lines = [_line(one, newest, language) for one in by_folder.values()]
    if hosts := apart(machines):
        lines.append(texts.APART.to(language, hosts=", ".join(hosts)))
    return lines


def _line(machine: MachineState, newest: float, language: Language) -> str:
    marks = texts.INDEXER.to(language) if machine.indexer else ""
    if machine.reason:
        marks += texts.BEHIND.to(language, reason=machine.reason)
    elif machine.created_at < newest:
        marks += texts.FOLLOWS.to(language)
    if not machine.index_version:
        return texts.NO_VERSION.to(language, host=machine.host, marks=marks)
    when = f"{dt.datetime.fromtimestamp(machine.created_at).astimezone():%Y-%m-%d %H:%M:%S}"
    return texts.MACHINE.to(language, host=machine.host, when=when, marks=marks)
