"""What POP3 means over the one mail model."""
