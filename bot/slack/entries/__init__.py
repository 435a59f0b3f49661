"""Saved entries in Slack: forms, buttons and jobs."""
