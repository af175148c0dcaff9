"""Tipping: how far a chance or a discount would have to move for another decision.

The number is found by halving, and is claimed only where `decide` comes to something else at it.
"""

from msgspec import structs

from streams.core.decide.counterfactual import Case, Change, Fate, Kind, apply, decided
from streams.core.decide.record import Candidate

HALVINGS = 30  # a chance to 1e-9


def rate_tips(case: Case, fate: Fate, one: Candidate, until: float) -> Change | None:
    """The row's base rate of acceptance, from its own towards `until`, that ends `fate`.

    None where no rate up to `until` does.
    """
    rate = case.policy.offers[one.offer].accepts
    return _tipped(case, fate, Change(Kind.ACCEPTS, one.offer, one.channel, before=rate), until)


def discount_tips(case: Case, fate: Fate, one: Candidate) -> Change | None:
    """The largest discount of the candidate's price level, below its own, that ends `fate`."""
    given = 0 if one.factors is None else one.factors.discount_minor
    start = Change(
        Kind.DISCOUNT, one.offer, one.channel, names=(one.price_level,), before=float(given)
    )
    return _tipped(case, fate, start, 0.0, whole=True)


def _tipped(
    case: Case, fate: Fate, start: Change, until: float, *, whole: bool = False
) -> Change | None:
    """`start` with the number nearest to `start.before` that was found to end `fate`."""
    stays, ends = start.before, structs.replace(start, number=until)
    if decided(apply(ends, case)) == fate:
        return None
    for _ in range(HALVINGS):
        middle = (stays + ends.number) / 2
        tried = structs.replace(start, number=float(round(middle)) if whole else middle)
        if tried.number in {stays, ends.number}:
            break
        if decided(apply(tried, case)) == fate:
            stays = tried.number
        else:
            ends = tried
    return ends
