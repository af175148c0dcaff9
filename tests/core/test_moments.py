"""Moments: when an event is more than itself, and what happens where nobody listens to it."""

from dataclasses import replace

import pytest

from streams.core import events
from streams.core.care_policy import CarePolicy, MomentPolicy
from streams.core.decide.record import DecisionRecord
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy
from streams.core.profile.profile import new_profile
from streams.core.words.lexicon import Lexicon
from tests.core.lexicons import lexicon
from tests.strategies_profiles import (
    FAIL,
    FOLD,
    HOUR_MS,
    NOON,
    OURS,
    care,
    consent,
    event,
    item,
    line,
    offer,
    on,
    opened,
    policy,
    post,
    run,
    sale,
    view,
)

STREAK = offer("streak", triggers=on("view_streak", match=Match.ITEMS), categories=frozenset())
LOOK = offer("look", categories=frozenset())
VIEWS = policy(STREAK, LOOK)
SPOKEN = policy(
    care("famous", triggers=on("influence", match=Match.ANY)),
    care("thanks", triggers=on("praise", match=Match.ANY)),
    care("hello", triggers=on("mention", match=Match.ANY)),
    care("sorry", triggers=on("complaint", match=Match.ANY)),
    fold=replace(FOLD, lexicon=lexicon()),
)
LOVE = "@OurShop I love you, this is wonderful and great!"


def told(*bodies: Body, rules: Policy, apart_ms: int = HOUR_MS) -> list[str]:
    """The trigger of each decision; none where there was no decision."""
    history = [event(f"e{n}", body, NOON + n * apart_ms) for n, body in enumerate(bodies)]
    results = run(new_profile("customer:1"), history, rules)
    return [one.decision.trigger if one.decision else "" for one in results]


def last(*bodies: Body, rules: Policy) -> DecisionRecord:
    """The decision on the last of `bodies`."""
    history = [event(f"e{n}", body, NOON + n * HOUR_MS) for n, body in enumerate(bodies)]
    decision = run(new_profile("customer:1"), history, rules)[-1].decision
    assert decision is not None
    return decision


def bought(category: str, item_id: str = "x") -> events.Sale:
    """One line of this category."""
    return sale(1, line(item_id, category))


# Views.


def test_the_third_view_of_an_article_is_a_streak_and_the_fourth_is_a_view() -> None:
    """One streak is one moment; its rows are asked alone."""
    assert (
        told(*[view()] * 5, rules=VIEWS) == ["view_item"] * 2 + ["view_streak"] + ["view_item"] * 2
    )
    assert {one.offer for one in last(*[view()] * 3, rules=VIEWS).candidates} == {"streak"}


def test_three_articles_of_one_category_are_a_streak_and_of_three_are_none() -> None:
    """Somebody who compares is as near to a purchase as somebody who comes back."""
    same = [view(item(f"sku-{n}", "coffee")) for n in range(3)]
    other = [view(item(f"sku-{n}", f"category-{n}")) for n in range(3)]
    unnamed = [view(item(f"sku-{n}", None)) for n in range(3)]

    assert told(*same, rules=VIEWS)[-1] == "view_streak"
    assert told(*other, rules=VIEWS)[-1] == "view_item"
    assert told(*unnamed, rules=VIEWS)[-1] == "view_item"


def test_one_click_about_three_articles_is_one_view() -> None:
    """Whatever it shows."""
    wide = view(*[item(f"sku-{n}", "coffee") for n in range(3)])

    assert told(wide, rules=VIEWS) == ["view_item"]


@pytest.mark.parametrize(
    ("purchase", "expected"),
    [
        (bought("coffee"), "view_item"),
        (bought("tea", "sku-1"), "view_item"),
        (bought("tea"), "view_streak"),
    ],
)
def test_a_purchase_of_it_begins_a_new_streak(purchase: Body, expected: str) -> None:
    """Of the article or its category; other purchases change nothing."""
    assert told(view(), view(), purchase, view(), rules=VIEWS)[-1] == expected


def test_views_too_far_apart_are_no_streak() -> None:
    """Two days by default: the first of three a day and a second apart is too old."""
    assert told(*[view()] * 3, rules=VIEWS, apart_ms=DAY_MS)[-1] == "view_item"
    assert told(*[view()] * 3, rules=VIEWS, apart_ms=DAY_MS - 1)[-1] == "view_streak"


def test_how_many_views_is_the_policys() -> None:
    """Two, here."""
    moments = MomentPolicy(streak_views=2)
    rules = replace(VIEWS, care=CarePolicy(moments=moments))

    assert told(view(), view(), rules=rules) == ["view_item", "view_streak"]


def test_where_no_row_of_the_moment_is_brought_the_event_is_what_it_is() -> None:
    """A streak row about tea says nothing of coffee; without any streak row nobody asks."""
    about_tea = offer("tea", triggers=on("view_streak"), categories=frozenset({"tea"}))

    assert told(*[view()] * 3, rules=policy(about_tea, LOOK))[-1] == "view_item"
    assert told(*[view()] * 3, rules=policy(LOOK))[-1] == "view_item"
    assert told(*[view()] * 3, rules=policy(about_tea)) == ["", "", ""]


def test_views_of_a_special_category_are_no_streak_whatever_was_consented_to() -> None:
    """They are kept for the customer alone; no decision is made of them."""
    hidden = Lexicon(special_categories={"Inhalers": "health"})
    rules = replace(VIEWS, fold=replace(FOLD, lexicon=hidden))
    looks = [view(item("sku-1", "Inhalers"))] * 3
    given = consent(granted=True, purpose="health")

    assert told(given, *looks, rules=rules)[-1] == "view_item"


def test_an_article_of_a_special_department_is_not_in_the_view() -> None:
    """Neither level may tell: the log would name what a decision may not know."""
    hidden = Lexicon(special_categories={"pharmacy": "health"})
    rules = replace(VIEWS, fold=replace(FOLD, lexicon=hidden))
    prescribed = item("sku-2", "pharmacy", item_category2="by prescription")

    decided = last(view(item(), prescribed), rules=rules)

    assert [one.item_id for one in decided.view.items] == ["sku-1"]


# Purchases.


def test_the_second_and_the_fourth_purchase_are_moments_of_loyalty() -> None:
    """Of till and web together; each once."""
    order = events.Purchase(currency="EUR", items=(item(),), transaction_id="t")
    rows = policy(
        offer("loyal", triggers=on("loyalty", match=Match.ANY), categories=frozenset()),
        offer("bought", triggers=on("purchase", match=Match.ANY), categories=frozenset()),
    )
    rules = replace(rows, care=CarePolicy(moments=MomentPolicy(loyal_purchases=(2, 4))))

    found = told(sale(1), order, sale(2), sale(3), sale(4), rules=rules)

    assert found == ["purchase", "loyalty", "purchase", "loyalty", "purchase"]


# Words.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (post("hello", OURS), "mention"),
        (post("hello", OURS, followers=5_000), "influence"),
        (post("hello", OURS, followers=4_999), "mention"),
        (post("hello", followers=900_000), ""),
        (post(LOVE, OURS), "praise"),
        (post(LOVE, OURS, followers=5_000), "influence"),
        (post("broken", OURS, FAIL, followers=5_000), "complaint"),
        (opened(reason="Thanks"), "praise"),
        (opened(reason="question"), ""),
        (opened(reason=None), "complaint"),
        (events.Review(item_id="sku-1", rating=4.0), "praise"),
        (events.Review(item_id="sku-1", rating=3.9), ""),
    ],
)
def test_what_is_said_is_praise_influence_or_a_complaint(body: Body, expected: str) -> None:
    """A complaint wins over all, an audience over praise; what is not to us is not ours."""
    assert told(body, rules=SPOKEN) == [expected]


def test_praise_that_nobody_listens_to_stays_a_mention() -> None:
    """Catalogues from before the word was there go on as they did."""
    assert told(
        post(LOVE, OURS, followers=9_000), rules=replace(SPOKEN, triggers=policy(care()).triggers)
    ) == ["mention"]


def test_whoever_moves_others_has_influence_without_an_audience() -> None:
    """Posts about us that are answered and repeated, measured as DOMAIN says."""
    loud = replace(SPOKEN, care=CarePolicy(moments=MomentPolicy(influence_voice=0.3)))
    note = events.SocialObject(
        type="Note",
        content="hello",
        tag=(OURS,),
        likes_count=90,
        replies_count=40,
        shares_count=60,
        views_count=200,
    )
    heard = events.Create(actor=events.Actor(id="https://social.example/1"), object=note)

    assert told(*[heard] * 5, rules=loud)[-1] == "influence"
    assert told(*[post("hello", OURS)] * 2, rules=loud)[-1] == "mention"


# Referrals.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (events.Share(method="link"), "referral"),
        (events.Referred(code="F", currency="EUR", margin_minor=1), "referral"),
        (events.Referred(code="F", currency="EUR", margin_minor=0), ""),
        (events.Referred(code="F", currency="EUR", margin_minor=-5), ""),
    ],
)
def test_whoever_brings_others_is_a_referral(body: Body, expected: str) -> None:
    """By sharing, or when somebody bought; a return that takes it back is none."""
    rules = policy(offer(triggers=on("referral", match=Match.ANY), categories=frozenset()))

    assert told(body, rules=rules) == [expected]
