"""What a unit did, counted while folding and told after the commit."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Totals:
    """What a unit did, in the caller's own words, for metrics after the commit."""

    events: int = 0
    bytes: int = 0
    counts: dict[tuple[str, ...], float] = field(default_factory=dict)
    append_times_ms: list[int] = field(default_factory=list)
    due_times_ms: list[int] = field(default_factory=list)

    def count(self, number: float, *words: str) -> None:
        """Add `number` to the count of `words`."""
        self.counts[words] = self.counts.get(words, 0) + number
