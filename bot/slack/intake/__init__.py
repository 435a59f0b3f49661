"""Receives what Slack sends, decides whether it is for the bot, and stores it."""
