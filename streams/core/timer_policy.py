"""When timers fire: values only, read from the policy file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPolicy:
    """How long nothing must happen until a timer fires."""

    cart_abandoned_after_ms: int = 3_600_000


USUAL_TIMERS = TimerPolicy()
