"""Who is listened to: PageRank over reposts, mentions and shared codes.

An edge goes from whoever repeats to whoever is repeated. Edges are counted by week, and a week's
count loses half its weight in `HALF_LIFE_WEEKS`; counts are whole numbers and all sums are made
in the order of names, so the order in which events came changes nothing.

Source: Brin & Page, The Anatomy of a Large-Scale Hypertextual Web Search Engine, 1998.
"""

from collections import Counter
from typing import Any

import numpy as np
from scipy import sparse

from streams.core.events import Announce, Create, Event, Referred, SocialObject
from streams.core.model import INFLUENCE_MAX

WEEK_MS = 7 * 86_400_000
HALF_LIFE_WEEKS = 26.0
FOLLOWED = 0.85  # the usual damping factor: chance to go on along an edge
TOLERANCE = 1e-12
ROUNDS_MAX = 500
EDGES_MAX = 5_000_000  # (who, whom, week) kept; later new ones are left out and counted


class Influence:
    """Counts who repeated or named whom, and who used whose code."""

    def __init__(self) -> None:
        """Start with no edge."""
        self._edges: Counter[tuple[str, str, int]] = Counter()
        self._subjects: dict[str, str] = {}
        self.left_out = 0

    def add(self, event: Event) -> None:
        """Count the edges of one event; events of any other kind have none."""
        body = event.body
        match body:
            case Create():
                targets = _mentioned(body.object)
            case Announce():
                targets = [body.object.attributed_to or ""]
            case Referred():
                if body.referred_subject_hash:
                    self._count(body.referred_subject_hash, event.subject, event.event_time_ms)
                return
            case _:
                return
        # Posts name people by the address of their account, purchases by subject.
        known = self._subjects.get(body.actor.id)
        if known is not None or len(self._subjects) < EDGES_MAX:
            self._subjects[body.actor.id] = min(known or event.subject, event.subject)
        for target in targets:
            if target and target != body.actor.id:
                self._count(event.subject, target, event.event_time_ms)

    def edges(self, until_ms: int) -> dict[tuple[str, str], float]:
        """(who, whom) -> decayed weight as of `until_ms`, in the order of names."""
        merged: Counter[tuple[str, str, int]] = Counter()
        for (who, whom, week), count in self._edges.items():
            merged[who, self._subjects.get(whom, whom), week] += count
        weights: dict[tuple[str, str], float] = {}
        for (who, whom, week), count in sorted(merged.items()):
            if who != whom:
                age = max(0, until_ms // WEEK_MS - week)
                weight = count * 2.0 ** (-age / HALF_LIFE_WEEKS)
                weights[who, whom] = weights.get((who, whom), 0.0) + weight
        return weights

    def _count(self, who: str, whom: str, at_ms: int) -> None:
        edge = (who, whom, at_ms // WEEK_MS)
        if edge in self._edges or len(self._edges) < EDGES_MAX:
            self._edges[edge] += 1
        else:
            self.left_out += 1


def page_rank(edges: dict[tuple[str, str], float]) -> dict[str, float]:
    """Name -> rank, all of them adding up to 1; whoever repeats nobody shares with everybody."""
    names = sorted({name for edge in edges for name in edge})
    if not names:
        return {}
    numbers = {name: number for number, name in enumerate(names)}
    ordered = sorted(edges.items())
    rows = np.array([numbers[whom] for (_, whom), _ in ordered])
    columns = np.array([numbers[who] for (who, _), _ in ordered])
    weights = np.array([weight for _, weight in ordered])
    count = len(names)
    out = np.bincount(columns, weights, minlength=count)
    shares = weights / out[columns]
    along: Any = sparse.csr_array((shares, (rows, columns)), shape=(count, count))
    rank = np.full(count, 1.0 / count)
    silent = out == 0
    for _ in range(ROUNDS_MAX):
        following = FOLLOWED * (along @ rank + rank[silent].sum() / count)
        following += (1.0 - FOLLOWED) / count
        change = float(np.abs(following - rank).sum())
        rank = following
        if change < TOLERANCE:
            break
    return {name: float(value) for name, value in zip(names, rank / rank.sum(), strict=True)}


def highest(ranks: dict[str, float]) -> dict[str, float]:
    """The `INFLUENCE_MAX` highest of `ranks`, the highest first."""
    return dict(sorted(ranks.items(), key=lambda one: (-one[1], one[0]))[:INFLUENCE_MAX])


def _mentioned(post: SocialObject) -> list[str]:
    """Whom a post names; a mention without an address goes by its lower-case handle."""
    named = {
        tag.href or f"handle:{tag.name.lstrip('@').lower()}"
        for tag in post.tag
        if tag.type == "Mention"
    }
    return sorted(named)
