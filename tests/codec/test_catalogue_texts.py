"""Texts and price levels of offers that nobody can have meant are refused at their line."""

import pytest

from tests.codec.catalogue_files import OFFER, changed, load, problems

PITCH = "offers.yaml:12: offers[1].pitches[1].text"
WRONG_TEXTS = [
    ('!foo "Coffee!"', "offers.yaml:12: expected no tag, got !foo; take it out, or quote the text"),
    ("&a [!x b, *a]", "offers.yaml:12: expected no tag, got !x; take it out, or quote the text"),
    ("!!set {a}", "offers.yaml:12: expected no tag, got tag:yaml.org,2002:set; take it out"),
    (r'"A\e[2J"', f"{PITCH}: expected no control characters, got '\\x1b'; take it out"),
    (r'"A\x85"', f"{PITCH}: expected no control characters, got '\\x85'; take it out"),
    (r'"A\rB"', f"{PITCH}: expected no control characters, got '\\r'; take it out"),
]


@pytest.mark.parametrize(("pitch", "expected"), WRONG_TEXTS)
def test_a_pitch_that_nobody_can_have_meant_is_refused(pitch: str, expected: str) -> None:
    """A tag, which would be dropped in silence; a character that nobody can see."""
    found = problems(changed('"Coffee!"', pitch))

    assert [one for one in found if one.startswith(expected)]


@pytest.mark.parametrize(
    ("pitch", "text"),
    [
        (r'"A {cup}\n\tor two"', "A {cup}\n\tor two"),
        ('!!str "Coffee!"', "Coffee!"),
        ("&a Coffee", "Coffee"),
    ],
)
def test_what_is_meant_is_read_as_it_is(pitch: str, text: str) -> None:
    """Nothing is put in for braces, so they are characters like any other."""
    offer = load(changed('"Coffee!"', pitch)).offers["coffee"]

    assert offer.treatments[0].text == text


def test_a_level_takes_off_an_amount_or_a_share() -> None:
    """Both would be added, which is written nowhere."""
    level = "price_levels: [{level: a, discount_minor: 5, discount_percent: 1}]"

    found = problems(f"{OFFER}    {level}\n")

    said = "expected this or discount_minor, got both; keep one, or make two levels of them"
    assert found == [f"offers.yaml:13: offers[1].price_levels[1].discount_percent: {said}"]


def test_a_level_may_say_that_it_takes_no_amount_off() -> None:
    """A discount of 0 is none."""
    level = "price_levels: [{level: a, discount_minor: 0, discount_percent: 1}]"

    offer = load(f"{OFFER}    {level}\n").offers["coffee"]

    assert offer.price_levels[0].discount_percent == 1.0
