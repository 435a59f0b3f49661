"""Ids of what other programs' servers have said: who may read it depends on the server alone."""

SERVER = "server:"
"""How the ids and the sources of such passages begin; no source of documents is called so."""


TOOL_OF_SERVER = "__"
"""Stands between the names of a server and of its tool, in the tool's name for the model."""


def server_of(document_id: str) -> str:
    """Return the name of the server that said *document_id*, "" for what no server said."""
    if not document_id.startswith(SERVER):
        return ""
    return document_id.removeprefix(SERVER).partition(":")[0]
