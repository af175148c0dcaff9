"""Customers who bought once: BG/NBD cannot tell whether they left, the population can.

`Model.one_time` says, week by week after a first purchase: of those who had not come back by
then, how many never did. It is a Kaplan-Meier estimate, so customers who are still young count
as long as they were observed.

Source: Kaplan & Meier, Nonparametric Estimation from Incomplete Observations, JASA 53, 1958.
"""

from bisect import bisect_right

from streams.core.model import Model


def never_again(model: Model, age_weeks: float) -> float | None:
    """Chance that a customer whose only purchase is `age_weeks` old never comes back, in [0, 1].

    Linear between the weeks of the model, and its last value beyond them. None when the model
    has no such curve.
    """
    curve = model.one_time
    if not curve:
        return None
    at = bisect_right(curve, age_weeks, key=lambda point: point[0])
    if at == 0:
        return curve[0][1]
    if at == len(curve):
        return curve[-1][1]
    (before, low), (after, high) = curve[at - 1], curve[at]
    return low + (high - low) * (age_weeks - before) / (after - before)
