"""Recognition: which identifiers are one person, by evidence in the stream; links can be undone."""
