"""Genomes of small histories: what happened on which day, read on another, and what is in them.

Days count from noon of 2025-06-15, a Sunday, in UTC.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec
from msgspec import structs

from streams.core import events
from streams.core.events import Body, LineItem
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.model import (
    NO_MODEL,
    PERCENTILES,
    RANKINGS,
    CategoryModel,
    Model,
    PurchaseModel,
    SpendModel,
)
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import Profile, new_profile
from streams.core.words.lexicon import Lexicon
from tests.strategies_profiles import (
    FAIL,
    FOLD,
    NOON,
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
)

ANN = "customer:1"
Happened: TypeAlias = tuple[float, Body]
"""On which day, and what."""
USUAL = CategoryModel(
    share=0.2, buyers=0.5, promoted=0.4, interval_days=14.0, interval_cv=0.8, dropout=0.1
)
MODEL = Model(
    version="m1",
    fitted_until_ms=NOON,
    currency="EUR",
    categories={
        **dict.fromkeys(("coffee", "tea", "milk", "bread", "Inhalers"), USUAL),
        **{f"category-{number}": USUAL for number in range(4)},
    },
    purchase=PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426),
    spend=SpendModel(p=6.25, q=3.74, gamma=1_545.0),
    margin_share=0.3,
    goes_with={"coffee": {"milk": 3.0, "Inhalers": 3.0}, "category-0": {"category-1": 2.0}},
    quantiles={name: tuple(float(one) for one in range(PERCENTILES)) for name in RANKINGS},
    one_time=((0.0, 0.6), (10.0, 0.8)),
    influence={ANN: 50.0},
    clv_median_minor=10_000.0,
)
"""CDNOW's customers; every ranking goes from 0 to 100."""
LEXICON = Lexicon(
    attribute_values={
        "organic": (("sustainability", 1.0),),
        "plastic": (("sustainability", -1.0),),
        "cheap": (("thrift", 0.5),),
    },
    said_values={"green": (("sustainability", 1.0),), "fancy": (("status", 0.8),)},
)
_ROWS = {
    one: pack(Listed("tea", "food", "Acme", "EUR", 100, attributes={one: True}))
    for one in ("organic", "plastic", "cheap")
}
KNOWING = replace(
    FOLD,
    lexicon=LEXICON,
    products=Products([Version(version="v1", valid_from_ms=0, rows=_ROWS)], LEXICON.values_of),
)
"""A catalogue of three teas, and a lexicon that knows what they and some words stand for."""


def at_ms(days: float) -> int:
    """The moment so many days after noon of 2025-06-15."""
    return NOON + round(days * DAY_MS)


def known(*happened: Happened, rules: FoldPolicy = FOLD) -> Profile:
    """The profile after what happened, in the order given."""
    profile = new_profile(ANN)
    for number, (days, body) in enumerate(happened):
        one = event(f"e{number}", body, at_ms(days))
        fold(profile, one, rules, now_ms=one.event_time_ms)
    return profile


def read(
    *happened: Happened,
    days: float,
    rules: FoldPolicy = FOLD,
    model: Model = NO_MODEL,
    special: bool = False,
) -> Genome:
    """The genome after what happened, as of `days`."""
    profile = known(*happened, rules=rules)
    return read_genome(profile, make_background(rules, model), at_ms(days), special=special)


def bought(
    days: float,
    *categories: str,
    total_minor: int = 100,
    currency: str = "EUR",
    lines: tuple[LineItem, ...] = (),
) -> Happened:
    """A receipt of `lines`, or of one line a category, or of coffee; one an hour at most."""
    held = lines or [line(f"sku-{one}", one) for one in categories or ("coffee",)]
    receipt = sale(round(days * 24) + 50_000, *held, total_minor=total_minor)
    return days, structs.replace(receipt, currency=currency)


def on_days(*days: float, category: str = "coffee") -> list[Happened]:
    """A receipt of one line of `category` on each of `days`."""
    return [bought(one, category) for one in days]


def weekly(weeks: int, category: str = "coffee") -> list[Happened]:
    """A receipt a week, from day 0 on."""
    return on_days(*(7 * week for week in range(weeks)), category=category)


def rich() -> list[Happened]:
    """Something for every part of a genome, in 60 days; no two events at one time."""
    look = events.ViewItem(
        currency="EUR", items=(item("sku-9", "tea"),), device_category="mobile", country="DE"
    )
    answer: dict[str, Any] = {
        "offer_id": "gone",
        "channel": "email",
        "offer_template": "coffee-week",
    }
    said: list[Body] = [
        post("fine", followers=999),
        post("late again", OURS, FAIL, followers=1_200),
        events.Announce(
            actor=events.Actor(id="a"),
            object=events.SocialObject(type="Note", attributed_to="@gardener"),
        ),
        opened(),
        events.DeliveryDelayed(channel="phone", delay_days=2),
        events.Review(item_id="sku-coffee", rating=5.0, item_category="coffee"),
        consent(granted=True, channel="email"),
        consent(granted=False),
        events.TraitCorrected(trait="category/milk", share=0.4, source="phone"),
        events.TraitMuted(trait="topic/*", muted=True),
        events.Suppressed(scope="brand", name="Bolt", suppressed=True),
        events.Referred(code="c", currency="EUR", margin_minor=500),
        *[kind(**answer) for kind in (events.Delivered, events.Viewed, events.Clicked) * 3],
        events.Search(search_term="a kettle"),
        look,
        look,
        look,
        view(item("sku-8", "tea", item_brand="Acme")),
        cart(item("sku-7", "tea", item_brand="Acme", price_minor=349)),
    ]
    receipts = [bought(7 * week, "coffee", "milk", total_minor=400 + week) for week in range(8)]
    back = [(50.0 + day, returned(90_000 + day, total_minor=10)) for day in range(3)]
    return [*receipts, *back, *((55 + 0.1 * at, one) for at, one in enumerate(said))]


def chose(*articles: str) -> list[Happened]:
    """A receipt of each of these articles, all of them on one day."""
    return [bought(number / 24, lines=(line(one, "tea"),)) for number, one in enumerate(articles)]


def said(word: str, times: int) -> list[Happened]:
    """So many posts of one word."""
    return [(0.5 + number / 1_000, post(word)) for number in range(times)]


def traits(genome: Genome) -> list[dict[str, Any]]:
    """Every trait anywhere in `genome`, as it is encoded."""
    return [one for one in _mappings(msgspec.to_builtins(genome)) if "measure" in one]


def numbers(genome: Genome) -> list[float]:
    """Every number anywhere in `genome`."""
    held = [one for each in _mappings(msgspec.to_builtins(genome)) for one in each.values()]
    listed = [inner for one in held if isinstance(one, list) for inner in one]
    return [one for one in [*held, *listed] if isinstance(one, int | float)]


def text(genome: Genome, *, but: str = "") -> str:
    """`genome` as it is encoded, without the part named `but`."""
    fields = msgspec.to_builtins(genome)
    return msgspec.json.encode({name: one for name, one in fields.items() if name != but}).decode()


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
