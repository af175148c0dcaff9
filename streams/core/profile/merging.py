"""Merging: the profile of one person from the parts that were folded apart.

Below every bound the merge of two parts equals the fold of all their events, in any order: counts,
money and the latest words exactly, decayed sums up to rounding. A part is never changed, so whoever
keeps the parts can take a merge back by leaving one out. Beyond a bound each collection keeps what
it would keep, of what the parts still had; of event ids the latest of each part.

What the merge cannot know: an event that was folded into both parts counts twice, and a void finds
its sale in its own part alone. A part with other half-lives is taken for what it was worth at its
last event.

Source: decayed sums with one half-life add up at any common time; Cormode et al., ICDE 2009.
"""

from streams.core.decay import Decayed
from streams.core.joining import join, join_map, join_means, join_sums
from streams.core.kinds.bounds import CHANNELS
from streams.core.profile import buying as bought
from streams.core.profile.articles import join_articles
from streams.core.profile.care import (
    IMPACTS_MAX,
    MOMENTS_MAX,
    Care,
    await_answer,
    touch_case,
)
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
from streams.core.profile.profile import (
    BRANDS_MAX,
    CATEGORIES_MAX,
    OUTLETS_MAX,
    RECENT_MAX,
    Profile,
)
from streams.core.profile.responses import merge_responses
from streams.core.profile.situation import DEVICES_MAX, PLACES_MAX, Situation, add_look
from streams.core.profile.stated import merge_stated
from streams.core.profile.taste import (
    ATTRIBUTES_MAX,
    BANDS_MAX,
    UNSEEN_MAX,
    VALUES_MAX,
    Taste,
    rate,
)
from streams.core.profile.timers import merge_timers
from streams.core.profile.trials import add_trial
from streams.core.profile.worlds import (
    ENTITIES_MAX,
    INFLUENCES_MAX,
    OPINIONS_MAX,
    SAID_MAX,
    SPECIAL_MAX,
    TOPICS_MAX,
    Worlds,
)


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
    into.recent_ids = _recent_of(into.recent_ids, other.recent_ids)
    at_ms = other.last_seen_ms
    join(into.rate, other.rate, at_ms)
    join_map(into.categories, other.categories, CATEGORIES_MAX, at_ms)
    join_map(into.brands, other.brands, BRANDS_MAX, at_ms)
    join_map(into.channels, other.channels, len(CHANNELS), at_ms)
    join_map(into.outlets, other.outlets, OUTLETS_MAX, at_ms)
    _merge_buying(into.buying, other.buying, at_ms)
    for item, line in other.cart.items():
        put(into.cart, item, line)
    for item in [one for one in into.cart if _was_bought(into, one)]:
        del into.cart[item]
    _merge_care(into.care, other.care, at_ms)
    _merge_contact(into.contact, other.contact)
    _merge_taste(into.taste, other.taste, at_ms)
    _merge_worlds(into.worlds, other.worlds, at_ms)
    _merge_situation(into.situation, other.situation, at_ms)
    merge_stated(into.stated, other.stated)
    merge_timers(into.timers, other.timers)


def _recent_of(ours: bytes, theirs: bytes) -> bytes:
    """The last event ids of both: half of the room for each, and what the other leaves free."""
    size = bought.DIGEST_BYTES
    one = [ours[at : at + size] for at in range(0, len(ours), size)]
    known = set(one)
    other = [theirs[at : at + size] for at in range(0, len(theirs), size)]
    other = [each for each in other if each not in known]
    other = other[-max(RECENT_MAX // 2, RECENT_MAX - len(one)) :]
    return b"".join([*one[-(RECENT_MAX - len(other)) :], *other])


def _was_bought(profile: Profile, item: str) -> bool:
    return profile.buying.purchases.get(item, -1) >= profile.cart[item].at_ms


def _merge_buying(into: bought.Buying, other: bought.Buying, at_ms: int) -> None:
    _merge_spend(into, other)
    for item, bought_ms in other.purchases.items():
        if item in into.purchases:
            times = into.repeats.get(item, 1) + other.repeats.get(item, 1)
            into.repeats[item] = times
        elif item in other.repeats:
            into.repeats[item] = other.repeats[item]
        into.purchases[item] = max(bought_ms, into.purchases.get(item, bought_ms))
    bought.trim_purchases(into)
    join_articles(into.articles, other.articles)
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
    join_sums(into.times, other.times, at_ms)
    join_map(into.tenders, other.tenders, bought.TENDERS_MAX, at_ms)


def _merge_spend(into: bought.Buying, other: bought.Buying) -> None:
    for currency, spend in other.spend.items():
        held = into.spend.get(currency)
        if held is None:
            held = into.spend[currency] = bought.Spend(0, Decayed(spend.recent.half_life_ms))
        for name in ("lifetime_minor", "margin_minor", "costed_minor"):
            both_minor = getattr(held, name) + getattr(spend, name)
            setattr(held, name, bought.saturated(both_minor))
        join(held.recent, spend.recent, spend.recent.last_ms)
        join_sums(held.sums, spend.sums, spend.recent.last_ms)
        for period, amount_minor in spend.periods.items():
            both_minor = held.periods.get(period, 0) + amount_minor
            held.periods[period] = bought.saturated(both_minor)
        while len(held.periods) > bought.PERIODS_MAX:
            del held.periods[min(held.periods)]
    while len(into.spend) > bought.CURRENCIES_MAX:
        held_spend = into.spend
        del held_spend[min(held_spend, key=lambda one: (held_spend[one].recent.last_ms, one))]


def _merge_care(into: Care, other: Care, at_ms: int) -> None:
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
    join_map(into.moments, other.moments, MOMENTS_MAX, at_ms)
    join(into.about_us, other.about_us, at_ms)
    join_means(into.impact, other.impact, IMPACTS_MAX, at_ms)
    join_sums(into.reach, other.reach, at_ms)
    _merge_referrals(into, other, at_ms)


def _merge_referrals(into: Care, other: Care, at_ms: int) -> None:
    """One currency is summed, the first in the alphabet of those seen, as in the fold."""
    if other.referral_currency == into.referral_currency:
        join(into.referrals, other.referrals, at_ms)
    elif other.referral_currency and (
        not into.referral_currency or other.referral_currency < into.referral_currency
    ):
        into.referral_currency = other.referral_currency
        into.referrals = Decayed(into.referrals.half_life_ms, into.referrals.landmark_ms)
        join(into.referrals, other.referrals, at_ms)


def _merge_contact(into: Contact, other: Contact) -> None:
    for scope, consent in other.consents.items():
        set_consent(into, scope, consent)
    for scope, times in other.contacts.items():
        into.contacts[scope] = sorted([*into.contacts.get(scope, ()), *times])[-CONTACTS_MAX:]
    offers = into.open_offers
    offers.update(other.open_offers)
    while len(offers) > OPEN_OFFERS_MAX:
        del offers[min(offers, key=lambda one: (offers[one].expires_ms, one))]
    for offer_id, trial in other.trials.items():
        add_trial(into.trials, offer_id, trial)
    for offer, tried in other.tried.items():
        held = tried_offer(into, offer, tried.last_ms)
        for name in tried.__struct_fields__:
            ours, theirs = getattr(held, name), getattr(tried, name)
            setattr(held, name, max(ours, theirs) if name.endswith("_ms") else ours + theirs)
    merge_responses(into.responses, other.responses)


def _merge_taste(into: Taste, other: Taste, at_ms: int) -> None:
    join_map(into.attributes, other.attributes, ATTRIBUTES_MAX, at_ms)
    join_means(into.bands, other.bands, BANDS_MAX, at_ms)
    join_map(into.values, other.values, VALUES_MAX, at_ms)
    join_map(into.unseen, other.unseen, UNSEEN_MAX, at_ms)
    for item, rating in other.ratings.items():
        rate(into.ratings, item, rating)


def _merge_worlds(into: Worlds, other: Worlds, at_ms: int) -> None:
    join_map(into.topics, other.topics, TOPICS_MAX, at_ms)
    join_map(into.entities, other.entities, ENTITIES_MAX, at_ms)
    join_means(into.opinions, other.opinions, OPINIONS_MAX, at_ms)
    join_map(into.influences, other.influences, INFLUENCES_MAX, at_ms)
    join_means(into.values, other.values, SAID_MAX, at_ms)
    join_map(into.special, other.special, SPECIAL_MAX, at_ms)


def _merge_situation(into: Situation, other: Situation, at_ms: int) -> None:
    for look in other.looks:
        add_look(into.looks, look)
    join_map(into.devices, other.devices, DEVICES_MAX, at_ms)
    join_map(into.places, other.places, PLACES_MAX, at_ms)
    into.last_search_ms = max(into.last_search_ms, other.last_search_ms)
