"""The Web API: one function a method, all of them in one table."""

from collections.abc import Mapping

from bot.workspace.methods import (
    chat,
    conversations,
    files,
    functions,
    lists,
    people,
    platform,
    reactions,
    search,
    sessions,
    streams,
    views,
)
from bot.workspace.methods.call import Arguments, Method, require_scope

_MODULES = (
    *(chat, conversations, files, functions, lists, people, platform),
    *(reactions, search, sessions, streams, views),
)

METHODS: Mapping[str, Method] = {
    method.name: method for module in _MODULES for method in module.METHODS
}

__all__ = ["METHODS", "Arguments", "Method", "require_scope"]
