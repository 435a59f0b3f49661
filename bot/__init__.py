"""Kotae: a Slack bot that answers from a team's own documents, with checked citations."""
