"""Offers with a query on the product catalogue: scenarios that bring products, diff, explain."""

import shutil
from pathlib import Path

import pytest

from streams.cli.explain_words import in_words
from streams.cli.main import main
from streams.core.decide.explaining import explain
from tests.core.queries import STOCKED, asking, decided, seen
from tests.strategies_profiles import policy

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
ROW = """\
offers:
  - offer: organic-matcha
    purpose: marketing
    query: {category: MATCHA, attributes: {organic: true}, price_max_minor: 900}
    triggers: [{on: view_item, age_max: 15m}]
    channels: [web]
    ttl: 2d
    accepts: 0.9
    margin_minor: 500
    pitches: [{pitch: plain, text: "Organic matcha"}]
"""
PRODUCTS = """\
products:
  - {item_id: beans, name: Beans, category: [DRINKS, MATCHA], currency: USD, price_minor: 900, attributes: {organic: true}}
  - {item_id: dear, name: Dear beans, category: [DRINKS, MATCHA], currency: USD, price_minor: 901, attributes: {organic: true}}
"""  # noqa: E501  # a product a line, as people write them
VIEW = "{click: {event_name: view_item, items: [{item_id: ITEM}]}}"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The shipped offers without their scenarios, and a row with a query."""
    ignored = shutil.ignore_patterns("*.scenario.yaml")
    made = shutil.copytree(OFFERS, tmp_path / "offers", ignore=ignored)
    (made / "organic.yaml").write_text(ROW)
    return made


def story(item: str, expect: str, name: str = "one") -> str:
    """A view of an article, and what must come of it."""
    event = VIEW.replace("ITEM", item)
    return f"  - name: {name}\n    event: {event}\n    expect: {expect}\n"


def played(directory: Path, products: str, *stories: str) -> int:
    """The exit code of the scenarios with these products."""
    text = f"{products}scenarios:\n{''.join(stories)}"
    (directory / "a.scenario.yaml").write_text(text)
    return main(["offers", "test", str(directory)])


def test_a_scenario_brings_the_products_that_a_query_finds(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without them the same event is silence, as before anything was published."""
    found = story("beans", "{offer: organic-matcha, channel: web}", "found")
    dear = story("dear", "silence", "too dear")

    assert played(directory, PRODUCTS, found, dear) == 0
    assert "2 scenarios, 0 failed" in capsys.readouterr().out
    assert played(directory, "", found) == 1
    assert "the event does not bring organic-matcha" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("products", "says"),
    [
        (
            PRODUCTS.replace("name: Beans", "nam: Beans"),
            "a.scenario.yaml:2: products[1]: decoding a record of product.catalogue.v1: field",
        ),
        (
            PRODUCTS.replace("item_id: dear", "item_id: beans"),
            "a.scenario.yaml:3: products[2].item_id: 'beans' is there twice",
        ),
        ("products: beans\n", "a.scenario.yaml:1: products: expected a list, got 'beans'"),
        ("products: [beans]\n", "products[1]: expected fields, got 'beans'"),
    ],
)
def test_products_that_cannot_be_read_are_refused_at_their_line(
    directory: Path, capsys: pytest.CaptureFixture[str], products: str, says: str
) -> None:
    """Exit code 2."""
    assert played(directory, products, story("beans", "silence")) == 2
    assert says in capsys.readouterr().err


def test_a_directory_with_a_query_is_valid_and_a_wrong_one_is_not(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`validate` says file and line."""
    assert main(["offers", "validate", str(directory)]) == 0
    (directory / "organic.yaml").write_text(ROW.replace("category: MATCHA", "colour: red"))

    assert main(["offers", "validate", str(directory)]) == 2
    assert "organic.yaml:4: offers[1].query.colour is unknown" in capsys.readouterr().err


def test_a_changed_query_is_told_in_words(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each condition, as any other part of an offer."""
    after = shutil.copytree(directory, tmp_path / "after")
    changed = ROW.replace("organic: true", "roast: [dark, light]").replace("900", "800")
    (after / "organic.yaml").write_text(changed)

    assert main(["offers", "diff", str(directory), str(after)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "offer organic-matcha: query.attributes[organic] organic, organic=true -> nothing",
        "offer organic-matcha: query.price_max_minor 900 -> 800",
        "offer organic-matcha: query.attributes[roast] nothing -> roast=dark, roast=light",
    ]


def test_an_explanation_names_the_query_and_what_it_found() -> None:
    """In a sentence, before the decision."""
    made = decided(policy(asking(), fold=STOCKED), seen("organic", "dear"))
    assert made is not None

    told = "\n".join(in_words(explain(made, policy(asking()))))

    assert "The product catalogue has organic, dear under: attribute organic." in told
