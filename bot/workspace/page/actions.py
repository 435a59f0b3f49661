"""Actions of a person on the page, carried out in the workspace."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping

from bot.workspace.errors import ApiError
from bot.workspace.interactions import Interaction
from bot.workspace.state import File, Json, SlackMessage, User, View
from bot.workspace.workspace import Workspace

COMMAND_IN_THREAD = "command_in_thread"
"""Slack's reply to a slash command in a thread."""


class PageActionError(Exception):
    """The person cannot do that; the text is a message for the page, or Slack's error code."""


class PageActions:
    """Carries out one action at a time for the person at the page."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._actions: Mapping[str, Callable[[User, Json], Awaitable[Json]]] = {
            "post": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "click": self._click,
            "submit": self._submit,
            "shortcut": self._shortcut,
            "close": self._close,
            "home": self._home,
            "stop": self._stop,
            "fault": self._fault,
            "mend": self._mend,
            "disconnect": self._disconnect,
            "run_step": self._run_step,
        }

    async def do(self, user_id: str, action: str, values: Json) -> Json:
        """Do *action* as *user_id*; return what the page needs besides the new view.

        Raises:
            PageActionError: It cannot be done.
        """
        user = self._workspace.team.users.get(user_id)
        if user is None or action not in self._actions:
            raise PageActionError("unknown_action")
        try:
            return await self._actions[action](user, values)
        except ApiError as problem:
            raise PageActionError(problem.code) from problem
        except (LookupError, ValueError) as problem:
            raise PageActionError(str(problem)) from problem

    async def _post(self, user: User, values: Json) -> Json:
        """Send typed text: a message, or a slash command if it begins with `/`."""
        text, channel = str(values["text"]), str(values["channel"])
        thread = str(values.get("thread") or "")
        if text.startswith("/"):
            if thread:
                raise PageActionError(COMMAND_IN_THREAD)
            command, _, rest = text.partition(" ")
            done = await self._workspace.command(user, channel, rest.strip(), command=command)
            return _outcome(done)
        files = [self._file(file) for file in values.get("files", [])]
        message = await self._workspace.post(
            channel, user, self._with_mentions(text), thread=thread or None, files=files
        )
        return {"ts": message.ts, "root": message.root}

    async def _edit(self, user: User, values: Json) -> Json:
        await self._workspace.edit(
            self._own(user, values), self._with_mentions(str(values["text"]))
        )
        return {}

    async def _delete(self, user: User, values: Json) -> Json:
        await self._workspace.delete(self._own(user, values))
        return {}

    async def _react(self, user: User, values: Json) -> Json:
        """Add a reaction, or remove the person's own."""
        message, name = self._message(values), str(values["name"])
        if user.id in message.reactions.get(name, []):
            await self._workspace.unreact(message, user, name)
        else:
            await self._workspace.react(message, user, name)
        return {}

    async def _click(self, user: User, values: Json) -> Json:
        place: SlackMessage | View = (
            self._view(values) if values.get("view") else self._message(values)
        )
        done = await self._workspace.click(
            place,
            user,
            str(values["action"]),
            value=str(values.get("value") or "") or None,
            block_id=str(values.get("block") or "") or None,
        )
        return _outcome(done)

    async def _shortcut(self, user: User, values: Json) -> Json:
        done = await self._workspace.shortcut(self._message(values), user, str(values["name"]))
        return _outcome(done)

    async def _submit(self, user: User, values: Json) -> Json:
        done = await self._workspace.submit_view(user, dict(values["values"]))
        answer = done.response if isinstance(done.response, Mapping) else {}
        return _outcome(done) | {"errors": answer.get("errors", {})}

    async def _close(self, user: User, _values: Json) -> Json:
        await self._workspace.close_view(user)
        return {}

    async def _home(self, user: User, values: Json) -> Json:
        await self._workspace.open_home(user, tab=str(values.get("tab", "home")))
        return {}

    async def _stop(self, user: User, values: Json) -> Json:
        await self._workspace.stop(self._message(values), user)
        return {}

    async def _fault(self, _user: User, values: Json) -> Json:
        times = min(max(int(values.get("times", 1)), 1), 100)
        self._workspace.faults.add(str(values["method"]), str(values["kind"]), times=times)
        return {}

    async def _mend(self, _user: User, _values: Json) -> Json:
        self._workspace.faults.clear()
        return {}

    async def _disconnect(self, _user: User, _values: Json) -> Json:
        self._workspace.cut_sockets()
        return {}

    async def _run_step(self, user: User, values: Json) -> Json:
        """Let a workflow come to a step of the app; with "nobody", one that runs by the clock."""
        inputs = {name: str(written) for name, written in values["inputs"].items() if written}
        person = None if values.get("nobody") else user
        run = await self._workspace.run_step(str(values["step"]), inputs, person=person)
        return {"run": run.id}

    def _message(self, values: Json) -> SlackMessage:
        channel, ts = str(values["channel"]), str(values["ts"])
        shown = [m for m in self._workspace.team.ephemerals if (m.channel, m.ts) == (channel, ts)]
        return shown[0] if shown else self._workspace.team.message(channel, ts)

    def _own(self, user: User, values: Json) -> SlackMessage:
        message = self._message(values)
        if message.user != user.id:
            raise PageActionError("not_yours")
        return message

    def _view(self, values: Json) -> View:
        return self._workspace.team.views[str(values["view"])]

    def _with_mentions(self, text: str) -> str:
        """Replace `@name` and `#name` by tokens, longest first; no space need follow them."""
        team = self._workspace.team
        names = {f"@{user.name}": f"<@{user.id}>" for user in team.users.values()}
        names |= {f"#{c.name}": f"<#{c.id}>" for c in team.channels.values() if c.name}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, names[name])
        return text

    def _file(self, file: Json) -> File:
        try:
            content = base64.b64decode(str(file["content"]), validate=True)
        except binascii.Error as error:
            raise PageActionError("bad_file") from error
        return self._workspace.add_file(str(file["name"]), content, str(file["type"]))


def _outcome(done: Interaction) -> Json:
    if done.error:
        raise PageActionError(done.error)
    return {}
