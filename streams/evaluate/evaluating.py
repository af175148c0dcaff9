"""The evaluation of a candidate policy on a log: estimates with intervals, or why there are none.

It judges one step: each decision alone, on the state that the logged policy had brought about.
What the candidate would have done to caps, to open offers and to later decisions is not in it.
"""

import numpy as np
from msgspec import Struct

from streams.evaluate.chances import Ground
from streams.evaluate.collecting import Collected, Counts, Log
from streams.evaluate.estimators import (
    EFFECTIVE_MIN,
    REPLICATES,
    Estimate,
    Estimates,
    Floats,
    Refusal,
    Sample,
    estimate,
    mean_by,
)
from streams.evaluate.lift import Lift, lifts
from streams.evaluate.rewards import candidate_minor, modelled_minor, rates, rewards_minor

_SENTENCES = {
    Ground.CUT: (
        "more could have been taken than the ten candidates a record lists, so the chance of what "
        "the candidate would do is unknown"
    ),
    Ground.SILENCE: "the candidate may be silent where the log never was, so nothing tells of it",
    Ground.UNSUPPORTED: (
        "the candidate may do what the log never did there, so nothing tells what it earns"
    ),
}
_FOREIGN = (
    "subjects were held out that the candidate would not hold out, so their silence cannot be told "
    "from a choice; keep holdout_salt and holdout_share as they were"
)
_UNKNOWN = (
    "the offer that was taken is not among the ten candidates of its record, nor is its row or its "
    "channel, so what it earned is unknown"
)


class Rules(Struct, frozen=True, kw_only=True):
    """When to refuse, and how to resample.

    `unsupported_max` is the share of decisions that may be left out because the log says nothing of
    what the candidate would do there; estimates then are of the others.
    """

    effective_min: float = EFFECTIVE_MIN
    unsupported_max: float = 0.0
    seed: int = 1
    replicates: int = REPLICATES


class Evaluation(Struct, frozen=True, kw_only=True):
    """What came out; money is minor units a decision."""

    first_ms: int
    """Decision time of the earliest decision, and of the latest."""
    last_ms: int
    versions: dict[str, int]
    """Policy version -> decisions it took."""
    decisions: int
    held_out: int
    judged: int
    subjects: int
    sent: int
    delivered: int
    accepted: int
    still_open: int
    """Sent offers that may yet be accepted: their rewards can only grow."""
    moved: int
    """Decisions, also held out ones, that would have come out otherwise."""
    logged: Estimate | None
    candidate: Estimates | None
    left_out: tuple[Refusal, ...]
    """Decisions that are not judged."""
    refusals: tuple[Refusal, ...]
    """Why there is no estimate of the candidate; empty when there is one."""
    lifts: tuple[Lift, ...]


def evaluate(log: Log, rules: Rules, *, now_ms: int) -> Evaluation:
    """Judge the candidate policy of `log`; offers that end after `now_ms` count as open."""
    found, counts = log.collected(), log.counts
    reward_minor = rewards_minor(
        sent=found.sent,
        accepted=found.taken.accepted,
        gain_minor=found.taken.gain_minor,
        cost_minor=found.taken.cost_minor,
    )
    left_out, fatal = _refusals(counts, found, rules)
    logged, candidate = None, None
    if found.known.all() and len(reward_minor):
        logged = mean_by(found.subject, reward_minor, seed=rules.seed, replicates=rules.replicates)
    if not fatal:
        made = estimate(
            _sample(found, reward_minor),
            seed=rules.seed,
            replicates=rules.replicates,
            effective_min=rules.effective_min,
        )
        if isinstance(made, Refusal):
            fatal.append(made)
        else:
            candidate = made
    return Evaluation(
        first_ms=counts.first_ms,
        last_ms=counts.last_ms,
        versions=dict(counts.versions),
        decisions=counts.decisions,
        held_out=counts.held_out,
        judged=int(found.supported.sum()),
        subjects=len(np.unique(found.subject)),
        sent=int(found.sent.sum()),
        delivered=int(found.delivered.sum()),
        accepted=int(found.taken.accepted.sum()),
        still_open=int((found.expires_ms > now_ms).sum()),
        moved=log.differences.moved,
        logged=logged,
        candidate=candidate,
        left_out=tuple(left_out),
        refusals=tuple(fatal),
        lifts=lifts(found, seed=rules.seed),
    )


def _refusals(
    counts: Counts, found: Collected, rules: Rules
) -> tuple[list[Refusal], list[Refusal]]:
    """Those that only left decisions out, and those that forbid every estimate."""
    unsupported = [
        Refusal(ground.value, counts.refused[ground], _SENTENCES[ground])
        for ground in Ground
        if counts.refused[ground]
    ]
    within = counts.refused.total() <= rules.unsupported_max * len(found.subject)
    left_out, fatal = (unsupported, []) if within else ([], unsupported)
    if counts.foreign_holdout:
        fatal.append(Refusal("holdout", counts.foreign_holdout, _FOREIGN))
    unknown = int((~found.known).sum())
    if unknown:
        fatal.append(Refusal("worth", unknown, _UNKNOWN))
    return left_out, fatal


def _sample(found: Collected, reward_minor: Floats) -> Sample:
    fitted = rates(found.taken, found.offer_of)
    expected_minor = candidate_minor(found.proposed, found.taken.fold, fitted)
    judged = found.supported
    return Sample(
        subject=found.subject[judged],
        reward_minor=reward_minor[judged],
        weight=found.weight[judged],
        modelled_minor=modelled_minor(found.taken, fitted)[judged],
        candidate_minor=expected_minor[judged],
    )
