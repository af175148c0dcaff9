"""Small worlds with timers: what is left in a cart, who does not come back, and who is asked."""

from collections.abc import Iterator

from streams.core import events
from streams.core.decide.record import DecisionRecord
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, fire
from streams.core.timers import (
    CART_ABANDONED,
    LAPSING,
    Timer,
    next_timer,
    timers,
)
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    POLICY,
    event,
    item,
    offer,
    on,
    policy,
    run,
)

WAITING = offer(
    "waiting",
    triggers=on(CART_ABANDONED, match=Match.ITEMS, age_max_ms=DAY_MS),
    categories=frozenset(),
)
BACK = offer(
    "back",
    triggers=on(LAPSING, match=Match.ANY, age_max_ms=7 * DAY_MS),
    categories=frozenset(),
    stages=frozenset({"lapsing"}),
)
RULES = policy(offer(), WAITING, BACK)
NOWHERE = offer(
    "nowhere",
    triggers=on(CART_ABANDONED, LAPSING, match=Match.ANY, age_max_ms=90 * DAY_MS),
    outlets=frozenset({"nowhere"}),
    categories=frozenset(),
)
SILENT = policy(*POLICY.offers.values(), NOWHERE, contact=POLICY.contact)
"""Its timers decide, and every decision of theirs ends in silence."""
QUIET = policy(NOWHERE)
"""Nothing is ever offered."""
EMPTIED = events.RemoveFromCart(currency="EUR", items=(item(),))


def lived(*bodies: Body, rules: Policy = RULES) -> Profile:
    """The profile after `bodies`, an hour apart, the first at noon."""
    profile = new_profile("customer:1")
    history = [event(f"e{n}", body, NOON + n * HOUR_MS) for n, body in enumerate(bodies)]
    run(profile, history, rules)
    return profile


def due(profile: Profile, rules: Policy = RULES) -> list[Timer]:
    """Its timers, the earliest first."""
    return sorted(timers(profile, rules))


def fired(profile: Profile, rules: Policy, now_ms: int) -> Iterator[tuple[Timer, StepResult]]:
    """Fire what is due at `now_ms`, one after the other."""
    while (timer := next_timer(profile, rules)) is not None and timer.due_ms <= now_ms:
        yield timer, fire(profile, timer, policy=rules, now_ms=now_ms, fold_sequence=0)


def decided(profile: Profile, now_ms: int, rules: Policy = RULES) -> DecisionRecord:
    """The only decision of what is due at `now_ms`."""
    (decision,) = [one.decision for _, one in fired(profile, rules, now_ms) if one.decision]
    return decision
