"""From a stored row to what readers get: the genome of a profile, or where a link leads."""

from streams.codec.rows import decode_row
from streams.core.genome.background import Background, make_background
from streams.core.genome.genome import LinkShown, Shown
from streams.core.genome.reading import read_genome
from streams.core.identity.links import Link
from streams.core.offers import Policy
from streams.core.profile.profile import Profile


class Backgrounds:
    """Makes the background of a policy once, and again when another one is adopted.

    Asked from one thread.
    """

    def __init__(self) -> None:
        """Nothing was made yet."""
        self._made: tuple[Policy, Background] | None = None

    def of(self, policy: Policy) -> Background:
        """What profiles folded by `policy` are read against."""
        made = self._made
        if made is None or made[0] is not policy:
            decision = policy.decision
            background = make_background(
                policy.fold,
                policy.model,
                prior_strength=decision.prior_strength,
                cart_age_max_ms=decision.cart_age_max_ms,
            )
            made = self._made = (policy, background)
        return made[1]


def show_row(row: bytes, background: Background, now_ms: int, *, special: bool = False) -> Shown:
    """Return what `row` of the table holds, as of `now_ms`; `special` as in `read_genome`.

    Raises:
        ProfileVersionError: another release wrote it.
    """
    value = decode_row(row)
    if isinstance(value, Link):
        return LinkShown(
            target=value.target,
            since_ms=value.since_ms,
            source=value.source,
            claims=value.claims,
            last_claim_ms=value.last_claim_ms or None,
        )
    assert isinstance(value, Profile), "tallies have reserved keys, which no subject is"
    return read_genome(value, background, now_ms, special=special)
