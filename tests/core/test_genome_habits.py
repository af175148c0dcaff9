"""Habits and what may be bought next, with what may not be told of either."""

from dataclasses import replace

import pytest
from msgspec import structs

from streams.core import events
from streams.core.genome.habits import HABITS_SHOWN_MAX
from streams.core.genome.next_categories import NEXT_MAX
from streams.core.genome.tastes import HabitShown
from streams.core.model import NO_MODEL, Model
from streams.core.words.lexicon import Lexicon
from tests.core.genomes import MODEL, Happened, at_ms, bought, on_days, read, weekly
from tests.strategies_profiles import FOLD, consent, item, line, view

SPECIAL = replace(FOLD, lexicon=Lexicon(special_categories={"Inhalers": "health"}))
MUTED = events.TraitMuted(trait="category/coffee", muted=True)
NEVER = events.Suppressed(scope="category", name="milk", suppressed=True)
CONSENT = consent(granted=True, purpose="health")
REDUCED = line("sku-1", discounts=(events.Discount(amount_minor=1),))


def habits(*happened: Happened, days: float, model: Model = NO_MODEL) -> list[HabitShown]:
    """The habits shown."""
    return read(*happened, days=days, model=model).buying.habits


def coming(*happened: Happened, days: float, model: Model = MODEL) -> list[str]:
    """What may be bought next, likeliest first."""
    return [one.category for one in read(*happened, days=days, model=model).buying.next]


def test_a_habit_tells_its_share_lines_and_last_day() -> None:
    """Three receipts of four held coffee, one of them at a reduced price."""
    history = [*on_days(0, 7), bought(14, lines=(REDUCED, REDUCED)), bought(15, "tea")]

    coffee, tea = habits(*history, days=16)

    assert (coffee.category, coffee.share, coffee.receipts) == ("coffee", 0.75, 3)
    assert (coffee.lines, coffee.promoted) == (4, 2)
    assert coffee.last_day_ms == at_ms(14 - 0.5)
    assert (tea.category, tea.share) == ("tea", 0.25)


def test_three_days_make_a_rhythm() -> None:
    """Watched for 14 days and 7 more: a purchase every 7 days."""
    (known,) = habits(*weekly(3), days=21)

    every = known.interval_days
    assert every.value == pytest.approx(7.0)
    assert every.low is not None
    assert every.high is not None
    assert every.low < 7.0 < every.high
    assert (every.count, every.measure, every.sources) == (3, "days", ["till"])
    assert known.due == "due soon"


@pytest.mark.parametrize(("weeks", "why"), [(1, "fewer than two days of purchase"), (2, None)])
def test_two_days_make_no_rhythm(weeks: int, why: str | None) -> None:
    """Not even where the population has one: it is not the customer's own."""
    for_all = (NO_MODEL, MODEL)

    shown = [habits(*weekly(weeks), days=10, model=one)[0] for one in for_all]

    assert [(one.interval_days.value, one.due, one.still_buys) for one in shown] == [
        (None, None, None),
        (None, None, None),
    ]
    assert shown[0].interval_days.why == why


def test_the_policy_says_how_many_days_make_a_rhythm() -> None:
    """With four asked for, three tell neither an interval nor whether it is due."""
    strict = replace(FOLD, evidence_min=4)

    (three,), (four,) = (
        read(*weekly(weeks), days=30, rules=strict, model=MODEL).buying.habits for weeks in (3, 4)
    )

    assert (three.interval_days.value, three.due, three.still_buys) == (None, None, None)
    assert four.interval_days.value is not None
    assert four.due is not None
    assert four.still_buys is not None


def test_only_a_population_tells_who_still_buys() -> None:
    """How many leave is not to be seen in one who is silent."""
    (alone,), (fitted,) = (habits(*weekly(4), days=100, model=one) for one in (NO_MODEL, MODEL))

    assert (alone.still_buys, alone.due) == (None, "overdue")
    assert fitted.due == "dropped"
    assert fitted.still_buys is not None
    assert 0.0 < fitted.still_buys < 0.5


def test_price_sensitivity_of_a_category_is_shown_where_it_is_known() -> None:
    """All of eight lines reduced, where four of ten are usual."""
    history = [bought(7 * n, lines=(REDUCED,)) for n in range(8)]

    (fitted,), (alone,) = (habits(*history, days=50, model=one) for one in (MODEL, NO_MODEL))

    assert fitted.price_sensitivity is not None
    assert fitted.price_sensitivity.value is not None
    assert fitted.price_sensitivity.value > 1.0
    assert fitted.price_sensitivity.measure == "ratio"
    assert alone.price_sensitivity is None


def test_few_habits_are_shown_the_most_frequent_first() -> None:
    """Twelve; equal ones by name."""
    names = [f"c{number:02}" for number in range(HABITS_SHOWN_MAX + 1)]

    shown = habits(bought(0, *names), bought(1, "c09"), days=2)

    assert [one.category for one in shown] == ["c09", *names[:9], "c10", "c11"]


def test_a_muted_habit_is_no_habit() -> None:
    """Shares are of the others; it comes back with the word that takes the mute back."""
    history = [*weekly(3), bought(15, "tea")]
    back = (17.0, structs.replace(MUTED, muted=False))

    assert [(one.category, one.share) for one in habits(*history, (16, MUTED), days=18)] == [
        ("tea", 1.0)
    ]
    assert len(habits(*history, (16, MUTED), back, days=18)) == 2


def test_what_may_be_bought_next_says_why() -> None:
    """Habits, what goes with them, what was looked at, and what is popular."""
    shown = read(*weekly(4), (22, view(item("s", "soap"))), days=22, model=MODEL).buying.next

    why = {one.category: one.why for one in shown}
    assert (why["coffee"], why["soap"], why["milk"]) == ("due soon", "looked at", "goes with")
    assert why["bread"] == "popular"
    assert next(one.goes_with for one in shown if one.category == "milk") == "coffee"
    assert next(one.receipts for one in shown if one.category == "coffee") == 4
    assert len(shown) <= NEXT_MAX


def test_without_a_population_only_own_habits_and_looks_come_next() -> None:
    """Nobody else is asked."""
    assert coming(*weekly(4), days=22, model=NO_MODEL) == ["coffee"]
    assert coming(days=22, model=NO_MODEL) == []


@pytest.mark.parametrize("model", [NO_MODEL, MODEL])
@pytest.mark.parametrize(
    "word", [MUTED, events.Suppressed(scope="category", name="coffee", suppressed=True)]
)
def test_what_is_muted_or_suppressed_never_comes_next(
    word: events.OutcomeBody, model: Model
) -> None:
    """However often it was bought."""
    shown = read(*weekly(4), (21.5, word), days=22, model=model).buying.next

    assert "coffee" not in [one.category for one in shown]


def test_a_muted_category_speaks_for_no_other() -> None:
    """What goes with it is popular at best."""
    shown = read(*weekly(4), (21.5, MUTED), days=22, model=MODEL).buying.next

    assert "coffee" not in repr(shown)


def test_what_the_population_would_say_is_suppressed_too() -> None:
    """Milk goes with coffee, and they never want it."""
    assert "milk" in coming(*weekly(4), days=22)
    assert "milk" not in coming(*weekly(4), (21.5, NEVER), days=22)


def test_left_out_ones_leave_their_place_to_others() -> None:
    """The list is as long as without them."""
    many = structs.replace(
        MODEL, categories={f"c{one:02}": MODEL.categories["tea"] for one in range(NEXT_MAX + 1)}
    )
    never = events.Suppressed(scope="category", name="c00", suppressed=True)

    assert len(coming((0, never), days=1, model=many)) == NEXT_MAX


def test_a_special_category_comes_next_under_its_consent_alone() -> None:
    """The population buys inhalers, and most with coffee."""
    without, given, withdrawn = (
        read(*weekly(4), *words, days=22, model=MODEL, rules=SPECIAL).buying.next
        for words in (
            (),
            ((21.1, CONSENT),),
            ((21.1, CONSENT), (21.2, structs.replace(CONSENT, granted=False))),
        )
    )

    assert "Inhalers" not in repr(without)
    assert "Inhalers" in [one.category for one in given]
    assert "Inhalers" not in repr(withdrawn)
