"""Values: what purchases reveal, what words say, and where the two contradict."""

import pytest

from streams.core import events
from streams.core.fold_policy import FoldPolicy
from streams.core.genome.tastes import ValueShown
from tests.core.genomes import KNOWING, Happened, chose, read, said


def shown(*happened: Happened, rules: FoldPolicy = KNOWING) -> dict[str, ValueShown]:
    """The values a day later, in the order shown."""
    return {one.name: one for one in read(*happened, days=1, rules=rules).values}


def test_purchases_reveal_what_they_stand_for() -> None:
    """Three for and one against are half for."""
    one = shown(*chose("organic", "organic", "organic", "plastic"))["sustainability"]

    assert one.value == pytest.approx(0.5, abs=0.01)
    assert one.revealed is not None
    assert one.revealed.why == "articles for it 3, against it 1"
    assert (one.revealed.count, one.revealed.sources) == (4, ["catalogue"])
    assert (one.said, one.contradiction, one.origin) == (None, None, "inferred")
    assert -1.0 < one.low < 0.5 < one.high < 1.0


def test_two_purchases_reveal_nothing_yet() -> None:
    """Below the minimum of evidence it is unknown, and may be anything."""
    one = shown(*chose("organic", "organic"))["sustainability"]

    assert (one.value, one.low, one.high, one.origin) == (None, -1.0, 1.0, "unknown")
    assert one.revealed is not None
    assert (one.revealed.value, one.revealed.count) == (None, 2)


def test_words_alone_are_told_as_words() -> None:
    """Until something is bought."""
    one = shown(*said("green", 3))["sustainability"]

    assert one.value == pytest.approx(1.0)
    assert one.revealed is None
    assert one.said is not None
    assert one.said.count == 3


def test_words_weigh_two_purchases_at_most() -> None:
    """However often it was said: (4 x 0 + 2 x 1) / (4 + 2)."""
    mixed = chose("organic", "organic", "plastic", "plastic")

    few, many = (shown(*mixed, *said("green", times)) for times in (4, 40))

    assert few["sustainability"].value == pytest.approx(1 / 3, abs=0.01)
    assert many["sustainability"].value == pytest.approx(1 / 3, abs=0.01)
    assert many["sustainability"].contradiction is None


def test_a_contradiction_is_told_and_not_averaged_away() -> None:
    """Who says green and buys plastic is shown as buying plastic."""
    one = shown(*chose("plastic", "plastic", "plastic"), *said("green", 9))["sustainability"]

    assert one.value == pytest.approx(-1.0)
    assert one.contradiction == "says +1.00 and buys -1.00"
    assert one.said is not None
    assert one.said.value == pytest.approx(1.0)


def test_words_below_the_minimum_contradict_nothing() -> None:
    """Two of them are not known."""
    one = shown(*chose("plastic", "plastic", "plastic"), *said("green", 2))["sustainability"]

    assert one.value == pytest.approx(-1.0)
    assert one.contradiction is None


def test_the_customers_own_word_stands_instead() -> None:
    """Of a value that was inferred, and of one nobody inferred."""
    words: list[Happened] = [
        (0.6, events.TraitCorrected(trait=f"value/{one}", share=0.2))
        for one in ("sustainability", "tradition")
    ]

    values = shown(*chose("organic", "organic", "organic"), *words)

    assert [(one.name, one.value, one.origin) for one in values.values()] == [
        ("sustainability", 0.2, "said"),
        ("tradition", 0.2, "said"),
    ]
    assert all(one.low <= 0.2 <= one.high for one in values.values())


def test_a_muted_value_is_not_shown() -> None:
    """Neither what was bought nor what was said."""
    mute = events.TraitMuted(trait="value/sustainability", muted=True)

    assert shown(*chose("organic", "organic", "organic"), (0.6, mute)) == {}


def test_the_strongest_come_first_and_unknown_ones_last() -> None:
    """Whether for or against."""
    bought_three = chose("plastic", "plastic", "plastic", "cheap")

    assert list(shown(*bought_three, *said("fancy", 3))) == ["sustainability", "status", "thrift"]


def test_nothing_known_is_no_value() -> None:
    """The other seven are not listed."""
    assert shown() == {}


def test_evidence_that_has_faded_is_unknown() -> None:
    """After so many half-lives that nothing is left of it."""
    faded = read(*chose("organic", "organic", "organic"), days=200_000, rules=KNOWING)

    assert [(one.name, one.value) for one in faded.values] == [("sustainability", None)]
