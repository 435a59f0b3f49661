"""What the bot learns from people."""
