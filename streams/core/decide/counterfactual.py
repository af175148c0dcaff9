"""Counterfactuals: what a decision could have been made on instead, and what then came of it.

A `Change` is one fact of the view, or one number of the catalogue, put otherwise; `apply` makes it.
Nothing is claimed of a change but what `decide` makes of the case that it leaves.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, structs

from streams.core.decide.decide import decide
from streams.core.decide.record import Candidate, DecisionRecord, Gate, Result
from streams.core.decide.view import Interest, Interests, View
from streams.core.leases.limits import capacity_of
from streams.core.offers import Offer, Policy, make_policy
from streams.core.profile.contact import Consent


class Kind(StrEnum):
    """What is put otherwise, always as seen from one offer and channel."""

    CONSENT = "consent"
    """This channel may be used for this purpose."""
    LATER = "later"
    """The same happens at `at_ms`; what is known stays, and fades until then."""
    STILL_VALID = "still_valid"
    """The row has not ended."""
    OUTLET = "outlet"
    """It happens in the outlet `names`."""
    IN_STOCK = "in_stock"
    """`names` is there."""
    NOT_OWNED = "not_owned"
    """Nothing that the row covers was bought."""
    STAGE = "stage"
    """The customer is at the stage `names`."""
    NO_COMPLAINT = "no_complaint"
    """No complaint is open."""
    NEVER_REFUSED = "never_refused"
    """They never said no to the row."""
    NEVER_SAID = "never_said"
    """They did not say that they never want `names`."""
    FEWER_OPEN = "fewer_open"
    """The `number` oldest open offers are not open."""
    LEFT = "left"
    """The limits `names` were not used up."""
    NOT_SCARCE = "not_scarce"
    """Whoever comes may be contacted by this channel."""
    ACCEPTS = "accepts"
    """The row's base rate of acceptance is `number` instead of `before`."""
    DISCOUNT = "discount"
    """The price level `names` takes `number` minor units off instead of `before`."""


class Change(Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing put otherwise; which of the last fields count, its kind says."""

    kind: Kind
    offer: str
    channel: str
    at_ms: int = 0
    names: tuple[str, ...] = ()
    number: float = 0.0
    before: float = 0.0


class Case(NamedTuple):
    """What a decision is made on."""

    view: View
    policy: Policy


class Fate(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a decision comes to; without a price, `price_level` is empty."""

    result: Result
    offer: str = ""
    treatment: str = ""
    price_level: str = ""
    channel: str = ""


class Stand(NamedTuple):
    """How one offer by one channel stands alone: its gate, and the best of it that has a value.

    The gate is None for what could be taken.
    """

    gate: Gate | None
    best: Candidate | None


def fate_of(record: DecisionRecord | None) -> Fate:
    """What `record` came to; no decision at all is silence."""
    chosen = None if record is None else record.chosen
    if record is None or chosen is None:
        return Fate(Result.SILENCE)
    level = "" if chosen.price is None else chosen.price.level
    return Fate(record.result, chosen.offer, chosen.pitch.treatment, level, chosen.channel)


def decided(case: Case) -> Fate:
    """What `decide` makes of `case`."""
    return fate_of(decide(case.view, case.policy))


def alone(case: Case, offer: str, channel: str) -> tuple[Candidate, ...]:
    """The candidates of `offer` by `channel`, with nothing beside it in the catalogue."""
    row = replace(case.policy.offers[offer], channels=(channel,))
    record = decide(case.view, with_rows(case.policy, [row]))
    return () if record is None else record.candidates


def stand(case: Case, offer: str, channel: str) -> Stand:
    """How `offer` by `channel` stands in `case`."""
    candidates = alone(case, offer, channel)
    valued = [one for one in candidates if one.value_minor is not None]
    if valued:
        best = max(valued, key=lambda one: one.value_minor or 0.0)
        return Stand(best.gate, best)
    return Stand(candidates[0].gate if candidates else None, None)


def accepts_of(case: Case, one: Candidate) -> float | None:
    """This customer's chance of accepting the same offer in `case`; None where it has none."""
    for each in alone(case, one.offer, one.channel):
        same = (each.treatment, each.price_level) == (one.treatment, one.price_level)
        if same and each.factors is not None:
            return each.factors.accepts
    return None


def apply(change: Change, case: Case) -> Case:
    """`case` with `change`."""
    return _MAKERS[change.kind](change, case)


def with_rows(policy: Policy, offers: list[Offer]) -> Policy:
    """`policy` with the catalogue of `offers`, under the same version."""
    made = make_policy(
        offers,
        contact=policy.contact,
        fold=policy.fold,
        decision=policy.decision,
        policy_version=policy.policy_version,
    )
    return replace(policy, offers=made.offers, triggers=made.triggers)


def with_row(policy: Policy, offer: Offer) -> Policy:
    """`policy` with `offer` in the place of the row of its id."""
    others = [one for one in policy.offers.values() if one.offer != offer.offer]
    return with_rows(policy, [*others, offer])


def _consent(change: Change, case: Case) -> Case:
    view = case.view
    scope = f"{change.channel}/{case.policy.offers[change.offer].purpose}"
    # Later than every other word: a withdrawal for all channels must not win over it.
    at_ms = max([view.decision_time_ms, *[one.at_ms + 1 for one in view.consents.values()]])
    given = {**view.consents, scope: Consent(granted=True, at_ms=at_ms, tie=0)}
    return case._replace(view=structs.replace(view, consents=given))


def _later(change: Change, case: Case) -> Case:
    """Weights are as of decision time, and fade as the policy says; open offers stay open."""
    view, fold = case.view, case.policy.fold
    wait_ms = change.at_ms - view.decision_time_ms
    interest, channel = (
        2.0 ** -(wait_ms / half_life_ms)
        for half_life_ms in (fold.interest_half_life_ms, fold.channel_half_life_ms)
    )
    later = structs.replace(
        view,
        event_time_ms=view.event_time_ms + wait_ms,
        decision_time_ms=change.at_ms,
        categories=_faded(view.categories, interest),
        brands=_faded(view.brands, interest),
        channels={name: weight * channel for name, weight in view.channels.items()},
    )
    return case._replace(view=later)


def _faded(interests: Interests, by: float) -> Interests:
    top = {
        name: Interest(one.weight * by, one.count, one.last_ms)
        for name, one in interests.top.items()
    }
    return Interests(interests.total * by, interests.known, top)


def _still_valid(change: Change, case: Case) -> Case:
    row = replace(case.policy.offers[change.offer], valid_until_ms=None)
    return case._replace(policy=with_row(case.policy, row))


def _outlet(change: Change, case: Case) -> Case:
    return case._replace(view=structs.replace(case.view, outlet=change.names[0]))


def _in_stock(change: Change, case: Case) -> Case:
    out = tuple(one for one in case.view.out_of_stock if one not in change.names)
    return case._replace(view=structs.replace(case.view, out_of_stock=out))


def _not_owned(change: Change, case: Case) -> Case:
    owned = case.policy.offers[change.offer].products
    bought = {name: at_ms for name, at_ms in case.view.bought.items() if name not in owned}
    return case._replace(view=structs.replace(case.view, bought=bought))


def _stage(change: Change, case: Case) -> Case:
    return case._replace(view=structs.replace(case.view, stage=change.names[0]))


def _no_complaint(_: Change, case: Case) -> Case:
    return case._replace(view=structs.replace(case.view, complaint_since_ms=None))


def _never_refused(change: Change, case: Case) -> Case:
    refused = {name: at_ms for name, at_ms in case.view.refused.items() if name != change.offer}
    return case._replace(view=structs.replace(case.view, refused=refused))


def _never_said(change: Change, case: Case) -> Case:
    never = tuple(one for one in case.view.never if one not in change.names)
    return case._replace(view=structs.replace(case.view, never=never))


def _fewer_open(change: Change, case: Case) -> Case:
    left = case.view.open_offers[int(change.number) :]
    return case._replace(view=structs.replace(case.view, open_offers=left))


def _left(change: Change, case: Case) -> Case:
    left = {name: tokens for name, tokens in case.view.tokens.items() if name not in change.names}
    return case._replace(view=structs.replace(case.view, tokens=left))


def _not_scarce(change: Change, case: Case) -> Case:
    bids = {name: bid for name, bid in case.view.bid_prices.items() if name != change.channel}
    scarce = structs.replace(change, names=(capacity_of(change.channel),))
    free = _left(scarce, case).view
    return case._replace(view=structs.replace(free, bid_prices=bids))


def _accepts(change: Change, case: Case) -> Case:
    row = replace(case.policy.offers[change.offer], accepts=change.number)
    return case._replace(policy=with_row(case.policy, row))


def _discount(change: Change, case: Case) -> Case:
    row = case.policy.offers[change.offer]
    levels = tuple(
        replace(one, discount_minor=int(change.number), discount_percent=0.0)
        if one.level in change.names
        else one
        for one in row.price_levels
    )
    return case._replace(policy=with_row(case.policy, replace(row, price_levels=levels)))


_MAKERS: dict[Kind, Callable[[Change, Case], Case]] = {
    Kind.CONSENT: _consent,
    Kind.LATER: _later,
    Kind.STILL_VALID: _still_valid,
    Kind.OUTLET: _outlet,
    Kind.IN_STOCK: _in_stock,
    Kind.NOT_OWNED: _not_owned,
    Kind.STAGE: _stage,
    Kind.NO_COMPLAINT: _no_complaint,
    Kind.NEVER_REFUSED: _never_refused,
    Kind.NEVER_SAID: _never_said,
    Kind.FEWER_OPEN: _fewer_open,
    Kind.LEFT: _left,
    Kind.NOT_SCARCE: _not_scarce,
    Kind.ACCEPTS: _accepts,
    Kind.DISCOUNT: _discount,
}
