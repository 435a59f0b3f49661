"""The only place that knows Slack."""
