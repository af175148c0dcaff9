"""Gates and values: what each catalogue row gives by channel, treatment and price level."""

from collections.abc import Sequence

from msgspec import Struct

from streams.core.acceptance import Acceptance, Node, below
from streams.core.decide import gates, value
from streams.core.decide.candidates import product_of
from streams.core.decide.contacting import contact_gate, permitted
from streams.core.decide.facts import Facts, Own, facts_of
from streams.core.decide.record import (
    STOPPED_LOGGED_MAX,
    Candidate,
    Factors,
    Gate,
    Price,
    Product,
)
from streams.core.decide.rules import RuleKind, first_failing
from streams.core.decide.view import ItemFact, View
from streams.core.offers import Offer, Policy, PriceLevel, Treatment

ContactGates = tuple[Gate | None, Gate | None]
"""What consent and what the contact policy say about one channel and purpose."""
Liking = tuple[float, float, str | None]
"""Lifts by affinity and recency, and the name of the interest that gave them."""


class Option(Struct, frozen=True, gc=False):
    """A candidate that passed the gates, with all that an offer message needs."""

    offer: Offer
    treatment: Treatment
    channel: str
    product: Product | None
    price: Price
    interest: str | None
    factors: Factors
    value_minor: float
    expected: tuple[float, float]
    """P1 and P0 before anything learned."""


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


class _Row(Struct, frozen=True, gc=False):
    offer: Offer
    product: Product | None
    liking: Liking
    priced: list[tuple[PriceLevel, Price, int]]
    """With the margin of each."""
    unpriced: list[PriceLevel]
    """Levels that take a percentage off a price that nobody named."""
    learned: tuple[Node, float]
    """What trials showed of this row: of acceptance, and the lift of P0."""


class _Known(Struct, gc=False):
    """What the rows of one decision share, worked out when the first of them asks."""

    contact: dict[tuple[str, str], ContactGates] = {}
    fits: dict[str, float] = {}
    likings: dict[value.Names, Liking] = {}
    facts: Facts | None = None


def weigh(offers: list[Offer], view: View, policy: Policy, slot: str) -> Weighed:
    """Put every candidate of `offers` through the gates and value those that pass.

    Where nothing of a row passes, its fallback is weighed in its place, by the same gates.
    """
    weighed, known = Weighed(), _Known()
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
    product, item = product_of(offer, view)
    may, fine, rule = _gates(offer, product, item, view, policy, known)
    weighed.count += len(offer.treatments) * len(offer.price_levels) * len(offer.channels)
    row: _Row | None = None
    for channel in offer.channels:
        scope = (channel, offer.purpose)
        contact = known.contact.get(scope)
        if contact is None:
            contact = known.contact[scope] = _contact_gates(view, scope, policy, slot)
        gate = may or contact[0] or fine or contact[1]
        if gate is not None:
            _stop(weighed, offer, channel, gate, offer.price_levels, rule)
            continue
        if row is None:
            liking = _liking(offer, product, view, policy, known.likings)
            learned = _learned(offer, view.stage, policy.acceptance)
            row = _row(offer, product, item, liking, learned)
        fit = known.fits.get(channel)
        if fit is None:
            fit = known.fits[channel] = value.channel_fit(channel, view, policy.decision)
        contacting = (channel, fit, policy.contact.costs_minor[channel])
        _add_options(weighed, row, contacting, view.stage)


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
            gates.eligibility(offer, view),
            fine or gates.suitability(offer, product, item, view),
            None,
        )
    if known.facts is None:
        known.facts = facts_of(view, policy.contact.zone)
    facts = known.facts
    own = Own(offer.offer, offer.purpose, offer.price_minor, offer.margin_minor, product)
    gate = gates.eligibility(offer, view)
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
    node = below(below(learned.accepts, option.offer.offer), option.channel)
    return round(below(node, option.price.level).tried)


def _learned(offer: Offer, stage: str, learned: Acceptance) -> tuple[Node, float]:
    anyway = below(below(learned.anyway, offer.offer), stage)
    return below(learned.accepts, offer.offer), anyway.lift


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


def _liking(
    offer: Offer,
    product: Product | None,
    view: View,
    policy: Policy,
    known: dict[value.Names, Liking],
) -> Liking:
    names = value.names_of(offer, product)
    liking = known.get(names)
    if liking is None:
        lift, interest = value.affinity(names, view, policy.decision)
        liking = known[names] = (lift, value.recency(interest, view, policy.fold), interest)
    return liking


def _row(
    offer: Offer,
    product: Product | None,
    item: ItemFact | None,
    liking: Liking,
    learned: tuple[Node, float],
) -> _Row:
    row = _Row(offer, product, liking, [], [], learned)
    for level in offer.price_levels:
        price = value.price_of(offer, level, item)
        unknown = price.regular_minor is None and level.discount_percent > 0
        # A coupon worth as much as the article would give it away.
        free = price.amount_minor is not None and price.amount_minor <= 0 < price.discount_minor
        if unknown or free:
            row.unpriced.append(level)
        else:
            row.priced.append((level, price, value.margin_of(offer, price)))
    return row


def _add_options(
    weighed: Weighed, row: _Row, contacting: tuple[str, float, int], stage: str
) -> None:
    offer, options = row.offer, weighed.options
    liking, fresh, interest = row.liking
    channel, fit, cost_minor = contacting
    node, learned_anyway = below(row.learned[0], channel), row.learned[1]
    if row.unpriced:
        _stop(weighed, offer, channel, Gate.NO_PRICE, row.unpriced)
    accepts, anyway = value.chances_of(offer, liking, fresh, fit)
    bought = min(1.0, anyway * learned_anyway)
    for level, price, margin_minor in row.priced:
        leaf = below(below(node, level.level), stage)
        for treatment in offer.treatments:
            expected = min(1.0, accepts * (treatment.accept_lift * level.accept_lift))
            factors = Factors(
                min(1.0, expected * leaf.lift),
                bought,
                liking,
                fresh,
                fit,
                leaf.lift,
                learned_anyway,
                leaf.spread,
                margin_minor,
                price.discount_minor,
                cost_minor,
            )
            options.append(
                Option(
                    offer,
                    treatment,
                    channel,
                    row.product,
                    price,
                    interest,
                    factors,
                    value.value_of(offer, factors),
                    (expected, anyway),
                )
            )
