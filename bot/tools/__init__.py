"""The tools of the agent, one per file. All of them only read."""
