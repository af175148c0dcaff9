"""The partition of a key, as the Java client and librdkafka's `murmur2_random` choose it.

Source: org.apache.kafka.common.utils.Utils.murmur2 and
org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey of Apache Kafka 4.3.
"""

import struct
from functools import lru_cache

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
WORD = 0xFFFFFFFF
POSITIVE = 0x7FFFFFFF


def partition_for(key: bytes, partitions: int) -> int:
    """Return the partition that every client of ours writes `key` to, 0..partitions-1."""
    return (murmur2(key) & POSITIVE) % partitions


def murmur2(data: bytes) -> int:
    """Return the 32-bit murmur2 hash of `data` as an unsigned number; Java's is the signed one."""
    length = len(data)
    words = length >> 2
    value = SEED ^ length
    for word in _words(words).unpack_from(data):
        mixed = (word * MULTIPLIER) & WORD
        mixed = ((mixed ^ (mixed >> 24)) * MULTIPLIER) & WORD
        value = ((value * MULTIPLIER) & WORD) ^ mixed
    rest = length & 3
    if rest:
        value ^= int.from_bytes(data[-rest:], "little")
        value = (value * MULTIPLIER) & WORD
    value = ((value ^ (value >> 13)) * MULTIPLIER) & WORD
    return value ^ (value >> 15)


@lru_cache(maxsize=64)  # keys are at most 213 characters
def _words(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I")
