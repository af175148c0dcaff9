"""Tallies: the closed trials of one catalogue row in one partition, a row of the table.

Folded in the unit that closed them, so each trial counts exactly once. Sums decay, so that what is
learned follows the customers.
"""

from msgspec import Struct

from streams.core.decay import DecayedSums, add_sums, decayed, set_half_life
from streams.core.profile.trials import Trial

LEAVES_MAX = 256
"""Channels x price levels x stages of one offer; beyond, the least tried leaf is dropped."""
TRIED, ACCEPTED, EXPECTED = range(3)


class Tally(Struct, array_like=True, gc=False):
    """Of one offer: `channel/level/stage` -> tried, accepted, expected; `anyway` by stage."""

    offer: str
    leaves: dict[str, DecayedSums] = {}
    anyway: dict[str, DecayedSums] = {}
    campaign: str = ""
    """That the offer belonged to when a trial of it closed last; empty for none."""


def tally(
    into: Tally, trial: Trial, *, half_life_ms: int, at_ms: int, campaign: str | None = None
) -> None:
    """Count one closed trial at decision time `at_ms`; `campaign` is its offer's."""
    into.campaign = campaign or ""
    leaves = into.anyway if trial.shadow else into.leaves
    leaf = trial.stage if trial.shadow else f"{trial.channel}/{trial.level}/{trial.stage}"
    amounts = [(TRIED, 1.0), (EXPECTED, trial.expected)]
    if trial.accepted:
        amounts.append((ACCEPTED, 1.0))
    count(leaves, leaf, amounts, places=3, half_life_ms=half_life_ms, at_ms=at_ms)


def count(  # noqa: PLR0913  # what is added, where, and when
    leaves: dict[str, DecayedSums],
    leaf: str,
    amounts: list[tuple[int, float]],
    *,
    places: int,
    half_life_ms: int,
    at_ms: int,
) -> None:
    """Add (place, amount) to the `places` sums of `leaf`; beyond `LEAVES_MAX` another one goes."""
    sums = leaves.get(leaf)
    if sums is None:
        sums = leaves[leaf] = DecayedSums(half_life_ms, 0, [0] * places)
    if sums.half_life_ms != half_life_ms:
        set_half_life(sums, half_life_ms, at_ms)
    add_sums(sums, amounts, at_ms)
    if len(leaves) > LEAVES_MAX:
        others = [one for one in leaves if one != leaf]
        del leaves[min(others, key=lambda one: (weight_of(leaves[one], at_ms), one))]


def weight_of(sums: DecayedSums, now_ms: int) -> float:
    """Decayed trials of a leaf."""
    return decayed(sums, sums.sums[TRIED], now_ms)
