"""Lifting: the smallest changes under which what a gate stopped could have been taken.

For each gate there are kinds of change that can lift it, and for each kind its changes from the
smallest on. Where a second gate waits behind the first, both are lifted.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from streams.core.contact_policy import Consented, ContactRule
from streams.core.decide.contacting import zone_of
from streams.core.decide.counterfactual import Case, Change, Kind, Stand, apply, stand
from streams.core.decide.record import Gate
from streams.core.fold_policy import DAY_MS
from streams.core.leases.limits import budget_of, stock_of
from streams.core.local import local_ms
from streams.core.offers import Offer

CHANGES_MAX = 3
PASSED = frozenset({None, Gate.BELOW_BAR})
"""Gates of what has a value: it may still be worth too little."""
_NO_RULE = ContactRule(consent=Consented.REQUIRED)


class Way(NamedTuple):
    """Changes, one after the other, and how the offer stands after them."""

    changes: tuple[Change, ...]
    case: Case
    there: Stand


def ways(case: Case, offer: Offer, channel: str, here: Stand) -> list[Way]:
    """The shortest ways past the gates, one for each kind of their first change.

    None where no change within `CHANGES_MAX` helps. `here` is how the offer stands in `case`.
    """
    every = [*_ways(Way((), case, here), offer, channel)]
    shortest = min((len(one.changes) for one in every), default=0)
    return [one for one in every if len(one.changes) == shortest]


def _ways(way: Way, offer: Offer, channel: str) -> Iterator[Way]:
    gate = way.there.gate
    if gate in PASSED:
        yield way
    elif gate is not None and len(way.changes) < CHANGES_MAX:
        for proposed in _PROPOSALS.get(gate, ()):
            lifted = _smallest(way, offer, channel, proposed(way.case, offer, channel))
            if lifted is not None:
                yield from _ways(lifted, offer, channel)


def _smallest(way: Way, offer: Offer, channel: str, proposed: Iterable[Change]) -> Way | None:
    """The first change after which nothing stops the offer, else the first that lifts its gate."""
    first = None
    for change in proposed:
        after = apply(change, way.case)
        there = stand(after, offer.offer, channel)
        one = Way((*way.changes, change), after, there)
        if there.gate in PASSED:
            return one
        if first is None and there.gate is not way.there.gate:
            first = one
    return first


def _one(kind: Kind) -> Callable[[Case, Offer, str], Iterable[Change]]:
    """Proposals of a kind that has one change alone."""
    return lambda _, offer, channel: (Change(kind, offer.offer, channel),)


def _later(case: Case, offer: Offer, channel: str) -> Iterator[Change]:
    """The moments at which a rule that depends on the time may cease to hold."""
    view, policy = case.view, case.policy
    now_ms = view.decision_time_ms
    rule = policy.contact.rules.get((channel, offer.purpose), _NO_RULE)
    ends = [
        now_ms,
        *[at_ms + offer.again_after_ms for at_ms in view.bought.values()],
        *[at_ms + offer.rejected_for_ms for at_ms in view.refused.values()],
        offer.valid_from_ms or now_ms,
    ]
    own = view.contacts.get(f"{channel}/{offer.purpose}", ())
    ends += [at_ms + rule.spacing_ms for at_ms in own[-1:]]
    for cap in rule.caps:
        for scope, times in view.contacts.items():
            ends += [at_ms + cap.window_ms for at_ms in times if scope in cap.scopes]
    quiet = [_quiet_end(case, rule, at_ms) for at_ms in ends]
    for at_ms in sorted({*ends, *quiet}):
        if at_ms > now_ms:
            yield Change(Kind.LATER, offer.offer, channel, at_ms=at_ms)


def _quiet_end(case: Case, rule: ContactRule, at_ms: int) -> int:
    """When quiet hours end next; where clocks change before, by the clock of then."""
    zone = zone_of(case.view, case.policy.contact)
    end_ms = at_ms + (rule.quiet_until_ms - local_ms(zone, at_ms)) % DAY_MS
    return (
        end_ms
        - (local_ms(zone, end_ms) - rule.quiet_until_ms + DAY_MS // 2) % DAY_MS
        + (DAY_MS // 2)
    )


def _outlets(_: Case, offer: Offer, channel: str) -> Iterable[Change]:
    return [
        Change(Kind.OUTLET, offer.offer, channel, names=(one,)) for one in sorted(offer.outlets)
    ]


def _in_stock(case: Case, offer: Offer, channel: str) -> Iterable[Change]:
    return [
        Change(Kind.IN_STOCK, offer.offer, channel, names=(one,)) for one in case.view.out_of_stock
    ]


def _stages(_: Case, offer: Offer, channel: str) -> Iterable[Change]:
    return [Change(Kind.STAGE, offer.offer, channel, names=(one,)) for one in sorted(offer.stages)]


def _never_said(case: Case, offer: Offer, channel: str) -> Iterable[Change]:
    words = case.view.never
    return [
        Change(Kind.NEVER_SAID, offer.offer, channel, names=names)
        for names in (*[(one,) for one in words], words)
    ]


def _fewer_open(case: Case, offer: Offer, channel: str) -> Iterable[Change]:
    return [
        Change(Kind.FEWER_OPEN, offer.offer, channel, number=count)
        for count in range(1, len(case.view.open_offers) + 1)
    ]


def _left(name_of: Callable[[str], str]) -> Callable[[Case, Offer, str], Iterable[Change]]:
    return lambda _, offer, channel: (
        Change(Kind.LEFT, offer.offer, channel, names=(name_of(offer.offer),)),
    )


_PROPOSALS: dict[Gate, tuple[Callable[[Case, Offer, str], Iterable[Change]], ...]] = {
    Gate.NOT_YET_VALID: (_later,),
    Gate.NO_LONGER_VALID: (_one(Kind.STILL_VALID),),
    Gate.OUTLET: (_outlets,),
    Gate.OUT_OF_STOCK: (_in_stock,),
    Gate.CONSENT: (_one(Kind.CONSENT),),
    Gate.OWNED: (_one(Kind.NOT_OWNED),),
    Gate.JUST_BOUGHT: (_later,),
    Gate.STAGE: (_stages,),
    Gate.OPEN_COMPLAINT: (_one(Kind.NO_COMPLAINT),),
    Gate.REJECTED: (_one(Kind.NEVER_REFUSED), _later),
    Gate.SUPPRESSED: (_never_said,),
    Gate.CAP: (_later,),
    Gate.SPACING: (_later,),
    Gate.QUIET_HOURS: (_later,),
    Gate.OPEN_OFFERS: (_fewer_open,),
    Gate.SOLD_OUT: (_left(stock_of),),
    Gate.BUDGET: (_left(budget_of),),
    Gate.CAPACITY: (_one(Kind.NOT_SCARCE),),
    Gate.BID_PRICE: (_one(Kind.NOT_SCARCE),),
}
"""A price that nobody named cannot be guessed: `no_price` has none."""
