"""The pure core: events in, profiles and offers out; no clock, no randomness, no I/O."""
