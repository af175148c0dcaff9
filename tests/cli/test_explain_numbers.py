"""An explanation in words: numbers that differ by little, and what a number is of."""

from msgspec import structs

from streams.core.decide.counterfactual import Change, Kind
from streams.core.decide.record import Result
from tests.cli.decisions import an_offer, explanation_of
from tests.cli.test_explain_words import claiming, words


def test_chances_that_differ_by_a_hair_are_told_apart() -> None:
    """As 6.71 % and 6.74 %, not twice as 6.7 %."""
    change = Change(Kind.ACCEPTS, "tea", "web", number=0.5, before=0.25)

    said = claiming(change, accepts=0.0671, accepts_before=0.0674)

    assert said.startswith("Had their chance of accepting tea been 6.71% instead of 6.74%: tea")


def test_a_silence_by_a_hair_lacked_something() -> None:
    """Though both amounts are told as the same."""
    one = structs.replace(
        explanation_of(an_offer()),
        chosen=None,
        result=Result.SILENCE,
        bar_minor=3.0,
        margin_minor=0.1,
    )

    assert "It lacked under 0.01 USD." in words(one)
