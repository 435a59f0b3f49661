"""Japanese and English are equal."""

from string import Formatter

import pytest

from bot.core.i18n import Text
from bot.core.language import language_of

ALL = {name: value for name, value in vars(texts).items() if isinstance(value, Text)}


def placeholders(template: str) -> set[str]:
    """Return the names that are filled in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("name", ALL)
def test_both_languages_say_the_same_with_the_same_placeholders(name: str) -> None:
    """A placeholder that one language forgets would hide a fact from its readers."""
    text = ALL[name]

    assert text.ja.strip()
    assert text.en.strip()
    assert placeholders(text.ja) == placeholders(text.en)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"OTHER_TOOL", "STATUS"}))
def test_each_language_is_really_that_language(name: str) -> None:
    """Nobody pasted one into the place of the other."""
    values = dict.fromkeys(placeholders(ALL[name].ja), 1)

    assert language_of(ALL[name].to("ja", **values)) == "ja"
    assert language_of(ALL[name].to("en", **values)) == "en"
