"""Handoffs in Slack: whom to tag, what to show."""
