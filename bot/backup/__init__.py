"""One file with everything that counts, and the way back."""
