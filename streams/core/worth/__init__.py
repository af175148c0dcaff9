"""What a customer is worth: alive or not, purchases to come, their value, and their voice."""
