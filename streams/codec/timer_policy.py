"""The policy file's `timers`: how long nothing must happen until one fires."""

from streams.codec.yaml_tree import Fields
from streams.core.fold_policy import DAY_MS
from streams.core.timer_policy import TimerPolicy

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
    fields.close()
    return TimerPolicy(cart_abandoned_after_ms=after_ms)
