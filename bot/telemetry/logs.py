"""Logging: JSON lines, or readable ones on a terminal; no message texts, no secrets."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from traceback import format_tb
from typing import Any

import structlog

from bot.core.errors import BotError, LeaseLostError
from bot.core.printable import printable_values
from bot.telemetry.privacy import without_messages
from knowledge.model.errors import KnowledgeError

HIDDEN = "[secret]"
WITHHELD = "(text withheld: it may quote a message)"

_OURS = ("bot", "knowledge")
"""Loggers that never print messages; those of libraries print requests below WARNING."""

_TOKEN_SHAPES = (
    r"x(?:ox[a-z]|app)[.-][\w.-]{4,}",
    r"\bsk-[\w-]{8,}",
    r"(?<=Bearer )[\w.~+/-]{8,}=*",
    r"\bkotae_[0-9a-f]{12}_[\w-]{8,}",
)
_SHORTEST_SECRET = 6
"""A shorter value is a placeholder (`x`, `none`) and may be part of ordinary words."""

_SAFE_ERRORS = (BotError, KnowledgeError, LeaseLostError, OSError)
_SAFE_LIBRARIES = frozenset({"aiohttp", "redis", "slack_sdk"})


def set_up_logging(
    level: str = "info",
    secrets: Iterable[str] = (),
    ids: structlog.typing.Processor | None = None,
) -> None:
    """Send the logs of this program and of its libraries to standard error.

    Args:
        level: Level of our own loggers; libraries may only warn.
        secrets: Values to keep out of the log, besides everything that looks like a token.
        ids: Adds the ids of the trace to each line.
    """
    told: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([ids] if ids else []),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *told,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # The values are cleaned one by one, so that the colours of a terminal remain.
    handler = logging.StreamHandler(getattr(sys.stderr, "rich_proxied_file", sys.stderr))
    handler.setFormatter(_Formatter(told, secrets))
    handler.addFilter(_may_be_shown)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed


def _may_be_shown(record: logging.LogRecord) -> bool:
    """Keep out libraries below WARNING, even if the environment asks (`OPENAI_LOG=debug`)."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in _OURS


def _main_things_first(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**{name: event.pop(name) for name in ("timestamp", "level", "event")}, **event}


def _printable(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: printable_values(value) for name, value in event.items()}


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders whole lines, and cuts the secrets out of them at the end."""

    def __init__(self, told: list[structlog.typing.Processor], secrets: Iterable[str]) -> None:
        renderer: structlog.typing.Processor = (
            structlog.dev.ConsoleRenderer()
            if sys.stderr.isatty()
            else structlog.processors.JSONRenderer(ensure_ascii=False)
        )
        super().__init__(
            foreign_pre_chain=told,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_format),
                without_messages,
                _printable,
                _main_things_first,
                renderer,
            ],
        )
        known = (re.escape(value) for value in secrets if len(value) >= _SHORTEST_SECRET)
        self._secrets = re.compile("|".join([*known, *_TOKEN_SHAPES]))

    def format(self, record: logging.LogRecord) -> str:
        return self._secrets.sub(HIDDEN, super().format(record))


def traceback_of(error: BaseException) -> str:
    """Return the traceback of *error* and its causes; with their texts where these are safe."""
    return "\n".join(_links(error))


def _links(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _links(earlier)
        yield "which led to:"
    yield "".join(format_tb(error.__traceback__)).rstrip()
    yield _told(error)
    if isinstance(error, BaseExceptionGroup):
        for number, part in enumerate(error.exceptions, 1):
            yield f"{number} of {len(error.exceptions)} in the group:"
            yield from _links(part)


def _told(error: BaseException) -> str:
    kind = type(error)
    library = kind.__module__.partition(".")[0]
    safe = isinstance(error, _SAFE_ERRORS) or library in _SAFE_LIBRARIES
    text = str(error)
    if not text or safe:
        return f"{kind.__qualname__}: {text}"
    return f"{kind.__qualname__} {WITHHELD}"


def _format(exc_info: Any) -> str:
    return traceback_of(exc_info[1])


def _crashed(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """Log an error that ends the program."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger(__name__).critical("crashed", exc_info=error)
