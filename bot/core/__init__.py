"""What everything else stands on: types, errors, serialization."""
