"""The base class of the tables in `knowledge.toml`."""

from pydantic import BaseModel, ConfigDict


class SettingsTable(BaseModel):
    """A table that takes no unknown key and no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
