"""Each check of the fault tests finds the one thing it is there for; no broker needed."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.integration.checks import (
    counts,
    coverage,
    dead_letters,
    outputs,
    positions,
    sequences,
    stores,
    table,
    timers,
    verify,
)
from tests.integration.kept import Fired, Kept, Ledger, Output, Run, Store
from tests.integration.reading import Logged
from tests.worker.exact_run import (
    ANN,
    BOB,
    CLICK,
    ENVELOPE,
    EXPECTED,
    FORWARD,
    KEPT,
    LAST,
    LETTER,
    LETTER_HEADERS,
    POS,
    changelog_of,
    changelog_row,
    ledger_of,
    offer_record,
    offer_value,
)


def _with_ledgers(first: Ledger, last: Ledger) -> Kept:
    return replace(KEPT, changelog=changelog_of(first, last))


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """The checks are silent on a perfect run; otherwise the tests below would prove nothing."""
    verify(KEPT, EXPECTED)


def test_verify_names_the_broken_guarantee() -> None:
    """A failure says which guarantee, which place and which subject."""
    kept = replace(KEPT, outputs=KEPT.outputs[:1])

    with pytest.raises(AssertionError, match=r"G3 .*\n.*customer:ann offer_id o2 is missing"):
        verify(kept, EXPECTED)


def test_a_record_in_no_run_is_lost() -> None:
    """A lost record is named by topic, partition, offset and subject."""
    last = msgspec.structs.replace(LAST, runs=[Run(POS, 0, 1), Run(CLICK, 2, 3)])

    (problem,) = coverage(_with_ledgers(ledger_of(), last))

    assert problem == "pos.transaction.v1/0@1 (customer:bob) was never folded"


def test_a_unit_that_is_missing_is_found() -> None:
    """Without its reserved row, a unit's records count as lost."""
    kept = replace(KEPT, changelog=KEPT.changelog[2:])

    assert len(coverage(kept)) == 2


def test_a_record_in_two_runs_was_folded_twice() -> None:
    """An overlap of runs is named by its offsets and by the second unit."""
    last = msgspec.structs.replace(LAST, runs=[Run(POS, 0, 2), Run(CLICK, 1, 3)])

    (problem,) = coverage(_with_ledgers(ledger_of(), last))

    assert "offsets 1..1 were folded twice" in problem


def test_a_unit_committed_twice_is_found() -> None:
    """The same runs in two units are an overlap, as after a lost commit answer."""
    kept = replace(KEPT, changelog=[*KEPT.changelog, KEPT.changelog[-1]._replace(offset=8)])

    assert len(coverage(kept)) == 2


def test_a_gap_that_holds_no_record_is_not_a_loss() -> None:
    """Transaction markers and aborted records leave holes in the offsets of the forward topic."""
    forward = Logged(FORWARD, 0, 7, ANN, b"{}", ENVELOPE, 5)
    last = msgspec.structs.replace(LAST, runs=[*LAST.runs, Run(FORWARD, 7, 8)])
    kept = replace(_with_ledgers(ledger_of(), last), sources=[*KEPT.sources, forward])

    assert coverage(kept) == []


def test_a_record_taken_by_retention_must_not_be_in_a_run() -> None:
    """What counts as lost to retention was not folded, and the other way round."""
    kept = replace(KEPT, lost=frozenset({(CLICK, 0, 0)}))

    (problem,) = coverage(kept)

    assert "deleted by retention, yet it is in a run" in problem


def test_a_miscounted_outcome_is_found() -> None:
    """Totals differ from the oracle's even when their sum is right."""
    wrong = {f"{CLICK}|applied": 3, f"{POS}|applied": 2}
    last = msgspec.structs.replace(LAST, counts=wrong)

    (problem,) = counts(_with_ledgers(ledger_of(), last), EXPECTED)

    assert "partition 0: counted" in problem


def test_a_unit_that_counts_more_than_it_folded_is_found() -> None:
    """In = applied + duplicate + late + dead-lettered + forwarded holds in every unit."""
    first = ledger_of(counts={f"{CLICK}|applied": 3})

    problems = counts(_with_ledgers(first, LAST), EXPECTED)

    assert problems[0].endswith("2 records of clickstream.event.v1 in, 3 counted")
    assert problems[1].endswith("1 records of clickstream.event.v1 in, 0 counted")


def test_records_lost_to_retention_are_counted() -> None:
    """The reserved row counts exactly what retention took."""
    last = msgspec.structs.replace(LAST, counts=LAST.counts | {f"{POS}|lost": 2})

    (problem,) = counts(_with_ledgers(ledger_of(), last), EXPECTED)

    assert problem == "partition 0: counted 2 lost, retention took 0"


def test_group_offsets_that_differ_from_the_reserved_row_are_found() -> None:
    """Both are written by one transaction, so they can never differ."""
    kept = replace(KEPT, committed={(CLICK, 0): 3, (POS, 0): 1})

    assert positions(kept) == [
        "pos.transaction.v1/0: the group committed 1, the last reserved row says 2"
    ]


def test_a_position_that_is_not_the_end_of_its_runs_is_found() -> None:
    """A reserved row whose position runs ahead of its runs hides a loss."""
    kept = _with_ledgers(ledger_of(positions={CLICK: 9}), LAST)

    (problem,) = positions(kept)

    assert "position of clickstream.event.v1 is 9, its runs end at 2" in problem


def test_a_changed_row_is_found() -> None:
    """The changelog's latest rows equal the oracle's byte for byte."""
    kept = replace(KEPT, changelog=[*KEPT.changelog, changelog_row(9, BOB, b"BOB")])

    assert table(kept, EXPECTED) == [
        "changelog/0: row customer:bob differs: at 2: b'BOB' expected b'bob'"
    ]


def test_a_row_erased_or_missing_is_found() -> None:
    """A tombstone that the oracle does not know is a lost profile."""
    kept = replace(KEPT, changelog=[*KEPT.changelog, changelog_row(9, BOB, None)])

    assert table(kept, EXPECTED) == [
        "changelog/0: row customer:bob differs: at 0: None expected b'bob'"
    ]


def test_a_store_that_differs_is_found() -> None:
    """RocksDB of a stopped worker equals the oracle's rows byte for byte."""
    kept = replace(KEPT, stores=[Store("worker-1", 0, LAST, {ANN: b"ann 1", BOB: b"bob"})])

    (problem,) = stores(kept, EXPECTED)

    assert problem == (
        "store p0 of worker-1: row customer:ann differs: at 6: b'ann 1' expected b'ann 2'"
    )


def test_a_table_behind_the_last_commit_is_found() -> None:
    """After an orderly end one store stands at the last committed unit."""
    kept = replace(KEPT, stores=[Store("worker-1", 0, ledger_of(), {ANN: b"ann 1"})])

    assert stores(kept, EXPECTED) == ["partition 0: no store is at the last committed unit"]


def test_a_timer_that_fired_twice_is_found() -> None:
    """In two units, after a kill that forgot the first; a row that only moved is none."""
    moved, fired = Fired(0, "ann", 3, "", 0, 5), Fired(1, "ann", 4, "tea", 4, 5)
    kept = _with_ledgers(
        ledger_of(fired=[moved, fired]), msgspec.structs.replace(LAST, fired=[moved, fired])
    )

    assert timers(kept) == ["('ann', 'tea', 4) fired 2 times"]


def test_a_doubled_offer_is_found() -> None:
    """Every offer id is there once."""
    kept = replace(KEPT, outputs=[*KEPT.outputs, offer_record(5, offer_value(2))])

    assert outputs(kept, EXPECTED) == [
        "('offer.web.v1', 0): customer:ann offer_id o2 is too often: 2 times, the oracle 1"
    ]


def test_an_offer_with_another_payload_is_found() -> None:
    """An id has one payload."""
    kept = replace(KEPT, outputs=[KEPT.outputs[0], offer_record(2, offer_value(2, pitch="coffee"))])

    (problem,) = outputs(kept, EXPECTED)

    assert "customer:ann offer_id o2 differs" in problem
    assert "coffee" in problem


def test_an_offer_nobody_decided_is_found() -> None:
    """An id that the oracle does not know is one too many."""
    kept = replace(KEPT, outputs=[*KEPT.outputs, offer_record(5, offer_value(3))])

    (problem,) = outputs(kept, EXPECTED)

    assert "o3 is too often: 1 times, the oracle 0" in problem


def test_a_lost_forward_is_found() -> None:
    """What was forwarded lies in the forward topic once."""
    wanted = {**EXPECTED.outputs, (FORWARD, 1): [Output(BOB, b"{}", ENVELOPE)]}

    (problem,) = outputs(KEPT, replace(EXPECTED, outputs=wanted))

    assert problem == (
        "('identity.forward.v1', 1): customer:bob event e is missing: 0 times, the oracle 1"
    )


def test_offers_in_another_order_are_found() -> None:
    """Order within a partition is the order of the folds."""
    swapped = [offer_record(0, offer_value(2)), offer_record(2, offer_value(1))]

    (problem,) = outputs(replace(KEPT, outputs=swapped), EXPECTED)

    assert "order differs from record 0 on" in problem


def test_a_sequence_that_falls_is_found() -> None:
    """A channel system may rely on rising sequences alone."""
    swapped = [offer_record(0, offer_value(2)), offer_record(2, offer_value(1))]

    assert sequences(replace(KEPT, outputs=swapped)) == [
        "offer.web.v1/0@2 (customer:ann): sequence 1 after 2"
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"value": b"{}"}, "value is"),
        ({"key": ANN}, "key is"),
        ({"topic": "social.activity.v1.dlq"}, "topic is"),
        ({"headers": LETTER_HEADERS[1:]}, "headers is"),
        ({"headers": (*ENVELOPE, ("dlq_reason", b"key"), *LETTER_HEADERS[2:])}, "reason is"),
    ],
)
def test_a_changed_dead_letter_is_found(change: dict[str, Any], what: str) -> None:
    """A dead letter keeps the original bytes, key and headers, and says why."""
    kept = replace(KEPT, dead_letters=[LETTER._replace(**change)])

    (problem,) = dead_letters(kept, EXPECTED)

    assert what in problem


def test_a_missing_and_a_doubled_dead_letter_are_found() -> None:
    """Every unusable record has one dead letter."""
    missing = dead_letters(replace(KEPT, dead_letters=[]), EXPECTED)
    doubled = dead_letters(replace(KEPT, dead_letters=[LETTER, LETTER]), EXPECTED)

    assert missing == ["('pos.transaction.v1', 0, 1): dead-lettered 0 times, the oracle 1"]
    assert doubled == ["('pos.transaction.v1', 0, 1): dead-lettered 2 times, the oracle 1"]


def test_a_dead_letter_of_a_good_record_is_found() -> None:
    """A record that the oracle folds must not be among the dead letters."""
    headers = (*LETTER_HEADERS[:-1], ("dlq_offset", b"0"))
    kept = replace(KEPT, dead_letters=[LETTER, LETTER._replace(headers=headers, value=b"{}")])

    problems = dead_letters(kept, EXPECTED)

    assert problems[-1] == "('pos.transaction.v1', 0, 0): dead-lettered 1 times, the oracle 0"
