"""Faust on librdkafka, exactly once; knows no word of the domain."""
