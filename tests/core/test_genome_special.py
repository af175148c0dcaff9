"""Special categories (GDPR, article 9): shown to the customer alone, under a standing consent."""

from dataclasses import replace

import pytest
from msgspec import structs

from streams.core import events
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.words.lexicon import Lexicon, Special
from tests.core.genomes import MODEL, Happened, at_ms, bought, known, read, text
from tests.strategies_profiles import FOLD, cart, consent, item, post, view

LEXICON = Lexicon(
    topics={"roses": ("gardening",)},
    special={
        "asthma": Special(purpose="health", topic="illness"),
        "mass": Special(purpose="faith", topic="church"),
    },
    special_categories={"Inhalers": "health"},
)
HEARING = replace(FOLD, lexicon=LEXICON)
GIVEN = consent(granted=True, purpose="health")
WITHDRAWN = structs.replace(GIVEN, granted=False)
POSTS: list[Happened] = [(1 + 0.1 * n, post("asthma and roses")) for n in range(3)]


def heard(*happened: Happened, special: bool) -> Genome:
    """The genome on day 3."""
    return read(*happened, days=3, rules=HEARING, model=MODEL, special=special)


def test_a_special_topic_is_shown_to_the_customer_under_its_consent() -> None:
    """With its evidence, and the purpose it was consented to."""
    (shown,) = heard((0, GIVEN), *POSTS, special=True).worlds.special

    assert (shown.name, shown.count, shown.sources) == ("health|illness", 3, ["social"])
    assert shown.value is not None


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize(
    "happened",
    [
        POSTS,
        [(0, consent(granted=True)), *POSTS],
        [(0, consent(granted=True, purpose="faith")), *POSTS],
        [(0, structs.replace(GIVEN, channel="email")), *POSTS],
        [(0, GIVEN), *POSTS, (2, WITHDRAWN)],
        [(0, GIVEN), (0.5, WITHDRAWN), *POSTS],
    ],
)
def test_no_special_topic_is_shown_without_its_own_consent(
    happened: list[Happened],
    special: bool,  # noqa: FBT001  # a table
) -> None:
    """Nor with one to something else, of one channel alone, or taken back."""
    genome = heard(*happened, special=special)

    assert genome.worlds.special == []
    assert "illness" not in text(genome)
    assert [one.name for one in genome.worlds.topics] == ["gardening"]


def test_nobody_but_the_customer_sees_a_special_topic() -> None:
    """It is nowhere in the genome of any other reader."""
    genome = heard((0, GIVEN), *POSTS, special=False)

    assert genome.worlds.special == []
    assert "illness" not in text(genome)


def test_what_was_kept_under_a_consent_that_is_gone_is_not_shown() -> None:
    """Also where it was withdrawn without a fold: a reader asks for itself."""
    profile = known((0, GIVEN), (0, consent(granted=True, purpose="faith")), *POSTS, rules=HEARING)
    del profile.contact.consents["*/health"]

    shown = read_genome(profile, make_background(HEARING), at_ms(3), special=True)

    assert shown.worlds.special == []


def test_only_topics_of_the_consents_that_stand_are_shown() -> None:
    """Faith was withdrawn, health was not."""
    faith = consent(granted=True, purpose="faith")
    both = [(0.0, GIVEN), (0.0, faith), *POSTS, (1.5, post("mass")), (1.6, post("mass"))]

    before = heard(*both, special=True).worlds.special
    after = heard(*both, (2, structs.replace(faith, granted=False)), special=True).worlds.special

    assert [one.name for one in before] == ["health|illness", "faith|church"]
    assert [one.name for one in after] == ["health|illness"]


def test_a_category_that_became_special_is_nowhere_without_consent() -> None:
    """The lexicon learned of it after it was bought, looked at and put into the cart."""
    happened: list[Happened] = [
        bought(0, "Inhalers"),
        bought(0.5, "Inhalers"),
        (1, view(item("inhaler-1", "Inhalers"))),
        (1.1, view(item("inhaler-1", "Inhalers"))),
        (1.2, view(item("inhaler-1", "Inhalers"))),
        (1.3, cart(item("inhaler-1", "Inhalers"))),
        (1.4, events.Review(item_id="x", rating=3.0, item_category="Inhalers")),
    ]
    profile = known(*happened)

    before, after = (
        text(read_genome(profile, make_background(rules, MODEL), at_ms(1.5)))
        for rules in (FOLD, HEARING)
    )

    assert '"Inhalers"' in before
    assert '"Inhalers"' not in after
    assert '"inhaler-1"' not in after


def test_of_a_special_category_no_article_is_known() -> None:
    """Under its consent the category is, and neither what was rated nor its brand."""
    review = events.Review(
        item_id="inhaler-1", rating=5.0, item_category="Inhalers", item_brand="Breathe"
    )

    taste = heard((0, GIVEN), (1, review), special=True).taste

    assert [one.name for one in taste.categories] == ["Inhalers"]
    assert (taste.brands, taste.ratings) == ([], [])
