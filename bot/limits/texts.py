"""How a person reads when there is room again."""

from bot.core.i18n import Text
from bot.core.language import Language

IN_MINUTES = Text("in about {minutes} {minutes:minute|minutes}", "約 {minutes} 分後")
IN_A_MINUTE = Text("in about a minute", "約 1 分後")


def in_words(seconds: float, language: Language) -> str:
    """Return when it will be *seconds* from now, in whole minutes, rounded up."""
    minutes = max(1, -int(-seconds // 60))
    if minutes == 1:
        return IN_A_MINUTE.to(language)
    return IN_MINUTES.to(language, minutes=minutes)
