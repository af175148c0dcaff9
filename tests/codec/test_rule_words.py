"""What is wrong with a rule, told to a merchandiser: no word of a grammar, no lost knowledge."""

import pytest

from streams.codec.rule_words import in_words
from streams.codec.rules import RuleReader

VALUE = "expected a value, such as a name, a number or a text in quotes,"
END = "expected the end, or && or || before what follows,"
NUMBER, TEXT, TRUTH = "a number (int)", "text (string)", "true or false (bool)"


def trouble(when: str) -> str:
    """What is wrong with it."""
    found = RuleReader().predicate(when)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("cart.count < 'a'", f"column 12: {NUMBER} cannot be compared with {TEXT} by <"),
        ("cart.count == 'a'", f"column 12: {NUMBER} cannot be compared with {TEXT} by =="),
        ("outlet < null", f"column 8: {TEXT} cannot be compared with nothing (null_type) by <"),
        ("outlet + 1 == 2", f"column 8: {TEXT} and {NUMBER} do not go together with +"),
        (
            "cart.count && true",
            f"column 12: expected true or false on both sides of &&, got {NUMBER} and {TRUTH}",
        ),
        ("!cart.count", f"column 1: expected true or false behind !, got {NUMBER}"),
        ("-outlet == 'a'", f"column 1: expected a number behind -, got {TEXT}"),
        ("'a' in cart.count", f"column 5: {TEXT} cannot be looked for in {NUMBER} by in"),
        ("size(cart.count) == 1", f"column 5: size cannot be asked of {NUMBER}"),
        ("outlet.contains(3)", f"column 16: contains cannot be asked of {TEXT} and {NUMBER}"),
        ("cart.count.exists(x, x)", f"expected a list or a table to look through, got {NUMBER}"),
        (
            "categories.share[1] > 0.1",
            f"a table (map(string, double)) has no entry for {NUMBER}; lists have numbers",
        ),
        (
            "true ? 1 : 'a'",
            f"two values of one type behind it, got {TRUTH}, {NUMBER} and {TEXT}",
        ),
        ("duration('1s') < 3", f"google.protobuf.Duration cannot be compared with {NUMBER} by <"),
    ],
)
def test_types_that_do_not_fit_are_told_in_words(when: str, said: str) -> None:
    """With the types as the library knows them, in brackets."""
    assert trouble(when).endswith(said)


def test_a_share_is_compared_with_a_share() -> None:
    """The usual mistake has its remedy."""
    found = trouble("categories.share['a'] > 1")

    why = f"a number with a point (double) cannot be compared with {NUMBER} by >"
    assert found == f"column 23: {why}; a share is compared with a number such as 0.5 or 1.0"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("< 3", f"column 1: {VALUE} near '<'"),
        ("cart.count <", f"column 13: {VALUE} at the end of the condition"),
        ("cart.count < 3)", f"column 15: {END} near ')'"),
        ("cart.count < 3 or true", f"column 16: {END} near 'or'; write || instead"),
        ("cart.count < 3 AND true", f"column 16: {END} near 'AND'; write && instead"),
        ("(cart.count < 3", "column 16: expected ')' at the end of the condition"),
        ("cart.count in [1", "column 17: expected ']' or ',' at the end of the condition"),
        ("cart.count = 3", "column 12: expected no such character, near '='; write == instead"),
        ("cart.count # 3", "column 12: expected no such character, near '#'"),
        ("outlet == 'a", "column 11: expected a text that ends with the quote it starts with, "),
        ("outlet..", "expected a condition, near '..'"),
        ("true &&\n  < 3", f"its line 2, column 3: {VALUE} near '<'"),
    ],
)
def test_a_slip_of_the_pen_is_told_in_words(when: str, said: str) -> None:
    """Where, what was expected, and what is there."""
    found = trouble(when)

    assert said in found
    assert "Syntax error" not in found


@pytest.mark.parametrize("complaint", ["reserved identifier: if", "Syntax error: of a new kind"])
def test_what_is_not_known_is_passed_on(complaint: str) -> None:
    """A sentence of another release of the library is better than none."""
    assert in_words(complaint) == complaint
