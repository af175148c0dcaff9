"""Learns the population's parameters from events, offline; needs scipy, so no worker imports it."""
