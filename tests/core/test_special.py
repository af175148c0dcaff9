"""A special department makes what lies in it special (GDPR, article 9), whatever its category."""

from dataclasses import replace

import msgspec
import pytest

from streams.core import events
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.offers import Match
from streams.core.products import Products
from streams.core.profile.profile import Profile, new_profile
from streams.core.words.lexicon import Lexicon
from tests.core.test_products import shoe, version
from tests.strategies_profiles import (
    FOLD,
    NOON,
    cart,
    consent,
    event,
    item,
    line,
    offer,
    on,
    policy,
    run,
    sale,
    view,
)

LEXICON = Lexicon(special_categories={"Health": "health"}, category_topics={"Spray": ("breath",)})
LISTED = version("a", 0, {"sku-9": shoe(category="Spray", department="Health", brand="Breathe")})
RULES = replace(FOLD, lexicon=LEXICON, products=Products([LISTED]))
_TOLD = {"item_category2": "Spray", "item_brand": "Breathe"}
ABOUT: dict[str, Body] = {
    "looked at": view(item("sku-9", "Health", **_TOLD)),
    "in the cart": cart(item("sku-9", "Health", **_TOLD)),
    "on a receipt": sale(1, line("sku-9", "Health", **_TOLD)),
    "ordered": events.Purchase(
        currency="EUR", transaction_id="t", items=(item("sku-9", "Health", **_TOLD),)
    ),
    "reviewed, as the catalogue says": events.Review(
        item_id="sku-9", rating=5.0, item_brand="Breathe", content="Breathe is great. I love it."
    ),
    "looked at, as the catalogue says": view(item("sku-9", None)),
    "in the cart, as the catalogue says": cart(item("sku-9", None)),
    "on a receipt, as the catalogue says": sale(1, line("sku-9", None)),
}
WORDS = ("Health", "Spray", "Breathe", "sku-9", "breath")
GIVEN = consent(granted=True, purpose="health")


def after(*bodies: Body) -> Profile:
    """The profile after `bodies`, a second apart."""
    profile = new_profile("customer:1")
    for number, body in enumerate(bodies):
        fold(profile, event(f"e{number}", body, NOON + number * 1_000), RULES, now_ms=0)
    return profile


def said(profile: Profile) -> list[str]:
    """Which of `WORDS` the row holds."""
    row = msgspec.json.encode(profile).decode()
    return [word for word in WORDS if f'"{word}"' in row]


@pytest.mark.parametrize("how", ABOUT)
def test_nothing_of_a_special_department_is_kept_without_its_consent(how: str) -> None:
    """Neither its category nor article, brand or topic."""
    assert said(after(ABOUT[how])) == []


@pytest.mark.parametrize("how", [one for one in ABOUT if not one.startswith("in the cart")])
def test_with_its_consent_it_is_known_by_the_department_and_goes_with_it(how: str) -> None:
    """Its category would be left behind, as nobody could tell that it was special.

    What was looked at lately names the article too, and goes as well.
    """
    lately = ["sku-9"] if how.startswith("looked at") else []

    assert said(after(GIVEN, ABOUT[how])) == ["Health", *lately]
    assert said(after(GIVEN, ABOUT[how], consent(granted=False, purpose="health"))) == []


@pytest.mark.parametrize("consents", [(), (GIVEN,)])
@pytest.mark.parametrize("how", [one for one in ABOUT if not one.startswith("reviewed")])
def test_no_decision_is_made_of_it_whoever_says_what_it_is(
    how: str, consents: tuple[Body, ...]
) -> None:
    """With or without its consent, though an event may tell nothing but the id."""
    words = ("view_item", "add_to_cart", "purchase")
    rows = (
        offer("any", categories=frozenset(), triggers=on(*words, match=Match.ANY)),
        offer("own", products=frozenset({"sku-9"}), categories=frozenset(), triggers=on(*words)),
    )
    told = [*consents, ABOUT[how], view(item("sku-1"))]
    history = [event(f"e{number}", body, NOON + number) for number, body in enumerate(told)]

    made = run(new_profile("customer:1"), history, policy(*rows, fold=RULES))

    decisions = msgspec.json.encode([one.decision for one in made if one.decision]).decode()
    assert '"any"' in decisions
    assert [word for word in (*WORDS, "own") if f'"{word}"' in decisions] == []
