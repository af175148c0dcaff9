"""The catalogue files: what they say becomes policy."""

import re
from pathlib import Path

import pytest

from streams.codec.catalogue import load_policy
from streams.codec.contact_policy import read_zone
from streams.core.contact_policy import Cap, Consented
from streams.core.decide.record import Product
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from tests.codec.catalogue_files import OFFER, POLICY, changed, load, problems

HOUR_MS = 3_600_000
OFFERS_DIR = Path(__file__).parents[2] / "deploy" / "offers"


def shipped() -> Policy:
    """What is deployed."""
    paths = [path for path in OFFERS_DIR.glob("*.yaml") if not path.match("*.scenario.yaml")]
    files = {path.name: path.read_text() for path in paths}
    return load_policy(files, lateness_max_ms=DAY_MS)


def test_the_smallest_offer_takes_every_default() -> None:
    """What is left out has a stated meaning."""
    offer = load().offers["coffee"]

    assert offer.products == {"0012", "sku-2"}
    assert offer.product == Product("0012")
    assert offer.triggers["view_item"].match is Match.ITEMS
    assert offer.triggers["view_item"].age_max_ms == 15 * 60_000
    assert (offer.ttl_ms, offer.accepts, offer.anyway) == (2 * DAY_MS, 0.2, 0.0)
    assert [level.level for level in offer.price_levels] == ["regular"]
    assert (offer.price_minor, offer.valid_from_ms, offer.campaign) == (None, None, None)
    assert (offer.currency, offer.lever, offer.once) == ("EUR", 1.0, False)


def test_everything_that_can_be_said_is_read() -> None:
    """All fields of an offer."""
    more = """\
    anyway: 0.1
    campaign: "Type A, 13"
    product: {item_id: x, name: X, category: drinks, brand: Acme}
    categories: [drinks]
    brands: [Acme]
    terms: [Espresso]
    price_minor: 500
    price_levels:
      - {level: off, discount_percent: 5, accept_lift: 1.5}
    lever: 2
    valid_from: 2017-03-01
    valid_until: 2017-04-01T12:00:00+02:00
    outlets: [s1]
    stages: [bought, owning]
    once: true
    again_after: 7d
    rejected_for: 0s
"""
    offer = load(OFFER + more).offers["coffee"]

    assert offer.product == Product("x", "X", "drinks", "Acme")
    assert offer.categories == {"drinks"}
    assert (*offer.brands, *offer.terms) == ("Acme", "espresso")
    assert (offer.price_minor, offer.anyway, offer.lever) == (500, 0.1, 2.0)
    assert offer.price_levels[0].discount_percent == 5.0
    assert offer.valid_from_ms == 1_488_326_400_000
    assert offer.valid_until_ms == 1_491_040_800_000
    assert (offer.outlets, offer.once) == (frozenset({"s1"}), True)
    assert offer.stages == {"bought", "owning"}
    assert (offer.again_after_ms, offer.rejected_for_ms) == (7 * DAY_MS, 0)
    assert offer.campaign == "Type A, 13"


def test_the_contact_policy_is_read() -> None:
    """Each rule knows all caps that concern it."""
    contact = load().contact
    rule = contact.rules["email", "marketing"]

    assert set(contact.rules) == {
        ("email", "marketing"),
        ("email", "service"),
        ("web", "marketing"),
    }
    assert (rule.consent, rule.spacing_ms) == (Consented.REQUIRED, 6 * HOUR_MS)
    assert (rule.quiet_from_ms, rule.quiet_until_ms) == (21 * HOUR_MS, 8 * HOUR_MS + 1_800_000)
    assert rule.caps == (
        Cap(contacts_max=5, window_ms=7 * DAY_MS, purpose="marketing"),
        Cap(contacts_max=9, window_ms=2 * DAY_MS, channel="email"),
        Cap(contacts_max=2, window_ms=DAY_MS, channel="email", purpose="marketing"),
    )
    assert len(contact.rules["email", "service"].caps) == 1
    assert len(contact.rules["web", "marketing"].caps) == 1
    assert (contact.costs_minor["email"], contact.open_offers_max) == (2, 4)
    assert contact.window_max_ms == 7 * DAY_MS


def test_evidence_complaints_and_slots_are_read() -> None:
    """Words lower case, without their marks."""
    more = """\
  slots: {complaint: care}
  evidence: {interest_half_life: 10d, view_weight: 2}
  complaints: {handles: ["@OurShop"], hashtags: ["#Fail"], words: [Broken], age_max: 2d}
"""
    policy = load(policy=POLICY + more)

    assert policy.decision.slots == {"complaint": "care"}
    assert policy.fold.interest_half_life_ms == 10 * DAY_MS
    assert (policy.fold.view_weight, policy.fold.cart_weight) == (2.0, 3.0)
    assert policy.fold.handles == {"ourshop"}
    assert (*policy.fold.complaint_tags, *policy.fold.complaint_words) == ("fail", "broken")
    assert policy.fold.complaint_age_max_ms == 2 * DAY_MS
    assert policy.fold.lateness_max_ms == DAY_MS


def test_the_version_is_of_the_content_alone() -> None:
    """Comments, order and file names change nothing; any word that counts does."""
    files = {"a.yaml": "# note\n" + OFFER, "z.yaml": POLICY}
    reordered = load_policy(files, lateness_max_ms=DAY_MS)

    assert reordered.policy_version == load().policy_version
    assert load(changed("0.2", "0.3")).policy_version != load().policy_version
    assert load(policy=changed("6h", "5h", POLICY)).policy_version != load().policy_version


def test_one_file_may_hold_both() -> None:
    """A policy and its offers."""
    both = load_policy({"all.yaml": POLICY + OFFER}, lateness_max_ms=DAY_MS)

    assert both.policy_version == load().policy_version


def test_the_default_catalogue_is_valid() -> None:
    """What is deployed, loads."""
    assert {"add_to_cart", "purchase", "complaint", "mention"} <= set(shipped().triggers)


def test_no_shipped_offer_promises_what_it_does_not_take_off() -> None:
    """A pitch that speaks of money needs a price level with a discount."""
    promise = re.compile(r"\b(coupon|double|free|off|on us|points|terms)\b", re.IGNORECASE)

    said = [
        (name, treatment.text)
        for name, row in shipped().offers.items()
        if not any(one.discount_minor or one.discount_percent for one in row.price_levels)
        for treatment in row.treatments
    ]

    assert len(said) > 10
    assert [one for one in said if promise.search(one[1])] == []


def test_thousands_of_products_load() -> None:
    """As a campaign has them."""
    names = ", ".join(str(number) for number in range(5_000))
    policy = load(changed("0012, sku-2", names))

    assert len(policy.triggers["view_item"].by_product) == 5_000


def test_an_offer_about_anything_has_no_affinity() -> None:
    """There is nothing to like."""
    bare = changed("    products: [0012, sku-2]\n", "")

    assert load(bare).offers["coffee"].triggers["view_item"].match is Match.ANY
    (found,) = problems(bare.replace("15m}", "15m, match: affinity}"))
    assert found.endswith("match: needs categories or brands of the offer")
    assert load(bare.replace("15m}", "15m, match: items}")).triggers["view_item"].always


def test_a_zone_is_a_table_of_its_offsets() -> None:
    """Vienna's clocks go forward on 2025-03-30 at 01:00 UTC."""
    zone = read_zone("Europe/Vienna")
    forward_ms = 1_743_296_400_000

    assert (forward_ms, 2 * HOUR_MS) in zone.offsets
    assert read_zone("UTC").offsets == ((631_152_000_000, 0),)


def test_limits_are_read() -> None:
    """Pieces, minor units, and contacts by a channel in a window, with the price of one."""
    levels = "price_levels: [{level: off, discount_minor: 9}]"
    web = "      web:\n        capacity: {max: 200, window: 1d, bid_price_minor: 2.5}\n"
    limited = load(
        f"{OFFER}    stock: 300\n    budget_minor: 5000\n    {levels}\n",
        changed("      web:\n", web, POLICY),
    )

    found = limited.limits.every
    assert {name: one.tokens_max for name, one in found.items()} == {
        "budget:coffee": 5_000,
        "capacity:web/86400000": 200,
        "stock:coffee": 300,
    }
    assert found["capacity:web/86400000"].bid_price_minor == 2.5
    assert limited.limits.triggers == {"view_item"}
    assert limited.policy_version != load().policy_version
    assert load().limits.every == {}


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [
        ("goods_lift_max", 30, 12),
        ("goods_lift_min", 1, 0.5),
        ("accepts_purchases", 1, 20),
        ("goods_strength", 10, 50),
    ],
)
def test_what_is_usual_of_own_goods_leaves_the_version(
    name: str, usual: float, other: float
) -> None:
    """So that a catalogue of before keeps its own; anything else is another version."""
    said, changed = load(policy=saying(name, usual)), load(policy=saying(name, other))

    assert said.policy_version == load().policy_version
    assert getattr(changed.decision, name) == other
    assert changed.policy_version != said.policy_version


@pytest.mark.parametrize(
    ("name", "wrong", "expected"),
    [
        ("goods_lift_max", 0.5, "from 1.0 to 1000.0, got '0.5'"),
        ("goods_lift_min", 1.5, "from 0.0 to 1.0, got '1.5'"),
        ("accepts_purchases", 0, "from 0.1 to 1000.0, got '0'"),
        ("goods_strength", 0, "from 0.1 to 100000.0, got '0'"),
    ],
)
def test_a_bound_of_own_goods_that_is_out_of_bounds_is_refused(
    name: str, wrong: float, expected: str
) -> None:
    """With what it may be."""
    problem = f"policy.yaml:2: policy.{name}: expected a number {expected}"

    assert problems(policy=saying(name, wrong)) == [problem]


def saying(name: str, number: float) -> str:
    """The policy with this setting."""
    return POLICY.replace("policy:", f"policy:\n  {name}: {number}", 1)
