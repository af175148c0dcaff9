"""An explanation in words: numbers that differ by little, and what a number is of."""

from msgspec import structs

from streams.core.decide.counterfactual import Change, Kind
from streams.core.decide.record import Result
from tests.cli.decisions import an_offer, decided, explanation_of
from tests.cli.test_explain_words import claiming, words
from tests.strategies_profiles import opened


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


def test_an_answer_is_not_told_as_a_sale() -> None:
    """Nobody buys it."""
    one = explanation_of(decided(opened()))
    assert one.factors is not None
    costly = structs.replace(one.factors, discount_minor=500, anyway=0.1)

    said, reduced = words(one), words(structs.replace(one, factors=costly))

    assert "A good answer is worth 25.00 USD; the contact costs " in said
    assert "A sale earns" not in said
    assert "buy anyway" not in said
    assert "A good answer is worth 25.00 USD; the discount costs 5.00 USD, the contact " in reduced
    assert "Chance that they buy anyway: 10.0%." in reduced
