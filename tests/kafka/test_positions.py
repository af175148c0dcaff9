"""Where a takeover goes on, from what the group and the table know."""

import pytest

from streams.core.errors import ConfigError
from streams.kafka.positions import Found, starts


def found(committed: int | None, row: int | None, **more: int | bool) -> Found:
    """One source partition with a log from 0 to 100 unless told otherwise."""
    values = {"low": 0, "high": 100, "recreated": False, **more}
    return Found(
        topic="pos.transaction.v1",
        committed=committed,
        row=row,
        low=int(values["low"]),
        high=int(values["high"]),
        recreated=bool(values["recreated"]),
    )


def start(one: Found, *, accept_reset: bool = False, compare: bool = True) -> tuple[int, int]:
    """(offset, lost) of one source partition."""
    return starts([one], partition=3, accept_reset=accept_reset, compare=compare)[one.topic]


@pytest.mark.parametrize(
    ("committed", "row", "expected"),
    [(40, 40, 40), (None, 40, 40), (None, None, 0)],
    ids=["both agree", "group offsets expired", "new application"],
)
def test_start_when_the_witnesses_do_not_contradict(
    committed: int | None, row: int | None, expected: int
) -> None:
    """Agreement goes on; a silent group leaves the row; silence of both begins at the beginning."""
    assert start(found(committed, row)) == (expected, 0)


@pytest.mark.parametrize(("committed", "row"), [(40, 39), (39, 40), (40, None)])
def test_contradiction_stops_and_names_both(committed: int, row: int | None) -> None:
    """Whichever is right, going on would lose or double events; a human decides."""
    with pytest.raises(ConfigError, match=f"offset {committed} but the table .*--accept-reset"):
        start(found(committed, row))


def test_accept_reset_goes_on_from_the_group() -> None:
    """The operator moved the group's offset on purpose."""
    assert start(found(40, 90), accept_reset=True) == (40, 0)


def test_what_retention_deleted_is_counted() -> None:
    """Position 40, log begins at 55: 15 records are gone."""
    assert start(found(40, 40, low=55)) == (55, 15)


def test_new_application_on_a_truncated_log_lost_nothing() -> None:
    """It never promised to fold what was deleted before it existed."""
    assert start(found(None, None, low=55)) == (55, 0)


def test_position_past_the_end_stops() -> None:
    """The log was cut or made anew: offsets mean other records now."""
    with pytest.raises(ConfigError, match="the log ends at 100"):
        start(found(101, 101))


def test_topic_made_anew_stops_until_accepted() -> None:
    """Its id changed, so offset 40 is another record than the one the row means."""
    anew = found(40, 40, recreated=True, low=7)

    with pytest.raises(ConfigError, match="made anew"):
        start(anew)
    assert start(anew, accept_reset=True) == (7, 0)


def test_embedded_broker_trusts_the_row() -> None:
    """Its committed offsets are no part of the transaction: the row is what was folded."""
    assert start(found(99, 40), compare=False) == (40, 0)


def test_every_problem_is_named() -> None:
    """One start shows all partitions that contradict."""
    with pytest.raises(ConfigError) as caught:
        starts([found(1, 2), found(3, 4)], partition=0, accept_reset=False, compare=True)
    assert len(caught.value.problems) == 2
