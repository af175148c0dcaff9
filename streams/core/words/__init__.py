"""What words tell: sentiment, topics, entities, values; over a lexicon that is handed in."""
