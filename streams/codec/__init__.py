"""Bytes to core values and back; the only place that knows a wire format."""
