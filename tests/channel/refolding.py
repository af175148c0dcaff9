"""What the offer topics come to, by the plainest rules there are and no code of the product.

Of a subject's offers in one slot of a channel the one with the highest sequence counts; it is open
unless a withdrawal of it has a higher one, or its time is over. `told_wrong` is about the log
itself: what no worker may ever say, whoever reads it.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

Place = tuple[str, str, str]
"""Subject, channel, slot."""


class Said(msgspec.Struct, frozen=True):
    """What counts of one offer message."""

    offer_id: str
    action: Literal["issue", "supersede", "withdraw"]
    sequence: int
    subject: str
    channel: str
    slot: str
    issued_at_ms: int
    expires_at_ms: int | None = None
    supersedes: str | None = None

    @property
    def place(self) -> Place:
        """Where it counts."""
        return self.subject, self.channel, self.slot

    @property
    def ends(self) -> str | None:
        """The offer that it ends, None when it ends none."""
        return self.offer_id if self.action == "withdraw" else self.supersedes

    def over(self, now_ms: int) -> bool:
        """Whether its time is over."""
        return self.expires_at_ms is not None and self.expires_at_ms <= now_ms

    def where(self) -> str:
        """It in words, for failures."""
        return f"{self.action} {self.sequence} of {self.offer_id} to {'/'.join(self.place)}"


def read(values: Iterable[bytes | None]) -> list[Said]:
    """Read the values of records of offer topics."""
    return [msgspec.json.decode(value or b"", type=Said) for value in values]


def newest(log: Iterable[Said]) -> dict[Place, Said]:
    """The last offer of each place, if it was not withdrawn; its time may be over."""
    issues: dict[Place, Said] = {}
    ends: dict[tuple[Place, str], int] = {}
    for one in log:
        if one.action == "withdraw":
            at = (one.place, one.offer_id)
            ends[at] = max(one.sequence, ends.get(at, 0))
        elif one.place not in issues or issues[one.place].sequence < one.sequence:
            issues[one.place] = one
    return {
        place: one
        for place, one in issues.items()
        if ends.get((place, one.offer_id), 0) < one.sequence
    }


def shown(offers: Iterable[Said], now_ms: int) -> str | None:
    """Which of the last `offers` of some places is shown: of those not over, the one said last."""
    running = [one for one in offers if not one.over(now_ms)]
    return max(running, key=lambda one: one.sequence).offer_id if running else None


def ended(log: Iterable[Said]) -> set[str]:
    """Every offer that was withdrawn or superseded."""
    return {one.ends for one in log if one.ends is not None}


def told_wrong(log: Iterable[Said]) -> list[str]:
    """What is doubled or ended wrongly in the whole of all offer topics, in sentences.

    An offer that its customer answered leaves its place without a message, so a log with answers
    may hold issues beside offers that seem open.
    """
    problems: list[str] = []
    issued: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    held: dict[Place, Said] = {}
    for one in sorted(log, key=lambda each: (each.subject, each.sequence)):
        if (one.subject, one.sequence) in numbers:
            problems.append(f"{one.where()}: the number was used before")
        numbers.add((one.subject, one.sequence))
        before = held.get(one.place)
        there = None if before is None or before.over(one.issued_at_ms) else before.offer_id
        if one.ends is not None and one.ends != there:
            problems.append(f"{one.where()}: ends {one.ends}, open is {there}")
        if one.action == "issue" and there is not None:
            problems.append(f"{one.where()}: {there} is still open")
        if one.action != "withdraw":
            if one.offer_id in issued:
                problems.append(f"{one.where()}: it was issued before")
            issued.add(one.offer_id)
            held[one.place] = one
        elif one.ends == there:
            held.pop(one.place, None)
    return problems
