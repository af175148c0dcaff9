"""What a customer is worth: lifecycle, alive or not, purchases and money to come, voice, ranks.

Assembles `core.worth` for one profile. What needs the population is unknown without its model.
"""

from collections.abc import Iterator

from streams.core.decay import decayed
from streams.core.genome.background import DAY_MS, Reading
from streams.core.genome.genome import (
    LifetimeShown,
    RankShown,
    RfmShown,
    VoiceShown,
    WorthShown,
)
from streams.core.genome.lifecycle import lifecycle
from streams.core.genome.tastes import TraitShown
from streams.core.genome.traits import unknown
from streams.core.profile.buying import Spend
from streams.core.worth.lifetime import LifetimeValue, lifetime_value
from streams.core.worth.one_time import never_again
from streams.core.worth.purchases import (
    WEEK_DAYS,
    History,
    expected_purchases,
    history,
    p_alive,
)
from streams.core.worth.ranking import frequency, growth, percentile, rfm
from streams.core.worth.social import SocialValue, social_value
from streams.core.worth.voice import voice_of

EXPECTED_WEEKS = 12.0


def worth(reading: Reading) -> WorthShown:
    """All of it, as of now."""
    profile, model = reading.profile, reading.model
    buying = profile.buying
    past = history(
        purchase_days=buying.days_count,
        first_ms=buying.first_purchase_ms,
        last_ms=buying.last_purchase_ms,
        now_ms=reading.now_ms,
    )
    alive = _alive(reading, past)
    lifetime = _lifetime(reading, past)
    expected = None
    if past is not None and model.purchase is not None:
        expected = expected_purchases(model.purchase, past, EXPECTED_WEEKS)
    bought_once = past is not None and past.repeats == 0
    return WorthShown(
        lifecycle=lifecycle(reading, alive.value),
        alive=alive,
        never_again=never_again(model, past.age_weeks) if past and bought_once else None,
        expected_purchases=expected,
        expected_weeks=EXPECTED_WEEKS,
        rfm=_rfm(reading, past),
        lifetime=None if lifetime is None else _lifetime_shown(lifetime),
        voice=_voice(reading, lifetime),
        rankings=[*_rankings(reading, past)],
    )


def _alive(reading: Reading, past: History | None) -> TraitShown:
    model = reading.model.purchase
    if past is None:
        return unknown("alive", "rate", "no purchase yet")
    count = past.repeats + 1
    if model is None:
        return unknown("alive", "rate", "the population was not fitted yet", count=count)
    value = p_alive(model, past)
    if value is None:
        return unknown("alive", "rate", "bought once: see never_again", count=count)
    quiet = past.age_weeks - past.last_weeks
    return TraitShown(
        name="alive",
        measure="rate",
        value=value,
        low=None,
        high=None,
        count=count,
        weight=float(count),
        last_ms=reading.profile.buying.last_purchase_ms or None,
        sources=[],
        origin="inferred",
        why=f"{count} days of purchase in {past.age_weeks:.0f} weeks, quiet for {quiet:.1f} weeks",
    )


def _money(reading: Reading) -> Spend | None:
    return reading.profile.buying.spend.get(reading.model.currency)


def _lifetime(reading: Reading, past: History | None) -> LifetimeValue | None:
    spend = _money(reading)
    if past is None or spend is None:
        return None
    mean_minor = spend.lifetime_minor / (past.repeats + 1)
    return lifetime_value(reading.model, past, mean_minor)


def _lifetime_shown(one: LifetimeValue) -> LifetimeShown:
    return LifetimeShown(
        currency=one.currency,
        horizon_weeks=one.horizon_weeks,
        discount_yearly=one.discount_yearly,
        purchases=one.purchases,
        spend_minor=one.spend_minor,
        revenue_minor=one.revenue_minor,
        profit_minor=one.profit_minor,
    )


def _rfm(reading: Reading, past: History | None) -> RfmShown | None:
    spends = reading.profile.buying.spend
    if past is None or not spends:
        return None
    # The model's currency if the customer uses it, else the one they bought most often in.
    main = max(
        spends, key=lambda one: (one == reading.model.currency, spends[one].recent.count, one)
    )
    found = rfm(
        reading.model,
        recency_days=(past.age_weeks - past.last_weeks) * WEEK_DAYS,
        purchase_days=past.repeats + 1,
        age_weeks=past.age_weeks,
        revenue_minor=spends[main].lifetime_minor,
    )
    comparable = main == reading.model.currency
    return RfmShown(
        recency_days=found.recency_days,
        frequency=found.frequency,
        monetary_minor=found.monetary_minor,
        currency=main,
        scores=[
            found.recency_score,
            found.frequency_score,
            found.monetary_score if comparable else None,
        ],
    )


def _voice(reading: Reading, lifetime: LifetimeValue | None) -> VoiceShown:
    care, model = reading.profile.care, reading.model
    found = _priced(reading)
    referred = found.referral_minor > 0.0
    total = None
    if lifetime is not None and (not referred or care.referral_currency == model.currency):
        total = found.total_minor(lifetime.value_minor)
    return VoiceShown(
        audience=care.followers if care.followers_ms else None,
        reach=found.reach,
        frequency=found.frequency,
        impact=found.impact,
        impact_by_category=dict(found.impact_by_category),
        engagement=found.engagement,
        referral_minor=found.referral_minor,
        referral_currency=care.referral_currency or None,
        unattributed_minor=found.unattributed_minor,
        total_minor=total,
        currency=model.currency or None,
    )


def _priced(reading: Reading) -> SocialValue:
    voice = voice_of(
        reading.profile.care, reading.now_ms, lambda name: reading.hides("topic", name)
    )
    return social_value(voice, reading.model.clv_median_minor)


def _rankings(reading: Reading, past: History | None) -> Iterator[RankShown]:
    """One ranking for each kind of best customer, where the population has it."""
    spend = _money(reading)
    rank = reading.model.influence.get(reading.profile.subject)
    values: list[tuple[str, float | None, str]] = []
    if past is not None:
        often = frequency(past.repeats + 1, past.age_weeks)
        values.append(("frequency", often, "days of purchase a week"))
    if past is not None and spend is not None:
        margin = spend.margin_minor if spend.costed_minor else None
        grown = growth(
            recent_minor=decayed(spend.recent, spend.recent.weight, reading.now_ms),
            lifetime_minor=spend.lifetime_minor,
            half_life_ms=spend.recent.half_life_ms,
            age_ms=round(past.age_weeks * WEEK_DAYS * DAY_MS),
        )
        values += [
            ("revenue", spend.lifetime_minor, "paid over the lifetime, minor units"),
            ("profit", margin, "margin over the lifetime, minor units"),
            ("growth", grown, "recent spending over the lifetime's: 1 is steady"),
        ]
    values.append(("influence", rank, "PageRank over who repeats and introduces whom"))
    for name, value, why in values:
        below = None if value is None else percentile(reading.model, name, value)
        if value is not None and below is not None:
            yield RankShown(ranking=name, value=float(value), below=below, why=why)
