"""What was answered, and what people said of it."""
