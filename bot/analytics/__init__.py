"""What operators look at: gaps, weeks, status."""
