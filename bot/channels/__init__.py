"""Settings of channels."""
