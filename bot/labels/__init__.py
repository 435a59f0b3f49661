"""What people said of single answers."""
