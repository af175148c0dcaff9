"""What stops a catalogue row: its gates and rules once, consent and contact policy by channel."""

from collections.abc import Sequence

from streams.core.decide import gates, value
from streams.core.decide.answering import urgency_level
from streams.core.decide.contacting import contact_gate, permitted, zone_of
from streams.core.decide.facts import Own, facts_of
from streams.core.decide.known import CLOSED, Known, Way, Weighed
from streams.core.decide.options import Via
from streams.core.decide.record import STOPPED_LOGGED_MAX, Candidate, Gate, Product
from streams.core.decide.rules import RuleKind, first_failing
from streams.core.decide.view import ItemFact
from streams.core.offers import Offer, PriceLevel


def gates_of(
    offer: Offer, product: Product | None, item: ItemFact | None, known: Known
) -> tuple[Gate | None, Gate | None, str | None]:
    """What stops the row before and after consent is asked, and the rule if it is one of its own.

    At each of the three steps the gates of every row come first, then the row's own rules.
    """
    rules, view = offer.rules, known.view
    may = gates.eligibility(offer, product, view)
    if not rules:
        fine = gates.applicability(offer, product, view)
        return may, fine or gates.suitability(offer, product, item, view), None
    if may is not None:
        return may, None, None
    facts = known.facts
    if facts is None:
        zone = zone_of(view, known.policy.contact)
        facts = known.facts = facts_of(view, zone, urgency_level(view, known.policy))
    own = Own(offer.offer, offer.purpose, offer.price_minor, offer.margin_minor, product)
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


def way_of(scope: tuple[str, str], known: Known) -> Way:
    """What consent and the contact policy say about channel and purpose, and the channel."""
    (channel, purpose), view, policy = scope, known.view, known.policy
    if not permitted(view.consents, channel, purpose, policy.contact):
        return Way(Gate.CONSENT, None, CLOSED)
    contact = contact_gate(view, scope, known.slot, policy.contact)
    if contact is not None:
        return Way(None, contact, CLOSED)
    fit = value.channel_fit(channel, view, policy.decision)
    cost_minor = policy.contact.costs_minor[channel]
    return Way(None, None, Via(channel, fit, cost_minor, view.bid_prices.get(channel)))


def stop(  # noqa: PLR0913, PLR0917  # what was stopped, and by what
    weighed: Weighed,
    offer: Offer,
    channel: str,
    gate: Gate,
    levels: Sequence[PriceLevel],
    rule: str | None = None,
) -> None:
    """Count what `gate` stopped of a row by a channel: each treatment at each of `levels`."""
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
