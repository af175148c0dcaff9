"""What a decision knows of the limits that all customers share, and the gates that read it.

It is in the view: tokens at hand in the partition as it decided, and bid prices. A view without
them, made outside a worker, is not limited.
"""

from typing import Protocol

from msgspec.structs import replace

from streams.core.decide.candidates import considered
from streams.core.decide.record import STOPPED_LOGGED_MAX, Candidate, Gate
from streams.core.decide.view import View
from streams.core.leases.desk import Desk
from streams.core.leases.limits import budget_of, capacity_of, stock_of
from streams.core.offers import Offer, Policy


def with_tokens(view: View, policy: Policy, standing: Desk) -> View:
    """`view` with what is at hand of each limit of the offers that it may bring."""
    limits, now_ms = policy.limits, view.decision_time_ms
    tokens: dict[str, int] = {}
    bids: dict[str, float] = {}
    for offer in considered(view, policy):
        for limit in limits.offers.get(offer.offer, ()):
            tokens[limit.what] = standing.at_hand(limit, now_ms)
        for channel in offer.channels:
            scarce = limits.channels.get(channel)
            if scarce is not None and scarce.what not in tokens:
                tokens[scarce.what] = standing.at_hand(scarce, now_ms)
                bid = standing.bid(scarce, now_ms)
                if bid is not None:
                    bids[channel] = bid
    return replace(view, tokens=tokens, bid_prices=bids) if tokens else view


def is_sold_out(offer: Offer, view: View) -> bool:
    """Whether no piece is at hand of an offer that has a stock."""
    return view.tokens.get(stock_of(offer.offer), 1) < 1


def is_over_budget(offer: Offer, discount_minor: int, view: View) -> bool:
    """Whether less than the discount is at hand of an offer that has a budget."""
    return view.tokens.get(budget_of(offer.offer), discount_minor) < discount_minor


def is_taken_up(channel: str, view: View) -> bool:
    """Whether no contact by a scarce channel is at hand."""
    return view.tokens.get(capacity_of(channel), 1) < 1


def stop_below_bid(offer: Offer, channel: str, named: tuple[str, str], weighed: "Stopping") -> None:
    """Note that a candidate, `named` by treatment and price level, is worth less than the bid."""
    gates = weighed.gates
    gates[Gate.BID_PRICE] = gates.get(Gate.BID_PRICE, 0) + 1
    if len(weighed.stopped) < STOPPED_LOGGED_MAX:
        weighed.stopped.append(Candidate(offer.offer, *named, channel, Gate.BID_PRICE))


class Stopping(Protocol):
    """Where what was stopped is written down."""

    gates: dict[str, int]
    stopped: list[Candidate]
