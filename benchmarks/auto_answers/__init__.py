"""A month of made-up talk in two channels, and what the bot says into it."""
