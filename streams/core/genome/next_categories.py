"""What a customer buys next: categories ranked by habit and rhythm, interest and company.

A score is in receipts of one line: how strong a habit would be that is bought as often. Pure
functions of the profile's parts and the population's model.
"""

from collections.abc import Iterable, Mapping
from math import sqrt

from msgspec import Struct

from streams.core.decay import DecayedMap
from streams.core.genome.rhythm import Rhythm, due_lift, due_word, rhythm_of
from streams.core.model import CategoryModel, Model
from streams.core.profile.habits import POINTS, Habit

DAY_MS = 86_400_000
HORIZON_DAYS = 1.0
NEXT_MAX = 10
# Tuned on weeks 1-24 of Complete Journey to learn and 25-30 to judge; `streams study next-basket`.
PRIOR_LINES = 8.0  # bought as everybody does, beside the customer's own receipts
NEW_RECEIPTS = 0.2  # what a category all customers buy is worth to one who never bought it
DUE_STRENGTH = 0.3  # exponent: rhythms are less regular than the gamma says
GOES_WITH_STRENGTH = 1.5  # exponent of the lift over what is usual
INTERVAL_STRENGTH = 0.6  # exponent of the population's rate of coming back
INTERVAL_DAYS = 30.0  # where the population's is not known
GOES_WITH_MIN = 1.05  # a lift over what is usual that is worth telling


class NextCategory(Struct, frozen=True, gc=False):
    """One category, how likely it is next, and why."""

    category: str
    score: float
    """Share of the scores of all categories ranked, in [0, 1]."""
    why: str
    """`overdue`, `due soon`, `bought`, `looked at`, `goes with` or `popular`."""
    receipts: int = 0
    """The evidence: receipts that held it."""
    rhythm: Rhythm | None = None
    goes_with: str | None = None
    """The category of the customer that speaks for it most, where `why` says so."""


class Pairings(Struct, frozen=True):
    """What goes with what, both ways, and how much of that any customer would have."""

    excess: dict[str, dict[str, float]]
    """Category -> partner -> lift - 1."""
    usual: dict[str, float]
    """Category -> mean lift over what the population buys."""


NO_PAIRINGS = Pairings({}, {})


def pairings(model: Model) -> Pairings:
    """The pairs of `model`, made ready once for any number of customers.

    Lifts of pairs in one basket are above 1 for nearly all pairs, as large baskets hold more of
    everything; so a customer's mean lift says something only beside the population's.
    """
    excess: dict[str, dict[str, float]] = {}
    for category, partners in model.goes_with.items():
        for partner, lift in partners.items():
            excess.setdefault(category, {})[partner] = lift - 1.0
            excess.setdefault(partner, {})[category] = lift - 1.0
    usual = dict.fromkeys(excess, 1.0)
    for category, partners in excess.items():
        known = model.categories.get(category)
        if known is not None:
            for partner, lift in partners.items():
                usual[partner] += known.share * lift
    return Pairings(excess, usual)


def rank_next(  # noqa: PLR0913  # all that a ranking depends on
    habits: Mapping[str, Habit],
    interests: DecayedMap,
    model: Model,
    pairs: Pairings,
    *,
    now_ms: int,
    horizon_days: float = HORIZON_DAYS,
    next_max: int = NEXT_MAX,
) -> list[NextCategory]:
    """The `next_max` likeliest categories of the next purchase, likeliest first.

    `now_ms` is local time, as the days of habits are. A habit scores by its receipts and the
    population's, by how often the category is bought again, and by how due it is; a category
    never bought by interest, by popularity and by what goes with the habits. Measured to be better
    than DOMAIN's product of share and due score, which counts how often a category is bought twice.

    Source: DOMAIN, buying behaviour, next-category score.
    """
    today = now_ms // DAY_MS
    found = [
        _habitual(name, habit, model.categories.get(name), today, horizon_days)
        for name, habit in habits.items()
    ]
    found += _looked_at(habits, interests, model)
    known = {one.category for one in found}
    found += [one for one in _new(habits, model, pairs) if one.category not in known]
    total = sum(one.score for one in found)
    found.sort(key=lambda one: (-one.score, one.category))
    scale = 1.0 / total if total > 0.0 else 0.0
    return [_scaled(one, scale) for one in found[:next_max]]


def rank_new(
    habits: Mapping[str, Habit], model: Model, pairs: Pairings, *, but: Iterable[str] = ()
) -> list[NextCategory]:
    """Categories that are no habit and none of `but`, by what goes with the habits; best first."""
    left_out = set(but)
    found = [one for one in _new(habits, model, pairs) if one.category not in left_out]
    total = sum(one.score for one in found)
    found.sort(key=lambda one: (-one.score, one.category))
    return [_scaled(one, 1.0 / total if total > 0.0 else 0.0) for one in found]


def affinity(receipts: float, category: CategoryModel | None) -> float:
    """How strong a habit of so many receipts of one line is, before asking whether it is time.

    Longer receipts count by the root of their lines (`Habit.points`). The fewer there are, the more
    the population's purchases count; and what people buy again sooner is more likely to come again
    than as many receipts of what they buy once a year.
    """
    share = category.share if category is not None else 0.0
    return (receipts + PRIOR_LINES * share) * _comes_back(category)


def _comes_back(category: CategoryModel | None) -> float:
    interval_days = category.interval_days if category is not None else 0.0
    usual_days = interval_days if interval_days > 0.0 else INTERVAL_DAYS
    slower: float = max(usual_days, 1.0) ** INTERVAL_STRENGTH
    return 1.0 / slower


def _habitual(
    name: str, habit: Habit, category: CategoryModel | None, today: int, horizon_days: float
) -> NextCategory:
    rhythm = rhythm_of(habit, category, today)
    score = affinity(habit.points / POINTS, category)
    if rhythm is not None:
        score *= due_lift(rhythm, horizon_days) ** DUE_STRENGTH
    word = due_word(rhythm)
    why = word if word in {"overdue", "due soon"} else "bought"
    return NextCategory(name, score, why, habit.receipts, rhythm)


def _looked_at(
    habits: Mapping[str, Habit], interests: DecayedMap, model: Model
) -> list[NextCategory]:
    """A category that was only looked at scores as if its share of interest were receipts."""
    receipts = sum(habit.receipts for habit in habits.values())
    found: list[NextCategory] = []
    for name, trait in interests.traits.items():
        if name not in habits and interests.total > 0.0:
            share = min(max(trait.weight / interests.total, 0.0), 1.0)
            score = affinity(share * max(receipts, 1), model.categories.get(name))
            found.append(NextCategory(name, score, "looked at"))
    return found


def _new(habits: Mapping[str, Habit], model: Model, pairs: Pairings) -> list[NextCategory]:
    lifts: dict[str, float] = {}
    best: dict[str, tuple[float, str]] = {}
    weights = {name: sqrt(habit.receipts) for name, habit in habits.items()}
    total = sum(weights.values())
    for name, weight in weights.items():
        for partner, excess in pairs.excess.get(name, {}).items():
            spoken = weight * excess / total
            lifts[partner] = lifts.get(partner, 1.0) + spoken
            best[partner] = max(best.get(partner, (0.0, name)), (spoken, name))
    found: list[NextCategory] = []
    for name, category in model.categories.items():
        if name not in habits:
            lift = lifts.get(name, 1.0) / pairs.usual.get(name, 1.0) if habits else 1.0
            score = NEW_RECEIPTS * category.buyers * _comes_back(category)
            company = best[name][1] if lift >= GOES_WITH_MIN and name in best else None
            why = "goes with" if company is not None else "popular"
            score *= lift**GOES_WITH_STRENGTH
            found.append(NextCategory(name, score, why, goes_with=company))
    return found


def _scaled(one: NextCategory, scale: float) -> NextCategory:
    return NextCategory(
        one.category, one.score * scale, one.why, one.receipts, one.rhythm, one.goes_with
    )
