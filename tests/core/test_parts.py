"""Parts of a profile at and beyond their bounds: what is dropped, merged and taken back."""

import pytest
from msgspec import msgpack

from streams.codec.rows import decode_row, encode_row
from streams.core import events
from streams.core.decay import (
    DecayedMap,
    DecayedMeans,
    DecayedSums,
    Mean,
    Trait,
    add_weighted,
    growth,
)
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS
from streams.core.genome.evidence import beta_interval, gamma_above
from streams.core.joining import absorb
from streams.core.means import absorb_mean, take_back_means
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.buying import PERIODS_MAX
from streams.core.profile.contact import OPEN_OFFERS_MAX, OpenOffer, Tried
from streams.core.profile.merging import merge
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.taste import choose
from tests.same import differences
from tests.strategies_profiles import FOLD, NOON, OURS, cart, event, line, opened, post, sale, void


def after(*bodies: Body, days: int = 0, at_ms: int = NOON) -> Profile:
    """The profile after `bodies`, `days` and a second apart."""
    profile = new_profile("customer:1")
    for number, body in enumerate(bodies):
        one = event(f"e{at_ms}{number}", body, at_ms + number * (days * DAY_MS + 1_000))
        fold(profile, one, FOLD, now_ms=0)
    return profile


def test_weighted_names_beyond_the_bound_drop_the_weakest() -> None:
    """To three quarters of the bound."""
    sums = DecayedMap(DAY_MS, NOON)

    add_weighted(sums, [(f"n{number}", number + 1.0) for number in range(9)], NOON, names_max=8)

    assert len(sums.traits) == 6
    assert "n0" not in sums.traits


def test_absorbed_names_beyond_the_bound_drop_the_weakest() -> None:
    """In maps and in means."""
    sums, means = DecayedMap(DAY_MS, NOON), DecayedMeans(DAY_MS, NOON)
    for number in range(9):
        weight = number + 1.0
        absorb(sums, f"n{number}", Trait(weight, 1, NOON), NOON, names_max=8)
        mean = Mean(weight, weight, weight, 1, NOON)
        absorb_mean(means, f"n{number}", mean, NOON, names_max=8)

    assert (len(sums.traits), len(means.means)) == (6, 6)


def test_taking_back_a_mean_that_is_gone_changes_nothing() -> None:
    """It was dropped beyond a bound, say."""
    means = DecayedMeans(DAY_MS, NOON)

    take_back_means(means, [("gone", 1.0)], 1.0, NOON)

    assert means.means == {}


def test_a_vector_follows_its_landmark() -> None:
    """What nobody added to stays the integer that takes one byte."""
    sums = DecayedSums(DAY_MS, NOON, [2.0**64, 0])

    growth(sums, NOON + 65 * DAY_MS)

    assert sums.sums[0] < 2.0
    assert msgpack.encode(sums.sums[1]) == b"\x00"


def test_periods_of_spend_beyond_the_bound_drop_the_oldest() -> None:
    """Of `PERIODS_MAX` + 1 four-week periods; merging two customers' does the same."""
    sales = [sale(number) for number in range(PERIODS_MAX + 1)]
    profile = after(*sales, days=28)

    merge(profile, after(sale(99), at_ms=NOON - 100 * 28 * DAY_MS))

    assert len(profile.buying.spend["EUR"].periods) == PERIODS_MAX


def test_a_void_of_one_of_three_purchases_leaves_two() -> None:
    """An item is repeated as often as it was bought."""
    profile = after(sale(1), sale(2), sale(3), void(4, 3))

    assert profile.buying.repeats == {"sku-1": 2}


def test_an_article_without_bands_teaches_none() -> None:
    """Too few of its category to compare, and nobody says whose label it is."""
    rows = {"sku-1": pack(Listed("tea", None, None, "EUR", 100))}
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)])
    profile = new_profile("customer:1")

    choose(profile.taste, ["sku-1"], products, 1.0, NOON)

    assert profile.taste.bands.means == {}


def test_referrals_of_two_parts_keep_one_currency() -> None:
    """The first in the alphabet, whichever part is merged into which."""
    euro = events.Referred(code="c", currency="EUR", margin_minor=100)
    dollar = events.Referred(code="c", currency="USD", margin_minor=70)
    one, other = after(euro), after(dollar, at_ms=NOON + 5)

    merge(one, after(dollar, at_ms=NOON + 5))
    merge(other, after(euro))
    merge(other, after(euro, at_ms=NOON + 9))

    assert (one.care.referral_currency, one.care.referrals.weight > 0) == ("EUR", True)
    assert (other.care.referral_currency, other.care.referrals.count) == ("EUR", 2)


def test_merging_unites_cases_posts_contacts_and_offers() -> None:
    """Caps hold for the person: contacts of both count, and so do outcomes by catalogue row."""
    one = after(opened("a"), post("@OurShop hi", OURS))
    other = after(opened("b"), post("@OurShop ho", OURS), at_ms=NOON + 60_000)
    one.contact.contacts["email/marketing"] = [3]
    other.contact.contacts["email/marketing"] = [1, 2]
    one.contact.tried["tea"] = Tried(delivered=1, refused_ms=5)
    other.contact.tried["tea"] = Tried(delivered=2, refused_ms=3)
    other.contact.open_offers = {
        f"o{number}": OpenOffer("tea", "web", "main", "marketing", 0, number)
        for number in range(OPEN_OFFERS_MAX + 1)
    }

    merge(one, other)

    assert set(one.care.cases) == {"a", "b"}
    assert len(one.care.unanswered) == 2
    assert one.contact.contacts == {"email/marketing": [1, 2, 3]}
    assert (one.contact.tried["tea"].delivered, one.contact.tried["tea"].refused_ms) == (3, 5)
    assert len(one.contact.open_offers) == OPEN_OFFERS_MAX
    assert "o0" not in one.contact.open_offers


def test_what_one_part_bought_leaves_the_cart_of_the_other() -> None:
    """Put in before it was bought: the merged cart is empty."""
    shopping = after(cart())

    merge(shopping, after(sale(1), at_ms=NOON + 5_000))

    assert shopping.cart == {}


def test_intervals_of_enormous_counts_are_finite() -> None:
    """The normal approximation takes over where the exact one would take for ever."""
    low, high = beta_interval(1e12, 3e12)

    assert 0.2499 < low < 0.25 < high < 0.2501
    assert gamma_above(1e9, 1e9) == pytest.approx(0.5, abs=1e-4)


def test_opinions_of_both_parts_are_one_mean() -> None:
    """A mean of 1 and one of 0, of equal weight, are a mean of a half."""
    merged, other = new_profile("customer:1"), new_profile("customer:1")
    merged.worlds.opinions = DecayedMeans(DAY_MS, NOON, {"Acme": Mean(1.0, 1.0, 1.0, 1, NOON)})
    other.worlds.opinions = DecayedMeans(DAY_MS, NOON, {"Acme": Mean(1.0, 0.0, 0.0, 1, NOON)})

    merge(merged, other)

    assert merged.worlds.opinions.means["Acme"] == Mean(2.0, 1.0, 1.0, 2, NOON)


def test_repeats_of_a_part_are_kept_when_merged() -> None:
    """What the other part alone bought twice was bought twice."""
    merged = new_profile("customer:1")

    merge(merged, after(sale(1), sale(2, line("sku-1"))))

    assert differences(merged.buying.repeats, {"sku-1": 2}) == []


def test_a_row_of_format_1_without_purchases_is_upgraded() -> None:
    """There is nothing to work out."""
    row = encode_row(after(post("hello")))

    older = decode_row(b"P\x01" + row[2:])

    assert isinstance(older, Profile)
    assert older.buying.first_purchase_ms == 0
