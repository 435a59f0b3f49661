"""The one place that knows all names: it builds the program."""
