"""Traits: shares and means with their evidence, and the customer's own word before all of it."""

from dataclasses import replace

import pytest
from msgspec import structs

from streams.core import events
from streams.core.genome.genome import Genome
from streams.core.genome.tastes import TraitShown
from streams.core.genome.traits import NAMES_SHOWN_MAX
from streams.core.model import NO_MODEL, Model
from streams.core.products import Listed, Products, Version, pack
from streams.core.words.lexicon import Lexicon
from streams.core.words.sentiment import Valences
from tests.core.genomes import MODEL, USUAL, Happened, at_ms, bought, read, text
from tests.strategies_profiles import FOLD, OURS, cart, item, line, post, view

LEXICON = Lexicon(
    topics={"roses": ("gardening",)},
    entities={"adele": "artist:Adele"},
    brands={"acme": "Acme", "bolt": "Bolt"},
    valences=Valences(words={"great": 3.1}),
)
PRODUCTS = Products(
    [
        Version(
            version="v1",
            valid_from_ms=0,
            rows={
                f"sku-{number}": pack(
                    Listed(
                        "coffee",
                        "food",
                        "Acme",
                        "EUR",
                        100 + number,
                        attributes={"organic": True, "private_label": number > 2},
                    )
                )
                for number in range(5)
            },
        )
    ]
)
KNOWING = replace(FOLD, lexicon=LEXICON, products=PRODUCTS)
TRAITS = [
    *("category/coffee", "brand/Acme", "attribute/organic", "topic/gardening"),
    *("entity/artist:Adele", "channel/web", "outlet/s1", "device/mobile"),
]


def everything() -> list[Happened]:
    """Something of every group of traits, three times."""
    look = events.ViewItem(
        currency="EUR", items=(item("sku-1", item_brand="Acme"),), device_category="mobile"
    )
    put = cart(item("sku-2", item_brand="Acme"))
    return [
        *((0.1 * number, look) for number in range(3)),
        *((1 + 0.1 * number, post("roses, Adele, Acme is great", OURS)) for number in range(3)),
        *(bought(7 * number, lines=(line(item_brand="Acme"),)) for number in range(4)),
        (21.1, put),
    ]


def named(genome: Genome, name: str) -> TraitShown:
    """The trait of this name in what the customer buys, likes or lives for."""
    taste, worlds, buying = genome.taste, genome.worlds, genome.buying
    listed = [*taste.categories, *taste.brands, *taste.attributes, *worlds.topics]
    listed += [*worlds.entities, *buying.channels, *buying.outlets, *genome.situation.devices]
    return next(one for one in listed if one.name == name)


def said(trait: str, share: float = 0.25) -> events.TraitCorrected:
    """The customer's own word on a trait."""
    return events.TraitCorrected(trait=trait, share=share)


@pytest.mark.parametrize(("model", "prior"), [(NO_MODEL, 0.5), (MODEL, 0.2)])
def test_a_share_is_a_dirichlet_mean(model: Model, prior: float) -> None:
    """(3 + 10 * prior) / (3 + 10): half of two names evenly, or the population's."""
    shown = read(*((0, view()) for _ in range(3)), days=0, model=model).taste.categories[0]

    assert shown.value == pytest.approx((3 + 10 * prior) / 13)
    assert shown.low is not None
    assert shown.high is not None
    assert 0.0 < shown.low < shown.value < shown.high < 1.0  # type: ignore[operator]  # it is known
    assert (shown.measure, shown.origin, shown.sources) == ("share", "inferred", ["click"])
    assert (shown.count, shown.last_ms) == (3, at_ms(0))


def test_weight_makes_nobody_surer_than_events_do() -> None:
    """Three purchases weigh 15; the interval is that of three events."""
    looks, receipts = (
        read(*one, days=0.2).taste.categories[0]
        for one in ([(0.1 * n, view()) for n in range(3)], [bought(0.1 * n) for n in range(3)])
    )

    assert looks.weight == pytest.approx(3, abs=0.1)
    assert receipts.weight == pytest.approx(15, abs=0.1)
    assert receipts.low is not None
    assert receipts.high is not None
    assert receipts.high - receipts.low > 0.3


@pytest.mark.parametrize(("least", "count", "known"), [(3, 2, False), (3, 3, True), (4, 3, False)])
def test_below_the_minimum_of_evidence_a_share_is_unknown(
    least: int,
    count: int,
    known: bool,  # noqa: FBT001  # a table
) -> None:
    """The policy says how much is enough; the count says how little there is."""
    rules = replace(FOLD, evidence_min=least)

    (shown,) = read(*((0, view()) for _ in range(count)), days=0, rules=rules).taste.categories

    assert (shown.value is not None) is known
    assert shown.count == count
    assert (shown.origin, shown.low) == (("inferred", shown.low) if known else ("unknown", 0.0))


def test_a_name_the_population_never_buys_is_no_certainty() -> None:
    """Three old looks among many new ones: the interval holds the share, however small."""
    model = structs.replace(MODEL, categories={"tea": USUAL})
    happened = [
        *((-300.0, view()) for _ in range(3)),
        *((0.0, view(item("t", "tea"))) for _ in range(9)),
    ]

    shown = named(read(*happened, days=0, model=model), "coffee")

    assert shown.value is not None
    assert shown.low is not None
    assert shown.high is not None
    assert 0.0 <= shown.low <= shown.value <= shown.high < 0.01


def test_a_name_without_any_weight_left_has_no_share() -> None:
    """The population buys none of it, and a thousand half-lives have passed."""
    model = structs.replace(MODEL, categories={"tea": USUAL})
    happened = [
        *((0.0, view()) for _ in range(3)),
        *((36_000.0, view(item("t", "tea"))) for _ in range(3)),
    ]

    shown = named(read(*happened, days=36_000, model=model), "coffee")

    assert (shown.value, shown.low, shown.high) == (0.0, 0.0, 0.0)


def test_a_name_that_is_all_there_is_has_the_whole_share() -> None:
    """When the population buys nothing else either."""
    model = structs.replace(MODEL, categories={"coffee": structs.replace(USUAL, share=1.0)})

    (shown,) = read(*((0, view()) for _ in range(3)), days=0, model=model).taste.categories

    assert (shown.value, shown.low, shown.high) == (1.0, 1.0, 1.0)


def test_few_names_are_shown_the_strongest_first() -> None:
    """Twelve at most."""
    looks = [(0.0, view(item(f"i{n}", f"c{n:02}"))) for n in range(NAMES_SHOWN_MAX + 1)]

    shown = read(*looks, (0.1, view(item("i3", "c03"))), days=1).taste.categories

    assert len(shown) == NAMES_SHOWN_MAX
    assert shown[0].name == "c03"


@pytest.mark.parametrize("trait", TRAITS)
def test_a_muted_trait_is_nowhere(trait: str) -> None:
    """But in what the customer said: that it is muted."""
    name = trait.partition("/")[2]
    mute = (22.0, events.TraitMuted(trait=trait, muted=True))

    before, after = (
        text(read(*one, days=23, rules=KNOWING, model=MODEL), but="stated")
        for one in (everything(), [*everything(), mute])
    )

    assert f'"{name}"' in before
    assert f'"{name}"' not in after


@pytest.mark.parametrize("trait", TRAITS)
def test_a_corrected_trait_is_what_the_customer_says(trait: str) -> None:
    """A quarter, as said, with the evidence beside it and no interval of ours."""
    genome = read(*everything(), (22, said(trait)), days=23, rules=KNOWING, model=MODEL)

    shown = named(genome, trait.partition("/")[2])
    assert (shown.value, shown.origin, shown.low, shown.high) == (0.25, "said", None, None)
    assert shown.count >= 3


def test_a_word_has_its_place_among_the_shares() -> None:
    """Sorted as readers see them, unknown ones last."""
    looks = [
        *((0.01 * n, view(item("t", "tea"))) for n in range(9)),
        *((0.2 + 0.01 * n, view()) for n in range(3)),
        (0.3, view(item("m", "milk"))),
    ]

    shown = read(*looks, (0.4, said("category/coffee", 0.9)), days=1).taste.categories

    assert [one.name for one in shown] == ["coffee", "tea", "milk"]
    assert [one.origin for one in shown] == ["said", "inferred", "unknown"]


def test_a_word_needs_no_evidence() -> None:
    """One look is too little to infer from, and enough to have been corrected."""
    shown = read((0, view()), (0.1, said("category/coffee")), days=1).taste.categories[0]

    assert (shown.value, shown.origin, shown.count) == (0.25, "said", 1)


def test_a_word_taken_back_leaves_what_was_inferred() -> None:
    """As if it had never been said."""
    back = events.TraitCorrected(trait="category/coffee", share=0.25, withdrawn=True)
    looks = [(0.0, view()) for _ in range(3)]

    told = read(*looks, (0.1, said("category/coffee")), (0.2, back), days=1)

    assert told.taste == read(*looks, days=1).taste


def test_means_have_an_interval_around_them() -> None:
    """Two of five articles are of the own label, each bought once."""
    receipts = [bought(0.1 * n, lines=(line(f"sku-{n}"),)) for n in range(5)]

    shown = {one.name: one for one in read(*receipts, days=1, rules=KNOWING).taste.bands}

    own = shown["private label"]
    assert own.value == pytest.approx(0.4, abs=0.01)
    assert own.low is not None
    assert own.high is not None
    assert own.low < 0.4 < own.high
    assert (own.count, own.measure) == (5, "mean")
    assert list(shown) == ["price", "private label"]


def test_two_articles_make_no_mean() -> None:
    """Below the minimum it is unknown, with its count."""
    receipts = [bought(0.1 * n, lines=(line(f"sku-{n}"),)) for n in range(2)]

    shown = read(*receipts, days=1, rules=KNOWING).taste.bands[0]

    assert (shown.value, shown.low, shown.high, shown.count) == (None, None, None, 2)


def test_opinions_are_of_brands_that_are_not_muted() -> None:
    """Speaking well of one is a trait of theirs."""
    posts = [(0.1 * n, post("Acme is great", OURS)) for n in range(3)]
    mute = (1.0, events.TraitMuted(trait="brand/Acme", muted=True))

    told = read(*posts, days=2, rules=KNOWING).worlds.opinions
    muted = read(*posts, mute, days=2, rules=KNOWING).worlds.opinions

    assert [(one.name, (one.value or 0) > 0.5) for one in told] == [("Acme", True)]
    assert muted == []


def test_means_that_have_faded_are_not_shown() -> None:
    """A thousand half-lives later nothing is left of a word but that it was said."""
    said_of = ((0, post("Acme is great")), (70_000, post("Bolt is great")))

    assert [one.name for one in read(*said_of, days=70_000, rules=KNOWING).worlds.opinions] == [
        "Bolt"
    ]


def test_ratings_are_shown_the_latest_first() -> None:
    """The last word on each article."""
    rated = [
        (float(n), events.Review(item_id=name, rating=float(n)))
        for n, name in enumerate(("a", "b", "a"))
    ]

    shown = read(*rated, days=3).taste.ratings

    assert [(one.item_id, one.rating, one.at_ms) for one in shown] == [
        ("a", 2.0, at_ms(2)),
        ("b", 1.0, at_ms(1)),
    ]
