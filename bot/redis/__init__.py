"""Redis: the connection to it, and a server of our own where the team has none."""
