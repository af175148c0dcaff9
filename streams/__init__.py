"""Real-time next best offers on Kafka; importing this package starts nothing."""
