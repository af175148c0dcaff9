"""The genome: what a profile means, worked out on read; pure functions to small values."""
