"""Automatic answers in Slack: what is heard in channels, and the button under an answer."""
