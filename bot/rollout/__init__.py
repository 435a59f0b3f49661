"""Changes that are tried on past questions before they go live."""
