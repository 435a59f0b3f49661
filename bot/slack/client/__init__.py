"""Slack's Web API: calls, limits, texts, people and permissions."""
