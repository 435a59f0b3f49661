"""Analytics for operators: gaps, weekly metrics, status."""
