"""How prompts are improved: each file is one `Optimiser`."""
