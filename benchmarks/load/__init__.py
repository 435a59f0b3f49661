"""What one processor, and what Slack's limits, let the bot answer."""
