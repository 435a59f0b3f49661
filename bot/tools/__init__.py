"""What the agent can do, one tool per file. All of them only read."""
