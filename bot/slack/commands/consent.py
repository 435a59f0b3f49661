"""A person's own word on whether what they write may be exported to train a model."""

from bot.core.language import Language
from bot.records.opt_out import OptOuts
from bot.slack.commands import texts


class OptOutCommand:
    """Carries out `export …`: everybody decides for themselves, guests too."""

    def __init__(self, opt_outs: OptOuts, command: str) -> None:
        self.opt_outs = opt_outs
        self.command = command

    async def run(self, argument: str, person: str, language: Language) -> str:
        """Note what *person* says (`never`, `ok`), and return what holds for them now."""
        match argument:
            case "never":
                await self.opt_outs.refuse(person)
            case "ok":
                await self.opt_outs.allow(person)
            case "":
                pass
            case _:
                return texts.EXPORT_HOW.to(language, command=self.command)
        refused = person in await self.opt_outs.refused()
        said = texts.EXPORT_REFUSED if refused else texts.EXPORT_ALLOWED
        return said.to(language, command=self.command)
