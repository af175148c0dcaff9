"""Quiet hours end: what they silenced is decided again then, if it is not too old by that time."""

from bisect import bisect_right
from collections.abc import Container

from streams.core.contact_policy import ContactRule
from streams.core.decide.contacting import is_quiet, zone_of
from streams.core.decide.record import DecisionRecord, Gate
from streams.core.fold_policy import DAY_MS, Zone
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.profile.timers import QUIET_ITEMS_MAX, QUIET_TERMS_MAX, Quiet


def wait_for_morning(profile: Profile, decision: DecisionRecord, policy: Policy) -> None:
    """Keep the cause of `decision` if it ended in silence and quiet hours stopped a candidate.

    The newest wins. It waits for the first quiet hours to end, whosever they are: those of another
    channel silence it once more, and it waits for theirs.
    """
    if decision.chosen is not None or Gate.QUIET_HOURS not in decision.gates:
        return
    contact, now_ms = policy.contact, decision.decision_time_ms
    zone = zone_of(decision.view, contact)
    quiet = [one for one in contact.rules.values() if is_quiet(one, zone, now_ms)]
    due_ms = min([quiet_until_ms(one, zone, now_ms) for one in quiet])
    if due_ms - decision.event_time_ms <= policy.triggers[decision.trigger].age_max_ms:
        view = decision.view
        profile.timers.quiet = Quiet(
            due_ms,
            decision.trigger,
            decision.event_time_ms,
            view.items[:QUIET_ITEMS_MAX],
            _terms(view.terms, policy.triggers[decision.trigger].by_term),
            view.outlet,
        )


def _terms(terms: tuple[str, ...], asked: Container[str]) -> tuple[str, ...]:
    """The first of those that rows ask for; of any if none is asked for."""
    return (tuple([one for one in terms if one in asked]) or terms)[:QUIET_TERMS_MAX]


def quiet_until_ms(rule: ContactRule, zone: Zone, now_ms: int) -> int:
    """When the quiet hours that hold at `now_ms` end, though clocks may change until then.

    Clocks set forward may pass over the end: then the hours end when the clocks are set.
    """
    offset_ms = _offset_at(zone, now_ms)[1]
    left_ms = (rule.quiet_until_ms - now_ms - offset_ms) % DAY_MS or DAY_MS
    until_ms = now_ms + left_ms
    begun_ms, later_ms = _offset_at(zone, until_ms)
    if later_ms == offset_ms:
        return until_ms
    return max(until_ms - later_ms + offset_ms, begun_ms)


def _offset_at(zone: Zone, at_ms: int) -> tuple[int, int]:
    """Since when an offset holds that holds at `at_ms`, and the offset."""
    at = bisect_right(zone.offsets, (at_ms, DAY_MS))  # no offset is as large as a day
    return zone.offsets[max(at - 1, 0)]
