"""Where customers stand: percentiles of each ranking, and who bought once and never again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from streams.core.model import PERCENTILES
from streams.core.worth.ranking import frequency, growth
from streams.fit.population import DAY_MS, Purchases

HALF_LIFE_MS = 90 * DAY_MS  # of recent spending; the default of the fold policy
CURVE_WEEKS = 52
BEST = 3
BEST_OF = ("frequency", "revenue", "profit", "influence", "growth")
AT_RISK_MIN = 20  # customers still without a second purchase; with fewer the curve ends
Standings: TypeAlias = dict[str, list[tuple[float, str]]]


def standings(
    customers: Sequence[Purchases], influence: Mapping[str, float], until_day: int
) -> Standings:
    """Ranking -> (value, subject) of those it can be told of; as `core/worth/ranking`.

    A ranking that can be told of nobody is left out.
    """
    values: Standings = {name: [] for name in ("frequency", "revenue", "profit")}
    values |= {"growth": [], "recency": []}
    values["influence"] = [(rank, subject) for subject, rank in influence.items()]
    for one in customers:
        age_days = until_day - one.days[0]
        revenue_minor = sum(one.paid_minor) - one.refunds_minor
        subject = one.subject
        values["frequency"].append((frequency(len(one.days), age_days / 7), subject))
        values["revenue"].append((revenue_minor, subject))
        values["recency"].append((until_day - one.days[-1], subject))
        if one.margin_minor is not None:
            values["profit"].append((one.margin_minor, subject))
        grown = growth(
            recent_minor=_recent(one, until_day),
            lifetime_minor=sum(one.paid_minor),
            half_life_ms=HALF_LIFE_MS,
            age_ms=age_days * DAY_MS,
        )
        if grown is not None:
            values["growth"].append((grown, subject))
    return {name: found for name, found in values.items() if found}


def quantiles(known: Standings) -> dict[str, tuple[float, ...]]:
    """Ranking -> its percentiles."""
    return {name: _percentiles([value for value, _ in found]) for name, found in known.items()}


def best(known: Standings, count: int = BEST) -> dict[str, tuple[tuple[str, float], ...]]:
    """Ranking -> its `count` best customers and their values: there is no one best customer."""
    return {
        name: tuple(
            (subject, float(value))
            for value, subject in sorted(known[name], key=lambda one: (-one[0], one[1]))[:count]
        )
        for name in BEST_OF
        if name in known
    }


def one_time(customers: Iterable[Purchases], until_day: int) -> tuple[tuple[float, float], ...]:
    """(weeks since the first purchase, share of those not back by then who never came back).

    Kaplan-Meier over the time to the second purchase day; "never" is the longest time that at
    least `AT_RISK_MIN` customers were watched for. Empty below that.
    """
    back: dict[int, int] = {}
    left: dict[int, int] = {}
    at_risk = 0
    for one in customers:
        at_risk += 1
        seen, waited = (back, one.days[1]) if len(one.days) > 1 else (left, until_day)
        week = max(0, waited - one.days[0]) // 7
        seen[week] = seen.get(week, 0) + 1
    surviving, curve = 1.0, [(0.0, 1.0)] if at_risk >= AT_RISK_MIN else []
    for week in range(CURVE_WEEKS):
        if at_risk < AT_RISK_MIN:
            break
        surviving *= 1.0 - back.get(week, 0) / at_risk
        at_risk -= back.get(week, 0) + left.get(week, 0)
        curve.append((week + 1.0, surviving))
    never = curve[-1][1] if curve else 0.0
    return tuple((week, round(never / share, 6)) for week, share in curve if share > 0)


def _recent(one: Purchases, until_day: int) -> float:
    half_life_days = HALF_LIFE_MS / DAY_MS
    return sum(
        paid * float(2.0 ** ((day - until_day) / half_life_days))
        for day, paid in zip(one.days, one.paid_minor, strict=True)
    )


def _percentiles(values: Sequence[float]) -> tuple[float, ...]:
    found = np.quantile(np.array(values, dtype=np.float64), np.linspace(0.0, 1.0, PERCENTILES))
    # Interpolation may undo the order by a rounding.
    return tuple(float(f"{value:.9g}") for value in np.maximum.accumulate(found))
