"""Merging: the profile of one person from the parts that were folded apart.

Below every bound the merge of two parts equals the fold of all their events, in any order: counts,
money and the latest words exactly, decayed sums up to rounding. A part is never changed, so whoever
keeps the parts can take a merge back by leaving one out. Beyond a bound each collection keeps what
it would keep, of what the parts still had.

Source: decayed sums with one half-life add up at any common time; Cormode et al., ICDE 2009.
"""

from streams.core.decay import (
    Decayed,
    DecayedMap,
    DecayedMeans,
    DecayedSums,
    absorb,
    begin,
    growth,
)
from streams.core.means import absorb_mean
from streams.core.profile import buying as bought
from streams.core.profile.care import Care, await_answer, touch_case
from streams.core.profile.cart import put
from streams.core.profile.contact import (
    CONTACTS_MAX,
    OPEN_OFFERS_MAX,
    Contact,
    set_consent,
    tried_offer,
)
from streams.core.profile.days import DAY_BYTES, joined, numbers
from streams.core.profile.habits import merge_habits
from streams.core.profile.profile import RECENT_MAX, Profile
from streams.core.profile.responses import merge_responses
from streams.core.profile.situation import Situation, add_look
from streams.core.profile.stated import merge_stated
from streams.core.profile.taste import Taste, rate
from streams.core.profile.worlds import Worlds

# Names beyond a bound are the folds' business: the next one that adds a name trims the map.
_UNBOUNDED = 1 << 30


def merge(into: Profile, other: Profile) -> None:
    """Add everything that `other` holds to `into`; `other` stays as it was."""
    for kind, count in other.counts.items():
        into.counts[kind] = into.counts.get(kind, 0) + count
    if other.applied and (not into.applied or other.first_seen_ms < into.first_seen_ms):
        into.first_seen_ms = other.first_seen_ms
    into.applied += other.applied
    last = (other.last_seen_ms, other.last_seen_tie)
    into.last_seen_ms, into.last_seen_tie = max((into.last_seen_ms, into.last_seen_tie), last)
    into.last_view_ms = max(into.last_view_ms, other.last_view_ms)
    into.last_checkout_ms = max(into.last_checkout_ms, other.last_checkout_ms)
    into.offer_sequence = max(into.offer_sequence, other.offer_sequence)
    into.half_lives = into.half_lives or other.half_lives
    into.recent_ids = (into.recent_ids + other.recent_ids)[-RECENT_MAX * bought.DIGEST_BYTES :]
    _add(into.rate, other.rate)
    for name in ("categories", "brands", "channels", "outlets"):
        _add_map(getattr(into, name), getattr(other, name))
    _merge_buying(into.buying, other.buying)
    for item, line in other.cart.items():
        put(into.cart, item, line)
    for item in [one for one in into.cart if _was_bought(into, one)]:
        del into.cart[item]
    _merge_care(into.care, other.care)
    _merge_contact(into.contact, other.contact)
    _merge_taste(into.taste, other.taste)
    _merge_worlds(into.worlds, other.worlds)
    _merge_situation(into.situation, other.situation)
    merge_stated(into.stated, other.stated)


def _was_bought(profile: Profile, item: str) -> bool:
    return profile.buying.purchases.get(item, -1) >= profile.cart[item].at_ms


def _merge_buying(into: bought.Buying, other: bought.Buying) -> None:
    for currency, spend in other.spend.items():
        held = into.spend.get(currency)
        if held is None:
            held = into.spend[currency] = bought.Spend(0, Decayed(spend.recent.half_life_ms))
        held.lifetime_minor += spend.lifetime_minor
        held.margin_minor += spend.margin_minor
        held.costed_minor += spend.costed_minor
        _add(held.recent, spend.recent)
        _add_sums(held.sums, spend.sums)
        for period, amount_minor in spend.periods.items():
            held.periods[period] = held.periods.get(period, 0) + amount_minor
        while len(held.periods) > bought.PERIODS_MAX:
            del held.periods[min(held.periods)]
    for item, at_ms in other.purchases.items():
        if item in into.purchases:
            times = into.repeats.get(item, 1) + other.repeats.get(item, 1)
            into.repeats[item] = times
        elif item in other.repeats:
            into.repeats[item] = other.repeats[item]
        into.purchases[item] = max(at_ms, into.purchases.get(item, at_ms))
    known = set(numbers(into.days)) | set(numbers(other.days))
    beyond = into.days_count - len(into.days) // DAY_BYTES
    beyond += other.days_count - len(other.days) // DAY_BYTES
    into.days_count = len(known) + beyond
    into.days = joined(into.days, other.days, bought.DAYS_MAX)
    into.return_days = joined(into.return_days, other.return_days, bought.RETURN_DAYS_MAX)
    merge_habits(into.habits, other.habits)
    into.receipts.extend(other.receipts)
    into.receipts.sort(key=lambda one: (one.at_ms, one.digest))
    del into.receipts[: -bought.RECEIPTS_MAX]
    into.voided = (into.voided + other.voided)[-bought.VOIDED_MAX * bought.DIGEST_BYTES :]
    firsts = [one for one in (into.first_purchase_ms, other.first_purchase_ms) if one]
    into.first_purchase_ms = min(firsts, default=0)
    into.last_purchase_ms = max(into.last_purchase_ms, other.last_purchase_ms)
    for name in ("returns", "voids", "coupons", "lines", "promoted"):
        setattr(into, name, getattr(into, name) + getattr(other, name))
    _add_sums(into.times, other.times)
    _add_map(into.tenders, other.tenders)


def _merge_care(into: Care, other: Care) -> None:
    for name in ("posts", "complaints", "mentions", "delays", "shares"):
        setattr(into, name, getattr(into, name) + getattr(other, name))
    for name in (
        "last_post_ms",
        "last_complaint_ms",
        "last_mention_ms",
        "last_answer_ms",
        "last_delay_ms",
    ):
        setattr(into, name, max(getattr(into, name), getattr(other, name)))
    audience = max((into.followers_ms, into.followers), (other.followers_ms, other.followers))
    into.followers_ms, into.followers = audience
    for case_id, case in other.cases.items():
        touch_case(into, case_id, case)
    for post in other.unanswered:
        await_answer(into, post)
    _add_map(into.moments, other.moments)
    _add(into.about_us, other.about_us)
    _add_means(into.impact, other.impact)
    _add_sums(into.reach, other.reach)
    _merge_referrals(into, other)


def _merge_referrals(into: Care, other: Care) -> None:
    """One currency is summed, the first in the alphabet of those seen, as in the fold."""
    if other.referral_currency == into.referral_currency:
        _add(into.referrals, other.referrals)
    elif other.referral_currency and (
        not into.referral_currency or other.referral_currency < into.referral_currency
    ):
        into.referral_currency = other.referral_currency
        into.referrals = Decayed(other.referrals.half_life_ms)
        _add(into.referrals, other.referrals)


def _merge_contact(into: Contact, other: Contact) -> None:
    for scope, consent in other.consents.items():
        set_consent(into, scope, consent)
    for scope, times in other.contacts.items():
        into.contacts[scope] = sorted([*into.contacts.get(scope, ()), *times])[-CONTACTS_MAX:]
    offers = into.open_offers
    offers.update(other.open_offers)
    while len(offers) > OPEN_OFFERS_MAX:
        del offers[min(offers, key=lambda one: (offers[one].expires_ms, one))]
    for offer, tried in other.tried.items():
        held = tried_offer(into, offer, tried.last_ms)
        for name in tried.__struct_fields__:
            ours, theirs = getattr(held, name), getattr(tried, name)
            setattr(held, name, max(ours, theirs) if name.endswith("_ms") else ours + theirs)
    merge_responses(into.responses, other.responses)


def _merge_taste(into: Taste, other: Taste) -> None:
    _add_map(into.attributes, other.attributes)
    _add_means(into.bands, other.bands)
    _add_map(into.values, other.values)
    _add_map(into.unseen, other.unseen)
    for item, rating in other.ratings.items():
        rate(into.ratings, item, rating)


def _merge_worlds(into: Worlds, other: Worlds) -> None:
    _add_map(into.topics, other.topics)
    _add_map(into.entities, other.entities)
    _add_means(into.opinions, other.opinions)
    _add_map(into.influences, other.influences)
    _add_means(into.values, other.values)
    _add_map(into.special, other.special)


def _merge_situation(into: Situation, other: Situation) -> None:
    for look in other.looks:
        add_look(into.looks, look)
    _add_map(into.devices, other.devices)
    _add_map(into.places, other.places)
    into.last_search_ms = max(into.last_search_ms, other.last_search_ms)


def _ready(
    into: Decayed | DecayedMap | DecayedMeans | DecayedSums,
    other: Decayed | DecayedMap | DecayedMeans | DecayedSums,
) -> bool:
    """Whether `other` holds something; what was never touched takes its half-life over."""
    if other.landmark_ms and not into.landmark_ms:
        begin(into, other.half_life_ms, other.landmark_ms)
    return bool(other.landmark_ms)


def _add(into: Decayed, other: Decayed) -> None:
    if _ready(into, other):
        grown = other.weight * growth(into, other.landmark_ms)
        into.weight += grown
        into.count += other.count
        into.last_ms = max(into.last_ms, other.last_ms)


def _add_map(into: DecayedMap, other: DecayedMap) -> None:
    if _ready(into, other):
        for name, trait in other.traits.items():
            absorb(into, name, trait, other.landmark_ms, names_max=_UNBOUNDED)
        scale = growth(into, other.landmark_ms)
        into.dropped += other.dropped * scale
        into.total += max(other.total - sum([one.weight for one in other.traits.values()]), 0.0) * (
            scale
        )


def _add_means(into: DecayedMeans, other: DecayedMeans) -> None:
    if _ready(into, other):
        for name, mean in other.means.items():
            absorb_mean(into, name, mean, other.landmark_ms, names_max=_UNBOUNDED)


def _add_sums(into: DecayedSums, other: DecayedSums) -> None:
    if _ready(into, other):
        scale = growth(into, other.landmark_ms)
        into.sums[:] = [
            ours + theirs * scale if theirs else ours
            for ours, theirs in zip(into.sums, other.sums, strict=True)
        ]
