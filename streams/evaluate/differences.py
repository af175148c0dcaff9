"""How two policies differ on the same views: by trigger, offer and channel, no outcome needed.

Both draw the same number where their experiment salts are equal, so what differs is what would
have been another message, or another silence, in that very moment.
"""

from collections import Counter

from streams.core.decide.record import DecisionRecord
from streams.evaluate.chances import Action, taken

SILENCE = "silence"
Change = tuple[str, str]
"""What the log has, and what the candidate would have made of it."""


class Differences:
    """Counts, as large as the catalogues are; holdouts are decisions too."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.decisions = 0
        self.moved = 0
        self.triggers: Counter[str] = Counter()
        self.triggers_moved: Counter[str] = Counter()
        self.offers: Counter[Change] = Counter()
        self.channels: Counter[Change] = Counter()

    def add(self, logged: DecisionRecord, other: DecisionRecord | None) -> None:
        """Count one view, as it was decided and as the candidate would decide."""
        self.count(logged.trigger, taken(logged), taken(other))

    def count(self, trigger: str, before: Action | None, after: Action | None) -> None:
        """Count one view by what was done, and what the candidate would have done."""
        self.decisions += 1
        self.triggers[trigger] += 1
        self.offers[_offer(before), _offer(after)] += 1
        self.channels[_channel(before), _channel(after)] += 1
        if before != after:
            self.moved += 1
            self.triggers_moved[trigger] += 1


def _offer(action: Action | None) -> str:
    return SILENCE if action is None else action.offer


def _channel(action: Action | None) -> str:
    return SILENCE if action is None else action.channel
