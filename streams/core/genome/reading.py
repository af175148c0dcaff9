"""From profile to genome: every part of it, as of one moment, each trait with its evidence.

Weights in a profile are as of landmarks, so that nothing is touched to age; everything is brought
to now here, and all that can be derived is derived here and nowhere kept.
"""

from streams.core.decay import DecayedMap
from streams.core.genome.background import Background, Reading
from streams.core.genome.genome import (
    BackgroundShown,
    CartValue,
    Genome,
    InCart,
    SituationShown,
)
from streams.core.genome.journey import journey, overall, signals
from streams.core.genome.reaching import contact, identity, said
from streams.core.genome.service import service
from streams.core.genome.shopping import buying
from streams.core.genome.tastes import RatingShown, TasteShown, WorldsShown
from streams.core.genome.traits import means, shares
from streams.core.genome.values import values
from streams.core.genome.worth import worth
from streams.core.profile.profile import Profile
from streams.core.profile.special import PURPOSE_MARK, consented


def read_genome(
    profile: Profile, background: Background, now_ms: int, *, special: bool = False
) -> Genome:
    """The genome of `profile` as of `now_ms`.

    `special` shows what was kept of special categories under their consents: for the customer's own
    page, and for no other reader.
    """
    reading = Reading(profile, background, now_ms)
    return Genome(
        subject=profile.subject,
        as_of_ms=now_ms,
        background=_background(background),
        events=profile.applied,
        counts=dict(profile.counts),
        first_seen_ms=profile.first_seen_ms or None,
        last_seen_ms=profile.last_seen_ms or None,
        offer_sequence=profile.offer_sequence,
        buying=buying(reading),
        taste=_taste(reading),
        values=values(reading),
        worlds=_worlds(reading, special=special),
        situation=_situation(reading),
        service=service(reading),
        worth=worth(reading),
        contact=contact(reading),
        stated=said(reading),
        identity=identity(reading),
    )


def _background(background: Background) -> BackgroundShown:
    fold, model = background.fold, background.model
    return BackgroundShown(
        zone=fold.zone.name,
        evidence_min=fold.evidence_min,
        model_version=model.version,
        fitted_until_ms=model.fitted_until_ms or None,
        products_version=fold.products.version,
        lexicon_version=fold.lexicon.version,
    )


def _taste(reading: Reading) -> TasteShown:
    profile, taste = reading.profile, reading.profile.taste
    usual = {name: one.share for name, one in reading.model.categories.items()}
    rated = sorted(taste.ratings.items(), key=lambda one: (-one[1].at_ms, one[0]))
    return TasteShown(
        categories=shares(reading, profile.categories, "category", usual=usual),
        brands=shares(reading, profile.brands, "brand"),
        attributes=shares(reading, taste.attributes, "attribute"),
        bands=means(reading, taste.bands),
        ratings=[
            RatingShown(item_id=item, rating=one.rating, at_ms=one.at_ms) for item, one in rated
        ],
        unknown_articles=len(taste.unseen.traits),
    )


def _worlds(reading: Reading, *, special: bool) -> WorldsShown:
    worlds = reading.profile.worlds
    return WorldsShown(
        topics=shares(reading, worlds.topics, "topic"),
        entities=shares(reading, worlds.entities, "entity"),
        opinions=means(reading, worlds.opinions, "brand"),
        influences=shares(reading, worlds.influences),
        special=shares(reading, _consented(reading)) if special else [],
    )


def _consented(reading: Reading) -> DecayedMap:
    """What is kept of special categories, without what lacks its consent by now."""
    held, consents = reading.profile.worlds.special, reading.profile.contact.consents
    kept = {
        name: trait
        for name, trait in held.traits.items()
        if consented(consents, name.partition(PURPOSE_MARK)[0])
    }
    return DecayedMap(held.half_life_ms, held.landmark_ms, held.total, held.dropped, kept)


def _situation(reading: Reading) -> SituationShown:
    situation = reading.profile.situation
    journeys = journey(reading)
    cart = _cart(reading)
    return SituationShown(
        stage=overall(reading, journeys),
        journey=journeys,
        signals=signals(reading),
        cart=cart,
        cart_values=_cart_values(cart),
        devices=shares(reading, situation.devices, "device"),
        places=shares(reading, situation.places),
    )


def _cart(reading: Reading) -> list[InCart]:
    held = reading.profile.cart
    return [
        InCart(
            item_id=item,
            quantity=line.quantity,
            at_ms=line.at_ms,
            category=reading.told("category", line.category),
            brand=reading.told("brand", line.brand),
            price_minor=line.price_minor,
            currency=line.currency,
        )
        for item, line in sorted(held.items(), key=lambda pair: (-pair[1].at_ms, pair[0]))
        if line.quantity and reading.knows(line.category)
    ]


def _cart_values(cart: list[InCart]) -> list[CartValue]:
    sums: dict[str, tuple[int, int]] = {}
    for one in cart:
        if one.currency is None:
            continue
        value, unpriced = sums.get(one.currency, (0, 0))
        price = one.price_minor
        sums[one.currency] = (value + (price or 0) * one.quantity, unpriced + (price is None))
    return [
        CartValue(currency=currency, value_minor=value, unpriced=unpriced)
        for currency, (value, unpriced) in sorted(sums.items())
    ]
