"""`streams offers validate`, `test` and `diff`: a directory of offers, with no broker."""

import json
import shutil
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.cli.offers_scenarios import play
from streams.cli.scenarios import Scenario, read_scenarios
from streams.config import Settings
from streams.core.decide.facts import OWN_VARIABLES, VARIABLES
from streams.core.errors import ConfigError
from streams.core.offers import Policy
from streams.worker.policies import read_policy

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
SHIPPED = read_scenarios(OFFERS)
RULE_ADDED = (
    "offer coffee-again: rules[day] nothing -> suitability: local.hour < 22 (passes when not known)"
)
WINDOW_GROWS = (
    "note: the longest cap window grows from 7 d to 30 d; contacts older than 7 d are not "
    "remembered and will not count"
)
COFFEE = "{event_name: search, search_term: coffee}"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The shipped offers without their scenarios."""
    ignored = shutil.ignore_patterns("*.scenario.yaml")
    return shutil.copytree(OFFERS, tmp_path / "offers", ignore=ignored)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return read_policy(Settings(offers_dir=OFFERS))


def change(path: Path, old: str, new: str) -> None:
    """One change of a file that must be possible."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def scenario(directory: Path, expect: str, event: str = f"click: {COFFEE}", more: str = "") -> None:
    """A file with one scenario."""
    text = f"scenarios:\n  - name: one\n    event: {{{event}}}\n    expect: {expect}\n{more}"
    (directory / "a.scenario.yaml").write_text(text)


@pytest.mark.parametrize("one", SHIPPED, ids=[one.name for one in SHIPPED])
def test_the_shipped_offers_do_what_their_scenarios_say(one: Scenario, policy: Policy) -> None:
    """Each story ends as it is written."""
    assert play(one, policy, Settings()) == ""


def test_a_valid_directory_is_counted(
    directory: Path, capsys: pytest.CaptureFixture[str], policy: Policy
) -> None:
    """With its version, which scenarios do not change."""
    codes = [main(["offers", "validate", str(one)]) for one in (directory, OFFERS)]

    assert codes == [0, 0]
    line = f"policy version {policy.policy_version}: 17 offers (11 marketing, 6 service), 0 rules, "
    assert capsys.readouterr().out == f"{line}17 triggers, in 3 files\n" * 2


def test_all_problems_of_a_directory_end_with_exit_code_2(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its file and line."""
    change(directory / "selling.yaml", "price_minor: 899", "price_minor: 899\n    lever: 99")
    change(directory / "care.yaml", "accepts: 0.6", "accepts: 6")

    code = main(["offers", "validate", str(directory)])

    assert code == 2
    said = capsys.readouterr().err
    assert "care.yaml:10: offers[1].accepts: expected a number from 0.0 to 1.0, got '6'" in said
    assert "selling.yaml:29: offers[2].lever: expected a number from 0.1 to 10.0, got '99'" in said


@pytest.mark.parametrize(
    ("item", "currency", "code", "says"),
    [
        ("coffee-house-500g", "USD", 0, ""),
        ("coffee-house-500g", "EUR", 2, "is sold in EUR, the policy's currency is USD"),
        ("tea", "USD", 2, "selling.yaml:27: offers[2].product: 'coffee-house-500g' is in no row"),
    ],
)
def test_products_are_looked_up_in_the_file_that_is_named(  # noqa: PLR0913, PLR0917  # a table
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    item: str,
    currency: str,
    code: int,
    says: str,
) -> None:
    """One line a product, as for the catalogue of products."""
    row = {"item_id": item, "name": "x", "category": [], "currency": currency, "price_minor": 1}
    (directory / "products.jsonl").write_text(json.dumps(row))
    option = ("--products", str(directory / "products.jsonl"))

    found = main(["offers", "validate", str(directory), *option])

    assert found == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("expect", "event"),
    [
        ("{offer: coffee-again, channel: web}", f"click: {COFFEE}"),
        ("{offer: coffee-again, chance_min: 0.5}", f"click: {COFFEE}"),
        ("{stopped: {offer: coffee-again, channel: app, gate: consent}}", f"click: {COFFEE}"),
        ("silence", "click: {event_name: search, search_term: tea}"),
        ("silence", "click: {event_name: page_view}"),
    ],
)
def test_a_scenario_that_ends_as_expected_is_told_in_a_line(
    directory: Path, capsys: pytest.CaptureFixture[str], expect: str, event: str
) -> None:
    """Exit code 0."""
    scenario(directory, expect, event)

    code = main(["offers", "test", str(directory)])

    assert code == 0
    assert capsys.readouterr().out.startswith("ok      one\n1 scenarios, 0 failed, policy version")


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        ("silence", "expected silence, got coffee-again by web (value "),
        (
            "{offer: thank-you}",
            "expected thank-you, got coffee-again by web (value ",
        ),
        ("{offer: thank-you}", "; the event does not bring thank-you\n"),
        (
            "{offer: coffee-again, channel: email}",
            "expected coffee-again by email, got coffee-again by web (value ",
        ),
        ("{offer: coffee-again, channel: email}", "; stopped by consent 2\n"),
        (
            "{offer: coffee-again, channel: app, chance_min: 0.5}",
            "expected coffee-again by app at least 50% of the time, it is 0%, got coffee-again by",
        ),
        (
            "{stopped: {offer: coffee-again, channel: app, gate: cap}}",
            "expected coffee-again to be stopped by cap, got consent 2\n",
        ),
        (
            "{stopped: {offer: coffee-again, gate: rule, rule: big}}",
            "expected coffee-again to be stopped by rule (big), but it passed: coffee-again by web",
        ),
        (
            "{stopped: {offer: thank-you, gate: cap}}",
            "expected thank-you to be stopped by cap, but it was not considered\n",
        ),
        ("{offer: tea}", "FAILED  one: there is no offer tea\n"),
    ],
)
def test_a_scenario_that_ends_otherwise_says_how_and_why(
    directory: Path, capsys: pytest.CaptureFixture[str], expect: str, says: str
) -> None:
    """Exit code 1, what was decided instead, and what stopped the other."""
    scenario(directory, expect)

    code = main(["offers", "test", str(directory)])

    assert code == 1
    assert says in capsys.readouterr().out


def test_a_scenario_may_ask_for_the_rule_that_stops(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name."""
    rule = 'rules: [{name: big-cart, gate: eligibility, when: "cart.total_minor >= 5000"}]'
    change(directory / "selling.yaml", "price_minor: 899", f"price_minor: 899\n    {rule}")
    scenario(directory, "{stopped: {offer: coffee-again, gate: rule, rule: big-cart}}")

    code = main(["offers", "test", str(directory)])

    assert code == 0
    assert "1 scenarios, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expect", "event", "more", "says"),
    [
        (
            "silence",
            "tv: {}",
            "",
            "[1].event: expected one of click, till, social, service, outcome, timer, got none",
        ),
        ("silence", "click: x", "", "a.scenario.yaml:3: scenarios[1].event.click: expected the"),
        ("silence", "click: {event_name: nap}", "", "a.scenario.yaml:3: one: decoding a record of"),
        ("nothing", f"click: {COFFEE}", "", "a.scenario.yaml:4: scenarios[1].expect: expected"),
        ("{offer: a, chance_min: 2}", f"click: {COFFEE}", "", "expected a number from 0.0 to 1.0"),
        ("{stopped: {offer: a, gate: b}}", f"click: {COFFEE}", "", "gate: expected one of not_yet"),
        ("silence", f"click: {COFFEE}", "    at: noon\n", "scenarios[1].at: expected a date"),
        ("silence", f"at: 3d, click: {COFFEE}", "", "event.at: expected a time before, from -3650"),
        ("silence", f"click: {COFFEE}", "    then: x\n", "a.scenario.yaml:5: scenarios[1].then is"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_refused_at_its_line(  # noqa: PLR0913, PLR0917  # a table
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    expect: str,
    event: str,
    more: str,
    says: str,
) -> None:
    """Exit code 2."""
    scenario(directory, expect, event, more)

    code = main(["offers", "test", str(directory)])

    assert code == 2
    assert says in capsys.readouterr().err


def test_a_directory_without_scenarios_has_nothing_to_play(directory: Path) -> None:
    """Which nobody meant to ask for."""
    with pytest.raises(ConfigError, match=r"expected scenarios in files \*\.scenario\.yaml"):
        read_scenarios(directory)


def test_what_another_catalogue_changes_is_told(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Offers, prices, rules, limits; and what a longer window cannot know."""
    selling, policy = directory / "selling.yaml", directory / "policy.yaml"
    rule = 'rules: [{name: day, gate: suitability, when: "local.hour < 22", unless_known: pass}]'
    change(selling, "price_minor: 899", f"price_minor: 999\n    {rule}")
    change(selling, "level: pair, discount_minor: 40", "level: pair, discount_minor: 50")
    change(selling, "offer: welcome-in-store", "offer: welcome")
    change(policy, "{max: 3, window: 7d}", "{max: 3, window: 30d}")
    change(policy, "spacing: 30s", "spacing: 45s")
    change(policy, 'until: "07:00"', 'until: "07:30"')
    change(policy, "bar_minor: 3 ", "bar_minor: 4 ")
    change(policy, "US/AZ: America/Phoenix", "US/AZ: America/Denver")
    change(policy, "rhythm_due_before: 2d", "rhythm_due_before: 3d")
    change(policy, "strained: [sincere]", "strained: [sincere, plain]")
    change(policy, "score_min: 0.4, due: 4h", "score_min: 0.4, due: 2h")

    code = main(["offers", "diff", str(OFFERS), str(directory)])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "offer coffee-again: price_minor 899 -> 999",
        RULE_ADDED,
        "offer snack-pairing: price_levels[pair].discount_minor 40 -> 50",
        "offer welcome: new",
        "offer welcome-in-store: removed",
        "contact rules[email/marketing].caps[3] at most 3 in 7 d -> at most 3 in 30 d",
        "contact rules[email/marketing].quiet_until 07:00 -> 07:30",
        "contact rules[web/marketing].spacing 30 s -> 45 s",
        "contact zones.places[US/AZ] America/Phoenix -> America/Denver",
        "policy bar_minor 3.0 -> 4.0",
        "timers rhythm_before 2 d -> 3 d",
        "answers.levels[high].due 4 h -> 2 h",
        "tones.strained sincere -> plain, sincere",
        WINDOW_GROWS,
    ]


def test_the_same_catalogue_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """And that is said."""
    code = main(["offers", "diff", str(OFFERS), str(OFFERS)])

    assert code == 0
    assert capsys.readouterr().out.endswith("\nnothing changes\n")


def test_variables_of_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, type, meaning: a line each, aligned."""
    code = main(["offers", "variables"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[0] == "trigger               string                the word of the event"
    assert len(lines) == len(VARIABLES) + len(OWN_VARIABLES)
    assert {one[20:22] + one[42:44] for one in lines} == {"    "}
