"""Failures, named by what the catcher should do; the texts of `BotError` may be shown to people."""


class BotError(Exception):
    """Root. Its text is safe and readable for the person who asked."""


class SettingsError(BotError):
    """A setting is missing, unknown or malformed; the text names it, in one line."""


class ModelUnavailableError(BotError):
    """The model endpoint failed for a reason that a later try may not meet."""


class ModelRejectedError(BotError):
    """The model endpoint refused the request for good (bad key, unknown model); do not retry."""


class ContextTooLongError(BotError):
    """The conversation does not fit the model's context window; the loop drops old observations."""


class ToolError(BotError):
    """A tool could not do what it was asked; the text is told to the model as an observation."""


class RedisUnavailableError(BotError):
    """Redis cannot be reached or started; the text says what to do."""


class LeaseLostError(Exception):
    """Another worker owns this job now: stop at once, touch nothing."""


class CancelledByPersonError(Exception):
    """Somebody pressed stop."""
