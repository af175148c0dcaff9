"""A catalogue with limits, and the changelog rows of partitions that lease tokens by it."""

import time
from collections.abc import Iterable

from streams.codec.rows import encode_row
from streams.core.leases.limits import Limit
from streams.core.leases.rows import Held, HeldOffer, Known
from streams.core.leases.saying import KNOWN_KEY
from streams.kafka.partitioner import partition_for
from tests.core.leases_net import Net, limit_of

PARTITIONS = 3
WINDOW_MS = 90 * 86_400_000
POLICY = """
policy:
  currency: USD
  experiment_salt: one
  holdout_salt: two
  contact:
    zone: UTC
    open_offers_max: 4
    channels:
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
      contact-centre:
        contact_cost_minor: 0
        CAPACITY
        marketing: {consent: unless-withdrawn}
offers:
"""
CAPACITY = "capacity: {max: 80, window: 90d, bid_price_minor: 50}"
OFFER = """
  - offer: NAME
    purpose: marketing
    triggers: [{on: view_item, age_max: 12h}]
    channels: [web, contact-centre]
    ttl: 1h
    accepts: 0.5
    anyway: 0.0
    price_minor: 500
    margin_minor: 400
    pitches: [{pitch: plain, text: "Well?"}]
    LIMITS
"""
STOCK, BUDGET = limit_of("stock:tea", 300), limit_of("budget:jam", 20_000)
CENTRE = limit_of("capacity:contact-centre", 80, WINDOW_MS, bid=50.0)
Rows = Iterable[tuple[int, bytes, bytes | None]]


class KafkaNet(Net):
    """Partitions with homes where the worker has them."""

    def home_of(self, key: bytes) -> int:
        """The home of a row."""
        return partition_for(key, len(self.sides))


def catalogue(*, capacity: str = CAPACITY, stock: str = "stock: 300") -> str:
    """An offer file with a stock of tea, a budget of jam, scarce contacts, and salt unlimited."""
    budget = "budget_minor: 20000\n    price_levels: [{level: off, discount_minor: 150}]"
    limits = {"tea": stock, "jam": budget, "salt": ""}
    rows = [OFFER.replace("NAME", name).replace("LIMITS", own) for name, own in limits.items()]
    return POLICY.replace("CAPACITY", capacity) + "".join(rows)


def net_of(limit: Limit) -> KafkaNet:
    """Partitions that have acted upon `limit`, now; nothing is on its way."""
    net = KafkaNet(limit, PARTITIONS)
    net.now_ms = time.time_ns() // 1_000_000
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()
    return net


def rows_of(*nets: Net) -> Rows:
    """The changelog rows of limits, as committed by the partitions of each net."""
    for number in range(PARTITIONS):
        for net in nets:
            for key, value in net.sides[number].committed.items():
                if key != KNOWN_KEY:
                    yield number, key, value
        known = {net.limit.name: net.limit.tokens_max for net in nets}
        yield number, KNOWN_KEY, encode_row(Known(known))


def held(offer: str, pieces: int) -> bytes:
    """The row of a subject whose open offer took pieces of stock."""
    return encode_row(Held({"a" * 32: HeldOffer(offer, pieces, 0)}))
