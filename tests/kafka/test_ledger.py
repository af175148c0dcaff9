"""The reserved rows: fold order, counts, and formats of other releases."""

import pytest

from streams.core.errors import ProfileVersionError
from streams.kafka.ledger import (
    Checkpoint,
    Ledger,
    decode_checkpoint,
    decode_ledger,
    encode,
)

CHECKPOINT = Checkpoint(cluster_id="c", changelog_topic_id="t", position=7, written_ms=1)


def test_runs_keep_the_fold_order_and_join_neighbours() -> None:
    """Chunks of one topic in a row become one run; another topic in between does not."""
    ledger = Ledger()
    ledger.advance("a", 0, 10)
    ledger.advance("a", 10, 15)
    ledger.advance("b", 0, 5)
    ledger.advance("a", 15, 20)

    assert ledger.runs == [("a", 0, 15), ("b", 0, 5), ("a", 15, 20)]
    assert ledger.positions == {"a": 20, "b": 5}


def test_a_gap_of_offsets_begins_a_new_run() -> None:
    """Transaction markers take offsets nobody folds: a run never claims them."""
    ledger = Ledger()
    ledger.advance("a", 0, 10)
    ledger.advance("a", 11, 12)

    assert ledger.runs == [("a", 0, 10), ("a", 11, 12)]


def test_counts_add_up_by_topic_and_outcome() -> None:
    """Totals since the beginning, for G1."""
    ledger = Ledger()
    ledger.count("a", "applied", 3)
    ledger.count("a", "applied", 4)
    ledger.count("a", "late", 1)

    assert ledger.counts == {"a|applied": 7, "a|late": 1}


def test_ledger_survives_its_bytes() -> None:
    """What is committed is what the next owner reads."""
    ledger = Ledger(cluster_id="c", clock_ms=5, folded=9, topic_ids={"a": "x"})
    ledger.advance("a", 0, 10)

    assert decode_ledger(encode(ledger)) == ledger


@pytest.mark.parametrize("data", [b"\xff", b'{"format": 99}', b'{"positions": 3}'])
def test_ledger_of_another_format_stops_the_start(data: bytes) -> None:
    """Guessing at positions would lose events."""
    with pytest.raises(ProfileVersionError, match="ledger row"):
        decode_ledger(data)


def test_unreadable_checkpoint_counts_as_none() -> None:
    """The store is then rebuilt from the changelog, which is always right."""
    assert decode_checkpoint(b"{") is None
    assert decode_checkpoint(None) is None
    assert decode_checkpoint(encode(CHECKPOINT)) == CHECKPOINT


def test_what_fires_between_two_chunks_parts_their_run() -> None:
    """Else nobody could tell what was folded before it."""
    ledger = Ledger()
    ledger.advance("a", 0, 10)
    ledger.fire("customer:1", 5, "tea", 5)
    ledger.advance("a", 10, 15)
    ledger.advance("a", 15, 20)

    assert ledger.runs == [("a", 0, 10), ("a", 10, 20)]
    assert [one.runs for one in ledger.fired] == [1]


def test_a_new_unit_begins_without_the_runs_of_the_last() -> None:
    """Positions and totals go on."""
    ledger = Ledger()
    ledger.advance("a", 0, 10)
    ledger.fire("customer:1", 5, "tea", 5)

    ledger.begin_unit()

    assert (ledger.runs, ledger.fired, ledger.positions) == ([], [], {"a": 10})


def test_a_ledger_from_before_there_were_timers_decodes() -> None:
    """Golden bytes of an earlier release."""
    ledger = decode_ledger(b'{"format":1,"positions":{"a":5},"runs":[["a",0,5]],"clock_ms":7}')

    assert (ledger.positions, ledger.clock_ms, ledger.fired) == ({"a": 5}, 7, [])
