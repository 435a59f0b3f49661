"""Texts that people read, each in every language of the bot."""

from dataclasses import dataclass
from string import Formatter

from bot.core.language import Language


class _CountFormatter(Formatter):
    """`str.format` with one more format, `one|many`, which chooses by the number."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, choice, many = format_spec.partition("|")
        if not choice:
            return format(value, format_spec)
        return one if str(value) == "1" else many


_FORMATTER = _CountFormatter()


@dataclass(frozen=True, slots=True)
class Text:
    """One text in English and in Japanese.

    Both languages have the same `{placeholders}`, in `str.format`'s syntax; a text that breaks
    this rule raises `ValueError` when its module is loaded. What depends on a count is written
    `{count} {count:answer|answers}`: the first for one, the second for any other number.
    """

    en: str
    ja: str

    def __post_init__(self) -> None:
        if placeholders(self.en) != placeholders(self.ja):
            raise ValueError(f"the languages differ in their placeholders: {self.en!r}")

    def to(self, language: Language, **values: object) -> str:
        """Return the text in *language* with its placeholders filled."""
        template = self.ja if language == "ja" else self.en
        return _FORMATTER.vformat(template, (), values)

    def in_both(self, **values: object) -> str:
        """Return the text in both languages, for a reader whose language nobody knows."""
        return f"{self.to('en', **values)} / {self.to('ja', **values)}"


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the placeholders in *template*."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def counted(number: int, noun: str) -> str:
    """Return *number* with *noun*, in the plural that adds an s: `1 document`, `2 documents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
