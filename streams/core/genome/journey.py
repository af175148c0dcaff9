"""Where a customer is on the journey, category by category, and what foretells a purchase.

Everything is worked out on read from looks, cart, habits and interests; no stage is ever kept, so
the order of arrival cannot matter.
"""

from collections.abc import Iterable
from typing import TypeAlias

from streams.core.genome.background import DAY_MS, Reading
from streams.core.genome.genome import JourneyShown, SignalShown, Stage
from streams.core.genome.rhythm import beyond, due_word, rhythm_of
from streams.core.profile.cart import CartLine, lying
from streams.core.profile.habits import Habit, last_day
from streams.core.profile.profile import EXPLORING_DAYS, LAPSING_DAYS, SHOPPING_DAYS, stage
from streams.core.profile.situation import Look, LookKind

COMPARED_MIN = 2
"""Different articles of one category looked at: they are compared."""
INTENT_DAYS = 7
INTENT_LOOKS = 2
RETURNED_LOOKS = 3
"""Times that one article was looked at in `INTENT_DAYS`: it is wanted."""
LAPSING = 0.05
"""Of the intervals of a category are longer than a silence that reads "lapsing"."""
JOURNEYS_MAX = 10
SIGNALS_MAX = 6
ORDER: tuple[Stage, ...] = (
    "intending",
    "comparing",
    "exploring",
    "lapsing",
    "bought",
    "owning",
    "unaware",
)
"""Of what is shown first: where something may still be decided, or is about to be lost."""
_Found: TypeAlias = tuple[Stage, str, int | None]


def journey(reading: Reading) -> list[JourneyShown]:
    """The categories on which something is going on, the most telling stages first."""
    profile = reading.profile
    looks = _by_category(_fresh_looks(reading))
    cart = _in_cart(reading)
    names = {*looks, *cart, *profile.buying.habits}
    names |= {
        name for name, one in profile.categories.traits.items() if _fresh(reading, one.last_ms)
    }
    shown = [
        _of_category(reading, name, looks.get(name, []), cart.get(name))
        for name in names
        if not reading.hides("category", name)
    ]
    shown.sort(key=lambda one: (ORDER.index(one.stage), -(one.last_ms or 0), one.category))
    return shown[:JOURNEYS_MAX]


def overall(reading: Reading, journeys: Iterable[JourneyShown]) -> Stage:
    """The stage over all categories: that of decisions, and `comparing` where it explores so."""
    known: dict[str, Stage] = {word: word for word in ORDER}
    word = known[stage(reading.profile, reading.now_ms)]
    compares = any(one.stage == "comparing" for one in journeys)
    return "comparing" if word == "exploring" and compares else word


def signals(reading: Reading) -> list[SignalShown]:
    """What foretells a purchase, near ones first, each with its reason."""
    found = [*_near(reading), *_early(reading)]
    found.sort(key=lambda one: (one.kind != "near purchase", -one.at_ms, one.about))
    return found[:SIGNALS_MAX]


def _of_category(
    reading: Reading, name: str, looks: list[Look], cart_ms: int | None
) -> JourneyShown:
    habit = reading.profile.buying.habits.get(name)
    bought_ms = None if habit is None else reading.utc_of_day(last_day(habit))
    # A day of purchase has no hour: what happened on that day lies before it.
    after_ms = -1 if bought_ms is None else bought_ms + DAY_MS
    since = [one for one in looks if one.at_ms >= after_ms]
    found = _intending(since, reading, cart_ms, after_ms)
    if found is None and habit is not None:
        if reading.today - last_day(habit) < SHOPPING_DAYS:
            found = "bought", "bought just now", bought_ms
        else:
            found = _looking(since) or (*_owning(reading, name, habit), bought_ms)
    if found is None:
        trait = reading.profile.categories.traits.get(name)
        interest: _Found = "exploring", "shown interest in", trait.last_ms if trait else None
        found = _looking(looks) or interest
    return JourneyShown(category=name, stage=found[0], why=found[1], last_ms=found[2])


def _intending(
    seen: list[Look], reading: Reading, cart_ms: int | None, after_ms: int
) -> _Found | None:
    since_ms = max(reading.now_ms - SHOPPING_DAYS * DAY_MS, after_ms)
    checkout_ms = max((one.at_ms for one in seen if one.kind == LookKind.CHECKOUT), default=0)
    if checkout_ms > since_ms:
        return "intending", "taken to the checkout and not bought yet", checkout_ms
    if cart_ms is not None and cart_ms > since_ms:
        return "intending", "lies in the cart", cart_ms
    return None


def _looking(seen: list[Look]) -> _Found | None:
    if not seen:
        return None
    last_ms, items = seen[-1].at_ms, {one.item for one in seen}
    if len(items) >= COMPARED_MIN:
        return "comparing", f"looked at {len(items)} different articles", last_ms
    return "exploring", "looked at", last_ms


def _owning(reading: Reading, name: str, habit: Habit) -> tuple[Stage, str]:
    rhythm = rhythm_of(habit, reading.model.categories.get(name), reading.today)
    due = due_word(rhythm)
    if rhythm is not None and due is not None:
        why = f"last bought {rhythm.since_days} d ago, usually every {rhythm.mean_days:.0f} d"
        lapsing = due == "dropped" or beyond(rhythm, rhythm.since_days) < LAPSING
        return ("lapsing" if lapsing else "owning"), why
    since = max(reading.today - last_day(habit), 0)
    word: Stage = "owning" if since < LAPSING_DAYS else "lapsing"
    return word, f"last bought {since} d ago, no rhythm known yet"


def _near(reading: Reading) -> Iterable[SignalShown]:
    profile, now_ms = reading.profile, reading.now_ms
    checkout_ms = profile.last_checkout_ms
    bought_ms = profile.buying.last_purchase_ms
    if checkout_ms > max(now_ms - SHOPPING_DAYS * DAY_MS, bought_ms):
        yield _near_one("the cart", "went to the checkout and did not buy yet", checkout_ms)
    lines = _lying(reading)
    if lines:
        item, line = lines[0]
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        about = reading.told("category", line.category) or item
        yield _near_one(about, f"{item}{more} in the cart", line.at_ms)
    counts: dict[str, list[Look]] = {}
    for look in _fresh_looks(reading):
        if look.kind == LookKind.VIEW and look.at_ms > now_ms - INTENT_DAYS * DAY_MS:
            counts.setdefault(look.item, []).append(look)
    for item, held in counts.items():
        if len(held) >= RETURNED_LOOKS and profile.buying.purchases.get(item, -1) < held[-1].at_ms:
            why = f"came back to {item} {len(held)} times in {INTENT_DAYS} d"
            about = reading.told("category", held[-1].category or None) or item
            yield _near_one(about, why, held[-1].at_ms)


def _near_one(about: str, why: str, at_ms: int) -> SignalShown:
    return SignalShown(kind="near purchase", about=about, why=why, at_ms=at_ms)


def _early(reading: Reading) -> Iterable[SignalShown]:
    profile, now_ms = reading.profile, reading.now_ms
    for name, held in _by_category(_fresh_looks(reading)).items():
        recent = [one for one in held if one.at_ms > now_ms - INTENT_DAYS * DAY_MS]
        if reading.hides("category", name) or name in profile.buying.habits:
            continue
        if len(recent) >= INTENT_LOOKS:
            why = f"{len(recent)} looks in {INTENT_DAYS} d, and never bought from it"
            yield SignalShown(kind="early intent", about=name, why=why, at_ms=recent[-1].at_ms)
    searched_ms = profile.situation.last_search_ms
    if searched_ms > max(now_ms - SHOPPING_DAYS * DAY_MS, profile.buying.last_purchase_ms):
        why = "searched and did not buy since"
        yield SignalShown(kind="early intent", about="a search", why=why, at_ms=searched_ms)


def _fresh_looks(reading: Reading) -> list[Look]:
    """Looks that still say something; those at special categories need their consent."""
    return [
        one
        for one in reading.profile.situation.looks
        if _fresh(reading, one.at_ms) and reading.knows(one.category)
    ]


def _by_category(looks: Iterable[Look]) -> dict[str, list[Look]]:
    found: dict[str, list[Look]] = {}
    for look in looks:
        if look.category:
            found.setdefault(look.category, []).append(look)
    return found


def _in_cart(reading: Reading) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, line in _lying(reading):
        if line.category:
            found[line.category] = max(found.get(line.category, 0), line.at_ms)
    return found


def _lying(reading: Reading) -> list[tuple[str, CartLine]]:
    since_ms = reading.now_ms - reading.background.cart_age_max_ms
    lines = lying(reading.profile.cart, since_ms)
    return [(item, line) for item, line in lines if reading.knows(line.category)]


def _fresh(reading: Reading, at_ms: int) -> bool:
    return at_ms > reading.now_ms - EXPLORING_DAYS * DAY_MS
