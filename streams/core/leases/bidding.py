"""The bid price of a scarce channel: what a contact must be worth to take one of its tokens.

A controlled price instead of a solved programme: each partition compares the share of its tokens
that it used with the share of the window that has passed, and raises or lowers the price by the
difference. What a whole window used too much or too little moves where the next one starts.

Source: bid prices, Talluri and van Ryzin, An Analysis of Bid-Price Controls for Network Revenue
Management, Management Science 1998; the multiplicative step is that of online mirror descent on
the capacity's dual price (Balseiro, Lu, Mirrokni, Operations Research 2023).
"""

from math import exp

STEEPNESS = 3.0
"""All of its tokens gone at the beginning: the price is e^3 times that of the window's start."""
STEP = 0.5
"""A window of which nothing was used lowers the start of the next one to 61 %."""
RANGE = 32.0
"""The start of a window stays within this factor of the policy's price."""


def price(base: float, *, used: int, share: float, passed: float) -> float:
    """The price now, to a hundredth of a minor unit.

    Args:
        base: at the beginning of the window.
        used: tokens that the partition took in this window.
        share: tokens of the window by partition, on average.
        passed: share of the window that is over, 0 to 1.
    """
    ahead = min(1.0, max(-1.0, used / share - passed))
    return round(base * exp(STEEPNESS * ahead), 2)


def next_base(base: float, start: float, *, used: int, share: float, windows: int) -> float:
    """The price at the beginning of a later window; `windows` have passed, `used` in the first."""
    moved = base * exp(STEP * (min(2.0, used / share) - min(windows, 10)))
    return min(start * RANGE, max(start / RANGE, moved))
