"""The rows of limits in the changelog, as of one moment though all partitions move on."""

from collections.abc import Iterable
from typing import cast

import pytest

from streams.cli.limits import settled
from streams.cli.limits_reading import Tables
from streams.cli.reading import Reader, Record
from streams.codec.catalogue import load_policy
from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.fold_policy import UTC_ZONE
from streams.core.leases.saying import KNOWN_KEY, Said, Verb, lease_key
from tests.cli.limited import PARTITIONS, STOCK, Rows, catalogue, net_of, rows_of

CHANGELOG = Settings().changelog_topic
FILES = {"offers.yaml": catalogue()}


class Log:
    """Partitions of a changelog that grow while their ends are asked for."""

    def __init__(self, *growing: Rows) -> None:
        """Have `growing` one after the other, the first of them from the start."""
        self._growing = [*growing]
        self.records_held: list[Record] = []

    def bounds(self, _topics: list[str]) -> dict[tuple[str, int], tuple[int, int]]:
        """The ends as they are now."""
        for partition, key, value in self._growing.pop(0) if self._growing else ():
            offset = self._end(partition)
            one = Record(CHANGELOG, partition, offset, key, value, [], 0)
            self.records_held.append(one)
        return {(CHANGELOG, number): (0, self._end(number)) for number in range(PARTITIONS)}

    def records(self, bounds: dict[tuple[str, int], tuple[int, int]]) -> Iterable[Record]:
        """Those inside."""
        for one in self.records_held:
            low, high = bounds[one.topic, one.partition]
            if low <= one.offset < high:
                yield one

    def _end(self, partition: int) -> int:
        return sum(one.partition == partition for one in self.records_held)


def grown(*growing: Rows) -> Tables:
    """Tables that were read as the log grew."""
    tables = Tables(cast("Reader", Log(*growing)), Settings())
    tables.read()
    return tables


def test_a_home_that_grants_meanwhile_is_noticed() -> None:
    """Whenever it did: before the rows that are kept, or after; read again, it stands still."""
    net = net_of(STOCK)
    before, key = list(rows_of(net)), lease_key(STOCK.name)
    lease = net.lease(net.home.number)
    lease.out[0][0] = lease.out[0].get(0, 0) + 1
    grant = [(net.home.number, key, encode_row(lease))]

    early, late = grown(before, grant), grown(before, [], grant)
    still, take = grown(before), grown([*before, *grant], grant, grant)

    assert (early.moved, late.moved) == ({key}, {key})
    assert (still.moved, take.moved) == (set(), set())
    assert early.parts[net.home.number].read(key).out == lease.out
    assert late.parts[net.home.number].read(key).out != lease.out
    late.read()
    assert late.parts[net.home.number].read(key).out == lease.out
    assert late.moved == set()


def test_it_is_read_again_until_nothing_moves() -> None:
    """A grant between the first and the last look at the ends; at the next, nothing did."""
    net = net_of(STOCK)
    before, lease = list(rows_of(net)), net.lease(net.home.number)
    leased = sum(lease.out[0].values())
    lease.out[0][0] += 1
    tables = grown(before, [], [(net.home.number, lease_key(STOCK.name), encode_row(lease))])

    found, moving = settled(tables, Settings(), load_policy(FILES, lateness_max_ms=0), [STOCK])

    assert moving == []
    assert (found[0].leased, found[0].on_its_way) == (leased + 1, 1)


def test_who_looks_writes_nothing() -> None:
    """A desk of a command cannot take, ask or tell."""
    net = net_of(STOCK)
    (desk, *_) = grown(rows_of(net)).desks(net.sides[0].desk().limits, UTC_ZONE)

    with pytest.raises(AssertionError):
        desk.take(STOCK, 0, net.now_ms)
    with pytest.raises(AssertionError):
        desk.rows.remove(KNOWN_KEY)
    with pytest.raises(AssertionError):
        desk.hear(Said(verb=Verb.ASK, name=STOCK.name, sender=0, window=0, tokens=1), 0)
