"""Tools of other programs' MCP servers: allow-listed by name, for evidence that can be cited."""
