"""Hypothesis strategies for decisions as such: a policy of few rows with every rule, and a view.

Nothing was folded: a view holds anything that a decision may read, so that each gate, and each
pair of gates, is met often.
"""

from typing import Any

from hypothesis import strategies as st

from streams.core.contact_policy import Cap, Consented, ContactRule
from streams.core.decide.counterfactual import Case
from streams.core.decide.decide import decide
from streams.core.decide.record import DecisionRecord, Product
from streams.core.decide.view import (
    NO_BUYS,
    Buys,
    Interest,
    Interests,
    ItemFact,
    OpenFact,
    Own,
    View,
)
from streams.core.decision_policy import DecisionPolicy
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.offers import Match, Offer, Policy, PriceLevel, Treatment, goods_key
from streams.core.product_query import ProductQuery
from streams.core.profile.contact import Consent
from tests.strategies_profiles import HOUR_MS, NOON, contact_policy, offer, on, policy

ITEMS = ("sku-1", "sku-2", "sku-3")
CHANNELS = ("web", "email")
SUMMER = Zone(name="Tests", offsets=((0, HOUR_MS), (NOON + 6 * HOUR_MS, 2 * HOUR_MS)))
"""Clocks go forward six hours after the decision."""
GOODS = goods_key(frozenset(ITEMS[:2]))
QUERY = ProductQuery(categories=frozenset({"coffee"}))
_times = st.sampled_from([NOON - 5 * DAY_MS, NOON - DAY_MS, NOON - HOUR_MS, NOON - 1, NOON])
_lifts = st.sampled_from([0.5, 1.0, 2.0])
_levels = st.lists(
    st.builds(
        PriceLevel,
        level=st.sampled_from(["regular", "some", "more"]),
        discount_minor=st.sampled_from([0, 20, 120]),
        discount_percent=st.sampled_from([0.0, 10.0]),
        accept_lift=_lifts,
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.level,
).map(tuple)
_treatments = st.sampled_from(
    [
        (Treatment(treatment="plain", text="Coffee!"),),
        (Treatment(treatment="plain", text="Coffee!"), Treatment(treatment="warm", text="Coffee?")),
    ]
)
_covered: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"categories": frozenset()},
        {"products": frozenset(ITEMS[:2]), "once": True},
        {"product": Product("sku-1", category="coffee"), "again_after_ms": 2 * DAY_MS},
        {"categories": frozenset(), "triggers": on("view_item", match=Match.ANY)},
        {"triggers": on("view_item", match=Match.AFFINITY)},
        {"categories": frozenset(), "query": QUERY},
    ]
)


def rarely(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """`usual` in nine of ten, else one of `others`."""
    return st.integers(0, 9).flatmap(
        lambda number: st.just(usual) if number else st.sampled_from(others)
    )


def _rows(name: str) -> st.SearchStrategy[Offer]:
    made = st.fixed_dictionaries(
        {
            "accepts": st.sampled_from([0.5, 0.3, 0.1, 1.0]),
            "anyway": st.sampled_from([0.0, 0.05]),
            "margin_minor": rarely(100, None, 40),
            "margin_percent": st.just(30.0),
            "price_minor": rarely(100, None),
            "price_levels": _levels,
            "treatments": _treatments,
            "channels": st.sampled_from([("web",), ("email",), CHANNELS]),
            "valid_from_ms": rarely(None, NOON, NOON + HOUR_MS),
            "valid_until_ms": rarely(None, NOON, NOON + 2 * HOUR_MS),
            "outlets": rarely(frozenset(), frozenset({"s1", "s2"})),
            "stages": rarely(frozenset(), frozenset({"owning"})),
            "rejected_for_ms": st.sampled_from([0, 2 * DAY_MS]),
        }
    )
    return st.builds(lambda row, covered: offer(name, **{**row, **covered}), made, _covered)


_rules = st.builds(
    ContactRule,
    consent=rarely(Consented.UNLESS_WITHDRAWN, Consented.REQUIRED),
    caps=st.lists(
        st.builds(
            Cap,
            contacts_max=st.sampled_from([1, 2]),
            window_ms=st.sampled_from([2 * HOUR_MS, 2 * DAY_MS]),
            channel=st.sampled_from([None, "web"]),
            purpose=st.just("marketing"),
        ),
        max_size=2,
    ).map(tuple),
    spacing_ms=st.sampled_from([0, 2 * HOUR_MS]),
    quiet_from_ms=rarely(None, 12 * HOUR_MS),
    quiet_until_ms=st.sampled_from([14 * HOUR_MS, 22 * HOUR_MS, 7 * HOUR_MS]),
)
policies: st.SearchStrategy[Policy] = st.builds(
    lambda rows, rule, open_max, decision, zone: policy(
        *rows,
        contact=contact_policy(rule, open_offers_max=open_max, zone=zone),
        decision=decision,
    ),
    st.tuples(_rows("a"), _rows("b"), _rows("c")).flatmap(
        lambda rows: st.integers(1, 3).map(lambda size: rows[:size])
    ),
    _rules,
    rarely(16, 1),
    st.builds(
        DecisionPolicy,
        experiment_salt=st.just("experiment"),
        holdout_salt=st.just("holdout"),
        holdout_share=rarely(0.0, 1.0),
        bar_minor=st.sampled_from([0.0, 10.0]),
    ),
    rarely(Zone(name="UTC", offsets=((0, 0),)), SUMMER),
)

_items = st.lists(
    st.builds(
        ItemFact,
        item_id=st.sampled_from(ITEMS),
        category=st.sampled_from(["coffee", "tea"]),
        price_minor=rarely(300, None),
        currency=st.just("EUR"),
    ),
    max_size=2,
).map(tuple)
_interests = st.dictionaries(
    st.sampled_from(["coffee", "tea"]),
    st.builds(Interest, st.sampled_from([1.0, 8.0]), st.integers(1, 9), _times),
    max_size=2,
).map(lambda top: Interests(sum(one.weight for one in top.values()), len(top), top))
_consents = st.dictionaries(
    st.sampled_from(["email/marketing", "web/marketing", "*/marketing"]),
    st.builds(
        Consent, granted=st.sampled_from([True, True, False]), at_ms=_times, tie=st.integers(0, 3)
    ),
    max_size=2,
)
views: st.SearchStrategy[View] = st.builds(
    View,
    subject=st.sampled_from([f"customer:{number}" for number in range(9)]),
    cause_id=st.just("cause"),
    cause_topic=st.just("clickstream.event.v1"),
    trigger=st.just("view_item"),
    event_time_ms=st.just(NOON),
    decision_time_ms=st.just(NOON),
    fold_sequence=st.just(1),
    stage=rarely("exploring", "owning"),
    items=_items,
    outlet=rarely(None, "s1"),
    categories=_interests,
    channels=st.dictionaries(st.sampled_from(CHANNELS), st.floats(0.5, 9.0), max_size=2),
    bought=st.dictionaries(st.sampled_from(ITEMS), _times, max_size=1),
    complaint_since_ms=rarely(None, NOON - DAY_MS),
    refused=st.dictionaries(st.sampled_from("abc"), _times, max_size=1),
    consents=_consents,
    contacts=st.dictionaries(
        st.sampled_from(["email/marketing", "web/marketing"]),
        st.lists(_times, min_size=1, max_size=3).map(lambda times: tuple(sorted(times))),
        max_size=2,
    ),
    open_offers=st.lists(
        st.builds(OpenFact, st.just("f" * 32), st.just("a"), st.just("store"), st.just("main")),
        max_size=2,
    ).map(tuple),
    out_of_stock=rarely((), ("sku-1",), ("sku-1", "sku-2")),
    queried=st.sampled_from([{}, {QUERY.words: ("sku-1",)}]),
    buys=st.sampled_from([NO_BUYS, Buys(6, {GOODS: Own(1, 2)}), Buys(9, {GOODS: Own(2, 5)})]),
    never=rarely((), ("product:sku-1",), ("category:coffee",), ("brand:x", "category:coffee")),
)


def _decided(view: View, rules: Policy) -> tuple[DecisionRecord | None, Case]:
    return decide(view, rules), Case(view, rules)


decisions: st.SearchStrategy[tuple[DecisionRecord, Case]] = st.builds(
    _decided, views, policies
).filter(lambda made: made[0] is not None)  # type: ignore[assignment]  # the filter says so
"""A decision, and what it was made on."""
