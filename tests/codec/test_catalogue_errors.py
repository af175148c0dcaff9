"""Wrong catalogue files are refused: file, line, field, what was expected, what came."""

import pytest

from streams.codec.catalogue import load_policy
from streams.core.errors import ConfigError
from streams.core.profile.profile import NAME_MAX
from tests.codec.catalogue_files import OFFER, POLICY, changed, load, problems

BAD_OFFERS = [
    ("offer: coffee", "offer: Kaffee!", 2, "offer: expected letters, digits"),
    ("offer: coffee", f"offer: {'x' * 49}", 2, "offer: expected letters, digits"),
    ("offer: coffee", "offer: {a: b}", 2, "offer: expected a text, got fields"),
    ("marketing", "spam", 3, "purpose: expected one of marketing, service, got 'spam'"),
    ("[0012, sku-2]", "coffee", 4, "products: expected a list, got 'coffee'"),
    ("[0012, sku-2]", "[a, a]", 4, "products: 'a' is listed twice"),
    ("[0012, sku-2]", "[[a]]", 4, "products: expected a text, got a list"),
    (
        "[0012, sku-2]",
        f"[{'x' * (NAME_MAX + 1)}]",
        4,
        f"products: expected at most {NAME_MAX} characters, got {NAME_MAX + 1}",
    ),
    ("view_item", "viewed", 6, "triggers[1].on: expected one of add_to_cart"),
    ("15m", "15", 6, "triggers[1].age_max: expected a duration from 1s to 90d"),
    ("15m", "91d", 6, "triggers[1].age_max: expected a duration from 1s to 90d"),
    ("15m}", "15m, match: odd}", 6, "triggers[1].match: expected one of items, affinity, any"),
    ("15m}", "15m, sort: up}", 6, "triggers[1].sort is unknown; known here are age_max, match"),
    ("[email, web]", "[email, fax]", 7, "channels: 'fax' has no rule for marketing"),
    ("    channels: [email, web]\n", "", 2, "channels: expected at least one"),
    ("2d", "2w", 8, "ttl: expected a duration"),
    ("    ttl: 2d\n", "", 2, "ttl is missing"),
    ("0.2", "1.2", 9, "accepts: expected a number from 0.0 to 1.0, got '1.2'"),
    ("0.2", "nan", 9, "accepts: expected a number from 0.0 to 1.0, got 'nan'"),
    ("0.2", "[0.2]", 9, "accepts: expected a number from 0.0 to 1.0, got a list"),
    ("margin_minor: 100", "margin_minor: 1e3", 10, "margin_minor: expected a whole number"),
    ("margin_minor: 100", "lever: 1", 2, "margin_minor: is missing"),
    ("    margin_minor: 100\n", "    margin_minor: 1\n    margin_percent: 5\n", 11, "got both"),
    ('"Coffee!"', '""', 12, "pitches[1].text: expected a text, got ''"),
    ('{pitch: plain, text: "Coffee!"}', "plain", 12, "pitches[1]: expected fields, got 'plain'"),
    ('      - {pitch: plain, text: "Coffee!"}\n', "", 11, "pitches: expected a list, got ''"),
    ("offers:\n", "offer:\n", 1, "offer is unknown; known here are offers, policy"),
    ("    ttl: 2d\n", "    ttl: 2d\n    ttl: 3d\n", 9, "ttl is there twice"),
    ("    ttl: 2d\n", "    ttl: 2d\n    [a]: 3d\n", 9, "a list is unknown"),
]


@pytest.mark.parametrize(("old", "new", "line", "expected"), BAD_OFFERS)
def test_a_wrong_offer_is_refused_at_its_line(old: str, new: str, line: int, expected: str) -> None:
    """File, line, field, what was expected, what came."""
    found = problems(changed(old, new))

    assert [one for one in found if one.startswith(f"offers.yaml:{line}: ") and expected in one]


MORE_OFFERS = [
    ("valid_from: 2025-02-30", "valid_from: expected a date such as 2025-01-31, or a time"),
    ("valid_from: 1960-01-01", "valid_from: expected a date such as 2025-01-31"),
    ("valid_from: 2025-02-01\n    valid_until: 2025-02-01", "valid_until: expected a time after"),
    ("stages: [asleep]", "stages: expected some of unaware, exploring"),
    ("once: maybe", "once: expected one of true, false"),
    ("price_levels: [{level: a}, {level: a}]", "'a' is there twice"),
    ("price_minor: 5\n    price_levels: [{level: a, discount_minor: 9}]", "more than the price"),
    (
        "price_levels: [{level: a, discount_minor: 101}]",
        "level 'a' takes 101 off, more than the margin_minor of 100: it would never be made",
    ),
    ("price_levels: [{level: a, discount_percent: 101}]", "expected a number from 0.0 to 100.0"),
    ("lever: 11", "lever: expected a number from 0.1 to 10.0, got '11'"),
    ("product: {name: x}", "product.item_id is missing"),
    ("product: x", "product: expected fields, got 'x'"),
    ("stock: -1", "stock: expected a whole number from 0 to 1000000000000, got '-1'"),
    ("stock: some", "stock: expected a whole number from 0 to 1000000000000, got 'some'"),
    ("budget_minor: 500", "budget_minor: needs a price level with a discount"),
]


@pytest.mark.parametrize(("more", "expected"), MORE_OFFERS)
def test_a_wrong_field_is_refused(more: str, expected: str) -> None:
    """Those that may be left out."""
    (found,) = problems(f"{OFFER}    {more}\n")

    assert expected in found


NO_CAPACITY = "      web:\n        capacity: "
BAD_POLICIES = [
    ("      web:\n", f"{NO_CAPACITY}{{max: 9}}\n", "channels.web.capacity.window is missing"),
    ("      web:\n", f"{NO_CAPACITY}{{window: 1d}}\n", "channels.web.capacity.max is missing"),
    ("      web:\n", f"{NO_CAPACITY}9\n", "channels.web.capacity: expected fields, got '9'"),
    (
        "      web:\n",
        f"{NO_CAPACITY}{{max: 9, window: 1s}}\n",
        "capacity.window: expected a duration from 1m to 90d, such as 15m, 2h or 7d, got '1s'",
    ),
    (
        "      web:\n",
        f"{NO_CAPACITY}{{max: 9, window: 1d, bid_price_minor: 0}}\n",
        "capacity.bid_price_minor: expected a number from 0.01 to 1000000000.0, got '0'",
    ),
    ("currency: EUR", "currency: EURO", "currency: expected at most 3 characters, got 4"),
    ("  experiment_salt: one\n", "", "experiment_salt is missing"),
    ("Europe/Vienna", "Europe/Atlantis", "contact.zone: expected a time zone such as"),
    ("Europe/Vienna", "../etc/passwd", "contact.zone: expected a time zone such as"),
    ("open_offers_max: 4", "open_offers_max: 17", "expected a whole number from 1 to 16"),
    ("max: 5", "max: 33", "contact.caps[1].max: expected a whole number from 1 to 32, got '33'"),
    ("window: 7d", "window: 91d", "contact.caps[1].window: expected a duration from 1s to 90d"),
    ("purpose: marketing", "purpose: spam", "contact.caps[1].purpose: expected one of"),
    ("      web:", "      fax:", "contact.channels.fax: is no channel; channels are email"),
    ('"21:00"', "21:00:00", "quiet_hours.from: expected a time of day such as"),
    ('"21:00"', '"25:00"', "quiet_hours.from: expected a time of day such as"),
    ('"08:30"', '"21:00"', "quiet_hours.until: expected another time than from"),
    ("consent: required", "consent: perhaps", "expected one of required, unless-withdrawn"),
    ("        service: {", "        servce: {", "contact.channels.email.servce is unknown"),
    ("  currency: EUR\n", "  currency: EUR\n  slots: {sale: x}\n", "slots.sale: is no trigger"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD_POLICIES)
def test_a_wrong_policy_is_refused(old: str, new: str, expected: str) -> None:
    """In the words of the file."""
    found = problems(policy=changed(old, new, POLICY))

    assert [one for one in found if one.startswith("policy.yaml:") and expected in one]


def test_a_channel_that_is_no_mapping_is_refused() -> None:
    """And its rules are missing for the offers."""
    head, _, _ = POLICY.partition("      web:")
    found = problems(policy=f"{head}      web: often\n")

    assert "policy.yaml:22: policy.contact.channels.web: expected fields, got 'often'" in found


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("policy: {currency: EUR}\n", "policy.contact: is missing"),
        ("policy:\n  contact: {zone: UTC, open_offers_max: 1}\n", "contact.channels: is missing"),
        ("policy: []\n", "policy.yaml:1: policy: expected fields, got a list"),
        ("other: 1\n", "offer files: expected exactly one with a policy, got none"),
        ("[]\n", "policy.yaml:1: the file: expected fields, got a list"),
        ("", "policy.yaml:1: is empty, expected offers or a policy"),
        ("policy: {\n", "policy.yaml:2: is not YAML: "),
        (
            "policy:\n  a: caf\u00e9\n  b: \0\n",
            "policy.yaml:3: is not YAML: the character #x0000 is not allowed in it",
        ),
        ("policy: *no\n", "policy.yaml:1: is not YAML: "),
        ("policy: \x00\n", "policy.yaml:1: is not YAML: "),
    ],
)
def test_a_policy_must_be_there_once(policy: str, expected: str) -> None:
    """As a mapping of one file."""
    assert [one for one in problems(policy=policy) if expected in one]


def test_two_policies_are_refused() -> None:
    """Both files are named."""
    (found,) = problems(OFFER + POLICY)

    assert found == "offer files: expected exactly one with a policy, got offers.yaml, policy.yaml"


def test_a_catalogue_without_offers_is_refused() -> None:
    """A worker that can offer nothing is a mistake."""
    assert problems("offers: []\n") == ["offer files: expected at least one offer, got none"]


def test_an_offer_id_is_there_once() -> None:
    """The other place is named."""
    twice = OFFER + OFFER.partition("offers:\n")[2]

    (found,) = problems(twice)

    assert found == "offers.yaml:13: offers[2].offer: 'coffee' is already at offers.yaml:2"


def test_triggers_and_pitches_are_there_once() -> None:
    """By their word and by their name."""
    more = changed("15m}\n", "15m}\n      - {on: view_item, age_max: 1m}\n").replace(
        '"Coffee!"}\n', '"Coffee!"}\n      - {pitch: plain, text: Tea}\n'
    )

    found = problems(more)

    assert any("'view_item' is there twice" in one for one in found)
    assert any("'plain' is there twice" in one for one in found)


def test_a_missing_trigger_is_refused() -> None:
    """An offer that nothing brings."""
    found = problems(changed("      - {on: view_item, age_max: 15m}\n", ""))

    assert any("triggers: expected" in one for one in found)


def test_all_problems_are_reported_at_once() -> None:
    """In both files; a long value is cut."""
    offers = changed("0.2", "x" * 99).replace("ttl: 2d", "ttl: never")
    found = problems(offers, changed("max: 5", "max: 0", POLICY))

    assert len(found) == 3
    assert any(f"got '{'x' * 60}...'" in one for one in found)


TWO = OFFER + OFFER.partition("offers:\n")[2].replace("offer: coffee", "offer: tea")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("cocoa", "", "offers.yaml:13: offers[1].fallback: 'cocoa' is no offer; offers are coffee"),
        ("coffee", "", "offers.yaml:13: offers[1].fallback: is a cycle: coffee -> coffee"),
        ("tea", "coffee", "offers[1].fallback: is a cycle: coffee -> tea -> coffee"),
        ("tea", "coffee", "offers[2].fallback: is a cycle: tea -> coffee -> tea"),
    ],
)
def test_a_fallback_leads_to_an_offer_and_to_an_end(first: str, second: str, expected: str) -> None:
    """One that nobody knows, and one that comes back to itself, are refused at their line."""
    one, _, other = TWO.partition("  - offer: tea")
    offers = f"{one}    fallback: {first}\n  - offer: tea{other}"
    offers += f"    fallback: {second}\n" if second else ""

    assert [one for one in problems(offers) if expected in one]


def test_who_falls_back_into_a_cycle_is_not_told_of_it() -> None:
    """The cycle is: one sentence for each offer in it."""
    tail = OFFER.partition("offers:\n")[2].replace("offer: coffee", "offer: cocoa")
    one, _, other = TWO.partition("  - offer: tea")
    offers = f"{one}    fallback: tea\n  - offer: tea{other}    fallback: tea\n{tail}"

    (found,) = problems(offers)

    assert found == "offers.yaml:25: offers[2].fallback: is a cycle: tea -> tea"


def test_a_fallback_has_the_triggers_of_its_offer() -> None:
    """Otherwise nobody could say how old the event may be."""
    one, _, other = TWO.partition("  - offer: tea")
    offers = f"{one}    fallback: tea\n  - offer: tea{other.replace('view_item', 'search')}"

    (found,) = problems(offers)

    assert found == (
        "offers.yaml:13: offers[1].fallback: expected an offer with the same triggers, 'tea' has "
        "none on view_item"
    )


@pytest.mark.parametrize("currency", ["eur", "E1R", "EU"])
def test_the_currency_is_a_code(currency: str) -> None:
    """ISO 4217: three capitals."""
    found = problems(policy=changed("EUR", currency, POLICY))

    assert found == [
        f"policy.yaml:2: policy.currency: expected an ISO 4217 code such as EUR, got {currency!r}"
    ]


def test_offers_are_in_the_currency_of_the_policy() -> None:
    """One may say so; another currency is refused at its line."""
    (found,) = problems(f"{OFFER}    currency: USD\n")

    assert found == "offers.yaml:13: offers[1].currency: expected EUR, as in the policy, got 'USD'"
    assert load(f"{OFFER}    currency: EUR\n").policy_version == load().policy_version


def test_products_must_be_known_where_they_are_given() -> None:
    """Those it covers and the one it names, each in the currency of the policy."""
    files = {"a.yaml": f"{OFFER}    product: {{item_id: sku-9}}\n", "b.yaml": POLICY}
    known = {"0012": "EUR", "sku-2": "USD"}

    with pytest.raises(ConfigError) as caught:
        load_policy(files, lateness_max_ms=1, products=known)

    assert caught.value.problems == [
        "a.yaml:4: offers[1].products: 'sku-2' is sold in USD, the policy's currency is EUR",
        "a.yaml:13: offers[1].product: 'sku-9' is in no row of the product catalogue",
    ]


def test_known_products_are_no_problem() -> None:
    """Nor is an offer that names none."""
    files = {"a.yaml": OFFER.replace("    products: [0012, sku-2]\n", ""), "b.yaml": POLICY}
    named = {"a.yaml": OFFER, "b.yaml": POLICY}

    without = load_policy(files, lateness_max_ms=1, products={})
    known = load_policy(named, lateness_max_ms=1, products={"0012": "EUR", "sku-2": "EUR"})

    assert without.offers["coffee"].products == frozenset()
    assert known.offers["coffee"].products == {"0012", "sku-2"}
