"""Translates the vendor's errors: what a later try may cure, and what it cannot."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import openai

from bot.core.errors import (
    BotError,
    ContextTooLongError,
    ModelBusyError,
    ModelRejectedError,
    ModelUnavailableError,
)

_TOO_LONG = re.compile(
    r"context_length_exceeded|context.?(length|window|size)|maximum context|too many tokens"
    r"|prompt is too long|input is too long|input token count",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(
    r"(?:does|do) not support (?:\w+ ){0,2}(?:tools?|function)"
    r"|tools?\W{1,3}(?:is|are) not supported"
    r"|enable-auto-tool-choice|tool-call-parser|no endpoints found that support tool use"
    r"|(?:tool|function).?call(?:ing|s)? (?:is |are )?not (?:supported|enabled)",
    re.IGNORECASE,
)
"""How Ollama, vLLM, OpenRouter and others say that a model has no tools."""

_BUSY = 429
_RETRIED = frozenset({408, 409, 425, 429})
_TOO_LARGE = 413
_SERVER_ERROR = 500
_LONGEST_REASON = 300
_QUOTATION = re.compile(r"""(?<!\w)(["'`])((?:(?!\1).)*)\1""")
_LONGEST_NAME = 40

_SHORTEST_SECRET = 8
"""A shorter "key" (`x`, `none`) of a server that wants none is no secret, but part of words."""


class ToolsRefusedError(ModelRejectedError):
    """The model takes no tools; they can be told in text."""


@contextmanager
def translated_errors(model: str, secret: str) -> Iterator[None]:
    """Turn what the openai SDK raises in the block into the errors that `ChatModel` promises.

    Args:
        model: The model's name, to name it.
        secret: The key, which is cut out of whatever text the vendor sends.
    """
    try:
        yield
    except openai.APIError as error:
        raise _translated(error, model, secret) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:  # the SDK lets them through
        raise ModelUnavailableError("The model endpoint sent something unreadable.") from error


def broken_off() -> BotError:
    """Return the error for a stream that ended before the turn did."""
    return ModelUnavailableError("The model's answer broke off in the middle.")


def failure(code: str, reason: str) -> BotError:
    """Return the error for a failure *code* inside a stream."""
    if _TOO_LONG.search(f"{code} {reason}"):
        return ContextTooLongError("The conversation does not fit the model's context window.")
    if code in {"invalid_prompt", "content_filter", "invalid_request_error"}:
        return ModelRejectedError(f"The model endpoint refused the request: {_line(reason)}")
    return ModelUnavailableError(f"The model endpoint failed: {_line(reason or code)}")


def _translated(error: openai.APIError, model: str, secret: str) -> BotError:
    reason = error.message
    if len(secret) >= _SHORTEST_SECRET:
        reason = reason.replace(secret, "***")
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailableError("The model endpoint did not answer in time.")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailableError("The model endpoint cannot be reached: check OPENAI_BASE_URL.")
    if isinstance(error, openai.APIStatusError):
        return _from_status(error.status_code, error.code or "", reason, model)
    return failure(error.code or error.type or "", reason)


def _from_status(status: int, code: str, reason: str, model: str) -> BotError:
    if status == _TOO_LARGE or _TOO_LONG.search(f"{code} {reason}"):
        return ContextTooLongError("The conversation does not fit the model's context window.")
    if code == "insufficient_quota":
        return ModelRejectedError("The account of OPENAI_API_KEY has no credit left.")
    if status not in _RETRIED and _NO_TOOLS.search(reason):
        return ToolsRefusedError(f"{model} takes no tools.")
    if status in _RETRIED or status >= _SERVER_ERROR:
        return _passing(status)
    match status:
        case 401:
            return ModelRejectedError("The model endpoint refused the key: check OPENAI_API_KEY.")
        case 403:
            return ModelRejectedError(
                f"The key may not use {model}: check OPENAI_API_KEY and OPENAI_MODEL."
            )
        case 404:
            return ModelRejectedError(
                f"The endpoint does not know {model}, or not this wire format: "
                "check OPENAI_MODEL, OPENAI_BASE_URL and OPENAI_WIRE."
            )
        case _:
            return ModelRejectedError(
                f"The model endpoint refused the request (HTTP {status}), "
                f"check OPENAI_MODEL and OPENAI_WIRE: {_line(reason)}"
            )


def _passing(status: int) -> BotError:
    if status == _BUSY:
        return ModelBusyError("The model endpoint is at its rate limit (HTTP 429).")
    return ModelUnavailableError(f"The model endpoint failed (HTTP {status}).")


def _line(text: str) -> str:
    """Return *text* in one line, without what it quotes: that may be a person's message."""
    line = _QUOTATION.sub(_quoted, " ".join(text.split()))
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _quoted(quotation: re.Match[str]) -> str:
    """Keep a quotation that can be a name: of a parameter, a model, a value."""
    words = quotation[2]
    is_name = " " not in words and words.isascii() and len(words) <= _LONGEST_NAME
    return quotation[0] if is_name else f"{quotation[1]}…{quotation[1]}"
