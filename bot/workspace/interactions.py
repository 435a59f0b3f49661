"""Interactions with the app: clicks, commands, shortcuts, modals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.workspace import events, responses
from bot.workspace.delivery import Delivery, Dispatcher
from bot.workspace.errors import ApiError
from bot.workspace.forms import fill
from bot.workspace.methods.views import add_modal, read_view, replace_view
from bot.workspace.objects import message_object, view_object
from bot.workspace.state import (
    RESPONSE_URL_SECONDS,
    Channel,
    Json,
    ResponseUrl,
    SlackMessage,
    User,
    View,
)
from bot.workspace.team import Team
from bot.workspace.typed_text import with_tokens


@dataclass(slots=True, eq=False)
class Interaction:
    """One action of a person, and the app's response.

    Attributes:
        error: The error that the person sees when the app did not acknowledge in time
            (`operation_timeout`, `dispatch_failed`) or sent an invalid response; else "".
        responses: The app's responses at its `response_url`, oldest first.
    """

    delivery: Delivery
    responses: Sequence[Json] = ()
    error: str = ""

    @property
    def payload(self) -> Json:
        """The payload that was sent to the app."""
        return self.delivery.payload

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged within its three seconds."""
        return self.delivery.acked

    @property
    def response(self) -> object:
        """The app's response in the acknowledgement: JSON, text, or None."""
        return self.delivery.response


class Interactions:
    """Sends interactions, and shows the app's responses.

    Args:
        team: Where it happens.
        dispatcher: Delivers to the app.
        trigger_seconds: How long a `trigger_id` lives.
    """

    def __init__(self, team: Team, dispatcher: Dispatcher, trigger_seconds: float) -> None:
        self._team = team
        self._dispatcher = dispatcher
        self._trigger_seconds = trigger_seconds

    async def command(self, user: User, channel: Channel, name: str, text: str) -> Interaction:
        """Type a slash command; a text in the acknowledgement is shown."""
        hook = self._hook(channel.id, user)
        body = events.command(
            name,
            with_tokens(text, self._tokens()),
            user,
            channel,
            self._team.identity,
            org=self._team.org_wide,
        )
        interaction = await self._send("slash_commands", body, user, hook)
        answer = interaction.response
        body_shown = {"text": answer} if isinstance(answer, str) and answer else answer
        if isinstance(body_shown, Mapping) and body_shown:
            self._show(interaction, hook, body_shown)
        return interaction

    async def click(
        self,
        place: SlackMessage | View,
        user: User,
        action_id: str,
        value: str | None,
        block_id: str,
    ) -> Interaction:
        """Use an element of a message or a view."""
        element, found_in = _find(place.blocks, action_id, value, block_id)
        action = events.action(element, found_in, value, self._team.new_ts())
        identity = self._team.identity
        body = self._begun("block_actions", user) | {"actions": [action]}
        if isinstance(place, View):
            body |= {"container": {"type": "view", "view_id": place.id}, "view": self._shown(place)}
            return await self._send("interactive", body, user, None)
        channel = self._team.channels[place.channel]
        body |= events.on_message(place, channel, identity) | {"state": {"values": {}}}
        hook = self._hook(channel.id, user, place)
        return await self._send("interactive", body, user, hook)

    async def shortcut(self, message: SlackMessage, user: User, callback_id: str) -> Interaction:
        """Use a message shortcut."""
        team = self._team
        channel = team.channels[message.channel]
        body = self._begun("message_action", user) | {
            "callback_id": callback_id,
            "action_ts": team.new_ts(),
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel.name},
            "message": message_object(message, team.identity),
        }
        return await self._send("interactive", body, user, self._hook(channel.id, user, message))

    async def submit(self, view: View, user: User, values: Mapping[str, object]) -> Interaction:
        """Send a modal; the app's `response_action` is carried out.

        Raises:
            ValueError: *values* leaves a required input empty or names one that is not there.
        """
        told = self._shown(view, fill(view.blocks, values))
        body = self._begun("view_submission", user) | {"view": told, "response_urls": []}
        interaction = await self._send("interactive", body, user, None)
        if interaction.acked:
            self._respond_to_submission(interaction, view)
        return interaction

    async def close(self, view: View, user: User) -> Interaction | None:
        """Close a modal; the app is notified if it asked for that."""
        self._team.modals[user.id].remove(view)
        self._team.changes.ring()
        if not view.body.get("notify_on_close"):
            return None
        body = self._begun("view_closed", user) | {
            "view": self._shown(view),
            "is_cleared": False,
        }
        return await self._send("interactive", body, user, None)

    def _begun(self, kind: str, user: User) -> Json:
        team = self._team
        return events.interaction(kind, user, team.identity, org=team.org_wide)

    def _shown(self, view: View, state: Json | None = None) -> Json:
        """Return a view with what somebody has filled in; an organisation has installed its app."""
        identity = self._team.identity
        told = view_object(view, identity, state)
        org = {"app_installed_team_id": identity.enterprise_id} if self._team.org_wide else {}
        return told | org

    async def _send(
        self, kind: str, body: Json, user: User, hook: ResponseUrl | None
    ) -> Interaction:
        team = self._team
        body["trigger_id"] = team.new_trigger(user.id, self._trigger_seconds)
        if hook:
            body["response_url"] = team.new_response_url(hook)
        delivery = self._dispatcher.deliver(
            "slash_commands" if kind == "slash_commands" else "interactive", body
        )
        await delivery.ended.wait()
        late = delivery.reasons[-1:] == ["http_timeout"]
        failure = "operation_timeout" if late else "dispatch_failed"
        return Interaction(
            delivery, hook.responses if hook else (), "" if delivery.acked else failure
        )

    def _hook(self, channel_id: str, user: User, source: SlackMessage | None = None) -> ResponseUrl:
        expires_at = self._team.clock.now() + RESPONSE_URL_SECONDS
        thread_ts = source.thread_ts if source else ""
        return ResponseUrl(channel_id, user.id, expires_at, thread_ts, source)

    def _show(
        self, interaction: Interaction, hook: ResponseUrl, body: Mapping[str, object]
    ) -> None:
        try:
            responses.apply(self._team, hook, body)
        except ApiError as problem:
            interaction.error = problem.code
        self._team.changes.ring()

    def _respond_to_submission(self, interaction: Interaction, view: View) -> None:
        """Carry out `response_action`; without one the modal closes."""
        team = self._team
        answer = interaction.response if isinstance(interaction.response, Mapping) else {}
        stack = team.modals.setdefault(view.user, [])
        try:
            match answer.get("response_action"):
                case "errors":
                    _check_errors(view, answer.get("errors"))
                case "clear":
                    stack.clear()
                case "update":
                    replace_view(team, view, read_view(_mapping(answer.get("view")), "modal"))
                case "push":
                    add_modal(team, view.user, read_view(_mapping(answer.get("view")), "modal"))
                case None if view in stack:
                    stack.remove(view)
        except ApiError as problem:
            interaction.error = problem.code
        team.changes.ring()

    def _tokens(self) -> dict[str, str]:
        people = {f"@{u.name}": f"<@{u.id}|{u.name}>" for u in self._team.users.values()}
        named = [c for c in self._team.channels.values() if c.name]
        return people | {f"#{c.name}": f"<#{c.id}|{c.name}>" for c in named}


def _find(
    blocks: Sequence[Json], action_id: str, value: str | None, block_id: str
) -> tuple[Json, str]:
    """Return the element with *action_id*, and its block's id.

    Raises:
        LookupError: nobody sees such an element; the text names those that are there.
    """
    seen = []
    for block in blocks:
        elements = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in elements:
            if not isinstance(element, dict) or "action_id" not in element:
                continue
            seen.append(element["action_id"])
            wanted = element["action_id"] == action_id and block_id in {"", block.get("block_id")}
            other = element.get("type") == "button" and value not in {None, element.get("value")}
            if wanted and not other:
                return element, str(block.get("block_id", ""))
    raise LookupError(f"no element {action_id!r} (value {value!r}); there are: {seen}")


def _check_errors(view: View, errors: object) -> None:
    """Raise `ApiError` unless *errors* names blocks of *view*, as Slack demands."""
    known = {block.get("block_id") for block in view.blocks if block.get("type") == "input"}
    if not isinstance(errors, Mapping) or not errors or not known.issuperset(errors):
        raise ApiError("invalid_response_errors")


def _mapping(value: object) -> Json | None:
    return dict(value) if isinstance(value, Mapping) else None
