"""`assistant.search.context` and `assistant.search.info`, by words instead of by meaning."""

import re

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.conversations import paginate
from bot.workspace.state import Json, SlackMessage
from bot.workspace.team import Team

QUERY_CHARACTERS = 1_000
RESULTS = 20
_WORD = re.compile(r"[a-z0-9]{2,}|[\u3040-\u30ff\u4e00-\u9fff]{2}")


def context(team: Team, arguments: Arguments) -> Json:
    """Return messages of public channels that have words of the query, best first."""
    query = arguments.text("query")
    if not query:
        raise ApiError("missing_query")
    if len(query) > QUERY_CHARACTERS:
        raise ApiError("query_too_long")
    if not team.may_search(arguments.text("action_token")):
        raise ApiError("invalid_action_token")
    if (arguments.text("channel_types") or "public_channel") != "public_channel":
        raise ApiError("missing_scope", needed="search:read.private")
    words = _words(query)
    scored = [
        (len(words & _words(message.text)), message)
        for channel in team.channels.values()
        if channel.kind == "channel"
        for message in team.timeline(channel.id)
        if arguments.flag("include_bots") or not message.bot_id
    ]
    best = sorted((one for one in scored if one[0]), key=lambda one: -one[0])
    page, cursor = paginate([message for _, message in best], arguments, RESULTS, RESULTS)
    return {
        "results": {"messages": [_result(team, message) for message in page]},
        "response_metadata": {"next_cursor": cursor},
    }


def info(_team: Team, _arguments: Arguments) -> Json:
    """Tell whether meanings are searched: never here."""
    return {"is_ai_search_enabled": False}


def _result(team: Team, message: SlackMessage) -> Json:
    channel, author = team.channels[message.channel], team.users.get(message.user, team.bot)
    address = f"{team.identity.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {
        "author_name": author.display_name or author.name,
        "author_user_id": author.id,
        "team_id": team.identity.team_id,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "message_ts": message.ts,
        "content": message.text,
        "is_author_bot": bool(message.bot_id),
        "permalink": address,
    }


def _words(text: str) -> set[str]:
    """Return the words of *text*; of Japanese, its pairs of letters."""
    plain = text.casefold()
    return set(_WORD.findall(plain)) | set(_WORD.findall(plain[1:]))


METHODS = (
    Method("assistant.search.context", context, 4, ("search:read.public",)),
    Method("assistant.search.info", info, 4, ("search:read.public",)),
)
