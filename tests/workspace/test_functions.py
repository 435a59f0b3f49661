"""A step of a workflow ends once, with outputs that fit its definition."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import StepExecution, Workspace
from tests.support.small_team import People, refused

STEP = {
    "input_parameters": {
        "properties": {"who": {"name": "who", "type": "slack#/types/user_context"}},
        "required": [],
    },
    "output_parameters": {
        "properties": {
            "text": {"name": "text", "type": "string"},
            "rich": {"name": "rich", "type": "slack#/types/rich_text"},
        },
        "required": ["text"],
    },
}


async def running(workspace: Workspace, people: People) -> StepExecution:
    workspace.add_steps({"ask": STEP})
    return await workspace.run_step("ask", {"text": "?"}, person=people.hanako)


async def test_the_event_names_who_has_acted(workspace: Workspace, people: People) -> None:
    """By an id and a secret; nobody can write these by hand."""
    execution = await running(workspace, people)
    event = workspace.deliveries[-1].event

    assert event["type"] == "function_executed"
    assert event["function_execution_id"] == execution.id
    assert event["inputs"]["text"] == "?"
    assert event["inputs"]["who"]["id"] == people.hanako.id
    assert event["inputs"]["who"]["secret"]


async def test_a_step_ends_once(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Whatever it is told afterwards."""
    execution = await running(workspace, people)
    run, told = execution.id, {"text": "10日"}
    await client.functions_completeSuccess(function_execution_id=run, outputs=told)

    async with refused("execution_not_in_running_state"):
        await client.functions_completeSuccess(function_execution_id=run, outputs=told)
    async with refused("execution_not_in_running_state"):
        await client.functions_completeError(function_execution_id=run, error="x")
    assert (execution.status, execution.outputs) == ("completed", {"text": "10日"})


@pytest.mark.parametrize(
    "outputs", [{}, {"text": 7}, {"text": "", "rich": "text"}, {"text": "", "more": ""}]
)
async def test_outputs_fit_their_definition(
    workspace: Workspace, client: AsyncWebClient, people: People, outputs: dict[str, object]
) -> None:
    """The step goes on running, so that others can be sent."""
    execution = await running(workspace, people)
    async with refused("parameter_validation_failed"):
        await client.functions_completeSuccess(function_execution_id=execution.id, outputs=outputs)

    assert execution.status == "running"


async def test_a_run_that_never_was_is_not_found(client: AsyncWebClient) -> None:
    """Nor is one of another app."""
    async with refused("function_execution_not_found"):
        await client.functions_completeError(function_execution_id="Fx0", error="x")
