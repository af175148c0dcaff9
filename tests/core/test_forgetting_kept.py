"""What keeps the last ones of a kind, and what a customer said: what is lost beyond the bound."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.events import Event
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS
from streams.core.profile.buying import (
    DAYS_MAX,
    RECEIPT_ITEMS_MAX,
    RECEIPTS_MAX,
    RETURN_DAYS_MAX,
    TENDERS_MAX,
    Buying,
    ReceiptTrace,
    add_day,
)
from streams.core.profile.care import (
    CASES_MAX,
    POSTS_MAX,
    Care,
    Case,
    Unanswered,
    await_answer,
    complaint_open_since,
    touch_case,
)
from streams.core.profile.cart import CART_MAX, CartLine
from streams.core.profile.contact import TRIED_MAX, Contact, tried_offer
from streams.core.profile.days import numbers
from streams.core.profile.habits import DAYS_MAX as HABIT_DAYS_MAX
from streams.core.profile.habits import HABITS_MAX, Habit, add_habits, day_numbers
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.situation import LOOKS_MAX, Look, add_look
from streams.core.profile.stated import (
    CORRECTIONS_MAX,
    Correction,
    Stated,
    correct,
    said_share,
)
from streams.core.profile.taste import RATINGS_MAX, Rating, rate
from tests.strategies_profiles import FOLD, NOON, cart, event, item, line, returned, sale

_orders = st.randoms(use_true_random=False)
_times = st.lists(st.integers(0, 99), max_size=60, unique=True)


def after(*history: Event) -> Profile:
    """The profile after `history`."""
    profile = new_profile("customer:1")
    for one in history:
        fold(profile, one, FOLD, now_ms=0)
    return profile


@given(_times, _orders)
def test_the_last_days_are_kept_whatever_came_first(days: list[int], random: Random) -> None:
    """Below the bound all are counted; a day that comes in after `DAYS_MAX` later ones is not."""
    buying = Buying()
    for day in random.sample(days, len(days)):
        add_day(buying, day)

    assert numbers(buying.days) == sorted(days)[-DAYS_MAX:]
    assert min(len(days), DAYS_MAX) <= buying.days_count <= len(days)


def test_a_day_of_purchase_that_comes_in_too_late_is_not_counted() -> None:
    """After `DAYS_MAX` later ones; in order of time every day is."""
    late, ordered = Buying(), Buying()
    for day in [*range(1, DAYS_MAX + 1), 0]:
        add_day(late, day)
    for day in range(DAYS_MAX + 1):
        add_day(ordered, day)

    assert (late.days_count, ordered.days_count) == (DAYS_MAX, DAYS_MAX + 1)
    assert late.days == ordered.days


@given(_times.map(lambda days: days[:9]), _orders)
def test_the_last_days_of_returns_are_kept(days: list[int], random: Random) -> None:
    """Whatever came first."""
    found = [event("", returned(day), NOON + day * DAY_MS) for day in days]

    profile = after(*random.sample(found, len(found)))

    today = NOON // DAY_MS
    last = [today + day for day in sorted(days)[-RETURN_DAYS_MAX:]]
    assert numbers(profile.buying.return_days) == last


_receipts = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 80)), max_size=300)


@given(_receipts)
def test_a_habit_beyond_the_bound_is_a_lower_limit(bought: list[tuple[int, int]]) -> None:
    """It never says more than what was bought; the last days since it is kept are exact."""
    habits: dict[str, Habit] = {}
    for day, number in bought:
        add_habits(habits, {f"c{number}": (1, 0)}, day, lines=1)

    days = {name: [day for day, at in bought if f"c{at}" == name] for name in habits}
    assert len(habits) <= HABITS_MAX
    assert all(one.receipts <= len(days[name]) for name, one in habits.items())
    assert all(one.lines == one.receipts for one in habits.values())
    assert all(set(day_numbers(one)) <= set(days[name]) for name, one in habits.items())
    whole = [name for name, one in habits.items() if one.receipts == len(days[name])]
    assert all(
        day_numbers(habits[name]) == sorted(set(days[name]))[-HABIT_DAYS_MAX:] for name in whole
    )


def test_a_huge_receipt_leaves_a_trace_of_bounded_size() -> None:
    """The first `RECEIPT_ITEMS_MAX` articles and `TENDERS_MAX` tenders; a void forgets all."""
    lines = [line(f"sku-{number:03}") for number in range(RECEIPT_ITEMS_MAX + 1)]
    tenders = [
        events.Tender(tender_type=f"t{number}", amount_minor=1) for number in range(TENDERS_MAX + 1)
    ]
    huge = events.Sale(
        **{one: getattr(sale(1), one) for one in ("store_id", "workstation_id", "business_day")},
        sequence_number=1,
        currency="EUR",
        line_items=tuple(lines),
        total_minor=1,
        tenders=tuple(tenders),
    )

    (trace,) = after(event("", huge)).buying.receipts

    assert (len(trace.items), len(trace.tenders)) == (RECEIPT_ITEMS_MAX, TENDERS_MAX)


def test_a_case_that_was_dropped_reads_as_never_opened() -> None:
    """The oldest of too many open ones no longer stops an offer; nor does its late end."""
    care = Care()
    for number in range(CASES_MAX + 1):
        touch_case(care, f"case-{number}", Case(number + 1, 0, open=True, opened_ms=number + 1))
    assert complaint_open_since(care, NOON, DAY_MS) == 2

    touch_case(care, "case-0", Case(99, 0, open=False, opened_ms=99))

    assert len(care.cases) == CASES_MAX
    assert complaint_open_since(care, NOON, DAY_MS) == 2


def test_an_opening_after_its_dropped_end_opens_a_case_again() -> None:
    """Nobody remembers by then that it is over."""
    care = Care()
    for number in range(CASES_MAX + 1):
        touch_case(care, f"case-{number}", Case(9 + number, 0, open=False, opened_ms=9))
    assert "case-0" not in care.cases

    touch_case(care, "case-0", Case(8, 0, open=True, opened_ms=8))

    assert care.cases["case-0"].open


@given(_times, _orders)
def test_the_last_posts_looks_and_ratings_are_exact(times: list[int], random: Random) -> None:
    """Whatever came first."""
    care, ratings = Care(), dict[str, Rating]()
    looks: list[Look] = []
    for at_ms in random.sample(times, len(times)):
        await_answer(care, Unanswered(at_ms, 0, f"p{at_ms}", complaint=False))
        add_look(looks, Look(at_ms, 0, 0, "tea", "sku"))
        rate(ratings, f"sku-{at_ms}", Rating(1.0, at_ms, 0))

    assert [one.at_ms for one in care.unanswered] == sorted(times)[-POSTS_MAX:]
    assert [one.at_ms for one in looks] == sorted(times)[-LOOKS_MAX:]
    assert sorted(one.at_ms for one in ratings.values()) == sorted(times)[-RATINGS_MAX:]


def test_a_row_that_was_dropped_reads_as_never_offered() -> None:
    """Its refusal is forgotten, though only where as many were refused after it."""
    contact = Contact()
    tried_offer(contact, "refused", NOON).refused_ms = NOON
    for number in range(TRIED_MAX):
        tried_offer(contact, f"row-{number}", NOON + 1 + number)
    kept = contact.tried["refused"].refused_ms
    for number in range(TRIED_MAX):
        tried_offer(contact, f"no-{number}", NOON + 50 + number).refused_ms = NOON + 50 + number

    again = tried_offer(contact, "refused", NOON + 99)

    assert (kept, again.refused_ms, len(contact.tried)) == (NOON, 0, TRIED_MAX)


def test_an_older_word_on_a_dropped_name_counts_again() -> None:
    """What was taken back goes first, and with it the knowledge that it was taken back."""
    stated = Stated()
    correct(stated, "topic/back", Correction(1.0, 50, 0, withdrawn=True))
    for number in range(CORRECTIONS_MAX - 1):
        correct(stated, f"topic/{number}", Correction(1.0, number, 0))
    correct(stated, "topic/new", Correction(1.0, 60, 0))
    assert "topic/back" not in stated.corrections

    correct(stated, "topic/back", Correction(0.5, 40, 0))

    assert said_share(stated, "topic", "back") == 0.5


def test_a_row_of_a_release_with_larger_bounds_shrinks_to_ours() -> None:
    """At the next event that touches the collection."""
    profile = new_profile("customer:1")
    profile.cart = {f"sku-{number}": CartLine(number, 0, 1) for number in range(2 * CART_MAX)}
    old = ReceiptTrace(b"12345678", 1, "EUR", 100, 1)
    profile.buying.receipts = [old] * (2 * RECEIPTS_MAX)

    fold(profile, event("a", cart(item("new")), NOON), FOLD, now_ms=0)
    fold(profile, event("b", sale(1, line("other")), NOON), FOLD, now_ms=0)

    assert (len(profile.cart), len(profile.buying.receipts)) == (CART_MAX, RECEIPTS_MAX)
