"""The partitioner agrees with the Java client; librdkafka's is compared on real Kafka."""

import time

import pytest

from streams.kafka.partitioner import murmur2, partition_for


# Source: org.apache.kafka.common.utils.UtilsTest.testMurmur2 of Apache Kafka.
@pytest.mark.parametrize(
    ("key", "java"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_hash_is_the_java_clients(key: bytes, java: int) -> None:
    """The vectors that Apache Kafka's own tests publish, as signed numbers."""
    assert murmur2(key) == java % 2**32


def test_partition_of_a_negative_hash_is_as_in_java() -> None:
    """Java clears the sign bit: -790332482 becomes 1357151166, not 790332482."""
    assert partition_for(b"foobar", 1000) == 166


def test_hash_of_a_key_is_fast() -> None:
    """A key of 20 bytes takes at most 5 us, with room for a busy machine."""
    started = time.process_time()
    hashes = [murmur2(b"customer:%011d" % number) for number in range(10_000)]
    spent_us = (time.process_time() - started) * 1e6 / len(hashes)

    assert len(set(hashes)) > 9_990
    assert spent_us < 15
