"""How well the bot answers without a model."""
