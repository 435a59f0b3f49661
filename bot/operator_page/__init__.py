"""The operator's page: how the bot is doing, for whoever has its token."""
