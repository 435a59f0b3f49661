"""From sources to a published index version."""
