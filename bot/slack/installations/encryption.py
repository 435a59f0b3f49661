"""Encrypts the tokens of installations; the key is in the settings alone, never beside them."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.core.errors import BotError, SettingsError


class UnreadableInstallationError(BotError):
    """An installation was encrypted with another key, or changed by somebody else."""


def new_key() -> str:
    """Return a new key."""
    return Fernet.generate_key().decode()


class InstallationCipher:
    """Encrypts with the newest key, and reads with all.

    Args:
        keys: As in INSTALLATION_KEY: separated by commas, the newest first.

    Raises:
        SettingsError: there is none, or one is malformed; the text does not have it.
    """

    def __init__(self, keys: str) -> None:
        parts = [key.strip() for key in keys.split(",") if key.strip()]
        if not parts:
            raise SettingsError(
                "INSTALLATION_KEY is not set: `kotae workspaces key` makes one; keep it with care, "
                "since without it every workspace has to install the app again"
            )
        try:
            self._cipher = MultiFernet([Fernet(key) for key in parts])
        except ValueError:
            raise SettingsError(
                "INSTALLATION_KEY is malformed: `kotae workspaces key` makes one"
            ) from None

    def __repr__(self) -> str:
        return "InstallationCipher()"

    def encrypted(self, text: str) -> str:
        """Return *text* so that only these keys can read it."""
        return self._cipher.encrypt(text.encode()).decode()

    def read(self, text: str) -> str:
        """Return what *text* says. Raises `UnreadableInstallationError`."""
        try:
            return self._cipher.decrypt(text.encode()).decode()
        except InvalidToken:
            raise UnreadableInstallationError(
                "it was encrypted with another INSTALLATION_KEY, or damaged"
            ) from None
