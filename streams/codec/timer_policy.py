"""The policy file's `timers`: how long nothing must happen until one fires."""

from streams.codec.yaml_tree import Fields
from streams.core.care_policy import TimerPolicy
from streams.core.fold_policy import DAY_MS

AFTER_MIN_MS = 1_000
AFTER_MAX_MS = 30 * DAY_MS


def read_timers(fields: Fields | None) -> TimerPolicy:
    """The timers of the policy; the usual ones where it says nothing."""
    usual = TimerPolicy()
    if fields is None:
        return usual
    after_ms = fields.duration_ms(
        "cart_abandoned_after", AFTER_MIN_MS, AFTER_MAX_MS, usual.cart_abandoned_after_ms
    )
    made = TimerPolicy(
        cart_abandoned_after_ms=after_ms,
        rhythm_before_ms=fields.duration_ms(
            "rhythm_due_before", 0, AFTER_MAX_MS, usual.rhythm_before_ms
        ),
        rhythm_at_ms=fields.time_of_day_ms("rhythm_due_at")
        if fields.take("rhythm_due_at")
        else usual.rhythm_at_ms,
    )
    fields.close()
    return made
