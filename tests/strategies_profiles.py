"""Small worlds for tests of the core: events in a few words, a tight policy, and histories.

`POLICY` is tight on purpose: small caps, short spacing, a holdout, so that generated histories
meet every rule within a dozen events.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from streams.core import events
from streams.core.care_policy import TimerPolicy
from streams.core.contact_policy import Cap, Consented, ContactPolicy, ContactRule
from streams.core.decision_policy import DecisionPolicy
from streams.core.events import Body, Event, TransactionLink, topic_of
from streams.core.fold_policy import DAY_MS, FoldPolicy, Zone
from streams.core.offers import Match, Offer, Policy, Treatment, TriggerRule, make_policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, step
from tests.strategies import HISTORY_START_MS, histories

# Generating any event of any kind costs milliseconds; a busy machine must not fail a property.
FEW = settings(max_examples=40, deadline=None)
MANY = settings(deadline=None)
NOON = 1_749_988_800_000  # 2025-06-15T12:00:00Z
HOUR_MS = 3_600_000
UTC_ZONE = Zone(name="UTC", offsets=((0, 0),))
FOLD = FoldPolicy(
    lateness_max_ms=400 * DAY_MS,
    handles=frozenset({"ourshop"}),
    complaint_tags=frozenset({"fail"}),
    complaint_words=frozenset({"broken"}),
    complaint_reasons=frozenset({"complaint"}),
)
DECISION = DecisionPolicy(experiment_salt="experiment", holdout_salt="holdout")


def offer(name: str = "coffee", **changes: Any) -> Offer:
    """A marketing row on views of category coffee by web, worth 100 at P1 .5, P0 0."""
    row: dict[str, Any] = {
        "offer": name,
        "purpose": "marketing",
        "triggers": {"view_item": TriggerRule(age_max_ms=HOUR_MS, match=Match.ITEMS)},
        "treatments": (Treatment(treatment="plain", text="Coffee!"),),
        "channels": ("web",),
        "ttl_ms": DAY_MS,
        "accepts": 0.5,
        "anyway": 0.0,
        "currency": "EUR",
        "categories": frozenset({"coffee"}),
        "margin_minor": 100,
    }
    return Offer(**{**row, **changes})


def on(*words: str, match: Match = Match.ITEMS, age_max_ms: int = HOUR_MS) -> dict[str, Any]:
    """Triggers on `words`."""
    return {word: TriggerRule(age_max_ms=age_max_ms, match=match) for word in words}


def care(name: str = "sorry", **changes: Any) -> Offer:
    """A service row on complaints by social."""
    row: dict[str, Any] = {
        "purpose": "service",
        "channels": ("social",),
        "categories": frozenset(),
        "triggers": on("complaint", "mention", match=Match.ANY),
    }
    return offer(name, **{**row, **changes})


def contact_policy(
    rule: ContactRule | None = None, *, zone: Zone = UTC_ZONE, open_offers_max: int = 16
) -> ContactPolicy:
    """`rule` for marketing by web and email; social may be used for service."""
    free = ContactRule(consent=Consented.UNLESS_WITHDRAWN)
    marketing = rule or free
    return ContactPolicy(
        rules={
            ("web", "marketing"): marketing,
            ("email", "marketing"): marketing,
            ("social", "service"): free,
        },
        costs_minor={"web": 0, "email": 1, "social": 2},
        zone=zone,
        open_offers_max=open_offers_max,
        window_max_ms=7 * DAY_MS,
    )


def policy(
    *offers: Offer,
    contact: ContactPolicy | None = None,
    fold: FoldPolicy = FOLD,
    decision: DecisionPolicy = DECISION,
    after_ms: int = HOUR_MS,
) -> Policy:
    """A policy of `offers`, of the coffee row without any; carts are left after `after_ms`."""
    made = make_policy(
        offers or (offer(),),
        contact=contact or contact_policy(),
        fold=fold,
        decision=decision,
        policy_version="test",
    )
    return replace(made, timers=TimerPolicy(cart_abandoned_after_ms=after_ms))


WEB_CAP = Cap(contacts_max=2, window_ms=DAY_MS, channel="web", purpose="marketing")
ALL_CAP = Cap(contacts_max=3, window_ms=7 * DAY_MS, purpose="marketing")
_ANY = on(
    "view_item", "add_to_cart", "purchase", "search", "login", "review", "check_in", match=Match.ANY
)
POLICY = policy(
    offer("anything", categories=frozenset(), triggers=_ANY, channels=("web", "email")),
    offer("sku", products=frozenset({"sku-1", "sku-2"}), triggers=on("view_item", "add_to_cart")),
    offer("email-only", categories=frozenset(), triggers=_ANY, channels=("email",), accepts=0.9),
    care(),
    contact=contact_policy(
        ContactRule(
            consent=Consented.UNLESS_WITHDRAWN, caps=(WEB_CAP, ALL_CAP), spacing_ms=HOUR_MS
        ),
        open_offers_max=2,
    ),
    decision=DecisionPolicy(
        experiment_salt="experiment",
        holdout_salt="holdout",
        holdout_share=0.3,
        slots={"complaint": "care", "mention": "care"},
    ),
)


def event(name: str, body: Body, at_ms: int = NOON, subject: str = "customer:1") -> Event:
    """The event that `body` makes; a receipt's id is its natural one."""
    natural = body.natural_id() if isinstance(body, TransactionLink) else name
    return Event(
        event_id=natural,
        subject=subject,
        event_time_ms=at_ms,
        topic=topic_of(body),
        body=body,
    )


def item(name: str = "sku-1", category: str | None = "coffee", **changes: Any) -> events.Item:
    """An item of a click."""
    return events.Item(item_id=name, item_category=category, **changes)


def view(*items: events.Item) -> events.ViewItem:
    """A view of one coffee, or of `items`."""
    return events.ViewItem(currency="EUR", items=items or (item(),))


def cart(*items: events.Item) -> events.AddToCart:
    """One coffee, or `items`, put into the cart."""
    return events.AddToCart(currency="EUR", items=items or (item(),))


def line(name: str = "sku-1", category: str | None = "coffee", **changes: Any) -> events.LineItem:
    """A line of a receipt."""
    return events.LineItem(
        item_id=name, item_category=category, extended_amount_minor=100, **changes
    )


def sale(number: int = 1, *lines: events.LineItem, total_minor: int = 100) -> events.Sale:
    """Receipt `number` over one coffee, or over `lines`."""
    return events.Sale(
        **_link(number), currency="EUR", line_items=lines or (line(),), total_minor=total_minor
    )


def returned(number: int, *, total_minor: int = 100) -> events.Return:
    """One coffee given back."""
    return events.Return(
        **_link(number), currency="EUR", line_items=(line(),), total_minor=total_minor
    )


def void(number: int, original: int) -> events.Void:
    """Receipt `number`, which cancels `original`."""
    return events.Void(
        **_link(number), original_transaction=events.TransactionLink(**_link(original))
    )


def post(content: str = "", *tags: events.Tag, followers: int | None = None) -> events.Create:
    """A post."""
    return events.Create(
        actor=events.Actor(id="https://social.example/1", followers_count=followers),
        object=events.SocialObject(type="Note", content=content, tag=tags),
    )


OURS = events.Tag(type="Mention", name="@OurShop")
FAIL = events.Tag(type="Hashtag", name="#Fail")


def opened(case_id: str = "case", reason: str | None = "complaint") -> events.Opened:
    """A case was opened."""
    return events.Opened(channel="phone", case_id=case_id, reason=reason)


def consent(
    *, granted: bool, purpose: str = "marketing", channel: Any = None
) -> events.ConsentChanged:
    """A consent was given or withdrawn."""
    return events.ConsentChanged(purpose=purpose, granted=granted, channel=channel)


def run(
    profile: Profile, history: Iterable[Event], rules: Policy = POLICY, now_ms: int | None = None
) -> list[StepResult]:
    """Step through `history`; decision time is `now_ms`, or event time that never falls."""
    results = []
    clock_ms = 0
    for number, one in enumerate(history):
        clock_ms = max(clock_ms, one.event_time_ms) if now_ms is None else now_ms
        results.append(step(profile, one, policy=rules, now_ms=clock_ms, fold_sequence=number))
    return results


def folded(*bodies: Body, rules: Policy = POLICY) -> Profile:
    """The profile after `bodies`, a second apart."""
    profile = new_profile("customer:1")
    run(profile, [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)], rules)
    return profile


def _link(number: int) -> dict[str, Any]:
    return {
        "store_id": "s1",
        "workstation_id": "w1",
        "business_day": date(2025, 6, 15),
        "sequence_number": number,
    }


_moments = st.integers(0, 40).map(lambda number: HISTORY_START_MS + number * HOUR_MS)
_bodies: Sequence[Body] = (
    *[view(item(f"sku-{n}")) for n in range(3)],
    *[cart(item(f"sku-{n}")) for n in range(2)],
    events.RemoveFromCart(currency="EUR", items=(item(),)),
    *[sale(n, line(f"sku-{n % 3}")) for n in range(3)],
    void(9, 1),
    post("it is broken", OURS),
    post("nice", OURS),
    opened(),
    events.Closed(channel="phone", case_id="case"),
    consent(granted=False),
    consent(granted=True),
    consent(granted=False, channel="email"),
    consent(granted=True, channel="email"),
    events.Login(user_subject="customer:1"),
)
lively: st.SearchStrategy[list[Event]] = st.lists(
    st.tuples(_moments, st.sampled_from(_bodies)), max_size=25
).map(lambda drawn: [event(f"e{n}", body, at_ms) for n, (at_ms, body) in enumerate(drawn)])
"""Histories that trigger, cap, complain and withdraw, of few items and few hours."""
anything: st.SearchStrategy[list[Event]] = histories(size_max=12)
"""Histories of every kind of event with any content."""
