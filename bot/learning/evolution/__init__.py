"""Prompt evolution: tries other prompts on a team's own cases, and says what that has gained."""
