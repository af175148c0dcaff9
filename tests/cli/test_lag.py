"""The rows of `streams lag`, from what the broker and the group say."""

from streams.cli.lag import Row, as_json, rows_of
from streams.config import Settings
from streams.kafka.group import Member

POS = "pos.transaction.v1"
ANN = Member(name="ann", host="127.0.0.1", port=6066, places=frozenset({(POS, 0)}))


def row(*, committed: int | None, start: int, end: int, partition: int = 0) -> Row:
    """Return the row of one partition of which partition 0 belongs to Ann."""
    place = (POS, partition)
    held = {} if committed is None else {place: committed}
    rows = rows_of([place], committed=held, starts={place: start}, ends={place: end}, members=[ANN])
    return rows[0]


def test_lag_is_log_end_minus_committed() -> None:
    """Ten records and three folded leave seven."""
    assert row(committed=3, start=0, end=10).lag == 7


def test_partition_never_committed_lags_from_its_first_record() -> None:
    """A new application has all of the log before it, but not what retention deleted."""
    assert row(committed=None, start=4, end=10) == Row(POS, 0, None, 10, 6, "ann")


def test_records_deleted_by_retention_are_not_lag() -> None:
    """They cannot be read any more: they are lost, not waiting."""
    assert row(committed=3, start=8, end=10).lag == 2


def test_lag_is_never_negative() -> None:
    """A commit may overtake the answer about the log end."""
    assert row(committed=12, start=0, end=10).lag == 0


def test_partition_of_nobody_has_no_owner() -> None:
    """Ann works on partition 0 alone."""
    assert row(committed=0, start=0, end=0, partition=1).owner is None


def test_json_has_the_total() -> None:
    """A machine asks for one number first."""
    rows = [row(committed=3, start=0, end=10), row(committed=9, start=0, end=10)]

    assert as_json(Settings(application_id="shop"), rows)["lag"] == 8
    assert as_json(Settings(application_id="shop"), rows)["group"] == "shop"
