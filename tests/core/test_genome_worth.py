"""Worth: what needs the population is unknown without it, and says what it rests on."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from streams.core import events
from streams.core.genome.genome import WorthShown
from streams.core.model import NO_MODEL, Model
from streams.core.words.lexicon import Lexicon
from streams.core.worth.lifetime import DISCOUNT_YEARLY, HORIZON_WEEKS, lifetime_value
from streams.core.worth.purchases import History, expected_purchases, p_alive
from tests.core.genomes import ANN, MODEL, Happened, at_ms, bought, on_days, read, weekly
from tests.strategies_profiles import FOLD, OURS, line, view

HEARING = replace(FOLD, lexicon=Lexicon(topics={"roses": ("gardening",)}))


def worth(*happened: Happened, days: float, model: Model = MODEL) -> WorthShown:
    """What the customer is worth, beside CDNOW's customers."""
    return read(*happened, days=days, model=model).worth


def referred(currency: str = "EUR", margin_minor: int = 500) -> events.Referred:
    """Somebody bought by this customer's code."""
    return events.Referred(code="c", currency=currency, margin_minor=margin_minor)


def praise(**counts: Any) -> events.Create:
    """A post about us and roses, of somebody with 999 followers."""
    note = events.SocialObject(type="Note", content="roses", tag=(OURS,), **counts)
    return events.Create(actor=events.Actor(id="a", followers_count=999), object=note)


def test_alive_is_that_of_bg_nbd() -> None:
    """Three repeats in three weeks, quiet for one: the formula, and what it rests on."""
    shown = worth(*weekly(4), days=28).alive

    assert shown.value == p_alive(MODEL.purchase, History(3, 3.0, 4.0))  # type: ignore[arg-type]  # MODEL has one
    assert (shown.count, shown.origin, shown.last_ms) == (4, "inferred", at_ms(21))
    assert shown.why == "4 days of purchase in 4 weeks, quiet for 1.0 weeks"


@pytest.mark.parametrize(
    ("happened", "model", "why", "count"),
    [
        ([], MODEL, "no purchase yet", 0),
        (weekly(4), NO_MODEL, "the population was not fitted yet", 4),
        ([bought(0)], MODEL, "bought once: see never_again", 1),
    ],
)
def test_alive_is_unknown_with_a_reason(
    happened: list[Happened], model: Model, why: str, count: int
) -> None:
    """A model that says 1 for ever of one-time buyers knows nothing of them."""
    shown = worth(*happened, days=28, model=model).alive

    assert (shown.value, shown.origin, shown.why, shown.count) == (None, "unknown", why, count)


def test_one_time_buyers_are_judged_by_the_population() -> None:
    """Halfway between the weeks 0 and 10 of the curve, halfway between .6 and .8."""
    assert worth(bought(0), days=35).never_again == pytest.approx(0.7)
    assert worth(bought(0), days=35, model=NO_MODEL).never_again is None
    assert worth(*on_days(0, 7), days=35).never_again is None
    assert worth((0, view()), days=35).never_again is None


def test_purchases_to_come_are_of_a_stated_time() -> None:
    """Twelve weeks."""
    shown = worth(*weekly(4), days=28)

    expected = expected_purchases(MODEL.purchase, History(3, 3.0, 4.0), 12.0)  # type: ignore[arg-type]  # MODEL has one
    assert (shown.expected_purchases, shown.expected_weeks) == (expected, 12.0)


def test_lifetime_value_states_horizon_rate_and_currency() -> None:
    """And is that of the mean day of purchase."""
    shown = worth(*weekly(4), days=28).lifetime

    held = lifetime_value(MODEL, History(3, 3.0, 4.0), 100.0)
    assert shown is not None
    assert held is not None
    assert (shown.horizon_weeks, shown.discount_yearly) == (HORIZON_WEEKS, DISCOUNT_YEARLY)
    assert (shown.currency, shown.revenue_minor) == ("EUR", held.revenue_minor)
    assert shown.profit_minor == pytest.approx(0.3 * shown.revenue_minor)


def test_lifetime_value_is_unknown_without_a_population_or_its_currency() -> None:
    """Nobody guesses an exchange rate."""
    foreign = [bought(7 * week, currency="USD") for week in range(4)]

    assert worth(*weekly(4), days=28, model=NO_MODEL).lifetime is None
    assert worth(*foreign, days=28).lifetime is None
    assert worth(days=28).lifetime is None


def test_without_a_model_nothing_is_ranked_scored_or_expected() -> None:
    """Recency, frequency and money are the customer's own, and have no fifths."""
    shown = worth(*weekly(4), days=28, model=NO_MODEL)

    assert shown.rankings == []
    assert shown.expected_purchases is None
    assert shown.rfm is not None
    assert shown.rfm.recency_days == pytest.approx(7.0)
    assert (shown.rfm.frequency, shown.rfm.monetary_minor, shown.rfm.currency) == (4, 400, "EUR")
    assert shown.rfm.scores == [None, None, None]


def test_every_ranking_says_how_many_are_below() -> None:
    """There is no single best customer; values from 0 to 100 lie evenly."""
    priced = line("sku-1", unit_cost_minor=60)
    history = [bought(7 * week, lines=(priced,), total_minor=10) for week in range(4)]

    found = {one.ranking: one for one in worth(*history, days=28).rankings}

    assert list(found) == ["frequency", "revenue", "profit", "growth", "influence"]
    assert (found["revenue"].value, found["revenue"].below) == (40.0, 0.4)
    assert (found["frequency"].value, found["frequency"].below) == (1.0, 0.01)
    assert (found["profit"].value, found["profit"].below) == (160.0, 1.0)
    assert (found["influence"].value, found["influence"].below) == (50.0, 0.5)


def test_a_ranking_that_says_nothing_of_the_customer_is_left_out() -> None:
    """Margin where no cost is known, influence of nobody, and what the population lacks."""
    alone = structs.replace(
        MODEL, influence={}, quantiles={"revenue": tuple(map(float, range(101)))}
    )

    assert [one.ranking for one in worth(*weekly(4), days=28).rankings] == [
        *("frequency", "revenue", "growth", "influence")
    ]
    assert [one.ranking for one in worth(*weekly(4), days=28, model=alone).rankings] == ["revenue"]
    assert [one.ranking for one in worth(days=28).rankings] == ["influence"]
    assert ANN in MODEL.influence


def test_fifths_of_money_are_of_the_populations_currency() -> None:
    """Dollars are not compared with euros; recency and frequency are days."""
    foreign = [bought(7 * week, currency="USD") for week in range(4)]

    own, other = (worth(*one, days=28).rfm for one in (weekly(4), foreign))

    assert own is not None
    assert other is not None
    assert (own.currency, own.scores[2]) == ("EUR", 5)
    assert (other.currency, other.scores[2]) == ("USD", None)
    assert own.scores[:2] == other.scores[:2] == [5, 1]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_currencies_used_alike_the_choice_is_always_the_same(order: int) -> None:
    """Whichever came first: the order of arrival changes nothing."""
    both = [bought(0, currency="EUR"), bought(1, currency="USD")][::order]

    shown = worth(*both, days=2, model=NO_MODEL).rfm

    assert shown is not None
    assert shown.currency == "USD"


def test_the_currency_used_most_often_is_shown() -> None:
    """Two receipts in euros outweigh one in dollars."""
    shown = worth(*weekly(2), bought(8, currency="USD"), days=9, model=NO_MODEL).rfm

    assert shown is not None
    assert shown.currency == "EUR"


def test_a_voice_adds_what_it_brought_to_lifetime_value() -> None:
    """The margin of those who came by it, and a capped part for what nobody measured."""
    happened = (*weekly(4), (27, praise(likes_count=3, views_count=50)), (28, referred()))

    shown = worth(*happened, days=28)

    voice, lifetime = shown.voice, shown.lifetime
    assert lifetime is not None
    assert lifetime.profit_minor is not None
    assert voice.unattributed_minor is not None
    assert voice.total_minor == lifetime.profit_minor + voice.referral_minor + (
        voice.unattributed_minor
    )
    assert voice.audience == 999
    assert voice.referral_minor == pytest.approx(500.0)
    assert (voice.referral_currency, voice.currency) == ("EUR", "EUR")
    assert voice.reach == pytest.approx(0.5, abs=1e-3)


def test_margins_of_another_currency_are_not_added() -> None:
    """What they brought is told, the total is unknown."""
    shown = worth(*weekly(4), (28, referred("USD")), days=28).voice

    assert shown.referral_minor == pytest.approx(500.0)
    assert shown.referral_currency == "USD"
    assert shown.total_minor is None


def test_without_a_word_there_is_no_voice() -> None:
    """An audience nobody told is unknown, not nought; money without a population likewise."""
    voice = worth(days=0, model=NO_MODEL).voice

    assert (voice.audience, voice.referral_currency, voice.currency) == (None, None, None)
    assert (voice.unattributed_minor, voice.total_minor) == (None, None)
    assert (voice.reach, voice.frequency, voice.impact, voice.engagement) == (0.0, 0.0, 0.0, 0.0)


def test_impact_is_told_by_topic_but_for_muted_ones() -> None:
    """A mute holds wherever a trait may be named."""
    said: list[Happened] = [(0, praise(likes_count=3))]
    mute = events.TraitMuted(trait="topic/gardening", muted=True)

    told = read(*said, days=1, rules=HEARING).worth.voice
    muted = read(*said, (0.5, mute), days=1, rules=HEARING).worth.voice

    assert told.impact_by_category == {"gardening": told.impact}
    assert muted.impact_by_category == {}
    assert muted.impact == told.impact
