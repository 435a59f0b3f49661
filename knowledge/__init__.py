"""What the bot knows: sources are parsed, chunked, embedded, indexed and searched; no bot here."""
