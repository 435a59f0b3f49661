"""Settings from the environment, and changes that were promoted."""
