"""Whole lives for properties: every kind of event over years, heard, and looked up in a catalogue.

Half of the events are of any content, half are about few things on purpose: words that the lexicon
knows, articles that the catalogue lists, receipts that are voided, and times that collide.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from streams.core import events
from streams.core.events import Body, Event
from streams.core.fold_policy import DAY_MS, FoldPolicy, Zone
from streams.core.products import Listed, Products, Version, pack
from streams.core.words.lexicon import BandValue
from tests.core.lexicons import lexicon
from tests.same import NOW_MS
from tests.strategies import bodies
from tests.strategies_profiles import (
    FAIL,
    FOLD,
    OURS,
    cart,
    consent,
    event,
    item,
    line,
    opened,
    post,
    returned,
    sale,
    view,
    void,
)

YEARS_MS = 5 * 365 * DAY_MS
START_MS = NOW_MS - YEARS_MS
SUMMER_MS = NOW_MS - 90 * DAY_MS  # clocks change
LEXICON = replace(
    lexicon(),
    attribute_values={"organic": (("sustainability", 1.0), ("thrift", -0.5))},
    price_values=(BandValue(value="status", low=0.5, high=1.0, weight=0.5),),
)
ROWS = {
    f"sku-{number}": pack(
        Listed(
            "tea",
            "food",
            "Acme",
            "EUR",
            100 + number,
            pack_size=float(1 + number),
            pack_unit="g",
            attributes={"organic": number % 2 == 0, "size": "M", "private_label": number > 2},
        )
    )
    for number in range(5)
}
PRODUCTS = Products([Version(version="v1", valid_from_ms=0, rows=ROWS)], LEXICON.values_of)
BLIND = replace(
    FOLD,
    lexicon=LEXICON,
    zone=Zone(name="Tests", offsets=((0, 3_600_000), (SUMMER_MS, 7_200_000))),
)
"""Hears and knows the time, and has no catalogue yet."""
KNOWING: FoldPolicy = replace(BLIND, products=PRODUCTS)
HEALTH = consent(granted=True, purpose="health")


def about(number: int) -> str:
    """Some words of the lexicon."""
    return (
        "coffee with Adele, a bargain",
        "United was awful, dinner cold",
        "Acme is great, lovely flat white",
        "my diabetes, and a heart attack of a bargain",
    )[number]


def priced(number: int, category: str | None, brand: str | None = "Acme") -> events.Sale:
    """A receipt over two articles, one of them at a reduced price, paid by card and voucher."""
    lines = (
        line(f"sku-{number % 5}", category, item_brand=brand, quantity=2, unit_cost_minor=40),
        line(f"sku-{(number + 1) % 5}", "coffee", discounts=(events.Discount(amount_minor=5),)),
    )
    tenders = (
        events.Tender(tender_type="card", amount_minor=90),
        events.Tender(tender_type="voucher", amount_minor=10),
    )
    currency = ("EUR", "USD", "GBP")[number % 3]
    return structs.replace(sale(number, *lines), tenders=tenders, currency=currency)


_TIMES = st.integers(START_MS, START_MS + YEARS_MS) | st.sampled_from(
    [START_MS, SUMMER_MS, SUMMER_MS + 1, SUMMER_MS + 3_600_000, NOW_MS]
)
_SHARED = events.SocialObject(type="Note", attributed_to="@gardener")
_ACTOR = events.Actor(id="https://social.example/1", followers_count=7)
_TOLD: dict[str, Any] = {"offer_id": "gone", "offer_template": "coffee-week"}
_KNOWN: Sequence[Body] = (
    *[post(about(number)) for number in range(4)],
    *[post(about(number), OURS) for number in range(3)],
    structs.replace(
        post("@OurShop", OURS, FAIL),
        object=structs.replace(
            post("so bad, #Coffee", OURS, FAIL).object,
            likes_count=3,
            shares_count=1,
            views_count=90,
        ),
    ),
    events.Announce(actor=_ACTOR, object=_SHARED),
    events.Search(search_term="flat white"),
    events.Search(search_term="insulin diabetes"),
    events.Review(item_id="sku-1", rating=5.0, content=about(2), item_category="Pharmacy"),
    events.Review(item_id="sku-1", rating=1.0, content=about(1), item_category="tea"),
    view(item("sku-1", None, item_brand="Bolt"), item("new-1", "coffee")),
    view(item("sku-2", "Pharmacy")),
    cart(item("sku-3"), item("new-2")),
    events.RemoveFromCart(currency="EUR", items=(item("sku-3"), item("sku-2", "Pharmacy"))),
    events.BeginCheckout(currency="EUR", items=(item("sku-3"),)),
    events.Purchase(currency="EUR", transaction_id="t", items=(item("sku-3", quantity=2),)),
    *[priced(number, "tea") for number in range(20, 23)],
    priced(23, None),
    priced(24, "Pharmacy"),
    priced(25, "coffee", "coffee"),
    sale(26, line("new-1")),
    returned(27),
    *[kind(**_TOLD, channel="email") for kind in (events.Delivered, events.Viewed, events.Clicked)],
    events.Accepted(**_TOLD, channel="email"),
    events.Rejected(**_TOLD, channel="email", reason="never-this-brand", name="Acme"),
    events.Undeliverable(**_TOLD, channel="email"),
    events.Dismissed(**_TOLD, channel="web"),
    opened(),
    events.Closed(channel="phone", case_id="case", satisfaction=5),
    events.Answered(channel="phone", case_id="case"),
    *[consent(granted=granted, channel="email") for granted in (True, False)],
    *[events.Referred(code="c", currency=one, margin_minor=9) for one in ("EUR", "USD")],
    events.TraitCorrected(trait="topic/coffee", share=0.0),
    events.TraitCorrected(trait="topic/coffee", share=1.0, withdrawn=True),
    *[events.TraitMuted(trait="topic/*", muted=muted) for muted in (True, False)],
    *[events.Suppressed(scope="brand", name="Acme", suppressed=one) for one in (True, False)],
)


def _history(drawn: list[tuple[int, Body]]) -> list[Event]:
    made = [event(f"e{number}", body, at_ms) for number, (at_ms, body) in enumerate(drawn)]
    return list({one.event_id: one for one in made}.values())


def lives(size_max: int = 16) -> st.SearchStrategy[list[Event]]:
    """Histories of every kind of event within five years, in any order, each event id once."""
    # A void finds or waits for its sale in the order of their arrival, see `voided`.
    any_body = bodies().filter(lambda body: not isinstance(body, events.Void))
    one = st.tuples(_TIMES, st.sampled_from(_KNOWN) | any_body)
    return st.lists(one, max_size=size_max).map(_history)


def known(size_max: int = 24) -> st.SearchStrategy[list[Event]]:
    """As `lives`, of things that lexicon and catalogue know."""
    one = st.tuples(_TIMES, st.sampled_from(_KNOWN))
    return st.lists(one, max_size=size_max).map(_history)


def voided() -> st.SearchStrategy[list[Event]]:
    """Receipts of few times, some of them void: in any order, and at most three are remembered."""
    receipts = st.lists(
        st.tuples(_TIMES, st.sampled_from([1, 2, 3]), st.booleans()),
        max_size=3,
        unique_by=lambda drawn: drawn[1],
    )
    return receipts.map(_receipts)


def _receipts(drawn: list[tuple[int, int, bool]]) -> list[Event]:
    made: list[tuple[int, Body]] = []
    for at_ms, number, cancelled in drawn:
        made.append((at_ms, priced(number, "tea")))
        made += [(at_ms + 1, void(90 + number, number))] * cancelled
    return _history(made)


def halves(history: list[Event], random: Random) -> tuple[list[Event], list[Event]]:
    """`history` dealt to two, each in its order."""
    mine = [random.random() < 0.5 for _ in history]
    pairs = list(zip(history, mine, strict=True))
    return [one for one, first in pairs if first], [one for one, first in pairs if not first]
