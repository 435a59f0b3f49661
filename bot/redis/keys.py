"""What the keys of one bot begin with, on a Redis that it may share with others."""

from typing import Protocol

NAMESPACE = "kotae"
"""The namespace of a bot that serves one workspace, and of what a whole deployment shares."""


class Namespaced(Protocol):
    """A client of Redis that works for one bot."""

    namespace: str


def key_root(client: Namespaced) -> str:
    """Return what all keys of the bot that *client* works for begin with.

    Every store asks here, and a client has one namespace: so no store can reach another's keys.

    The braces are a hash tag: a cluster keeps all these keys on one node, so that a script may use
    several of them. `v1` is the layout of the keys.
    """
    return f"{{{client.namespace}}}:v1"
