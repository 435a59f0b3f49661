"""The step of Slack's Workflow Builder that asks a question."""
