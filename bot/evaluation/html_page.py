"""Pages for the browser: one file each, in English and Japanese, that needs nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.core.atomic_write import write_whole
from bot.core.i18n import Text
from bot.core.language import Language
from bot.evaluation import texts
from bot.evaluation.texts import named

_FOLDER = Path(__file__).parent


def write_page(path: Path, template: Path, title: str, **values: object) -> None:
    """Fill *template*, which extends `page.html`, and write the page to *path* atomically.

    Every value is escaped, except for `Markup`.

    Raises:
        OSError: the page cannot be written.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, _FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "both": both,
        "in_languages": in_languages,
        "named": named,
        "report": texts,
    }
    page = environment.get_template(template.name).render(title=title, **values)
    write_whole(path, page)


def both(text: Text, **values: object) -> Markup:
    """Return *text* in both languages, of which the page shows one."""
    return in_languages(lambda language: text.to(language, **values))


def in_languages(words: Callable[[Language], str]) -> Markup:
    """Return *words* of each language, of which the page shows one."""
    span = Markup('<span class="say" lang="{}">{}</span>')
    return Markup().join(span.format(one, words(one)) for one in get_args(Language))
