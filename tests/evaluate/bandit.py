"""A logged bandit with a known truth: do 95 % intervals hold the truth in 95 of 100 logs?

Subjects come in two kinds that differ in how often they are met and how readily they accept, and
each stays in its context, so decisions of one subject hang together. Acceptance depends on context
and action. The logged policy explores all actions and silence; the candidate prefers others.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from streams.evaluate.estimators import Estimate, Estimates, Floats, Integers, Sample, estimate
from streams.evaluate.rewards import (
    FOLDS,
    SILENT,
    Proposed,
    Taken,
    candidate_minor,
    modelled_minor,
    rates,
    rewards_minor,
)
from tests.evaluate.coverage import Row, row

SUBJECTS = 500
REPLICATES = 400
ACTIONS = 4  # cells of two offers at two prices; the last place of a policy is silence
OFFER_OF = np.array([0, 0, 1, 1])
CONTEXTS = np.array([0.5, 0.3, 0.2])
KINDS = np.array([0.6, 0.4])
MET = np.array([6, 18])  # decisions of a subject of each kind
READINESS = np.array([-0.04, 0.5])
ACCEPTS = np.array([[0.10, 0.20, 0.05, 0.08], [0.05, 0.08, 0.25, 0.35], [0.3, 0.4, 0.05, 0.06]])
GAIN_MINOR = np.array([300.0, 240.0, 500.0, 400.0])
COST_MINOR = np.array([5.0, 5.0, 20.0, 20.0])
LOGGED = np.array([[0.35, 0.25, 0.15, 0.15, 0.1]] * 2 + [[0.2, 0.2, 0.25, 0.25, 0.1]])
CANDIDATE = np.array([[0.1, 0.6, 0.1, 0.15, 0.05], [0.1] * 2 + [0.2, 0.55, 0.05], [0.2] * 5])
WRONG_RATE = 0.9  # of every cell: far from all of them
METHODS = ("IPS", "SNIPS", "DR, right model", "DR, fitted by cells", "DR, wrong model")


class Log(NamedTuple):
    """One simulated log, a place a decision; action `ACTIONS` is silence."""

    subject: Integers
    context: Integers
    action: Integers
    accepted: Integers
    chance: Floats
    accepts: Floats
    """The true rates of all actions at each decision."""


def truth_minor() -> float:
    """What the candidate policy earns a decision, exactly."""
    met = KINDS * MET
    value_minor = 0.0
    for kind, share in enumerate(met / met.sum()):
        rewards = (ACCEPTS + READINESS[kind]) * GAIN_MINOR - COST_MINOR
        value_minor += share * float(CONTEXTS @ (CANDIDATE[:, :ACTIONS] * rewards).sum(axis=1))
    return value_minor


def simulate(seed: int) -> Log:
    """The log of one world of `SUBJECTS` subjects."""
    random = np.random.default_rng(seed)
    kind = random.choice(len(KINDS), SUBJECTS, p=KINDS)
    subject = np.repeat(np.arange(SUBJECTS), MET[kind])
    context = random.choice(len(CONTEXTS), SUBJECTS, p=CONTEXTS)[subject]
    reached = LOGGED.cumsum(axis=1)[context]
    action = (random.random(len(subject))[:, None] >= reached[:, :ACTIONS]).sum(axis=1)
    accepts = ACCEPTS[context] + READINESS[kind[subject]][:, None]
    of_taken = np.column_stack((accepts, np.zeros(len(subject))))[np.arange(len(subject)), action]
    accepted = (random.random(len(subject)) < of_taken).astype(np.int64)
    return Log(subject, context, action, accepted, LOGGED[context, action], accepts)


def estimates(log: Log, seed: int) -> dict[str, Estimate]:
    """Every method's estimate of one log."""
    taken = _taken(log)
    proposed = _proposed(log)
    expected = ACCEPTS + float(KINDS * MET @ READINESS) / float(KINDS @ MET)
    models = {
        "DR, fitted by cells": _fitted(taken, proposed),
        "DR, right model": _modelled(log, expected[log.context]),
        "DR, wrong model": _modelled(log, np.full(log.accepts.shape, WRONG_RATE)),
    }
    found: dict[str, Estimate] = {}
    for name, (modelled, candidate) in models.items():
        made = estimate(_sample(log, taken, modelled, candidate), seed=seed, replicates=REPLICATES)
        assert isinstance(made, Estimates)
        found |= {"IPS": made.ips, "SNIPS": made.snips, name: made.dr}
    return found


def judge(seeds: Iterable[int]) -> list[Row]:
    """Coverage and bias of every method over the logs of `seeds`."""
    truth = truth_minor()
    every = [estimates(simulate(seed), seed) for seed in seeds]
    return [row(method, [one[method] for one in every], truth) for method in METHODS]


def _taken(log: Log) -> Taken:
    return Taken(
        cell=np.where(log.action == ACTIONS, SILENT, log.action),
        fold=log.subject % FOLDS,
        accepted=log.accepted == 1,
        gain_minor=np.append(GAIN_MINOR, 0.0)[log.action],
        cost_minor=np.append(COST_MINOR, 0.0)[log.action],
    )


def _proposed(log: Log) -> Proposed:
    count = len(log.action)
    chances = CANDIDATE[log.context][:, :ACTIONS]
    return Proposed(
        decision=np.repeat(np.arange(count), ACTIONS),
        cell=np.tile(np.arange(ACTIONS), count),
        gain_minor=(chances * GAIN_MINOR).ravel(),
        cost_minor=chances @ COST_MINOR,
    )


def _fitted(taken: Taken, proposed: Proposed) -> tuple[Floats, Floats]:
    fitted = rates(taken, OFFER_OF)
    return modelled_minor(taken, fitted), candidate_minor(proposed, taken.fold, fitted)


def _modelled(log: Log, rate: Floats) -> tuple[Floats, Floats]:
    """What a model with these rates of all actions says of what was done and would be done."""
    expected = np.column_stack((rate * GAIN_MINOR - COST_MINOR, np.zeros(len(rate))))
    of_taken = expected[np.arange(len(rate)), log.action]
    return of_taken, (expected * CANDIDATE[log.context]).sum(axis=1)


def _sample(log: Log, taken: Taken, modelled: Floats, candidate: Floats) -> Sample:
    reward_minor = rewards_minor(
        sent=taken.cell != SILENT,
        accepted=taken.accepted,
        gain_minor=taken.gain_minor,
        cost_minor=taken.cost_minor,
    )
    return Sample(
        subject=log.subject,
        reward_minor=reward_minor,
        weight=CANDIDATE[log.context, log.action] / log.chance,
        modelled_minor=modelled,
        candidate_minor=candidate,
    )
