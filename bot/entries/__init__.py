"""What experts said, saved as knowledge."""
