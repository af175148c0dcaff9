"""The kinds of event of each source topic, and the bounds of their fields."""
