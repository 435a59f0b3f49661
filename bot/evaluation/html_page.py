"""Pages for the browser: one file each, in English and Japanese, that needs nothing else."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.core.atomic_write import write_whole
from bot.evaluation.texts import JAPANESE

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
    environment.globals["both"] = both
    page = environment.get_template(template.name).render(title=title, **values)
    write_whole(path, page)


def both(english: str, japanese: str = "", names: Mapping[str, str] = JAPANESE) -> Markup:
    """Return a text in both languages, of which the page shows one.

    Args:
        english: The English text.
        japanese: The Japanese text; by default that of *names*, or else the English text.
        names: Japanese names of metrics and outcomes, by their English ones.
    """
    span = Markup('<span class="say" lang="{}">{}</span>')
    return span.format("en", english) + span.format("ja", japanese or names.get(english, english))
