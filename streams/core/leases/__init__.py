"""What all customers share: stock and budget of offers, capacity of channels, leased as tokens."""
