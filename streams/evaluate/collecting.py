"""A log as the estimators need it: a few numbers a decision, collected record by record.

Views and candidates are read once and dropped. At most `DECISIONS_MAX` decisions are kept, about
250 bytes each, and as much again while they are judged. Outcomes may come in any order, after the
decisions they belong to.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct

from streams.core.acceptance import Acceptance
from streams.core.decide.decide import decide
from streams.core.decide.ids import arm
from streams.core.decide.record import DecisionRecord, Result
from streams.core.events import Body
from streams.core.kinds.outcome import Accepted, OfferOutcome, Undeliverable
from streams.core.offers import Policy
from streams.evaluate.chances import (
    CERTAIN_SILENCE,
    Action,
    Chances,
    Ground,
    Stakes,
    chances_of,
    ground_against,
    listed_stakes,
    stakes_of,
    taken,
)
from streams.evaluate.differences import Differences
from streams.evaluate.estimators import Floats, Integers
from streams.evaluate.rewards import FOLDS, SILENT, Flags, Proposed, Taken

DECISIONS_MAX = 1_000_000
GRACE_MS = 3_600_000  # clocks of channels differ; event time needs no room for what comes late
_FOLD_SALT = "evaluate"
_NOTHING = Stakes(0.0, 0.0, 0.0)


class Counts(Struct):
    """What became of the records."""

    decisions: int = 0
    first_ms: int = 0
    """Decision time of the earliest, and of the latest."""
    last_ms: int = 0
    versions: Counter[str] = Counter()
    """Policy version -> decisions it took."""
    held_out: int = 0
    """Decisions of subjects that the candidate's salt and share, or the log, hold out."""
    foreign_holdout: int = 0
    """Of these, held out in the log and not by the candidate's salt and share."""
    refused: Counter[Ground] = Counter()
    unlearned: int = 0
    """Decisions that name a version of what was learned which is not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was collected, one place a decision in every array.

    `supported` tells whether the log can judge the candidate there, `known` whether the record says
    what its action was worth; `anyway_minor` is P0 x margin.
    """

    offers: tuple[str, ...]
    """Catalogue rows, in the order of their numbers."""
    selling: frozenset[str]
    """Those of them that sell."""
    offer_of: Integers
    """Cell -> number of its catalogue row."""
    subject: Integers
    weight: Floats
    supported: Flags
    known: Flags
    delivered: Flags
    expires_ms: Integers
    anyway_minor: Floats
    taken: Taken
    proposed: Proposed

    @property
    def sent(self) -> Flags:
        """Whether each decision sent an offer."""
        flags: Flags = self.taken.cell != SILENT
        return flags


class Log:
    """Decisions of the log, each beside what the candidate policy would make of the same view."""

    def __init__(
        self,
        candidate: Policy,
        *,
        learned: Callable[[str], Acceptance | None] | None = None,
        grace_ms: int = GRACE_MS,
    ) -> None:
        """An acceptance counts until `grace_ms` after the offer's end.

        `learned` finds a version of what outcomes had taught: the candidate decides with the one
        that the logged decision names.
        """
        self.counts = Counts(refused=Counter(), versions=Counter())
        self.differences = Differences()
        self._candidate = candidate
        self._learned = learned
        self._by_version = {"": candidate}
        self._grace_ms = grace_ms
        self._subjects: dict[str, int] = {}
        self._offers: dict[str, int] = {}
        self._selling: set[str] = set()
        self._cells: dict[tuple[str, str, str], int] = {}
        self._sent: dict[bytes, int] = {}
        # One place a decision.
        self._subject, self._cell = array("q"), array("q")
        self._supported, self._known = array("b"), array("b")
        self._weight, self._expires_ms = array("d"), array("q")
        self._gain, self._cost, self._anyway = array("d"), array("d"), array("d")
        self._proposed_cost = array("d")
        self._delivered, self._accepted = array("b"), array("b")
        # One place for each decision and cell that the candidate could take.
        self._entry_decision, self._entry_cell = array("q"), array("q")
        self._entry_gain = array("d")

    def add(self, record: DecisionRecord) -> None:
        """Take in one decision of the log."""
        counts = self.counts
        counts.decisions += 1
        counts.versions[record.policy_version] += 1
        now_ms = record.decision_time_ms
        counts.first_ms = min(counts.first_ms or now_ms, now_ms)
        counts.last_ms = max(counts.last_ms, now_ms)
        other = decide(record.view, self._policy(record.acceptance_version))
        self.differences.add(record, other)
        if self._held_out(record):
            counts.held_out += 1
            return
        logged, proposed = chances_of(record), chances_of(other)
        ground = ground_against(logged, proposed)
        if ground is not None:
            counts.refused[ground] += 1
        self._supported.append(ground is None)
        self._add(record, CERTAIN_SILENCE if ground is not None else proposed)
        self._propose(logged, CERTAIN_SILENCE if ground is not None else proposed)

    def _policy(self, version: str) -> Policy:
        found = self._by_version.get(version)
        if found is None:
            learned = self._learned(version) if self._learned is not None else None
            if learned is None:
                self.counts.unlearned += 1
                return self._candidate
            found = self._by_version[version] = replace(self._candidate, acceptance=learned)
        return found

    def hear(self, body: Body, event_time_ms: int) -> None:
        """Take in one event; only outcomes of offers that the log holds change anything."""
        if not isinstance(body, OfferOutcome) or isinstance(body, Undeliverable):
            return
        at = self._sent.get(_key(body.offer_id))
        if at is None:
            return
        self._delivered[at] = 1  # whoever answers an offer has got it
        in_time = event_time_ms <= self._expires_ms[at] + self._grace_ms
        if isinstance(body, Accepted) and in_time:
            self._accepted[at] = 1

    def __len__(self) -> int:
        """How many decisions are kept."""
        return len(self._subject)

    def _held_out(self, record: DecisionRecord) -> bool:
        """Whether selling is kept back from the subject: then only its silence would be told."""
        decision = self._candidate.decision
        inside = arm(record.subject, decision.holdout_salt) < decision.holdout_share
        if record.result is Result.HOLDOUT and not inside:
            self.counts.foreign_holdout += 1
        return inside or record.result is Result.HOLDOUT

    def _add(self, record: DecisionRecord, proposed: Chances) -> None:
        action, chosen = taken(record), record.chosen
        chance, expires_ms, stakes = record.silence_propensity, 0, _NOTHING
        wanted = proposed.silence
        known = True
        at = len(self)
        if action is not None and chosen is not None:
            chance, expires_ms = chosen.propensity, chosen.expires_at_ms
            wanted = proposed.actions[action].propensity if action in proposed.actions else 0.0
            found = stakes_of(record, action)
            known, stakes = found is not None, found or _NOTHING
            self._sent[_key(chosen.offer_id)] = at
            if chosen.purpose == "marketing":
                self._selling.add(chosen.offer)
        self._subject.append(self._subjects.setdefault(record.subject, len(self._subjects)))
        self._cell.append(SILENT if action is None else self._cell_of(action))
        self._known.append(known)
        self._weight.append(wanted / chance if chance > 0 else 0.0)
        self._expires_ms.append(expires_ms)
        self._gain.append(stakes.gain_minor)
        self._cost.append(stakes.cost_minor)
        self._anyway.append(stakes.anyway_minor)
        self._delivered.append(0)
        self._accepted.append(0)

    def _propose(self, logged: Chances, proposed: Chances) -> None:
        at = len(self) - 1
        gains: dict[int, float] = {}
        cost_minor = 0.0
        for action, candidate in proposed.actions.items():
            # What it earns is a fact of the log: a catalogue that claims more does not change it.
            stakes = listed_stakes(logged.actions[action])
            cell = self._cell_of(action)
            gains[cell] = gains.get(cell, 0.0) + candidate.propensity * stakes.gain_minor
            cost_minor += candidate.propensity * stakes.cost_minor
        for cell, gain_minor in gains.items():
            self._entry_decision.append(at)
            self._entry_cell.append(cell)
            self._entry_gain.append(gain_minor)
        self._proposed_cost.append(cost_minor)

    def _cell_of(self, action: Action) -> int:
        self._offers.setdefault(action.offer, len(self._offers))
        cell = (action.offer, action.price_level, action.channel)
        return self._cells.setdefault(cell, len(self._cells))

    def collected(self) -> Collected:
        """All of it as arrays; subjects are dealt to folds by hash."""
        subject = np.array(self._subject, dtype=np.int64)
        folds = _integers(int(arm(one, _FOLD_SALT) * FOLDS) for one in self._subjects)
        cell = np.array(self._cell, dtype=np.int64)
        return Collected(
            offers=tuple(self._offers),
            selling=frozenset(self._selling),
            offer_of=_integers(self._offers[offer] for offer, _, _ in self._cells),
            subject=subject,
            weight=np.array(self._weight),
            supported=np.array(self._supported, dtype=np.bool_),
            known=np.array(self._known, dtype=np.bool_),
            delivered=np.array(self._delivered, dtype=np.bool_),
            expires_ms=np.array(self._expires_ms, dtype=np.int64),
            anyway_minor=np.array(self._anyway),
            taken=Taken(
                cell=cell,
                fold=folds[subject],
                accepted=np.array(self._accepted, dtype=np.bool_),
                gain_minor=np.array(self._gain),
                cost_minor=np.array(self._cost),
            ),
            proposed=Proposed(
                decision=np.array(self._entry_decision, dtype=np.int64),
                cell=np.array(self._entry_cell, dtype=np.int64),
                gain_minor=np.array(self._entry_gain),
                cost_minor=np.array(self._proposed_cost),
            ),
        )


def _integers(numbers: Iterable[int]) -> Integers:
    return np.array([*numbers], dtype=np.int64)


def _key(offer_id: str) -> bytes:
    """Half the size of the 32 hex digits that we give; another system's id stays as it is."""
    try:
        return bytes.fromhex(offer_id)
    except ValueError:
        return offer_id.encode(errors="replace")
