"""Input for demos, tests and benchmarks: real receipts, seeded simulated events, and their feed."""
