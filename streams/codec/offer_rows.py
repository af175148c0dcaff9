"""One offer of the YAML files -> a catalogue row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.codec.product_query import check_query, read_query
from streams.codec.rules import RuleReader
from streams.codec.yaml_tree import Fields
from streams.core.contact_policy import ContactPolicy
from streams.core.decide.record import Product
from streams.core.decide.triggers import TRIGGER_WORDS
from streams.core.fold_policy import DAY_MS
from streams.core.leases.limits import TOKENS_MAX
from streams.core.offers import Match, Offer, PriceLevel, Treatment, TriggerRule
from streams.core.profile.contact import PURPOSES
from streams.core.profile.profile import NAME_MAX, STAGES
from streams.core.rhythm_due import RHYTHM_DUE

ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$")
AMOUNT_MAX_MINOR = 10**12
TTL_MIN_MS = 1_000
TTL_MAX_MS = 365 * DAY_MS
AGE_MIN_MS = 1_000
AGE_MAX_MS = 90 * DAY_MS
LEVER_MIN, LEVER_MAX = 0.1, 10.0
LIFT_MIN, LIFT_MAX = 0.2, 5.0
MATCHES = tuple(one.value for one in Match)
_WORDS = tuple(sorted(TRIGGER_WORDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the offers of one catalogue are read with.

    `products`, item -> its currency, are all there are; None where nobody said.
    """

    currency: str
    contact: ContactPolicy
    products: Mapping[str, str] | None = None
    rules: RuleReader = field(default_factory=RuleReader)


def read_offer(fields: Fields, around: Around) -> Offer:
    """The row; problems are reported at their lines and read over."""
    name = fields.text("offer")
    if name and not ID.match(name):
        fields.report("offer", f"expected letters, digits, '.', '_' or '-', got {name!r}")
    purpose = fields.text("purpose", choices=PURPOSES)
    products = fields.texts("products", length_max=NAME_MAX)
    categories = frozenset(fields.texts("categories", length_max=NAME_MAX))
    brands = frozenset(fields.texts("brands", length_max=NAME_MAX))
    terms = frozenset(map(str.lower, fields.texts("terms", length_max=NAME_MAX)))
    about = bool(products or categories or brands or terms or fields.take("query"))
    offer = Offer(
        offer=name,
        purpose=purpose,
        triggers=_read_triggers(fields, about, bool(categories)),
        treatments=_read_treatments(fields),
        channels=_read_channels(fields, purpose, around.contact),
        ttl_ms=fields.duration_ms("ttl", TTL_MIN_MS, TTL_MAX_MS),
        accepts=fields.number("accepts", 0.0, 1.0),
        anyway=fields.number("anyway", 0.0, 1.0, 0.0),
        currency=around.currency,
        price_levels=_read_levels(fields),
        price_minor=_amount(fields, "price_minor"),
        margin_minor=_amount(fields, "margin_minor"),
        margin_percent=fields.number("margin_percent", 0.0, 100.0, 0.0),
        lever=fields.number("lever", LEVER_MIN, LEVER_MAX, 1.0),
        product=_read_product(fields, products),
        products=frozenset(products),
        categories=categories,
        brands=brands,
        terms=terms,
        valid_from_ms=fields.moment_ms("valid_from"),
        valid_until_ms=fields.moment_ms("valid_until"),
        outlets=frozenset(fields.texts("outlets", length_max=NAME_MAX)),
        stages=_read_stages(fields),
        once=fields.flag("once"),
        again_after_ms=fields.duration_ms("again_after", 0, TTL_MAX_MS, 0),
        rejected_for_ms=fields.duration_ms("rejected_for", 0, TTL_MAX_MS, 30 * DAY_MS),
        campaign=fields.text_or_none("campaign", length_max=300),
        rules=around.rules.read(fields),
        fallback=fields.text_or_none("fallback"),
        stock=_tokens(fields, "stock"),
        budget_minor=_tokens(fields, "budget_minor"),
        query=read_query(fields, around.currency),
    )
    _check(fields, offer, around)
    if around.products is not None:
        _check_products(fields, offer, around.currency, around.products)
    fields.close()
    return offer


def _amount(fields: Fields, name: str) -> int | None:
    return fields.whole(name, 0, AMOUNT_MAX_MINOR) if fields.take(name) else None


def _tokens(fields: Fields, name: str) -> int | None:
    return fields.whole(name, 0, TOKENS_MAX) if fields.take(name) else None


def _check(fields: Fields, offer: Offer, around: Around) -> None:
    """What no single field can tell."""
    since, until = offer.valid_from_ms, offer.valid_until_ms
    if since is not None and until is not None and until <= since:
        fields.report("valid_until", "expected a time after valid_from")
    if offer.margin_minor is None and not offer.margin_percent:
        fields.report("margin_minor", "is missing, and so is margin_percent")
    if offer.margin_minor is not None and offer.margin_percent:
        fields.report("margin_percent", "expected this or margin_minor, got both")
    for level in offer.price_levels:
        if offer.price_minor is not None and level.discount_minor > offer.price_minor:
            what = f"level {level.level!r} takes {level.discount_minor} off {offer.price_minor}"
            fields.report("price_levels", f"{what}, more than the price")
        elif offer.margin_minor is not None and level.discount_minor > offer.margin_minor:
            what = f"level {level.level!r} takes {level.discount_minor} off"
            why = f"more than the margin_minor of {offer.margin_minor}: it would never be made"
            fields.report("price_levels", f"{what}, {why}")
    discounts = [one.discount_minor or one.discount_percent for one in offer.price_levels]
    if offer.budget_minor is not None and not any(discounts):
        fields.report("budget_minor", "needs a price level with a discount: nothing else uses it")
    check_query(fields, offer)
    _check_currency(fields, around)


def _check_currency(fields: Fields, around: Around) -> None:
    """An offer may name its currency; there is one for all of them, that of the policy."""
    named = fields.text_or_none("currency", length_max=3)
    if named is not None and named != around.currency:
        fields.report("currency", f"expected {around.currency}, as in the policy, got {named!r}")


def _check_products(
    fields: Fields, offer: Offer, currency: str, products: Mapping[str, str]
) -> None:
    named = {*offer.products, *([offer.product.item_id] if offer.product else [])}
    for item in sorted(named):
        where = "products" if item in offer.products else "product"
        found = products.get(item)
        if found is None:
            fields.report(where, f"{item!r} is in no row of the product catalogue")
        elif found != currency:
            what = f"{item!r} is sold in {found}, the policy's currency is {currency}"
            fields.report(where, what)


def _read_product(fields: Fields, products: list[str]) -> Product | None:
    named = fields.mapping("product")
    if named is None:
        return Product(products[0]) if products else None
    product = Product(
        named.text("item_id", length_max=NAME_MAX),
        named.text_or_none("name", length_max=300),
        named.text_or_none("category", length_max=NAME_MAX),
        named.text_or_none("brand", length_max=NAME_MAX),
    )
    named.close()
    return product


def _read_triggers(
    fields: Fields,
    about_items: bool,  # noqa: FBT001  # one caller
    about_categories: bool,  # noqa: FBT001  # the same
) -> dict[str, TriggerRule]:
    triggers: dict[str, TriggerRule] = {}
    for rule in fields.mappings("triggers"):
        word = rule.text("on", choices=_WORDS)
        if word in triggers:
            rule.report("on", f"{word!r} is there twice")
        match = "items" if about_items else "any"
        if rule.take("match"):
            match = rule.text("match", choices=MATCHES) or match
            if match == "affinity" and not about_items:
                rule.report("match", "needs categories or brands of the offer")
        if word == RHYTHM_DUE and (
            match == "affinity" or (match == "items" and not about_categories)
        ):
            rule.report("on", f"{RHYTHM_DUE} needs categories of the offer, or match: any")
        triggers[word] = TriggerRule(
            age_max_ms=rule.duration_ms("age_max", AGE_MIN_MS, AGE_MAX_MS), match=Match(match)
        )
        rule.close()
    if not triggers:
        fields.report("triggers", "expected at least one")
    return triggers


def _read_treatments(fields: Fields) -> tuple[Treatment, ...]:
    treatments: dict[str, Treatment] = {}
    for pitch in fields.mappings("pitches"):
        name = pitch.text("pitch", length_max=NAME_MAX)
        if name in treatments:
            pitch.report("pitch", f"{name!r} is there twice")
        treatments[name] = Treatment(
            treatment=name,
            text=pitch.text("text"),
            tone=pitch.text_or_none("tone", length_max=NAME_MAX),
            accept_lift=pitch.number("accept_lift", LIFT_MIN, LIFT_MAX, 1.0),
        )
        pitch.close()
    if not treatments:
        fields.report("pitches", "expected at least one")
    return tuple(treatments.values())


def _read_levels(fields: Fields) -> tuple[PriceLevel, ...]:
    levels: dict[str, PriceLevel] = {}
    for level in fields.mappings("price_levels"):
        name = level.text("level", length_max=NAME_MAX)
        if name in levels:
            level.report("level", f"{name!r} is there twice")
        levels[name] = PriceLevel(
            level=name,
            discount_minor=level.whole("discount_minor", 0, AMOUNT_MAX_MINOR, 0),
            discount_percent=level.number("discount_percent", 0.0, 100.0, 0.0),
            accept_lift=level.number("accept_lift", LIFT_MIN, LIFT_MAX, 1.0),
        )
        if levels[name].discount_minor and levels[name].discount_percent:
            what = "expected this or discount_minor, got both; keep one, or make two levels of them"
            level.report("discount_percent", what)
        level.close()
    return tuple(levels.values()) or (PriceLevel(level="regular"),)


def _read_channels(fields: Fields, purpose: str, contact: ContactPolicy) -> tuple[str, ...]:
    channels = fields.texts("channels")
    if not channels:
        fields.report("channels", "expected at least one")
    for channel in channels:
        if purpose and (channel, purpose) not in contact.rules:
            what = f"{channel!r} has no rule for {purpose} in the contact policy"
            fields.report("channels", what)
    return tuple(channels)


def _read_stages(fields: Fields) -> frozenset[str]:
    stages = fields.texts("stages")
    for stage in stages:
        if stage not in STAGES:
            fields.report("stages", f"expected some of {', '.join(STAGES)}, got {stage!r}")
    return frozenset(stages)
