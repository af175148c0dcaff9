"""The portrait: every part of a genome in words, with its evidence; nothing a terminal obeys."""

from io import StringIO

import pytest
from msgspec import structs
from rich.console import Console

from streams.cli.portrait import ALWAYS, WIDTH, portrait
from streams.cli.portrait_lines import BAR_CELLS, LEGEND, bar, number, share, some
from streams.core import events
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.genome.tastes import TraitShown
from streams.core.profile.contact import OpenOffer
from tests.core.genomes import (
    KNOWING,
    MODEL,
    Happened,
    at_ms,
    bought,
    chose,
    known,
    read,
    rich,
    said,
    weekly,
)
from tests.strategies_profiles import FOLD, OURS, cart, item, line, post, view, void

TRAIT = TraitShown(
    name="coffee",
    measure="share",
    value=0.5,
    low=0.25,
    high=0.75,
    count=4,
    weight=4.0,
    last_ms=None,
    sources=[],
    origin="inferred",
)


def painted(genome: Genome) -> str:
    """What a terminal of the usual width shows."""
    console = Console(width=WIDTH, highlight=False, file=StringIO())
    console.print(portrait(genome))
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def lines(genome: Genome) -> list[str]:
    """Its lines, without the frame and with one blank between words."""
    return [" ".join(one.strip("│ ").split()) for one in painted(genome).splitlines()]


def sections(*happened: Happened, days: float) -> list[str]:
    """The titles shown, without the first line, the legend and the last."""
    inside = painted(read(*happened, days=days, model=MODEL)).splitlines()[1:-2]
    return [one.strip("│ ") for one in inside if not one.startswith("│   ")]


def test_a_rich_genome_prints_every_section_it_has() -> None:
    """In the order in which a reader asks."""
    assert sections(*rich(), days=61) == [
        *("Evidence", "Buying behaviour", "Habits", "May be bought next", "How they buy"),
        *("Interests", "Brands", "What it is like", "Moved by", "Situation", "Cart"),
        *("Posts and service", "Worth", "Outlets", "Channels", "Contact", "Offers"),
        "Their own word",
    ]


def test_words_and_choices_have_sections_of_their_own() -> None:
    """Values, topics, people and opinions, and what a thing is like."""
    posts = [(0.5 + 0.001 * n, post("green", OURS)) for n in range(3)]
    genome = read(*chose("organic", "organic", "plastic"), *posts, days=1, rules=KNOWING)

    shown = " ".join(lines(genome))

    assert "Values, -1 against to +1 for" in shown
    assert "articles for it 2, against it 1, n=3" in shown
    assert "in words +1.00 (+1.00 to +1.00), n=3" in shown
    assert "What it is like" in shown


def test_a_contradiction_is_told() -> None:
    """In the line of its value."""
    happened = (*chose("plastic", "plastic", "plastic"), *said("green", 3))

    shown = lines(read(*happened, days=1, rules=KNOWING))

    assert any("contradicts itself: says +1.00 and buys -1.00" in one for one in shown)


def test_a_value_the_customer_stated_is_their_word_and_an_unknown_one_unknown() -> None:
    """Neither has an interval."""
    word = events.TraitCorrected(trait="value/tradition", share=0.4)

    shown = lines(read(*chose("organic"), (0.5, word), days=1, rules=KNOWING))

    assert "tradition +0.40 (their word)" in shown
    assert any(one.startswith("sustainability unknown; articles for it 1") for one in shown)


def test_an_empty_profile_says_nothing_known() -> None:
    """What is missing is told, not left out."""
    shown = lines(read(days=0))

    assert shown.count("nothing known") == len(ALWAYS) - 1
    assert "0 events" in shown
    assert "prospect: 0 events and no purchase" in shown
    assert "still a customer: unknown, no purchase yet" in shown
    assert shown[0].startswith("╭─ customer:1: unaware, prospect")
    assert "population none fitted, products none" in shown[-1]


def test_control_characters_in_names_are_spelled_out() -> None:
    """Names come from anywhere: none of them clears a screen or starts a line."""
    evil = "a\x1b[2J\n[bold]b"
    happened: list[Happened] = [
        *(bought(7 * n, lines=(line(evil, evil, item_brand=evil),)) for n in range(4)),
        (22, view(item(evil, evil, item_brand=evil))),
        (22.1, cart(item(evil + "2", evil, item_brand=evil))),
        (22.2, events.CheckIn(place_id=evil)),
        (22.3, events.PageView(device_category=evil, country=evil)),
        (22.4, events.Suppressed(scope="brand", name=evil, suppressed=True, source=evil)),
        (22.5, events.ConsentChanged(purpose=evil, granted=True, source=evil)),
        (22.6, events.Delivered(offer_id="gone", channel="web", offer_template=evil)),
    ]

    shown = painted(read(*happened, days=23))

    assert "\x1b" not in shown
    assert "a\\x1b[2J\\n[bold]b" in shown
    assert {len(one) for one in shown.splitlines()} == {WIDTH}


def test_worth_is_told_with_what_it_rests_on() -> None:
    """Ranks, fifths, and a value with its horizon, rate and currency."""
    shown = "\n".join(lines(read(*weekly(4), days=28, model=MODEL)))

    assert "in 52 weeks, discounted at 10% a year" in " ".join(shown.split())
    assert "fifths of the population, 5 the best: recency 5, frequency 1, money 5" in shown
    assert "best by influence: above 50% of customers" in shown
    assert "days of purchase to expect in 12 weeks: " in shown


def test_an_unknown_margin_is_told() -> None:
    """A population whose costs nobody knows has revenue alone."""
    model = structs.replace(MODEL, margin_share=None)

    shown = lines(read(*weekly(4), days=28, model=model))

    assert any("EUR, margin unknown: " in one for one in shown)


def test_one_time_buyers_are_told_by_the_population() -> None:
    """And P(alive) with the reason why it is not."""
    shown = lines(read(bought(0), days=35, model=MODEL))

    assert "bought once: 70% of such customers never come back" in shown
    assert "still a customer: unknown, bought once: see never_again" in shown


def test_receipts_tell_margin_reductions_and_cancellations() -> None:
    """Each where there is any."""
    reduced = line(
        "sku-1", "coffee", unit_cost_minor=60, discounts=(events.Discount(amount_minor=5),)
    )
    history = [bought(7 * n, lines=(reduced,)) for n in range(8)]

    shown = lines(read(*history, (50, void(9, 1)), days=50, model=MODEL))

    assert "margin 3.20 EUR of 8.00 EUR whose cost is known" in shown
    assert "1 receipts cancelled" in shown
    assert "100% of lines reduced, price sensitivity 1.81" in " ".join(shown)


def test_a_dropped_habit_says_how_likely_that_is() -> None:
    """By the population."""
    shown = lines(read(*weekly(4), days=100, model=MODEL))

    assert any("dropped, " in one and "% likely still a buyer" in one for one in shown)


def test_offers_and_long_lists_are_cut_with_what_is_left() -> None:
    """Open ones first, then eight of those that were tried; eight lines of a cart."""
    outcomes: list[Happened] = [
        (n, events.Viewed(offer_id="gone", channel="web", offer_template=f"row-{n}"))
        for n in range(9)
    ]
    carts: list[Happened] = [(n, cart(item(f"article-{n}"))) for n in range(9)]
    profile = known(*outcomes, *carts)
    profile.contact.contacts["web/marketing"] = []
    profile.contact.open_offers["ab12"] = OpenOffer(
        "coffee-week", "web", "main", "marketing", at_ms(9), at_ms(11), item_id="sku-1"
    )

    shown = lines(read_genome(profile, make_background(FOLD), at_ms(10)))

    assert "coffee-week for sku-1 by web, issued, 1 d left, ab12" in shown
    assert "contacts web, marketing: n=0, last never" in shown
    assert shown.count("and 1 more") == 2
    assert "worth 0.00 EUR, 9 without a price" in shown


@pytest.mark.parametrize(
    ("low", "value", "high", "shown"),
    [
        (0.25, 0.5, 0.75, "█████▓▓▓▓▓▒▒▒▒▒·····"),
        (0.0, 0.0, 0.0, "····················"),
        (1.0, 1.0, 1.0, "████████████████████"),
        (-0.5, 0.5, 1.5, "▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒"),
        (0.5, 0.25, 0.75, "██████████▒▒▒▒▒·····"),
    ],
)
def test_a_bar_is_sure_then_likely_then_possible(
    low: float, value: float, high: float, shown: str
) -> None:
    """Twenty cells, whatever the numbers; the legend names the three."""
    assert bar(low, value, high) == shown
    assert len(shown) == BAR_CELLS
    assert LEGEND.startswith("█ sure  ▓ likely  ▒ possible")


def test_a_share_is_told_with_what_is_known_of_it() -> None:
    """Unknown, said by the customer, without an interval, or with one."""
    plain = structs.replace(TRAIT, low=None, high=None)

    assert share(structs.replace(TRAIT, value=None)) == "···················· unknown"
    assert (
        share(structs.replace(plain, origin="said")) == "██████████··········  50.0%  (their word)"
    )
    assert share(plain) == "██████████··········  50.0%"
    assert share(TRAIT) == "█████▓▓▓▓▓▒▒▒▒▒·····  50.0% (25%-75%)"


def test_a_number_is_told_with_what_is_known_of_it() -> None:
    """Likewise."""
    assert number(structs.replace(TRAIT, value=None)) == "unknown"
    assert number(structs.replace(TRAIT, low=None), ".1f", " d") == "0.5 d"
    assert number(TRAIT) == "0.50 (0.25 to 0.75)"


def test_some_of_many_words_say_how_many_more_there_are() -> None:
    """None of few."""
    assert some(["a", "b"], 2) == "a, b"
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
