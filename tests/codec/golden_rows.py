"""The profiles that golden rows were written from."""

from pathlib import Path

import msgspec

from streams.core import events
from streams.core.decay import Trait
from streams.core.decide.view import ItemFact
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.identity.links import Link
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.timers import Quiet, Timers
from streams.core.profile.trials import Trial
from streams.core.tally import Tally, tally
from streams.core.timers import CART_ABANDONED
from tests.strategies_profiles import (
    FAIL,
    HOUR_MS,
    NOON,
    OURS,
    cart,
    consent,
    event,
    item,
    line,
    offer,
    on,
    opened,
    policy,
    post,
    returned,
    run,
    sale,
    view,
    void,
)

GOLDEN = Path(__file__).parents[1] / "golden"
LINK = Link("customer:1", NOON, "login")


def golden_profile() -> Profile:
    """What `profile.v1.row` was written from: something in every group of traits."""
    profile = new_profile("customer:golden")
    rules = policy(offer(triggers=on("view_item", "add_to_cart")))
    liked = item("sku-1", "food", item_category2="coffee", item_brand="Acme", price_minor=499)
    bodies: list[Body] = [
        consent(granted=True, channel="email"),
        view(liked),
        cart(liked),
        sale(1, line("sku-3", "tea"), total_minor=1_250),
        sale(2, line("sku-4", "tea"), total_minor=300),
        returned(3, total_minor=50),
        void(4, 2),
        void(5, 99),
        post("nice", OURS, followers=12),
        events.Rejected(offer_id="x", channel="email", offer_template="tea"),
        opened(reason="question"),
        view(liked),
    ]
    run(profile, [event(f"g{n}", body, NOON + n * HOUR_MS) for n, body in enumerate(bodies)], rules)
    run(profile, [event("h", post("", OURS, FAIL), NOON - HOUR_MS)], rules)
    return profile


def golden_tally() -> Tally:
    """What `tally.v2.row` was written from: an answered trial, and one of what happens anyway."""
    counted = Tally("tea")
    offered = Trial("tea", "email", "regular", "bought", NOON, 0.25, delivered=True, accepted=True)
    anyway = Trial("tea", "email", "regular", "bought", NOON, 0.125, shadow=True)
    for trial in (offered, anyway):
        half_life_ms = 60 * 24 * HOUR_MS
        tally(counted, trial, half_life_ms=half_life_ms, at_ms=NOON, campaign="spring")
    return counted


def timed_profile() -> Profile:
    """What `profile.v4.row` was written from: one fired, one is set, one waits for morning."""
    profile = golden_profile()
    quiet = Quiet(NOON + DAY_MS, "view_item", NOON, (ItemFact("sku-1", "coffee"),))
    profile.timers = Timers(NOON + DAY_MS, {CART_ABANDONED: NOON + HOUR_MS}, quiet)
    return profile


def erased_profile() -> Profile:
    """What `profile.v7.row` was written from: somebody who came again after they were erased."""
    profile = timed_profile()
    profile.alone.erased_ms = NOON - DAY_MS
    return profile


def waiting_profile() -> Profile:
    """What `profile.v8.row` was written from: what waits for morning was searched for in a shop."""
    profile = erased_profile()
    items = (ItemFact("sku-1", "coffee"),)
    profile.timers.quiet = Quiet(NOON + DAY_MS, "search", NOON, items, ("tea",), "s1")
    return profile


def as_of_5(profile: Profile) -> Profile:
    """`profile` without what format 6 brought: no line of the cart knows its department."""
    assert any(held.department for held in profile.cart.values())
    profile.cart = {
        name: msgspec.structs.replace(held, department=None) for name, held in profile.cart.items()
    }
    return profile


def crowded() -> Profile:
    """A profile that is longer than a plain row may be."""
    profile = new_profile("customer:1")
    profile.categories.traits = {
        f"category number {one}": Trait(1 / (one + 1), one, NOON + one) for one in range(300)
    }
    return profile
