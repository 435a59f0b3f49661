"""What people have said about the use of their words."""
