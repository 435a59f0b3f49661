"""The credentials of the bot in Slack, and its identity there."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SlackCredentials:
    """The credentials of an installed app.

    Attributes:
        bot_token: `xoxb-…`, for the Web API.
        app_token: `xapp-…`, for Socket Mode, or "".
        signing_secret: Proves that an HTTP request is Slack's, or "" in Socket Mode.
        api_url: Base address of the Web API.
        command: The slash command, such as `/kotae`.
        team: Id of the workspace that the token must belong to; "" for whichever it does.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    command: str = "/kotae"
    team: str = ""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who the bot token belongs to, as `auth.test` tells.

    Attributes:
        team: Id of the workspace, `T…`.
        enterprise: Id of the Enterprise Grid organisation, or "".
        user: The bot's user id, `U…`: what people mention.
        bot: The bot's bot id, `B…`: what its messages carry.
        org_wide: The token is one of the whole organisation.
        apart: Other workspaces of the organisation may have bots of their own here, so that only
            people of this very workspace are its members.
    """

    team: str
    user: str
    bot: str = ""
    enterprise: str = ""
    org_wide: bool = False
    apart: bool = False
