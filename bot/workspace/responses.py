"""The app's responses to interactions: in the acknowledgement or at a `response_url`."""

from collections.abc import Mapping

from bot.workspace.blocks import problems
from bot.workspace.errors import ApiError
from bot.workspace.methods.content import refuse
from bot.workspace.state import RESPONSE_URL_USES, Json, ResponseUrl, SlackMessage
from bot.workspace.team import Team


def use(team: Team, name: str, body: object) -> None:
    """Take one response at a `response_url`.

    Raises:
        ApiError: `invalid_url`, `expired_url`, `used_url`, `invalid_payload`, `no_text`,
            `invalid_blocks`.
    """
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    hook = team.response_urls.get(name)
    if hook is None:
        raise ApiError("invalid_url")
    if team.clock.now() > hook.expires_at:
        raise ApiError("expired_url")
    if hook.uses >= RESPONSE_URL_USES:
        raise ApiError("used_url")
    hook.uses += 1
    apply(team, hook, body)
    hook.responses.append(body)
    team.changes.ring()


def apply(team: Team, hook: ResponseUrl, body: Mapping[str, object]) -> None:
    """Show *body*: as a new message, or in place of the one that was clicked."""
    source = hook.source
    if body.get("delete_original") and source:
        source.deleted = True
        return
    blocks = body.get("blocks") or []
    if not body.get("text") and not blocks and not body.get("attachments"):
        raise ApiError("no_text")
    refuse(problems(blocks), "invalid_blocks")
    assert isinstance(blocks, list)
    if body.get("replace_original") and source:
        source.text, source.blocks = str(body.get("text", "")), blocks
        return
    _show(team, hook, body, blocks)


def _show(team: Team, hook: ResponseUrl, body: Mapping[str, object], blocks: list[Json]) -> None:
    public = body.get("response_type") == "in_channel"
    message = SlackMessage(
        hook.channel,
        team.new_ts(),
        team.bot.id,
        str(body.get("text", "")),
        thread_ts=str(body.get("thread_ts") or hook.thread_ts),
        bot_id=team.identity.bot_id,
        blocks=blocks,
        ephemeral_to="" if public else hook.user,
    )
    if public:
        team.add(message)
        team.announce(message)
    else:
        team.ephemerals.append(message)
