"""Gates and values: what each catalogue row gives by channel, treatment and price level.

The hot path of a decision: it goes through every row that the trigger may bring. What follows from
a row alone is in its `Standing`, what the rows of one decision share in `Known`; what is left is
done for each row, and nothing else.
"""

from collections.abc import Sequence

from streams.core.acceptance import Acceptance, below, node_of
from streams.core.decide import gates, value
from streams.core.decide.candidates import product_of
from streams.core.decide.goods import goods_lift
from streams.core.decide.known import Known, Weighed
from streams.core.decide.nearness import near_lift
from streams.core.decide.options import Liking, Option, Row, Via
from streams.core.decide.record import Gate, Product
from streams.core.decide.scarce import is_over_budget, stop_below_bid
from streams.core.decide.standing import (
    Prices,
    Standing,
    prices_of,
    standing_of,
    standings_of,
    told_in,
)
from streams.core.decide.stopping import gates_of, stop, way_of
from streams.core.decide.toning import tone_lifts
from streams.core.decide.view import ItemFact, View
from streams.core.offers import Offer, Policy


def weigh(offers: Sequence[Offer], view: View, policy: Policy, slot: str) -> Weighed:
    """Put every candidate of `offers` through the gates and value those that pass.

    Where nothing of a row passes, its fallback is weighed in its place, by the same gates.
    """
    told = told_in(view.items, view.cart)
    if view.queried:
        told = told.union(view.queried)
    tones: dict[str, float] = {}
    if view.tones or view.balance is not None:
        tones = tone_lifts(view, policy)
    weighed = Weighed()
    accepts, anyway = policy.acceptance.accepts, policy.acceptance.anyway
    learned = bool(accepts.children or accepts.tried or anyway.children or anyway.tried)
    wary = gates.is_wary(view)
    known = Known(view, policy, slot, told, accepts, anyway, learned, wary, tones)
    considered: set[str] | None = None
    for standing in standings_of(offers):
        if standing.offer.fallback is None:
            _weigh(standing, known, weighed)
        else:
            considered = considered or {one.offer for one in offers}
            _weigh_or_instead(standing, known, weighed, considered)
    return weighed


def _weigh_or_instead(
    standing: Standing, known: Known, weighed: Weighed, considered: set[str]
) -> None:
    """A row, and while nothing passes the rows that stand in for it, each once a decision."""
    view, before = known.view, len(weighed.options)
    age_ms = view.decision_time_ms - view.event_time_ms
    _weigh(standing, known, weighed)
    instead = standing.offer.fallback
    while instead is not None and instead not in considered and len(weighed.options) == before:
        considered.add(instead)
        row = known.policy.offers[instead]
        if age_ms <= row.triggers[view.trigger].age_max_ms:
            _weigh(standing_of(row), known, weighed)
        instead = row.fallback


def _weigh(standing: Standing, known: Known, weighed: Weighed) -> None:
    offer, view = standing.offer, known.view
    if not standing.anything and standing.named.isdisjoint(known.told):
        product, item = offer.product, None  # as `product_of` would say, for nearly every row
    else:
        product, item = product_of(offer, view, known.products)
    may = fine = rule = None
    if known.wary or not standing.unconditional:
        may, fine, rule = gates_of(offer, product, item, known)
    elif product is not None and view.bought and gates.is_just_bought(offer, product, view):
        fine = Gate.JUST_BOUGHT
    weighed.count += standing.candidates
    row: Row | None = None
    for scope in standing.scopes:
        way = known.ways.get(scope)
        if way is None:
            way = known.ways[scope] = way_of(scope, known)
        gate = may or way.consent or fine or way.contact
        if gate is not None:
            stop(weighed, offer, scope[0], gate, offer.price_levels, rule)
            continue
        if row is None:
            row = _row(standing, product, item, known)
        _add_options(weighed, row, way.via, known)
    if not offer.selling and weighed.options and weighed.options[-1].row is row:
        weighed.caring = True


def tried(option: Option, learned: Acceptance) -> int:
    """How often its row was tried at this price by this channel, by the snapshot."""
    node = below(below(learned.accepts, option.row.offer.offer), option.via.channel)
    return round(below(node, option.priced[0].level).tried)


def _row(standing: Standing, product: Product | None, item: ItemFact | None, known: Known) -> Row:
    offer = standing.offer
    key: value.Names | str = standing.names
    if product is not None and product is not offer.product:
        whole = product.category is not None and product.brand is not None
        key = product.item_id if whole else value.names_of(offer, product)
    liking = known.likings.get(key)
    if liking is None:
        liking = known.likings[key] = _liking(value.names_of(offer, product), known)
    told = item is not None and (item.price_minor is not None or value.is_another(offer, item))
    prices = prices_of(offer, item) if told else standing.prices
    if offer.budget_minor is not None:
        prices = _within_budget(prices, offer, known.view)
    accepts, anyway = known.accepts, known.anyway
    if known.learned:
        accepts = node_of(known.policy.acceptance, offer.offer, offer.campaign)
        anyway = below(below(anyway, offer.offer), known.view.stage)
    learned_anyway = anyway.lift
    lifted, buys = 1.0, known.view.buys
    if offer.goods and buys.receipts and offer.goods not in buys.hidden:
        decision = known.policy.decision
        own = buys.lists.get(offer.goods)
        lifted = goods_lift(offer.accepts, own, buys.receipts, decision)
        if buys.usual and item is None:
            liking = near_lift(offer.goods, buys, decision), liking[1], liking[2]
    context = liking[0] * liking[1] * lifted
    expects, expected = offer.accepts * context, offer.anyway * context
    if expected > 1.0:  # noqa: PLR1730  # min() costs a call
        expected = 1.0
    bought = expected * learned_anyway
    if bought > 1.0:  # noqa: PLR1730  # min() costs a call
        bought = 1.0
    return Row(
        offer, product, liking, prices, accepts, learned_anyway, expects, expected, bought, lifted
    )


def _liking(names: value.Names, known: Known) -> Liking:
    view, policy = known.view, known.policy
    lift, interest = value.affinity(names, view, policy.decision)
    return lift, value.recency(interest, view, policy.fold), interest


def _within_budget(prices: Prices, offer: Offer, view: View) -> Prices:
    priced = dict.fromkeys([one[0] for one in prices.choices])
    over = [one for one in priced if is_over_budget(offer, one[1].discount_minor, view)]
    if not over:
        return prices
    within = tuple([one for one in prices.choices if one[0] not in over])
    return Prices(within, prices.unpriced, tuple([one[0] for one in over]))


def _add_options(weighed: Weighed, row: Row, via: Via, known: Known) -> None:
    offer, prices, node, tones = row.offer, row.prices, row.accepts, known.tones
    options = weighed.options
    if prices.unpriced:
        stop(weighed, offer, via.channel, Gate.NO_PRICE, prices.unpriced)
    if prices.beyond:
        stop(weighed, offer, via.channel, Gate.BUDGET, prices.beyond)
    learned = bool(node.children) or node.tried > 0.0
    if learned:
        node = below(node, via.channel)
    lever, bought, bid_minor = offer.lever, row.bought, via.bid_minor
    cost_minor = via.cost_minor
    accepts, leaf, tone = row.expects * via.fit, node, 1.0
    for priced, treatment, lift, gain_minor in prices.choices:
        if learned:
            leaf = below(below(node, priced[0].level), known.view.stage)
        expects = accepts * lift
        if tones:
            tone = tones.get(treatment.tone or "", 1.0)
            expects *= tone
        if expects > 1.0:  # noqa: PLR1730  # min() costs a call
            expects = 1.0
        accepted = expects * leaf.lift
        if accepted > 1.0:  # noqa: PLR1730
            accepted = 1.0
        worth = lever * (accepted * gain_minor - bought * priced[2] - cost_minor)
        if bid_minor is None or worth >= bid_minor:
            options.append(
                Option(row, via, priced, treatment, leaf, expects, accepted, worth, tone)
            )
        else:
            stop_below_bid(offer, via.channel, (treatment.treatment, priced[0].level), weighed)
