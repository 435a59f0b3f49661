"""One workspace of several on a deployment: its folder, and the settings of its own.

A workspace is a bot like any other, with its own data folder and its own namespace in Redis.
"""

import os
import re
from pathlib import Path
from typing import Any

from bot.core.errors import SettingsError
from bot.settings.env_file import values_in

FOLDER = "workspaces"
"""In the data folder of the deployment: a folder of each workspace, by its id."""

FILE = "settings.env"
"""In the folder of a workspace: what is different there, written as in `.env`."""

KNOWLEDGE = "knowledge.toml"

OWN = frozenset(
    {
        *("SLACK_CATCH_UP_HOURS", "SLACK_OPERATORS", "SLACK_GUESTS", "SLACK_OUTSIDERS"),
        *("SLACK_SEARCH", "KNOWLEDGE_CONFIG", "KNOWLEDGE_DENSE_WEIGHT", "KNOWLEDGE_CHUNK_TOKENS"),
        *("OPENAI_MODEL", "OPENAI_PICTURES", "OPENAI_PRICE", "PROMPT_STRATEGY", "VERIFIER"),
        *("ANSWER_POLICY", "ANSWER_THRESHOLD", "ANSWER_LIMIT_USD", "AUTO_ANSWER_MINUTES"),
        *("BUDGET_PERSON_USD", "BUDGET_CHANNEL_USD", "BUDGET_DAY_USD", "BUDGET_DAY_CALLS"),
        *("LIMIT_OPEN_QUESTIONS", "LIMIT_QUESTIONS_HOUR", "LIMIT_HANDOFFS_HOUR"),
        *("LIMIT_PINGS_HOUR", "LIMIT_ENTRIES_HOUR", "LIMIT_ATTACHMENTS_MB_HOUR"),
        *("LIMIT_AUTO_ANSWERS_HOUR", "LIMIT_LOOKUPS_HOUR", "WORKER_CONCURRENCY"),
        *("RECORD_DAYS", "MEMORY_DAYS", "SAVED_DAYS", "REINDEX_SCHEDULE", "TIME_ZONE"),
        *("WEEKLY_CHANNEL", "WEEKLY_SCHEDULE", "HANDOVER_REMINDERS", "HANDOVER_DAYS"),
    }
)
"""What the file of a workspace may set. Keys, addresses, Redis and ports are the deployment's."""

NEVER_INHERITED = frozenset({"SLACK_OPERATORS", "WEEKLY_CHANNEL"})
"""What names people, groups or channels: in another workspace, whoever takes such a name would be
meant."""

DOCUMENTS = "docs"
"""In the folder of a workspace: its documents, unless its `knowledge.toml` says otherwise."""

_FIRST_KNOWLEDGE = f"""# The documents of this workspace; what is saved in Slack needs none.
[[sources]]
name = "docs"
path = "{DOCUMENTS}"
"""

_TEAM = re.compile(r"T[A-Z0-9]{2,30}")


def is_team(text: object) -> bool:
    """Tell whether *text* has the form of a workspace's id: it names a folder and keys."""
    return isinstance(text, str) and _TEAM.fullmatch(text) is not None


def workspace_folder(data_dir: Path, team: str) -> Path:
    """Return the data folder of the workspace *team* on the deployment with *data_dir*.

    Raises:
        SettingsError: *team* is no id of a workspace.
    """
    if not is_team(team):
        raise SettingsError(f"{team[:40]!r} is not the id of a workspace, such as T0123ABCD")
    return data_dir / FOLDER / team


def own_index_store(place: str, team: str) -> str:
    """Return where the workspace *team* shares its index, by the INDEX_STORE *place*; "" for none.

    An indexer removes what it does not know: in one place, the index of all other workspaces.
    """
    return f"{place.rstrip('/')}/{FOLDER}/{team}" if place else ""


def start_folder(folder: Path) -> None:
    """Make the data folder of a workspace, for its owner alone, with a folder for documents."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    if not (knowledge := folder / KNOWLEDGE).exists():
        (folder / DOCUMENTS).mkdir(exist_ok=True)
        knowledge.write_text(_FIRST_KNOWLEDGE, encoding="utf-8")


def own_settings(data_dir: Path, team: str) -> dict[str, Any]:
    """Return what is different for the workspace *team*, by the names of the settings' fields.

    Its documents are those of its own `knowledge.toml`, unless its file names another: nobody gets
    the documents of others by installing the app. Nor are the deployment's operators those of a
    workspace. An empty value stands for the default, whatever the deployment has.

    Raises:
        SettingsError: its file sets what it may not, or cannot be read.
    """
    folder = workspace_folder(data_dir, team)
    file = folder / FILE
    written = dict[str, str | None]()
    if os.path.lexists(file):
        try:
            if not file.is_file():  # it would be read as an empty file, without what it limits
                raise SettingsError(f"{file} is not a file")
            written = values_in(file)
        except (OSError, ValueError):
            raise SettingsError(f"{file} cannot be read as UTF-8 text") from None
    if wrong := sorted(set(written) - OWN):
        raise SettingsError(
            f"{file} sets {wrong[0]}, which cannot be set for one workspace: set it for all"
        )
    values: dict[str, Any] = {name.lower(): value or "" for name, value in written.items()}
    documents = folder / Path(values.get("knowledge_config") or KNOWLEDGE).expanduser()
    return {
        **{name.lower(): "" for name in NEVER_INHERITED},
        **values,
        "knowledge_config": documents,
        "data_dir": folder,
        "slack_client_id": "",
        "slack_client_secret": None,
        "installation_key": None,
    }
