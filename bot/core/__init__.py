"""Types, errors and serialization that every feature uses."""
