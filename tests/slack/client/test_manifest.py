"""The manifest asks for what the code needs, and for nothing else."""

from typing import Any

import pytest

from bot.slack.client.command_words import Command, mentioned_command
from bot.slack.client.manifest import (
    EVENTS,
    FILE_EVENTS,
    INSTALL_EVENTS,
    ORG_EVENTS,
    SCOPES,
    event_type,
    installable,
    manifest,
)
from bot.slack.client.slack_changes import CHANGE_EVENTS
from bot.slack.commands.shortcuts import ASK
from bot.slack.entries.forms import SAVE
from bot.slack.workflow_steps.definition import ASK_STEP


def test_without_an_address_the_app_uses_socket_mode() -> None:
    """No public address is needed then, and none must be named."""
    data = manifest("/kotae")

    assert data["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(data)


def test_with_an_address_everything_goes_to_one_path() -> None:
    """Events, commands and buttons share the path that the web application has."""
    data = manifest("/ask", "https://bot.example/")
    url = "https://bot.example/slack/events"

    assert data["settings"]["socket_mode_enabled"] is False
    assert data["settings"]["event_subscriptions"]["request_url"] == url
    assert data["settings"]["interactivity"]["request_url"] == url
    assert data["features"]["slash_commands"][0]["url"] == url
    assert data["features"]["slash_commands"][0]["command"] == "/ask"


@pytest.mark.parametrize(
    ("event", "scope"),
    [
        ("app_mention", "app_mentions:read"),
        ("message.channels", "channels:history"),
        ("message.groups", "groups:history"),
        ("message.im", "im:history"),
        ("message.mpim", "mpim:history"),
        ("reaction_added", "reactions:read"),
        ("reaction_removed", "reactions:read"),
        ("member_joined_channel", "channels:read"),
        ("member_joined_channel", "groups:read"),
        ("channel_shared", "channels:read"),
        ("group_rename", "groups:read"),
        ("subteam_members_changed", "usergroups:read"),
        ("file_deleted", "files:read"),
        ("user_change", "users:read"),
        ("team_join", "users:read"),
    ],
)
def test_every_event_has_the_scope_that_it_needs(event: str, scope: str) -> None:
    """Slack refuses a manifest that subscribes without the right to read."""
    assert event in EVENTS
    assert scope in SCOPES


def test_events_of_messages_arrive_under_one_type() -> None:
    """Bolt refuses listeners for `message.im`."""
    others = {*CHANGE_EVENTS, *FILE_EVENTS}
    assert {event_type(event) for event in EVENTS} - others == {
        "app_home_opened",
        "app_mention",
        "message",
        "reaction_added",
        "reaction_removed",
    }


def test_shortcuts_are_those_that_are_listened_to() -> None:
    """A shortcut that nothing answers looks broken."""
    offered = manifest("/kotae")["features"]["shortcuts"]

    assert {item["callback_id"] for item in offered} == {ASK, SAVE}
    assert all(len(item["name"]) <= 24 for item in offered)


def test_the_agent_view_can_be_left_out() -> None:
    """It needs a paid plan; its events and its scope go with it."""
    with_it, without = manifest("/kotae"), manifest("/kotae", agent=False)

    assert "agent_view" in with_it["features"]
    assert "agent_view" not in without["features"]
    assert "agent_session_stopped" in with_it["settings"]["event_subscriptions"]["bot_events"]
    assert set(without["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert set(without["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


def test_canvases_are_asked_for_where_channels_are_a_source() -> None:
    """Nobody else's canvases are any business of the bot."""
    with_it, without = manifest("/kotae", canvases=True), manifest("/kotae")

    assert "canvases:read" in with_it["oauth_config"]["scopes"]["bot"]
    assert "canvases:read" not in without["oauth_config"]["scopes"]["bot"]


def test_what_can_you_do_is_answered_with_help() -> None:
    """It is what the agent view suggests, and no document answers it."""
    prompts = manifest("/kotae")["features"]["agent_view"]["suggested_prompts"]

    for prompt in prompts:
        assert mentioned_command(prompt["message"]) == Command("help")


def test_slackbot_can_call_the_mcp_server() -> None:
    """It is named with its scope, and only where there is one; people are named by Slack."""
    with_it, without = manifest("/kotae", mcp_url="https://kotae.example/mcp"), manifest("/kotae")

    assert with_it["mcp_servers"] == {
        "kotae": {"url": "https://kotae.example/mcp", "auth_type": "slack_identity_auth"}
    }
    assert "mcp:connect" in with_it["oauth_config"]["scopes"]["bot"]
    assert "mcp_servers" not in without
    assert "mcp:connect" not in without["oauth_config"]["scopes"]["bot"]


def test_workflows_get_a_step_where_it_is_wanted() -> None:
    """Slack takes it only from an app that may be deployed to an organization; it asks no scope."""
    with_it, without = manifest("/kotae", workflow_step=True, name="人事ヘルプ"), manifest("/kotae")
    step = with_it["functions"][ASK_STEP]

    assert step["title"] == "Ask 人事ヘルプ"
    assert step["input_parameters"]["required"] == ["question"]
    assert step["input_parameters"]["properties"]["person"]["type"] == "slack#/types/user_context"
    assert with_it["settings"]["org_deploy_enabled"] is True
    assert with_it["settings"]["function_runtime"] == "remote"
    assert "function_executed" in with_it["settings"]["event_subscriptions"]["bot_events"]
    assert with_it["oauth_config"] == without["oauth_config"]
    assert "functions" not in without
    assert without["settings"]["org_deploy_enabled"] is False


def test_a_name_is_shown_and_its_handle_is_one_that_slack_takes() -> None:
    """The app may be called after what it does, in any script."""
    english, japanese = manifest("/ask", name="HR Helper"), manifest("/ask", name="人事ヘルプ")

    assert english["display_information"]["name"] == "HR Helper"
    assert english["features"]["bot_user"]["display_name"] == "hr-helper"
    assert japanese["display_information"]["name"] == "人事ヘルプ"
    assert japanese["features"]["bot_user"]["display_name"] == "kotae"
    names = [item["name"] for item in english["features"]["shortcuts"]]
    assert all(len(name) <= 24 for name in names)


def test_one_workspace_needs_nothing_of_oauth() -> None:
    data = manifest("/kotae", "https://bot.example/")

    assert "redirect_urls" not in data["oauth_config"]
    assert data["settings"]["token_rotation_enabled"] is False
    assert data["settings"]["org_deploy_enabled"] is False
    assert not {*INSTALL_EVENTS, *ORG_EVENTS} & set(_events(data))


@pytest.mark.parametrize("org", [False, True])
def test_an_app_for_several_workspaces_hears_where_it_is_removed(*, org: bool) -> None:
    """Its tokens expire; an organisation says besides which workspaces it gives."""
    plain = manifest("/kotae", "https://bot.example")

    data = installable(plain, "https://bot.example/", org=org)

    assert data["oauth_config"]["redirect_urls"] == ["https://bot.example/slack/oauth_redirect"]
    assert data["oauth_config"]["scopes"] == plain["oauth_config"]["scopes"]
    assert data["settings"]["token_rotation_enabled"] is True
    assert data["settings"]["org_deploy_enabled"] is org
    more = {*INSTALL_EVENTS, *(ORG_EVENTS if org else ())}
    assert set(_events(data)) == {*_events(plain), *more}


def _events(data: dict[str, Any]) -> list[str]:
    events: list[str] = data["settings"]["event_subscriptions"]["bot_events"]
    return events
