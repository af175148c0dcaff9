"""Worlds, situation and voice: what is heard, looked at and felt, and what may not be known."""

from dataclasses import replace

from streams.core import events
from streams.core.decay import DecayedMeans
from streams.core.evidence import Source, source_words
from streams.core.fold import fold
from streams.core.fold_policy import DAY_MS, FoldPolicy, Zone
from streams.core.local import hour_of, local_ms, weekday_of
from streams.core.means import add_means
from streams.core.offers import Match
from streams.core.profile.care import POSTS_MAX
from streams.core.profile.profile import Profile, new_profile
from streams.core.profile.situation import LOOKS_MAX, Look, add_look
from streams.core.words.lexicon import BandValue, Lexicon, Special
from streams.core.words.sentiment import Valences
from tests.strategies_profiles import (
    FOLD,
    NOON,
    OURS,
    cart,
    consent,
    event,
    item,
    line,
    offer,
    on,
    policy,
    post,
    run,
    sale,
    view,
)

LEXICON = Lexicon(
    topics={"roses": ("gardening",), "spade": ("gardening",)},
    special={"asthma": Special(purpose="health-interests", topic="illness")},
    entities={"adele": "artist:Adele"},
    brands={"acme": "Acme"},
    said_values={"cheap": (("thrift", 1.0),)},
    category_topics={"Seeds": ("gardening",)},
    special_categories={"Inhalers": "health-interests"},
    price_values=(BandValue(value="status", low=0.9, high=1.0, weight=1.0),),
    pack_values=(BandValue(value="thrift", low=0.9, high=1.0, weight=2.0),),
    valences=Valences(words={"great": 3.1, "awful": -2.0}),
)
HEARING = replace(FOLD, lexicon=LEXICON)


def after(*bodies: events.Body, rules: FoldPolicy = HEARING) -> Profile:
    """The profile after `bodies`, a second apart."""
    profile = new_profile("customer:1")
    for number, body in enumerate(bodies):
        fold(profile, event(f"e{number}", body, NOON + number * 1_000), rules, now_ms=0)
    return profile


def test_words_searches_and_things_bought_make_a_world() -> None:
    """Each with where it came from."""
    profile = after(
        post("My roses are great"),
        events.Search(search_term="spade"),
        sale(1, line("s", "Seeds")),
        view(item("s", "Seeds")),
    )

    gardening = profile.worlds.topics.traits["gardening"]
    assert gardening.count == 4
    assert source_words(gardening.sources) == ("click", "till", "social")


def test_artists_brands_and_values_are_heard() -> None:
    """A brand with the sentiment of the sentence that names it."""
    worlds = after(post("Adele is on. Acme is awful! So cheap.")).worlds

    assert set(worlds.entities.traits) == {"artist:Adele"}
    assert worlds.opinions.means["Acme"].total < 0
    assert set(worlds.values.means) == {"thrift"}


def test_a_special_topic_is_dropped_without_its_consent() -> None:
    """It is in no part of the profile, and neither is the category of what was bought."""
    profile = after(
        post("asthma again"),
        events.Search(search_term="asthma"),
        sale(1, line("inhaler-1", "Inhalers", item_brand="Breathe")),
        view(item("inhaler-1", "Inhalers")),
        events.Review(item_id="inhaler-1", rating=5.0, item_category="Inhalers"),
    )

    kept = repr(profile)
    assert [word for word in ("illness", "Inhalers", "Breathe", "inhaler-1") if word in kept] == []
    assert profile.buying.spend["EUR"].lifetime_minor == 100


def test_no_special_label_leaks_into_a_decision() -> None:
    """Neither what was searched nor what was put into the cart is in its view, or in the cart."""
    rows = (
        offer("any", triggers=on("search", "add_to_cart", match=Match.ANY), categories=frozenset()),
    )
    rules = policy(*rows, fold=HEARING)
    profile = new_profile("customer:1")
    told: list[events.Body] = [
        events.Search(search_term="asthma spray"),
        cart(item("inhaler-1", "Inhalers")),
    ]

    results = run(profile, [event(f"e{n}", body, NOON + n) for n, body in enumerate(told)], rules)

    said = repr((profile, [one.decision for one in results], [one.offers for one in results]))
    assert [one.decision is not None for one in results] == [True, True]
    assert [word for word in ("asthma", "Inhalers", "inhaler-1", "illness") if word in said] == []


def test_no_special_category_feeds_a_decision_even_with_its_consent() -> None:
    """It is known as a category; no view, offer or reason holds it, its things or the consent."""
    rows = (
        offer("any", triggers=on("search", "add_to_cart", match=Match.ANY), categories=frozenset()),
    )
    rules = policy(*rows, fold=HEARING)
    profile = new_profile("customer:1")
    told: list[events.Body] = [
        consent(granted=True, purpose="health-interests"),
        sale(1, line("inhaler-1", "Inhalers", item_brand="Breathe")),
        view(item("inhaler-1", "Inhalers", item_brand="Breathe")),
        events.Search(search_term="asthma spray"),
        cart(item("inhaler-1", "Inhalers", item_brand="Breathe")),
    ]

    results = run(profile, [event(f"e{n}", body, NOON + n) for n, body in enumerate(told)], rules)

    said = repr([(one.decision, one.offers) for one in results])
    words = ("asthma", "Inhalers", "inhaler-1", "illness", "Breathe", "health-interests")
    assert "Inhalers" in profile.categories.traits
    assert [one.decision is not None for one in results[-2:]] == [True, True]
    assert [word for word in words if word in said] == []


def test_a_special_topic_is_kept_with_its_consent_and_goes_with_it() -> None:
    """Apart from ordinary topics; a consent withdrawn takes along what was kept under it."""
    given = consent(granted=True, purpose="health-interests")
    told = (post("asthma again"), sale(1, line("i", "Inhalers")), view(item("i", "Inhalers")))

    knowing = after(given, *told)
    forgetting = after(given, *told, consent(granted=False, purpose="health-interests"))

    assert set(knowing.worlds.special.traits) == {"health-interests|illness"}
    assert "illness" not in knowing.worlds.topics.traits
    assert set(knowing.categories.traits) == {"Inhalers"}
    assert forgetting.worlds.special.traits == {}
    assert forgetting.categories.traits == {}
    assert forgetting.buying.habits == {}
    assert forgetting.situation.looks == []


def test_a_bad_word_about_us_is_a_complaint_and_a_good_one_a_good_moment() -> None:
    """Each moment with its evidence; a purchase is one of which nobody told."""
    care = after(
        post("@OurShop this is awful awful awful", OURS),
        post("@OurShop you are great, great, great!", OURS),
        post("@OurShop hello there", OURS),
        sale(1),
        events.Review(item_id="x", rating=1.0),
        events.Review(item_id="x", rating=3.0),
        events.Review(item_id="x", rating=5.0),
        events.Closed(channel="phone", case_id="c", satisfaction=5.0),
        events.Closed(channel="phone", case_id="c", satisfaction=3.0),
        events.Closed(channel="phone", case_id="c", satisfaction=1.0),
    ).care

    counts = {name: one.count for name, one in care.moments.traits.items()}
    assert counts == {"bad": 3, "good": 3, "untold": 1}
    assert care.complaints == 1
    assert [one.complaint for one in care.unanswered] == [True, False, False]


def test_posts_that_wait_for_an_answer_are_bounded() -> None:
    """The last ones are kept, by event time."""
    posts = [post(f"@OurShop number {number}", OURS) for number in range(POSTS_MAX + 1)]

    care = after(*posts).care

    assert [one.at_ms for one in care.unanswered] == [
        NOON + number * 1_000 for number in range(1, POSTS_MAX + 1)
    ]


def test_what_a_post_about_us_caused_is_its_impact() -> None:
    """Likes, replies and shares; over all, and by topic."""
    said = events.Create(
        actor=events.Actor(id="a"),
        object=events.SocialObject(
            type="Note",
            content="@OurShop the roses",
            tag=(OURS,),
            likes_count=3,
            replies_count=1,
            shares_count=2,
            views_count=50,
        ),
    )

    care = after(said).care

    assert set(care.impact.means) == {"*", "gardening"}
    assert care.impact.means["*"].total / care.impact.means["*"].weight == 6.0
    assert [round(one / care.reach.sums[1] * 4) for one in care.reach.sums] == [50, 4]


def test_whom_a_customer_shares_moves_them() -> None:
    """The author of the post, where the network names one."""
    actor = events.Actor(id="a")
    shared = events.Announce(
        actor=actor, object=events.SocialObject(type="Note", attributed_to="@gardener")
    )
    unsaid = events.Announce(actor=actor, object=events.SocialObject(type="Note"))

    worlds = after(shared, unsaid).worlds

    assert set(worlds.influences.traits) == {"@gardener"}


def test_devices_and_places_are_as_coarse_as_the_click_said() -> None:
    """Country, or country and region; nothing where nothing was said."""
    situation = after(
        events.PageView(device_category="mobile", country="DE", region="BY"),
        events.PageView(country="DE"),
        events.PageView(),
    ).situation

    assert set(situation.devices.traits) == {"mobile"}
    assert set(situation.places.traits) == {"DE/BY", "DE"}


def test_a_checkout_is_a_look_without_weight() -> None:
    """It says what is about to be bought; interest was counted when the cart was filled."""
    checkout = events.BeginCheckout(currency="EUR", items=(item(),))

    profile = after(checkout, events.Share(item_id="sku-1"))

    assert [one.item for one in profile.situation.looks] == ["sku-1"]
    assert profile.categories.traits == {}
    assert profile.care.shares == 1


def test_looks_are_the_last_ones_by_event_time() -> None:
    """In whatever order they come."""
    looks: list[Look] = []
    for number in [*range(5, LOOKS_MAX + 5), 1, 2]:
        add_look(looks, Look(number, 0, 0, "c", f"i{number}"))

    assert [one.at_ms for one in looks] == list(range(5, LOOKS_MAX + 5))


def test_local_time_follows_the_zone() -> None:
    """2025-06-15 was a Sunday; noon in UTC is 14 h in a zone two hours ahead."""
    summer = Zone(name="Z", offsets=((0, 3_600_000), (NOON - DAY_MS, 7_200_000)))

    assert hour_of(local_ms(summer, NOON)) == 14
    assert hour_of(local_ms(summer, NOON - 2 * DAY_MS)) == 13
    assert weekday_of(local_ms(summer, NOON)) == 6


def test_means_beyond_the_bound_drop_the_weakest() -> None:
    """To three quarters, so that one sort pays for several additions."""
    means = DecayedMeans(DAY_MS, NOON)
    for number in range(9):
        add_means(means, [(f"n{number}", 1.0)], float(number), NOON, names_max=8)

    assert len(means.means) == 6
    assert "n0" not in means.means


def test_price_and_pack_bands_stand_for_values() -> None:
    """Bounded to 1 each."""
    assert LEXICON.values_of({}, 0.95, 0.95) == (("status", 1.0), ("thrift", 1.0))
    assert LEXICON.values_of({}, 0.5, None) == ()


def test_sources_are_named_in_order() -> None:
    """As words for people."""
    assert source_words(int(Source.TILL | Source.CATALOGUE)) == ("till", "catalogue")
