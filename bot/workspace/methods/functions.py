"""`functions.*`: the outcome of a workflow's step, which the app reports.

https://docs.slack.dev/reference/methods/functions.completeSuccess
"""

from collections.abc import Callable, Mapping

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.state import Json, StepExecution
from bot.workspace.team import Team


def complete_success(team: Team, arguments: Arguments) -> Json:
    """End a step with outputs that fit its definition; the workflow goes on."""
    execution = _running(team, arguments)
    told = arguments.object("outputs", "invalid_arguments")
    if told is None:
        raise ApiError.arguments("missing required field: outputs")
    if problems := [*_problems(execution.definition, told)]:
        raise ApiError("parameter_validation_failed", response_metadata={"messages": problems})
    execution.status, execution.outputs = "completed", told
    team.changes.ring()
    return {}


def complete_error(team: Team, arguments: Arguments) -> Json:
    """End a step with an error, which people see; the workflow ends."""
    execution = _running(team, arguments)
    execution.status, execution.error = "failed", arguments.required("error")
    team.changes.ring()
    return {}


def _running(team: Team, arguments: Arguments) -> StepExecution:
    found = team.executions.get(arguments.required("function_execution_id"))
    if found is None:
        raise ApiError("function_execution_not_found")
    if found.status != "running":
        raise ApiError("execution_not_in_running_state")
    return found


def _problems(definition: Json, told: Json) -> list[str]:
    """Return what is wrong with outputs; Slack does not say in which words."""
    schema: Mapping[str, Json] = definition["output_parameters"]["properties"]
    required = definition["output_parameters"]["required"]
    missing = [f"missing required output: {name}" for name in required if name not in told]
    unknown = [f"unknown output: {name}" for name in told if name not in schema]
    wrong = [
        f"not of the type {schema[name]['type']}: {name}"
        for name, value in told.items()
        if name in schema and not _TYPES[schema[name]["type"]](value)
    ]
    return [*missing, *unknown, *wrong]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_rich_text(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "rich_text" and "elements" in value


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "string": _is_text,
    "slack#/types/rich_text": _is_rich_text,
}
METHODS = (
    Method("functions.completeSuccess", complete_success, 3),
    Method("functions.completeError", complete_error, 3),
)
