"""Campaigns and coupons of the Complete Journey study as an offer catalogue.

Each coupon of a campaign becomes one offer row, `campaign-<id>-coupon-<upc>`. From the study: the
campaign's days, the products the coupon is good for, their usual shelf price, and the coupon's
value where receipts show one (the mean over its products). Ours, since the study does not say:

- The value of a coupon that nobody handed in: `COUPON_USUAL_MINOR`. No coupon is worth more than
  half of what its best-selling product costs, and products that cost less than twice its value
  are not on its list: some are for buying two or more, which the study does not tell.
- Channels by campaign type. In the study all campaigns were sent by mail.
- Who gets it. The study lists the households a campaign was sent to; a catalogue row cannot name
  households, so any household whose events touch the products may get the offer.
- Rates and margins. The manufacturer pays a coupon back, so its value counts as margin too: as a
  share of the price, which on all that the list sold in the year makes as much. An article that
  is cheap beside the others on the list earns less than the coupon takes off: it is not offered.

Contact policy and care offers are a plain example. Nothing here claims to be the retailer's own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from streams.worker.simulation.journey import Campaign, Product, Sold
from streams.worker.simulation.receipts import item_brand, item_name, sentence

# Types of the study that say what an article is only beside its category.
_VAGUE = frozenset({"FRESH", "KITS", "MAINSTREAM", "PREMIUM", "TRADITIONAL"})
COUPON_USUAL_MINOR = 75
# A grocer earns about a quarter of the shelf price before its own costs.
MARGIN_SHARE = 0.25
ACCEPTS = 0.10
ANYWAY = 0.02
ARTICLES_BOUGHT = 23  # by a household of the study in the two weeks that an offer holds
CHANNELS = {
    "Type A": ["email", "app"],
    "Type B": ["store", "app"],
    "Type C": ["web", "email"],
}
# Event time runs a day a second in the demo: an age of hours would be a hiccup of the machine.
TRIGGERS = [{"on": word, "age_max": "7d"} for word in ("purchase", "view_item", "add_to_cart")]
_RULE = {"consent": "unless-withdrawn"}
_NIGHT = {"quiet_hours": {"from": "22:00", "until": "07:00"}}
POLICY: dict[str, Any] = {
    "currency": "USD",
    "experiment_salt": "demo",
    "exploration": {"uniform": 0.05, "silence": 0.02, "gamma": 20, "scale_minor": 20},
    "holdout_salt": "demo-holdout",
    "holdout_share": 0.05,
    "bar_minor": 1.0,
    "accepts_purchases": ARTICLES_BOUGHT,
    "goods_strength": ARTICLES_BOUGHT / ACCEPTS / 2,
    "slots": {"complaint": "care", "mention": "care", "delivery_delayed": "care"},
    "identity": {"kinds": {"device": {"members_max": 12, "switch_after": "90d"}}},
    "complaints": {
        "handles": ["@shop"],
        "words": ["terrible", "awful", "disappointed", "spoiled"],
        "case_reasons": ["complaint"],
        "age_max": "7d",
    },
    "contact": {
        "zone": "UTC",
        "open_offers_max": 8,
        "caps": [{"purpose": "marketing", "max": 4, "window": "7d"}],
        "channels": {
            "email": {
                "contact_cost_minor": 1,
                "marketing": _RULE
                | _NIGHT
                | {"spacing": "1d", "caps": [{"max": 2, "window": "7d"}]},
                "service": _RULE,
            },
            "app": {
                "contact_cost_minor": 0,
                "marketing": _RULE | _NIGHT | {"spacing": "12h"},
            },
            "web": {"contact_cost_minor": 0, "marketing": _RULE},
            "store": {"contact_cost_minor": 0, "marketing": _RULE | {"spacing": "12h"}},
            "social": {"contact_cost_minor": 5, "service": _RULE | {"spacing": "1h"}},
            "contact-centre": {"contact_cost_minor": 300, "service": _RULE | {"spacing": "1d"}},
        },
    },
}
CARE: list[dict[str, Any]] = [
    {
        "offer": "make-good",
        "purpose": "service",
        "triggers": [{"on": "complaint", "age_max": "7d"}],
        "pitches": [
            {"pitch": "sorry", "text": "We are sorry. A person of ours will make it good today."}
        ],
        "channels": ["social", "contact-centre"],
        "ttl": "2d",
        "accepts": 0.6,
        "margin_minor": 2_000,
    },
    {
        "offer": "thank-you",
        "purpose": "service",
        "triggers": [{"on": "mention", "age_max": "7d"}],
        "pitches": [{"pitch": "thanks", "text": "Thank you for your kind words. See you soon!"}],
        "channels": ["social"],
        "ttl": "2d",
        "accepts": 0.5,
        "margin_minor": 100,
    },
    {
        "offer": "late-delivery",
        "purpose": "service",
        "triggers": [{"on": "delivery_delayed", "age_max": "7d"}],
        "pitches": [{"pitch": "sorry", "text": "Your delivery is late, and we are sorry."}],
        "channels": ["email"],
        "ttl": "2d",
        "accepts": 0.5,
        "margin_minor": 500,
    },
]


def offer_name(campaign_id: int, coupon_upc: int) -> str:
    """The catalogue row of a coupon in a campaign."""
    return f"campaign-{campaign_id}-coupon-{coupon_upc}"


def catalogue(
    campaigns: Iterable[Campaign],
    *,
    products: Mapping[int, Product],
    sold: Mapping[int, Sold],
    shift_ms: int = 0,
) -> dict[str, str]:
    """File name -> YAML text of a whole offers directory; days are moved by `shift_ms`.

    Coupons for products that nobody bought all year are left out.
    """
    rows = [
        _row(campaign, upc, known, products, sold) | _days(campaign, shift_ms)
        for campaign in campaigns
        for upc, ids in sorted(campaign.coupons.items())
        if (known := sorted({one for one in ids if one in sold and one in products}))
    ]
    return {
        "policy.yaml": _text({"policy": POLICY, "offers": CARE}),
        "campaigns.yaml": _text({"offers": rows}),
    }


def _row(
    campaign: Campaign,
    upc: int,
    known: list[int],
    products: Mapping[int, Product],
    sold: Mapping[int, Sold],
) -> dict[str, Any]:
    hero = max(known, key=lambda one: (sold[one].rows, -one))
    coupon_minor = min(_coupon_minor(known, sold), sold[hero].price_minor // 2)
    listed = [one for one in known if sold[one].price_minor >= 2 * coupon_minor]
    kind = _kind(listed, products)
    return {
        "offer": offer_name(campaign.campaign_id, upc),
        "purpose": "marketing",
        "campaign": f"campaign {campaign.campaign_id} ({campaign.kind})",
        "triggers": TRIGGERS,
        "pitches": [
            {"pitch": "coupon", "text": f"{coupon_minor / 100:.2f} USD off {kind} with your coupon"}
        ],
        "channels": CHANNELS[campaign.kind],
        "price_levels": [{"level": "coupon", "discount_minor": coupon_minor}],
        "price_minor": sold[hero].price_minor,
        "margin_percent": _margin_percent(coupon_minor, [sold[one] for one in listed]),
        "ttl": "14d",
        "accepts": ACCEPTS,
        "anyway": ANYWAY,
        "again_after": "0s",
        "product": _product(products[hero]),
        "products": [str(one) for one in listed],
    }


def _days(campaign: Campaign, shift_ms: int) -> dict[str, str]:
    return {
        "valid_from": _moment(campaign.start_ms + shift_ms),
        "valid_until": _moment(campaign.end_ms + shift_ms),
    }


def _coupon_minor(ids: Iterable[int], sold: Mapping[int, Sold]) -> int:
    seen = [off for one in ids if (off := sold[one].coupon_minor) is not None]
    return round(sum(seen) / len(seen)) if seen else COUPON_USUAL_MINOR


def _margin_percent(coupon_minor: int, listed: Iterable[Sold]) -> float:
    """What a sale earns of its price, were a coupon handed in for every article listed."""
    rows, price_minor = 0, 0
    for one in listed:
        rows += one.rows
        price_minor += one.rows * one.price_minor
    return round(100 * (MARGIN_SHARE + coupon_minor * rows / max(price_minor, 1)), 1)


def _kind(ids: Iterable[int], products: Mapping[int, Product]) -> str:
    """The type that all products are of, else their category or department, else nothing."""
    named = [products[one] for one in ids]
    for names in (
        {one.product_type for one in named},
        {one.product_category for one in named},
        {one.department for one in named},
    ):
        name = names.pop()
        if name is not None and not names and name not in _VAGUE:
            return sentence(name)
    return "many articles"


def _product(product: Product) -> dict[str, str]:
    named = {
        "item_id": str(product.product_id),
        "name": item_name(product),
        "brand": item_brand(product),
    }
    if product.product_category:
        named["category"] = sentence(product.product_category)
    return named


def _moment(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(tree: Mapping[str, Any]) -> str:
    # No aliases for shared parts: each row stands for itself.
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True
