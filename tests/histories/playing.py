"""Plays a customer's history through the pure core, with timers, as a worker does.

What a worker keeps in its table is here a row in memory; a timer row wakes the profile within
`LOOK_MS`. The customer hears of what was sent, and answers.
"""

from collections.abc import Iterator
from typing import NamedTuple

from streams.core.decide.life import end_all
from streams.core.decide.record import DecisionRecord, OfferMessage
from streams.core.events import Event
from streams.core.fold import Outcome
from streams.core.fold_policy import DAY_MS
from streams.core.identity.routing import is_plain, route
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.trials import Trial
from streams.core.step import StepResult, fire, step
from streams.core.timers import TIMED, Timer, next_timer, placed_ms, sooner_ms
from tests.histories.customers import Customer, Happening
from tests.histories.shop import grown, shop

LOOK_MS = 200  # how often a worker looks for what is due
AFTERWARDS_MS = 130 * DAY_MS
SWITCH_EVERY = 4  # of so many customers one sees a new policy in the middle of the history


class Moment(NamedTuple):
    """What came of one event, or of one timer that fired."""

    now_ms: int
    policy: Policy
    event: Event | None
    timer: Timer | None
    outcome: Outcome
    decision: DecisionRecord | None
    offers: tuple[OfferMessage, ...]
    trials: tuple[Trial, ...]


class Play:
    """One history, moment by moment."""

    def __init__(self, seed: int) -> None:
        """The customer of `seed`."""
        self.customer = Customer(seed)
        self.profile: Profile = new_profile(self.customer.subject)
        self._switch_at = self.customer.count // 2 if seed % SWITCH_EVERY == 0 else -1
        self._policy = shop()
        self._folded = 0
        self._clock_ms = self.customer.start_ms

    def moments(self) -> Iterator[Moment]:
        """Until long after the last event, so that every timer has fired."""
        now_ms = self._clock_ms
        for number, one in enumerate(self.customer.happenings()):
            if number == self._switch_at:
                self._policy = grown()
            yield from self._woken(one.now_ms)
            self._clock_ms = now_ms = max(self._clock_ms, one.now_ms)
            moment = self._happened(one, now_ms)
            yield moment
            for each in moment.offers:
                self.customer.told(each)
            if moment.event is not None and self.profile.subject != self.customer.subject:
                return
        yield from self._woken(now_ms + AFTERWARDS_MS)

    def _woken(self, until_ms: int) -> Iterator[Moment]:
        """Fire what is due until then, each within `LOOK_MS`; rows that come too early move."""
        profile = self.profile
        while 0 < profile.timers.row_ms <= until_ms:
            late_ms = profile.timers.row_ms % LOOK_MS
            now_ms = self._clock_ms = max(self._clock_ms, profile.timers.row_ms + late_ms)
            timer = next_timer(profile, self._policy)
            self._folded += 1
            if timer is not None and timer.due_ms <= now_ms:
                result = fire(
                    profile, timer, policy=self._policy, now_ms=now_ms, fold_sequence=self._folded
                )
                yield self._moment(result, now_ms, timer=timer)
            profile.timers.row_ms = placed_ms(profile, self._policy, now_ms)

    def _happened(self, one: Happening, now_ms: int) -> Moment:
        event = one.event
        ended: tuple[OfferMessage, ...] = ()
        if not is_plain(self.profile, event, event.subject):
            routed = route(self.profile, event, event.subject, self._policy.identity)
            ends = routed.ends
            if ends is not None and ends.contact.open_offers:
                ended = end_all(ends, event, self._policy, routed.because, now_ms=now_ms)
            row = routed.linked()
            if row is not None:
                self.profile = row if isinstance(row, Profile) else new_profile("")
            if routed.fold is None:
                outcome = Outcome.LATE if row is None else Outcome.APPLIED
                return self._moment(StepResult(outcome, None, ended), now_ms, event=event)
        self._folded += 1
        result = step(
            self.profile, event, policy=self._policy, now_ms=now_ms, fold_sequence=self._folded
        )
        if result.outcome is Outcome.APPLIED and (result.decision or type(event.body) in TIMED):
            at_ms = sooner_ms(self.profile, self._policy, now_ms)
            if at_ms:
                self.profile.timers.row_ms = at_ms
        return self._moment(result, now_ms, event=event)

    def _moment(
        self,
        result: StepResult,
        now_ms: int,
        *,
        event: Event | None = None,
        timer: Timer | None = None,
    ) -> Moment:
        return Moment(
            now_ms,
            self._policy,
            event,
            timer,
            result.outcome,
            result.decision,
            result.offers,
            result.trials,
        )
