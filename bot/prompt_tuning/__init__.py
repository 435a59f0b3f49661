"""Prompt tuning: a model writes prompts, and the cases decide."""
