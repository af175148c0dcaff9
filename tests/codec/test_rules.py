"""Rules of offers: what a condition may ask, what it answers, and how a wrong one is refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from streams.codec.rules import RULES_MAX, RuleReader
from streams.core.decide.facts import OWN_VARIABLES, VARIABLES, Kind, Own, facts_of
from streams.core.decide.record import Product
from streams.core.decide.rules import RuleKind
from streams.core.decide.view import Interest, Interests, ItemFact, OpenFact, View
from streams.core.fold_policy import DAY_MS, HOUR_MS, Zone
from tests.codec.catalogue_files import OFFER, load, problems

NOON = 1_749_988_800_000  # Sunday 2025-06-15T12:00:00Z
ZONE = Zone(name="Europe/Vienna", offsets=((0, 2 * HOUR_MS),))
COFFEE = ItemFact("sku-1", "coffee", "food", "Alps", None, 300, "EUR", 2)
TEA = ItemFact("sku-2", "tea", None, None, None, 200, "EUR")
FULL = View(
    subject="customer:1",
    cause_id="c",
    cause_topic="clickstream.event.v1",
    trigger="view_item",
    event_time_ms=NOON - 90_000,
    decision_time_ms=NOON,
    fold_sequence=1,
    stage="bought",
    items=(COFFEE, TEA),
    terms=("espresso",),
    outlet="store-1",
    cart=(TEA,),
    cart_count=3,
    categories=Interests(4.0, 2, {"coffee": Interest(3.0, 3, 1), "tea": Interest(1.0, 1, 1)}),
    brands=Interests(2.0, 1, {"Alps": Interest(2.0, 3, 1)}),
    channels={"web": 3.0, "app": 1.0},
    bought={"sku-1": NOON - 3 * DAY_MS},
    complaint_since_ms=NOON - 5 * HOUR_MS,
    refused={"coffee": NOON - 2 * DAY_MS},
    contacts={"web/marketing": (NOON - 3 * DAY_MS, NOON - HOUR_MS)},
    open_offers=(OpenFact("1", "tea-time", "web", "main"),),
    cart_total_minor=600,
    due=("tea",),
)
BARE = View("s", "c", "t", "login", NOON, NOON, 1, "unaware")
OWN = Own("coffee", "marketing", 499, 100, Product("sku-1", None, "coffee", "Alps"))
NO_OWN = Own("coffee", "marketing", None, None, None)


def answer(when: str, view: View = FULL, own: Own = OWN) -> bool | None:
    """What the condition says of the view."""
    holds = RuleReader().predicate(when)
    assert not isinstance(holds, str), holds
    return holds(facts_of(view, ZONE, None if view is BARE else "high"), own)


def trouble(when: str) -> str:
    """What is wrong with it."""
    found = RuleReader().predicate(when)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    "when",
    [
        "trigger == 'view_item' && stage == 'bought' && outlet == 'store-1'",
        "event.age_minutes == 1 && local.hour == 14 && local.weekday == 'sun'",
        "items.ids == ['sku-1', 'sku-2'] && items.categories == ['coffee', 'food', 'tea']",
        "items.brands == ['Alps'] && items.total_minor == 800 && 'espresso' in terms",
        "cart.ids == ['sku-2'] && cart.categories == ['tea'] && size(cart.brands) == 0",
        "cart.count == 3 && cart.total_minor == 600",
        "categories.top[0] == 'coffee' && categories.share['coffee'] == 0.75",
        "brands.top == ['Alps'] && brands.share['Alps'] == 1.0",
        "channels.share['web'] == 0.75 && bought.days['sku-1'] == 3",
        "complaint.open && complaint.age_hours == 5 && refused.days['coffee'] == 2",
        "contacts.day['web/marketing'] == 1 && contacts.week['web/marketing'] == 2",
        "open.offers == ['tea-time']",
        "answer.urgency == 'high' && due.categories == ['tea']",
        "offer.id == 'coffee' && offer.purpose == 'marketing' && offer.price_minor == 499",
        "offer.margin_minor == 100 && offer.product == 'sku-1' && offer.category == 'coffee'",
        "offer.brand == 'Alps' && 'sku-1' in bought.days",
        "items . ids.exists(one, one.startsWith('sku'))",
    ],
)
def test_a_rule_may_ask_for_all_that_is_documented(when: str) -> None:
    """Each variable has the value that a reader can check in the view."""
    assert answer(when) is True


@pytest.mark.parametrize(
    "when",
    [
        "outlet == 'store-1'",
        "complaint.age_hours < 24",
        "answer.urgency == 'low'",
        "categories.share['tea'] > 0.1",
        "offer.price_minor < 500",
        "offer.product == 'a' || offer.category == 'b' || offer.brand == 'c'",
        "offer.margin_minor > 1",
        "1 / event.age_minutes > 0",
    ],
)
def test_what_is_not_known_is_neither_true_nor_false(when: str) -> None:
    """A value that nobody has, a missing key, a division by zero."""
    assert answer(when, BARE, NO_OWN) is None


@pytest.mark.parametrize(
    "when",
    [
        "stage == 'unaware' || outlet == 'store-1'",
        "cart.count == 0 && cart.total_minor == 0 && items.total_minor == 0",
        "size(channels.share) + size(categories.share) + size(refused.days) == 0",
        "!complaint.open && !('tea' in categories.share)",
    ],
)
def test_what_is_known_decides_where_it_can(when: str) -> None:
    """An empty cart costs nothing; one true side makes an `or` true."""
    assert answer(when, BARE, NO_OWN) is True


@pytest.mark.parametrize(
    "items",
    [
        (ItemFact("sku-1", price_minor=None, currency="EUR"),),
        (COFFEE, replace(TEA, currency="USD")),
    ],
)
def test_a_total_needs_every_price_in_one_currency(items: tuple[ItemFact, ...]) -> None:
    """Half a sum is no sum."""
    assert answer("items.total_minor >= 0", replace(FULL, items=items)) is None


def test_rules_of_a_decision_share_what_they_look_up() -> None:
    """The second one asks nothing again; an offer's own values stay its own."""
    rules = RuleReader()
    found: list[Any] = [
        rules.predicate(when)
        for when in ("stage == 'bought'", "offer.id == 'coffee'", "offer.id == 'tea'")
    ]
    facts = facts_of(FULL, ZONE)

    first = [holds(facts, OWN) for holds in found]
    again = [holds(facts, OWN) for holds in found]
    other = [holds(facts, Own("tea", "marketing", None, None, None)) for holds in found]

    assert (first, again, other) == ([True, True, False], [True, True, False], [True, False, True])


@pytest.mark.parametrize("own", ["", "offer.id != '' && "])
def test_a_rule_that_takes_too_long_is_not_known(own: str) -> None:
    """The library stops after 10,000 steps; the decision goes on."""
    many = replace(FULL, items=tuple(replace(COFFEE, item_id="a") for _ in range(32)))
    loop = "items.ids.all(a, items.ids.all(b, items.ids.all(c, a == b && b == c)))"

    assert answer(own + loop, many) is None


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("stagee == 'x'", "column 1: undeclared reference to 'stagee'; known names are trigger,"),
        ("cart.totl > 1", "column 5: undeclared reference to 'cart.totl'; known names are"),
        ("cart.count >=", "column 14: expected a value, such as a name, a number or"),
        ("cart.count + 1", "expected a condition that is true or false, got one of type int"),
        ("dyn(true)", "expected a condition that is true or false, got one of type dyn"),
        ("stage > 3", "column 7: text (string) cannot be compared with a number (int) by >"),
        ("categories.share['a'] > 1", "a share is compared with a number such as 0.5 or 1.0"),
        ("true &&\n  nothing", "its line 2, column 3: undeclared reference to 'nothing'"),
        ("(" * 99 + "true" + ")" * 99, "expected a condition of at most 32 brackets inside"),
    ],
)
def test_what_is_no_condition_is_told(when: str, expected: str) -> None:
    """Where, what, and what may be asked instead."""
    assert expected in trouble(when)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("1 / 0 > 0", "divide by zero"),
        ("int('ten') > local.hour", "cannot convert string to int"),
        ("stage.matches('((')", "invalid regular expression"),
        ('local.hour > 6 && stage.matches( r"[a" )', "invalid regular expression"),
        ("matches(stage, '*')", "invalid regular expression"),
    ],
)
def test_what_can_never_be_true_nor_false_is_told(when: str, expected: str) -> None:
    """Such a rule would stop its offer, or let it pass, for everybody and without a word."""
    found = trouble(when)

    assert found.startswith("expected a condition that can be true or false, got one with: ")
    assert expected in found


@pytest.mark.parametrize(
    "when",
    [
        "stage.matches('^b.*')",
        "matches(stage, r'^b\\w+$')",
        "'a,(b'.matches(stage) || true",
        r"""stage != r'matches("\d")' """,
    ],
)
def test_patterns_that_are_some_are_taken(when: str) -> None:
    """Written out, raw, or what a customer's own value says."""
    assert answer(when) is True


def test_all_names_are_told_with_an_unknown_one() -> None:
    """Those of the decision and those of the offer."""
    names = [one.name for one in (*VARIABLES, *OWN_VARIABLES)]

    assert trouble("x").endswith(f"known names are {', '.join(names)}")
    assert len(set(names)) == len(names)
    assert {one.kind for one in VARIABLES} == set(Kind)


RULES = """\
    rules:
      - {name: big-cart, gate: eligibility, when: "cart.count >= 5"}
      - {name: not-late, gate: suitability, when: "local.hour < 22", unless_known: pass}
"""


def test_rules_are_read_with_their_step_and_answer() -> None:
    """`stop` is what holds where nothing is said."""
    (first, second) = load(OFFER + RULES).offers["coffee"].rules

    assert (first.name, first.kind, first.when) == (
        "big-cart",
        RuleKind.ELIGIBILITY,
        "cart.count >= 5",
    )
    assert (first.unless_known, second.unless_known) == (False, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("big-cart", "cart-is-big"),
        ("gate: eligibility", "gate: applicability"),
        (">= 5", ">= 6"),
        (", unless_known: pass", ""),
    ],
)
def test_a_rule_is_part_of_the_version(old: str, new: str) -> None:
    """Name, step, text and answer: each of them makes another policy."""
    assert (
        load(OFFER + RULES).policy_version != load(OFFER + RULES.replace(old, new)).policy_version
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("cart.count >= 5", "cart.size >= 5", 14, "rules[1].when: column 5: undeclared reference"),
        ("gate: suitability", "gate: late", 15, "rules[2].gate: expected one of eligibility, app"),
        (
            "unless_known: pass",
            "unless_known: maybe",
            15,
            "expected one of stop, pass, got 'maybe'",
        ),
        ("not-late", "big-cart", 15, "rules[2].name: 'big-cart' is there twice"),
        ("cart.count >= 5", "true || " * 70 + "true", 14, "expected at most 500 characters"),
        (', when: "cart.count >= 5"', "", 14, "rules[1].when is missing"),
        ("unless_known: pass", "else: pass", 15, "rules[2].else is unknown"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_line(old: str, new: str, line: int, expected: str) -> None:
    """With all the others."""
    found = problems(OFFER + RULES.replace(old, new))

    assert [one for one in found if one.startswith(f"offers.yaml:{line}: ") and expected in one]


def test_an_offer_has_a_bounded_number_of_rules() -> None:
    """One more than `RULES_MAX` is refused."""
    rules = "".join(
        f"      - {{name: r{number}, gate: suitability, when: cart.count > {number}}}\n"
        for number in range(RULES_MAX + 1)
    )

    (found,) = problems(f"{OFFER}    rules:\n{rules}")

    assert found == "offers.yaml:13: offers[1].rules: expected at most 16, got 17"
