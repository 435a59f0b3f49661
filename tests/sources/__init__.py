"""Large checks of the sources: `python -m tests.sources`."""
