"""What a profile is read against: the policy it was folded by, the population, and the moment."""

from msgspec import Struct

from streams.core.fold_policy import FoldPolicy
from streams.core.genome.next_categories import Pairings, pairings
from streams.core.local import local_ms
from streams.core.model import NO_MODEL, Model
from streams.core.profile.profile import Profile
from streams.core.profile.special import is_open
from streams.core.profile.stated import is_muted

DAY_MS = 86_400_000
PRIOR_STRENGTH = 10.0


class Background(Struct, frozen=True, kw_only=True):
    """All that reading needs besides the profile; made once for any number of customers.

    `prior_strength` is how much evidence it takes to believe a share, in weights of events.
    """

    fold: FoldPolicy
    model: Model
    pairs: Pairings
    prior_strength: float
    cart_age_max_ms: int


class Reading(Struct, frozen=True):
    """One profile at one moment."""

    profile: Profile
    background: Background
    now_ms: int

    @property
    def fold(self) -> FoldPolicy:
        """The policy that the profile was folded by."""
        return self.background.fold

    @property
    def model(self) -> Model:
        """What is known of the population."""
        return self.background.model

    @property
    def evidence_min(self) -> int:
        """Observations below which a trait reads "unknown"."""
        return self.background.fold.evidence_min

    @property
    def local_now_ms(self) -> int:
        """Now on the clocks of the shop, as days of purchase are counted."""
        return local_ms(self.background.fold.zone, self.now_ms)

    @property
    def today(self) -> int:
        """Days since 1970 on the clocks of the shop."""
        return self.local_now_ms // DAY_MS

    def knows(self, category: str | None) -> bool:
        """Whether `category` may be known at all: it is not special, or its consent stands."""
        return is_open(category, self.fold, self.profile.contact.consents)

    def hides(self, group: str, name: str) -> bool:
        """Whether nothing may be said of this trait: it is muted, or special without consent."""
        if is_muted(self.profile.stated, group, name):
            return True
        return group == "category" and not self.knows(name)

    def told(self, group: str, name: str | None) -> str | None:
        """`name`, where it is known and may be said."""
        return None if name is None or self.hides(group, name) else name

    def utc_of_day(self, day: int) -> int:
        """The moment at which the local `day` began."""
        local = day * DAY_MS
        return local - (local_ms(self.background.fold.zone, local) - local)


def make_background(
    fold: FoldPolicy,
    model: Model = NO_MODEL,
    *,
    prior_strength: float = PRIOR_STRENGTH,
    cart_age_max_ms: int = 14 * DAY_MS,
) -> Background:
    """Prepare `model` for reading: about 10 ms for a population of 300 categories."""
    return Background(
        fold=fold,
        model=model,
        pairs=pairings(model),
        prior_strength=prior_strength,
        cart_age_max_ms=cart_age_max_ms,
    )
