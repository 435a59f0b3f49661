"""The MCP server: other programs ask the team's documents with the rights of their user."""
