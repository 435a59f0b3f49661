"""The connection to Redis, and our own server for teams that have none."""
