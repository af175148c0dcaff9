"""Trials: what was offered to one customer and has not been answered, until its own time is over.

A delivered offer is one trial: accepted within its time, or not, counted when it closes; one that
was never delivered counts nowhere. Accepted is what the channel says so of, or a purchase of what
the offer is about. An offer that was superseded or withdrawn can still be taken, so a trial
outlives it. A holdout's is a trial of what happens anyway: of a purchase without an offer.
"""

from msgspec import Struct

TRIALS_MAX = 16
"""Open ones of a customer; beyond, the one due first is dropped and counts nowhere."""


class Trial(Struct, array_like=True, gc=False):
    """One offer made: which, what was expected, and what became of it by now."""

    offer: str
    channel: str
    level: str
    stage: str
    due_ms: int
    """Decision time at which it closes without an answer."""
    expected: float
    """Chance of acceptance before anything learned; of a purchase anyway for a `shadow`."""
    shadow: bool = False
    delivered: bool = False
    accepted: bool = False
    closed: bool = False


def add_trial(trials: dict[str, Trial], offer_id: str, trial: Trial) -> None:
    """Begin a trial; beyond `TRIALS_MAX` the one due first is dropped."""
    trials[offer_id] = trial
    while len(trials) > TRIALS_MAX:
        del trials[min(trials, key=lambda one: (trials[one].due_ms, one))]


def note_delivered(trials: dict[str, Trial], offer_id: str) -> None:
    """The offer reached the customer, as one that is seen did: it is a trial that counts now."""
    trial = trials.get(offer_id)
    if trial is not None:
        trial.delivered = True


def note_answer(trials: dict[str, Trial], offer_id: str, *, accepted: bool, at_ms: int) -> None:
    """The customer answered at event time `at_ms`, so it was delivered too: the trial closes."""
    trial = trials.get(offer_id)
    if trial is not None and not trial.closed:
        trial.delivered = trial.closed = True
        trial.accepted = accepted and at_ms < trial.due_ms


def close_due(trials: dict[str, Trial], now_ms: int) -> tuple[Trial, ...]:
    """Take out what was answered or is over by decision time `now_ms`, and return what counts.

    A worker that was away finds answers when the time is over: whether they came in time is told by
    when they were given, not by when they are folded.
    """
    over = [one for one, trial in trials.items() if trial.closed or trial.due_ms <= now_ms]
    if not over:
        return ()
    closed = [trials.pop(one) for one in over]
    return tuple([trial for trial in closed if trial.delivered or trial.shadow])
