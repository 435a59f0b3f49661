"""A person's own word on whether what they write may be exported to train a model."""

from bot.protocols import Consents
from bot.slack import texts
from bot.types import Language


class ConsentDesk:
    """Carries out `export …`: everybody decides for themselves, guests too."""

    def __init__(self, consents: Consents, command: str) -> None:
        self.consents = consents
        self.command = command

    async def run(self, argument: str, person: str, language: Language) -> str:
        """Note what *person* says (`never`, `ok`), and return what holds for them now."""
        match argument:
            case "never":
                await self.consents.refuse(person)
            case "ok":
                await self.consents.allow(person)
            case "":
                pass
            case _:
                return texts.EXPORT_HOW.to(language, command=self.command)
        refused = person in await self.consents.refused()
        said = texts.EXPORT_REFUSED if refused else texts.EXPORT_ALLOWED
        return said.to(language, command=self.command)
