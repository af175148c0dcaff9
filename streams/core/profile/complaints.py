"""What is wrong from the customer's side: complaints nobody settled, and too many returns."""

from streams.core.fold_policy import DAY_MS, FoldPolicy
from streams.core.local import local_ms
from streams.core.profile.buying import Buying
from streams.core.profile.care import Care, complaint_open_since
from streams.core.profile.days import DAY_BYTES, numbers

STREAK_RETURNS = 3
"""So many days on which something came back,"""
STREAK_DAYS = 30
"""within so many days, say what nobody put into words."""


def open_complaint_since(care: Care, buying: Buying, policy: FoldPolicy, now_ms: int) -> int | None:
    """Event time of the oldest complaint that nobody settled, None without one.

    An open case counts until it is closed; a complaining post and a return streak until an answer
    or the policy's `complaint_age_max_ms`.
    """
    since_ms = complaint_open_since(care, now_ms, policy.complaint_age_max_ms)
    if len(buying.return_days) < STREAK_RETURNS * DAY_BYTES:  # nearly everybody
        return since_ms
    streak_ms = return_streak_since(care, buying, policy, now_ms)
    if since_ms is None or streak_ms is None:
        return streak_ms if since_ms is None else since_ms
    return min(since_ms, streak_ms)


def return_streak_since(care: Care, buying: Buying, policy: FoldPolicy, now_ms: int) -> int | None:
    """The beginning of the day that made a streak of the last returns; None without one.

    A streak is settled by an answer after that day began, and by time.
    """
    days = numbers(buying.return_days)[-STREAK_RETURNS:]
    if len(days) < STREAK_RETURNS or days[-1] - days[0] > STREAK_DAYS:
        return None
    local = days[-1] * DAY_MS
    since_ms = local - (local_ms(policy.zone, local) - local)
    if care.last_answer_ms > since_ms or since_ms <= now_ms - policy.complaint_age_max_ms:
        return None
    return since_ms
