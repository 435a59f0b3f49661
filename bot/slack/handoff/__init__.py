"""Handoffs in Slack: buttons, and messages to experts and to those who wait."""
