"""Errors, named by what the catcher should do. People may see the text of a `BotError`."""


class BotError(Exception):
    """Root. Its text is safe and readable for the person who asked."""


class SettingsError(BotError):
    """A setting is missing, unknown or malformed; the text names it, in one line."""


class ModelUnavailableError(BotError):
    """The model endpoint failed for a reason that a later try may not meet."""


class ModelBusyError(ModelUnavailableError):
    """The model endpoint is at its rate limit; a later try may pass."""


class ModelRejectedError(BotError):
    """The model endpoint refused the request for good (bad key, unknown model); do not retry."""


class ContextTooLongError(BotError):
    """The conversation does not fit the model's context window; the loop drops old observations."""


class ToolError(BotError):
    """A tool could not do what it was asked; the text is told to the model as an observation."""


class RedisUnavailableError(BotError):
    """Redis cannot be reached or started; the text says what to do."""


class KnowledgeBusyError(BotError):
    """The index cannot show a change yet; a later try may find that it does."""


class OverBudgetError(BotError):
    """A budget is used up, so that the model was not called."""


class QueueFullError(Exception):
    """The queue is full: tell the sender, or let them send the job again."""


class PersonFullError(QueueFullError):
    """One person has *most* questions open, and may ask again when some are answered."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} questions of one person are open")
        self.most = most


class AdapterUnavailableError(BotError):
    """The chat platform cannot be reached, so the message has to wait.

    Attributes:
        seconds: Pause that the platform asked for, 0.0 if it named none.
    """

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.seconds = seconds


class NotDueError(Exception):
    """It is too early for the job.

    Attributes:
        seconds: Until it is due.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"due in {seconds:.0f} seconds")
        self.seconds = seconds


class LeaseLostError(Exception):
    """Another worker owns this job now: stop at once and change nothing."""


class CancelledByPersonError(Exception):
    """A person stopped the job."""


class CasesError(BotError):
    """A file of cases or labels cannot be used; the text names lines and reasons."""
