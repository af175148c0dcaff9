"""The study of matching: its reader by hand, its draws, and what it may see."""

from collections import Counter
from datetime import date

import pytest

from streams.config import Settings
from streams.core.events import Event, LineItem, Sale
from streams.core.fold import fold
from streams.core.fold_policy import FoldPolicy
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.products import Product
from streams.core.profile.profile import new_profile
from streams.worker.policies import read_policy
from streams.worker.simulation.baskets import Basket
from streams.worker.simulation.matching import (
    POPULAR,
    ROWS,
    Material,
    Trial,
    draw,
    eligible,
    judge,
    pick,
)
from streams.worker.simulation.matching_reader import (
    NAMES,
    Census,
    Line,
    Population,
    Reader,
    Seen,
    stated_measures,
    stated_shares,
)
from streams.worker.simulation.matching_receipts import NOBODY, Look, nameless

DAY_MS = 86_400_000
START_MS = 1_488_326_400_000  # 2017-03-01T00:00:00Z
DAYS = 20
CATEGORIES = "categories only"
POLICY = FoldPolicy(lateness_max_ms=DAY_MS)


def sale(*categories: str, store: str = "1", number: int = 0, amount_minor: int = 200) -> Sale:
    """One receipt with a line of `amount_minor` for each category."""
    lines = tuple(
        LineItem(item_id=f"{name}-1", extended_amount_minor=amount_minor, item_category2=name)
        for name in categories
    )
    return Sale(
        store_id=store,
        workstation_id="1",
        business_day=date(2017, 3, 1),
        sequence_number=number,
        currency="USD",
        line_items=lines,
        total_minor=amount_minor * len(lines),
    )


def genome(*sales: Sale) -> Genome:
    """The genome of somebody with these receipts, one a day."""
    profile = new_profile("customer:1")
    for day, body in enumerate(sales):
        at_ms = START_MS + day * DAY_MS
        event = Event(
            event_id=str(day),
            subject="customer:1",
            event_time_ms=at_ms,
            topic="pos.transaction.v1",
            body=body,
        )
        fold(profile, event, POLICY, now_ms=at_ms)
    return read_genome(profile, make_background(POLICY), START_MS + DAYS * DAY_MS)


def seen(*sales: Sale) -> list[Seen]:
    """These receipts as a reader sees them, one a day."""
    look = Look(POLICY)
    return [look.see(body, START_MS + (DAYS + day) * DAY_MS) for day, body in enumerate(sales, 1)]


def population() -> Population:
    """Three households of as much coffee as tea and milk, at three outlets and prices."""
    census = Census(start_ms=START_MS, end_ms=START_MS + DAYS * DAY_MS)
    look = Look(POLICY)
    for household, name in enumerate(("Coffee", "Tea", "Milk"), 1):
        for day in range(DAYS):
            body = sale(name, store=str(household), amount_minor=100 * household + day)
            census.add(household, look.see(body, START_MS + day * DAY_MS))
    return census.population()


COFFEE = [sale("Coffee")] * 3
TEA = [sale("Tea")] * 3
MILK = [sale("Milk")] * 3
BOTH = [sale("Tea", "Milk")] * 3


@pytest.mark.parametrize("place", range(4))
def test_a_genome_that_likes_coffee_picks_the_coffee(place: int) -> None:
    """Wherever it stands."""
    lists = [seen(*TEA), seen(*MILK), seen(*BOTH)]
    lists.insert(place, seen(*COFFEE))

    picked = pick(genome(*[sale("Coffee")] * 12), lists, population(), days=5.0)

    assert picked[CATEGORIES] == place


@pytest.mark.parametrize("first", [1, -1])
def test_equal_receipts_tie_and_the_first_is_picked(first: int) -> None:
    """In every way to read, whatever the order of their lines."""
    names = [f"c{number}" for number in range(30)]
    lists = [seen(sale(*names[:: first * side])) for side in (1, -1, 1, -1)]

    picked = pick(genome(*COFFEE), lists, population(), days=5.0)

    assert picked == dict.fromkeys(ROWS, 0)


def test_the_control_uses_nothing_of_the_genome() -> None:
    """Two opposite genomes get the same pick, where the reader tells them apart."""
    lists = [seen(*TEA), seen(*COFFEE), seen(*MILK), seen(*BOTH)]
    everybody = population()

    coffee = pick(genome(*[sale("Coffee")] * 12), lists, everybody, days=5.0)
    milk = pick(genome(*[sale("Milk")] * 12), lists, everybody, days=5.0)

    assert coffee[POPULAR] == milk[POPULAR]
    assert (coffee[CATEGORIES], milk[CATEGORIES]) == (1, 2)


def test_evidence_by_hand() -> None:
    """All coffee against a third: 0.7 of 1 and 0.3 of a third, over a third, is 2.4."""
    only = genome(*[sale("Coffee")] * 12)
    share = stated_shares(only, "categories")["Coffee"]
    expected = (0.7 * share + 0.3 / 3) * 3

    score = Reader(only, population()).score(seen(sale("Coffee")), ["categories"], days=1.0)

    assert share > 0.5
    assert 2.718281828**score == pytest.approx(expected)


def test_a_reader_goes_by_what_is_asked_only() -> None:
    """Outlets count when asked for; with nothing asked nothing is said."""
    reader = Reader(genome(*[sale("Coffee", store="1")] * 12), population())
    here, there = seen(sale("Coffee", store="1")), seen(sale("Coffee", store="2"))

    assert reader.score(here, ["outlets"], days=1.0) > reader.score(there, ["outlets"], days=1.0)
    assert reader.score(here, ["articles"], days=1.0) == reader.score(there, ["articles"], days=1.0)
    assert reader.score(here, [], days=1.0) == 0.0


def test_a_measure_fits_best_where_the_genome_says() -> None:
    """Receipts of 3.00 fit somebody whose receipts come to 3.00, better than those of 1.00."""
    reader = Reader(genome(*[sale("Milk", amount_minor=300)] * 12), population())
    dear, cheap = seen(sale("Milk", amount_minor=300)), seen(sale("Milk", amount_minor=100))

    assert reader.score(dear, ["receipt"], days=1.0) > reader.score(cheap, ["receipt"], days=1.0)
    assert reader.score([], ["receipt"], days=1.0) == 0.0


def test_an_empty_genome_says_nothing() -> None:
    """Every list is as good as the next."""
    nobody = genome()
    reader = Reader(nobody, population())

    assert stated_measures(nobody) == {}
    assert reader.score(seen(*COFFEE), [*NAMES, "interval"], days=5.0) == 0.0


def test_names_count_once_a_receipt_and_attributes_once_an_article() -> None:
    """As the profile counts them."""
    line = Line("7", "Tea", "National 1", 100, promoted=False, traits=("organic",))
    other = line._replace(item_id="8")
    receipt = Seen(START_MS, "1", 300, (line, line, other))

    assert [*NAMES["categories"](receipt)] == ["Tea"]
    assert [*NAMES["attributes"](receipt)] == ["organic", "organic"]
    assert [*NAMES["hours"](receipt), *NAMES["weekdays"](receipt)] == ["0-1 h", "Wednesday"]


def test_what_is_special_is_on_no_list() -> None:
    """As it is in no profile without its consent."""
    policy = read_policy(Settings()).fold

    (line,) = Look(policy).see(sale("Analgesics", "Tea"), START_MS).lines

    assert line.category == "Tea"


def test_articles_have_what_the_catalogue_says() -> None:
    """Attributes and bands; a private label is 1."""
    look = Look(POLICY)
    look._articles["Tea-1"] = Product(
        item_id="Tea-1",
        category="Tea",
        department=None,
        brand="Private 69",
        currency="USD",
        price_minor=200,
        traits=("organic",),
        price_band=0.25,
        private_label=True,
    )

    (line,) = look.see(sale("Tea"), START_MS).lines

    assert (line.brand, line.traits) == ("Private 69", ("organic",))
    assert line.bands == (("price", 0.25), ("private label", 1.0))


def test_a_genome_is_shown_without_its_name() -> None:
    """And with all the rest."""
    named = genome(*COFFEE)

    shown = nameless(named)

    assert shown.subject == NOBODY
    assert shown.buying == named.buying


def test_trials_are_drawn_by_the_seed() -> None:
    """The same for the same one; more of them begin with the fewer."""
    assert draw(range(40), 10, 1) == draw(range(40), 10, 1)
    assert draw(range(40), 10, 1) != draw(range(40), 10, 2)
    assert draw(range(40), 20, 1)[:10] == draw(range(40), 10, 1)


def test_a_trial_shows_four_households_with_its_subject() -> None:
    """Each household is the subject once at most."""
    trials = draw(range(40), 40, 1)

    assert {len(set(trial.households)) for trial in trials} == {4}
    assert all(trial.households[trial.answer] == trial.subject for trial in trials)
    assert len({trial.subject for trial in trials}) == 40


def test_the_answer_is_spread_over_the_places() -> None:
    """A quarter each: 100 of 400, give or take four standard deviations."""
    places = Counter(trial.answer for trial in draw(range(400), 400, 1))

    assert sorted(places) == [0, 1, 2, 3]
    assert min(places.values()) > 65


def test_households_need_receipts_before_and_after() -> None:
    """Ten in the learning weeks, three after."""

    def baskets(before: int, after: int) -> list[Basket]:
        return [Basket(1, 1, 0, week, {}) for week in [2] * before + [3] * after]

    found = eligible({4: baskets(10, 3), 3: baskets(9, 3), 2: baskets(10, 2), 1: baskets(99, 9)}, 2)

    assert found == [1, 4]


def test_a_table_counts_what_was_right() -> None:
    """One trial of two, with Jeffreys' interval."""
    coffee = genome(*[sale("Coffee")] * 12)
    later = {1: seen(*COFFEE), 2: seen(*TEA), 3: seen(*MILK), 4: seen(*BOTH)}
    material = Material(
        genomes={1: coffee, 2: coffee}, later=later, population=population(), days=5.0
    )

    table = judge([Trial(1, (4, 3, 1, 2)), Trial(2, (1, 2, 3, 4))], material)

    assert [row.name for row in table.rows] == list(ROWS)
    assert (table.rows[0].right, table.rows[0].rate) == (1, 0.5)
    assert (table.rows[0].low, table.rows[0].high) == pytest.approx((0.0612, 0.9388), abs=1e-3)
