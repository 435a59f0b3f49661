"""What answers may cost a day."""
