"""The agent: reasons, uses tools, and answers only what its evidence supports."""
