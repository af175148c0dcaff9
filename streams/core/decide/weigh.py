"""Gates and values: what each catalogue row gives by channel, treatment and price level."""

from collections.abc import Sequence

from msgspec import Struct

from streams.core.acceptance import Acceptance, below
from streams.core.decide import gates, value
from streams.core.decide.answering import urgency_level
from streams.core.decide.candidates import product_of
from streams.core.decide.contacting import contact_gate, permitted, zone_of
from streams.core.decide.facts import Facts, Own, facts_of
from streams.core.decide.options import Liking, Option, Row, Via
from streams.core.decide.record import STOPPED_LOGGED_MAX, Candidate, Gate, Product
from streams.core.decide.rules import RuleKind, first_failing
from streams.core.decide.scarce import is_over_budget, stop_below_bid
from streams.core.decide.standing import Prices, Standing, prices_of, standing_of, told_in
from streams.core.decide.toning import tone_lifts
from streams.core.decide.view import ItemFact, View
from streams.core.offers import Offer, Policy, PriceLevel

ContactGates = tuple[Gate | None, Gate | None]
"""What consent and what the contact policy say about one channel and purpose."""


class Weighed(Struct, gc=False):
    """What the gates left and what they stopped; `count` is of all candidates."""

    options: list[Option] = []
    stopped: list[Candidate] = []
    """The first `STOPPED_LOGGED_MAX`."""
    gates: dict[str, int] = {}
    """Gate -> how many candidates it stopped, all treatments and price levels counted."""
    rules: dict[str, int] = {}
    """Rule -> the same, of those that an offer's own rule stopped."""
    count: int = 0
    caring: bool = False
    """Whether one of the options answers and sells nothing."""


class _Known(Struct, gc=False):
    """What the rows of one decision share, worked out when the first of them asks."""

    told: frozenset[str | None]
    """All that event and cart name."""
    contact: dict[tuple[str, str], ContactGates] = {}
    ways: dict[str, Via] = {}
    products: dict[str, Product] = {}
    """Items of event and cart, as offers name them."""
    likings: dict[value.Names | str, Liking] = {}
    """By what it is judged, or by an item that says all of it."""
    facts: Facts | None = None
    tones: dict[str, float] = {}


def weigh(offers: list[Offer], view: View, policy: Policy, slot: str) -> Weighed:
    """Put every candidate of `offers` through the gates and value those that pass.

    Where nothing of a row passes, its fallback is weighed in its place, by the same gates.
    """
    weighed, known = Weighed(), _Known(told_in(view.items, view.cart))
    if view.queried:
        known.told = known.told.union(view.queried)
    if view.tones or view.balance is not None:
        known.tones = tone_lifts(view, policy)
    considered: set[str] | None = None
    for offer in offers:
        before = len(weighed.options)
        _weigh(offer, view, policy, slot, weighed=weighed, known=known)
        instead = offer.fallback
        if instead is not None and len(weighed.options) == before:
            considered = considered or {one.offer for one in offers}
            while instead is not None and instead not in considered:
                considered.add(instead)
                row = policy.offers[instead]
                if (
                    view.decision_time_ms - view.event_time_ms
                    <= row.triggers[view.trigger].age_max_ms
                ):
                    _weigh(row, view, policy, slot, weighed=weighed, known=known)
                instead = row.fallback if len(weighed.options) == before else None
    return weighed


def _weigh(  # noqa: PLR0913  # a row, and all that it is weighed with
    offer: Offer, view: View, policy: Policy, slot: str, *, weighed: Weighed, known: _Known
) -> None:
    standing = standing_of(offer)
    if not offer.about_anything and standing.named.isdisjoint(known.told):
        product, item = offer.product, None  # as `product_of` would say, for nearly every row
    else:
        product, item = product_of(offer, view, known.products)
    may, fine, rule = _gates(offer, product, item, view, policy, known)
    weighed.count += standing.candidates
    row: Row | None = None
    for scope in standing.scopes:
        contact = known.contact.get(scope)
        if contact is None:
            contact = known.contact[scope] = _contact_gates(view, scope, policy, slot)
        gate = may or contact[0] or fine or contact[1]
        if gate is not None:
            _stop(weighed, offer, scope[0], gate, offer.price_levels, rule)
            continue
        if row is None:
            row = _row(standing, product, item, view, policy, known)
        via = known.ways.get(scope[0])
        if via is None:
            channel = scope[0]
            fit = value.channel_fit(channel, view, policy.decision)
            via = known.ways[channel] = Via(
                channel, fit, policy.contact.costs_minor[channel], view.bid_prices.get(channel)
            )
        _add_options(weighed, row, via, view.stage, known.tones)


def _gates(  # noqa: PLR0913, PLR0917  # a row, and all that its gates read
    offer: Offer,
    product: Product | None,
    item: ItemFact | None,
    view: View,
    policy: Policy,
    known: _Known,
) -> tuple[Gate | None, Gate | None, str | None]:
    """What stops the row before and after consent is asked, and the rule if it is one of its own.

    At each of the three steps the gates of every row come first, then the row's own rules.
    """
    rules = offer.rules
    if not rules:
        fine = gates.applicability(offer, product, view)
        return (
            gates.eligibility(offer, product, view),
            fine or gates.suitability(offer, product, item, view),
            None,
        )
    if known.facts is None:
        zone = zone_of(view, policy.contact)
        known.facts = facts_of(view, zone, urgency_level(view, policy))
    facts = known.facts
    own = Own(offer.offer, offer.purpose, offer.price_minor, offer.margin_minor, product)
    gate = gates.eligibility(offer, product, view)
    if gate is not None:
        return gate, None, None
    rule = first_failing(rules, RuleKind.ELIGIBILITY, facts, own)
    if rule is not None:
        return Gate.RULE, None, rule
    gate = gates.applicability(offer, product, view)
    if gate is None:
        rule = first_failing(rules, RuleKind.APPLICABILITY, facts, own)
        gate = gates.suitability(offer, product, item, view) if rule is None else Gate.RULE
    if gate is None:
        rule = first_failing(rules, RuleKind.SUITABILITY, facts, own)
        gate = None if rule is None else Gate.RULE
    return None, gate, rule


def tried(option: Option, learned: Acceptance) -> int:
    """How often its row was tried at this price by this channel, by the snapshot."""
    node = below(below(learned.accepts, option.row.offer.offer), option.via.channel)
    return round(below(node, option.priced[0].level).tried)


def _contact_gates(view: View, scope: tuple[str, str], policy: Policy, slot: str) -> ContactGates:
    if not permitted(view.consents, scope[0], scope[1], policy.contact):
        return Gate.CONSENT, None
    return None, contact_gate(view, scope, slot, policy.contact)


def _stop(  # noqa: PLR0913, PLR0917  # what was stopped, and by what
    weighed: Weighed,
    offer: Offer,
    channel: str,
    gate: Gate,
    levels: Sequence[PriceLevel],
    rule: str | None = None,
) -> None:
    treatments, counts = offer.treatments, weighed.gates
    number = len(treatments) * len(levels)
    counts[gate] = counts.get(gate, 0) + number
    named = rule if gate is Gate.RULE else None
    if named is not None:
        weighed.rules[named] = weighed.rules.get(named, 0) + number
    if len(weighed.stopped) < STOPPED_LOGGED_MAX:
        treatment, level = treatments[0].treatment, levels[0].level
        weighed.stopped.append(
            Candidate(offer.offer, treatment, level, channel, gate, None, 0.0, None, named)
        )


def _row(  # noqa: PLR0913, PLR0917  # a row, and all that it is valued by
    standing: Standing,
    product: Product | None,
    item: ItemFact | None,
    view: View,
    policy: Policy,
    known: _Known,
) -> Row:
    offer, learned = standing.offer, policy.acceptance
    key: value.Names | str = standing.names
    if product is not None and product is not offer.product:
        whole = product.category is not None and product.brand is not None
        key = product.item_id if whole else value.names_of(offer, product)
    liking = known.likings.get(key)
    if liking is None:
        names = value.names_of(offer, product)
        lift, interest = value.affinity(names, view, policy.decision)
        liking = (lift, value.recency(interest, view, policy.fold), interest)
        known.likings[key] = liking
    told = item is not None and item.price_minor is not None
    prices = prices_of(offer, item) if told else standing.prices
    if offer.budget_minor is not None:
        prices = _within_budget(prices, offer, view)
    accepts, anyway = learned.accepts, learned.anyway
    if accepts.children or accepts.tried:
        accepts = below(accepts, offer.offer)
    if anyway.children or anyway.tried:
        anyway = below(below(anyway, offer.offer), view.stage)
    learned_anyway = anyway.lift
    expects, expected = value.chances_of(offer, liking[0], liking[1])
    bought = min(1.0, expected * learned_anyway)
    return Row(offer, product, liking, prices, accepts, learned_anyway, expects, expected, bought)


def _within_budget(prices: Prices, offer: Offer, view: View) -> Prices:
    over = [one for one in prices.priced if is_over_budget(offer, one[1].discount_minor, view)]
    if not over:
        return prices
    within = tuple([one for one in prices.priced if one not in over])
    return Prices(within, prices.unpriced, tuple([one[0] for one in over]))


def _add_options(weighed: Weighed, row: Row, via: Via, stage: str, tones: dict[str, float]) -> None:
    offer, options, node = row.offer, weighed.options, row.accepts
    bought, lever, cost_minor = row.bought, offer.lever, via.cost_minor
    bid_minor, before = via.bid_minor, len(options)
    if row.prices.unpriced:
        _stop(weighed, offer, via.channel, Gate.NO_PRICE, row.prices.unpriced)
    if row.prices.beyond:
        _stop(weighed, offer, via.channel, Gate.BUDGET, row.prices.beyond)
    learned = bool(node.children) or node.tried > 0.0
    if learned:
        node = below(node, via.channel)
    accepts = row.expects * via.fit
    for priced in row.prices.priced:
        level, price, margin_minor = priced
        leaf = below(below(node, level.level), stage) if learned else node
        gain_minor = margin_minor - price.discount_minor
        for treatment in offer.treatments:
            expects = accepts * (treatment.accept_lift * level.accept_lift)
            tone = 1.0
            if tones:
                tone = tones.get(treatment.tone or "", 1.0)
                expects *= tone
            if expects > 1.0:  # noqa: PLR1730  # min() costs a call
                expects = 1.0
            accepted = expects * leaf.lift
            accepted = accepted if leaf.lift <= 1.0 else min(1.0, accepted)
            worth = value.worth(lever, accepted, bought, gain_minor, margin_minor, cost_minor)
            if bid_minor is not None and worth < bid_minor:
                stop_below_bid(offer, via.channel, (treatment.treatment, level.level), weighed)
                continue
            options.append(
                Option(row, via, priced, treatment, leaf, expects, accepted, worth, tone)
            )
    if not offer.selling and len(options) > before:
        weighed.caring = True
