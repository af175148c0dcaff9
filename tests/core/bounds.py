"""Every collection of a profile that grows, with its bound, counted as its owner counts."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from streams.core import timers
from streams.core.decay import KEEP_SHARE, DecayedMap, DecayedMeans, DecayedSums
from streams.core.fold import FOLDS
from streams.core.kinds.bounds import CHANNELS
from streams.core.profile import (
    articles,
    buying,
    care,
    cart,
    contact,
    days,
    habits,
    responses,
    situation,
    stated,
    taste,
    trials,
    worlds,
)
from streams.core.profile import profile as whole
from streams.core.profile.profile import Profile
from streams.core.profile.timers import QUIET_ITEMS_MAX, QUIET_TERMS_MAX

BOUNDS: dict[str, int] = {
    "counts": len(FOLDS),
    "categories": whole.CATEGORIES_MAX,
    "brands": whole.BRANDS_MAX,
    "channels": len(CHANNELS),
    "outlets": whole.OUTLETS_MAX,
    "cart": cart.CART_MAX,
    "joined": whole.JOINED_MAX,
    "recent_ids": whole.RECENT_MAX * buying.DIGEST_BYTES,
    "buying.spend": buying.CURRENCIES_MAX,
    "buying.spend.*.sums": 5,
    "buying.spend.*.periods": buying.PERIODS_MAX,
    "buying.purchases": buying.PURCHASES_MAX,
    "buying.repeats": buying.PURCHASES_MAX,
    "buying.receipts": buying.RECEIPTS_MAX,
    "buying.receipts.*.digest": buying.DIGEST_BYTES,
    "buying.receipts.*.names": buying.RECEIPT_NAMES_MAX * buying.NAME_BYTES,
    "buying.receipts.*.items": buying.RECEIPT_ITEMS_MAX,
    "buying.receipts.*.tenders": buying.TENDERS_MAX,
    "buying.receipts.*.counts": 3,
    "buying.voided": buying.VOIDED_MAX * buying.DIGEST_BYTES,
    "buying.days": buying.DAYS_MAX * 2,
    "buying.return_days": buying.RETURN_DAYS_MAX * 2,
    "buying.articles.weeks": articles.ARTICLES_MAX * articles.WEEK_BYTES,
    "buying.articles.digests": articles.ARTICLES_MAX * articles.DIGEST_BYTES,
    "buying.articles.counts": articles.ARTICLES_MAX,
    "buying.habits": habits.HABITS_MAX,
    "buying.habits.*.days": habits.DAYS_MAX * days.DAY_BYTES,
    "buying.times": buying.TIMES,
    "buying.tenders": buying.TENDERS_MAX,
    "care.cases": care.CASES_MAX,
    "care.moments": care.MOMENTS_MAX,
    "care.unanswered": care.POSTS_MAX,
    "care.impact": care.IMPACTS_MAX,
    "care.reach": 2,
    "contact.consents": contact.CONSENTS_MAX,
    "contact.contacts": contact.CONSENTS_MAX,
    "contact.contacts.*": contact.CONTACTS_MAX,
    "contact.open_offers": contact.OPEN_OFFERS_MAX,
    "contact.tried": contact.TRIED_MAX,
    "contact.trials": trials.TRIALS_MAX,
    "contact.responses.channels": len(CHANNELS),
    "contact.responses.channels.*.sums": responses.OUTCOMES + responses.HOURS,
    "contact.responses.channels.*.counts": responses.OUTCOMES,
    "contact.responses.tones": responses.TONES_MAX,
    "contact.responses.tones.*.sums": responses.OUTCOMES,
    "contact.responses.tones.*.counts": responses.OUTCOMES,
    "stated.corrections": stated.CORRECTIONS_MAX,
    "stated.muted": stated.MUTES_MAX,
    "stated.never": stated.NEVER_MAX,
    "taste.attributes": taste.ATTRIBUTES_MAX,
    "taste.bands": taste.BANDS_MAX,
    "taste.values": taste.VALUES_MAX,
    "taste.unseen": taste.UNSEEN_MAX,
    "taste.ratings": taste.RATINGS_MAX,
    "worlds.topics": worlds.TOPICS_MAX,
    "worlds.entities": worlds.ENTITIES_MAX,
    "worlds.opinions": worlds.OPINIONS_MAX,
    "worlds.influences": worlds.INFLUENCES_MAX,
    "worlds.values": worlds.SAID_MAX,
    "worlds.special": worlds.SPECIAL_MAX,
    "situation.looks": situation.LOOKS_MAX,
    "situation.devices": situation.DEVICES_MAX,
    "situation.places": situation.PLACES_MAX,
    "timers.fired": len(timers.TIMER_WORDS),
    "timers.quiet.items": QUIET_ITEMS_MAX,
    "timers.quiet.terms": QUIET_TERMS_MAX,
}
"""Path of a collection -> how many names, entries or bytes; `*` is any entry of the one above."""
CLOSED = ("taste.bands", "worlds.values")
FORGETFUL = (
    "cart",
    "buying.spend",
    "buying.purchases",
    "buying.days",
    "buying.voided",
    "care.cases",
    "contact.consents",
    "contact.tried",
    "contact.trials",
    "contact.responses.tones",
    "stated.corrections",
    "stated.muted",
    "stated.never",
    "taste.ratings",
)
"""What depends on the order of arrival once its bound is reached. Others keep the latest, whatever
came first, or are closed sets; maps and means tell for themselves."""


def sizes(profile: Profile) -> dict[str, int]:
    """The largest collection of each path of `profile`."""
    found: dict[str, int] = {}
    for path, size in _sizes(profile, ""):
        found[path] = max(size, found.get(path, 0))
    return found


def full(profile: Profile) -> list[str]:
    """Paths of what may have dropped something: order and merging are exact below the bounds."""
    held = sizes(profile)
    found = [path for path in FORGETFUL if held.get(path, 0) >= BOUNDS[path]]
    found += ["buying.habits"] * (held.get("buying.habits", 0) >= habits.KEEP_MAX)
    found += ["buying.articles"] * (len(profile.buying.articles.counts) >= articles.KEEP_MAX)
    return found + [path for path, one in _sums(profile, "") if _dropped(one, path)]


def _dropped(sums: DecayedMap | DecayedMeans, path: str) -> bool:
    if isinstance(sums, DecayedMap):
        return bool(sums.dropped)
    return path not in CLOSED and len(sums.means) >= int(BOUNDS[path] * KEEP_SHARE)


def _sums(value: Struct, path: str) -> Iterator[tuple[str, DecayedMap | DecayedMeans]]:
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if isinstance(inner, DecayedMap | DecayedMeans):
            yield path + name, inner
        elif isinstance(inner, Struct):
            yield from _sums(inner, f"{path}{name}.")


def _sizes(value: Any, path: str) -> Iterator[tuple[str, int]]:
    match value:
        case DecayedMap() | DecayedMeans() | DecayedSums():
            yield path, len(getattr(value, value.__struct_fields__[-1]))
        case Struct():
            for name in value.__struct_fields__:
                yield from _sizes(getattr(value, name), f"{path}.{name}".lstrip("."))
        case dict() | list() | tuple():
            yield path, len(value)
            for one in value.values() if isinstance(value, dict) else value:
                yield from _sizes(one, f"{path}.*")
        case bytes():
            yield path, len(value)
        case _:
            return
