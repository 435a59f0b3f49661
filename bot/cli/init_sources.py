"""What `kotae init` asks about the sources of documents, and what it says of them."""

from __future__ import annotations

import unicodedata
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.app.first_files import find_documents
from bot.app.first_sources import (
    UnusableError,
    folder_source,
    git_source,
    new_sources,
    slack_source,
    typed_folder,
    web_source,
    with_branch,
    with_prefix,
    with_token,
)
from bot.app.texts import SOURCE_FAILURES
from bot.cli import texts
from bot.core.errors import SettingsError
from knowledge.model.errors import KnowledgeError
from knowledge.sync.sources.web_address import folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.cli.console import Console
    from bot.core.i18n import Text
    from bot.core.language import Language
    from knowledge.base import KnowledgeBase
    from knowledge.model.source_settings import (
        FolderSettings,
        GitSettings,
        SlackSettings,
        SourceSettings,
        WebSettings,
    )

Read = TypeVar("Read")

BACK = "-"
"""What a person types to leave a question and choose again."""


class NoDocumentsError(UnusableError):
    """A folder has nothing that Kotae reads."""


class _BackError(Exception):
    """The person wants to choose again."""


class SourceQuestions:
    """Asks a person for sources, one after the other; nothing is written meanwhile.

    Args:
        console: Where it says what is wrong, and what was found.
        language: The person's.
        beside: The folder that `knowledge.toml` is in.
    """

    def __init__(self, console: Console, language: Language, beside: Path) -> None:
        self._console, self._language, self._beside = console, language, beside
        self._kinds: dict[str, Callable[[], SourceSettings]] = {
            "folder": self._folder,
            "git": self._git,
            "web": self._web,
            "slack": self._slack,
        }

    def sources(self, known: Sequence[SourceSettings]) -> list[SourceSettings]:
        """Return the sources that the person names beside those *known*; none is an answer, too."""
        found: list[SourceSettings] = []
        self._say(texts.INIT_WHERE)
        while True:
            try:
                if not (kind := self._kind(first=not found)):
                    return found
                source = self._kinds[kind]()
            except _BackError:
                self._say(texts.INIT_WHERE_ELSE if found else texts.INIT_WHERE)
                continue
            added = new_sources([source], [*known, *found], self._beside)
            found += added
            said = texts.INIT_CHOSEN if added else texts.INIT_CHOSEN_BEFORE
            name = (added or [source])[0].name
            self._say(said, name=name, place=source.place)
            self._say(texts.INIT_WHERE_ELSE)

    def _kind(self, *, first: bool) -> str:
        """Return a type of source, or "" when the person is done."""
        kinds = list(self._kinds)
        return self._asked(texts.INIT_NUMBER, partial(_chosen, kinds), "1" if first else "0")

    def _folder(self) -> FolderSettings:
        usual = "." if any(Path().iterdir()) else ""
        folder = self._asked(texts.INIT_FOLDER, self._counted, usual)
        return folder_source(folder, self._beside)

    def _counted(self, typed: str) -> Path:
        folder = typed_folder(typed)
        folder_source(folder, self._beside)
        print_documents(folder, self._language, self._console)
        return folder

    def _git(self) -> GitSettings:
        source = self._asked(texts.INIT_GIT, git_source)
        source = self._asked(texts.INIT_BRANCH, partial(with_branch, source), "", show=False)
        if source.repository.startswith("https://"):
            source = self._asked(texts.INIT_TOKEN, partial(with_token, source), "", show=False)
        return source

    def _web(self) -> WebSettings:
        source = self._asked(texts.INIT_WEB, web_source)
        read = partial(with_prefix, source)
        return self._asked(texts.INIT_PREFIX, read, folder_of(source.start))

    def _slack(self) -> SlackSettings:
        return self._asked(texts.INIT_SLACK, slack_source)

    def _asked(
        self,
        question: Text,
        read: Callable[[str], Read],
        usual: str | None = None,
        *,
        show: bool = True,
    ) -> Read:
        """Ask until *read* can use what is typed. Raises `_BackError` at `BACK`."""
        while True:
            said = question.to(self._language)
            typed = _typed(said, usual or None if show else usual, show=show)
            if unicodedata.normalize("NFKC", typed).strip() == BACK:
                raise _BackError
            try:
                return read(typed)
            except UnusableError as error:
                self._say(error.text)
            except KnowledgeError as error:
                self._console.print(str(error), markup=False, soft_wrap=True)

    def _say(self, text: Text, **values: object) -> None:
        self._console.print(text.to(self._language, **values), markup=False, soft_wrap=True)


def named_sources(
    folders: Iterable[Path],
    repositories: Iterable[str],
    sites: Iterable[str],
    channels: Sequence[str],
    beside: Path,
    language: Language,
) -> list[SourceSettings]:
    """Return the sources that the command line names; all channels are one source.

    Raises:
        SettingsError: one of them cannot be used.
    """
    wanted: list[tuple[str, Callable[[], SourceSettings]]] = [
        *(("FOLDER", partial(folder_source, one, beside)) for one in folders),
        *(("--git", partial(git_source, one)) for one in repositories),
        *(("--web", partial(web_source, one)) for one in sites),
    ]
    if channels:
        wanted.append(("--slack-channel", partial(slack_source, " ".join(channels))))
    found: list[SourceSettings] = []
    for option, make in wanted:
        try:
            found.append(make())
        except UnusableError as error:
            raise SettingsError(f"{option}: {error.text.to(language)}") from None
    return found


def print_documents(folder: Path, language: Language, console: Console) -> None:
    """Say what documents a folder has.

    Raises:
        NoDocumentsError: it has none.
        KnowledgeError: it cannot be listed.
    """
    found = find_documents(folder)
    if not found.read:
        raise NoDocumentsError(texts.INIT_NOTHING_HERE)
    counted = ", ".join(f"{name} {count}" for name, count in found.read.items())
    total = sum(found.read.values())
    console.print(texts.INIT_FOUND.to(language, count=total, formats=counted), markup=False)
    if found.others:
        other = ", ".join(f"{suffix or '-'} {n}" for suffix, n in sorted(found.others.items()))
        console.print(texts.INIT_OTHERS.to(language, formats=other), markup=False)


def confirmed(question: Text, language: Language, *, usual: bool, **values: object) -> bool:
    """Ask a question that yes or no answers, in either language and any width."""
    yes, no = (text.in_both().split() for text in (texts.INIT_YES, texts.INIT_NO))
    while True:
        said = f"{question.to(language, **values)} [{'Y/n' if usual else 'y/N'}]"
        typed = _typed(said, "", show=False)
        answer = unicodedata.normalize("NFKC", typed).strip().lower()
        if not answer:
            return usual
        if answer in yes or answer in no:
            return answer in yes
        click.echo(texts.INIT_YES_OR_NO.to(language))


def _typed(said: str, usual: str | None, *, show: bool) -> str:
    """Ask at the terminal; what follows on Ctrl-C stands on a line of its own."""
    try:
        return str(click.prompt(said, default=usual, show_default=show))
    except click.Abort:
        click.echo(err=True)
        raise


def _chosen(kinds: Sequence[str], typed: str) -> str:
    """Return the type of source that a number or a name stands for; "" for 0."""
    answer = unicodedata.normalize("NFKC", typed).strip().lower()
    by_answer = {"0": "", **{str(number): kind for number, kind in enumerate(kinds, 1)}}
    by_answer |= {kind: kind for kind in kinds}
    if answer not in by_answer:
        raise UnusableError(texts.INIT_NO_NUMBER)
    return by_answer[answer]


async def try_sources(
    base: KnowledgeBase, sources: Iterable[SourceSettings], language: Language, console: Console
) -> tuple[list[str], bool]:
    """Ask each source whether it can be read, and say so.

    Channels of Slack are read by the running bot alone, so they are not asked.

    Returns:
        The names of those that can be, and whether all others but channels can.
    """
    _, failures = await base.try_sources()
    reasons = {
        failure.source: SOURCE_FAILURES[failure.kind].to(language, reason=failure.reason)
        for failure in failures
    }
    good = True
    ready: list[str] = []
    for source in sources:
        if source.type == "slack":
            said = texts.INIT_INVITE.to(language, name=source.name, channels=source.place)
        elif source.name in reasons:
            good = False
            said = texts.INIT_WRONG.to(language, reason=reasons[source.name])
        else:
            ready.append(source.name)
            said = texts.INIT_REACHED.to(language, name=source.name, place=source.place)
        console.print(said, markup=False, soft_wrap=True)
    return ready, good
