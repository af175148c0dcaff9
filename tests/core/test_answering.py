"""Answers: what whoever gives one is told, and what never is."""

from dataclasses import replace

import msgspec
import pytest

from streams.core import events
from streams.core.care_policy import Urgency
from streams.core.decide.decide import decide
from streams.core.decide.record import Answer, Context
from streams.core.decide.view import ANSWER_TOPICS_MAX, AnswerFact, View
from streams.core.events import Body
from streams.core.fold_policy import DAY_MS
from streams.core.model import PERCENTILES, Model
from streams.core.offers import Match, Policy
from streams.core.products import Listed, Products, Version, pack
from streams.core.profile.profile import new_profile
from streams.core.words.lexicon import Lexicon, Special
from tests.core.lexicons import lexicon
from tests.strategies_profiles import (
    FAIL,
    FOLD,
    HOUR_MS,
    NOON,
    OURS,
    care,
    event,
    offer,
    on,
    opened,
    policy,
    post,
    run,
    sale,
)

RULES = policy(
    care(triggers=on("complaint", "mention", "delivery_delayed", "praise", match=Match.ANY))
)
LEXICON = Lexicon(
    topics={"coffee": ("coffee",), "roses": ("gardening",)},
    special={"asthma": Special(purpose="health", topic="illness")},
    special_categories={"Inhalers": "health"},
)


def answered(*bodies: Body, rules: Policy = RULES, apart_ms: int = HOUR_MS) -> Answer:
    """The answer in the last message, of an offer made for the last of `bodies`."""
    history = [event(f"e{n}", body, NOON + n * apart_ms) for n, body in enumerate(bodies)]
    (message,) = run(new_profile("customer:1"), history, rules)[-1].offers
    assert message.answer is not None
    return message.answer


# What is known.


def test_the_agent_is_told_what_since_when_how_often_and_what_they_bought() -> None:
    """Two complaints and a mention wait; a third comes, three days after a purchase."""
    found = answered(
        sale(),
        opened("one"),
        post("it is broken", OURS),
        post("hello", OURS),
        opened("two", reason="complaint"),
        apart_ms=DAY_MS,
    )

    assert found.context == Context(
        about="complaint",
        since_ms=NOON + DAY_MS,
        waiting=3,
        complaints_before=2,
        reason="complaint",
        last_purchase_ms=NOON,
        balance=found.context.balance,
    )
    assert found.context.balance == pytest.approx(0.126, abs=1e-3)
    assert found.urgency is Urgency.HIGH


def test_what_was_answered_waits_no_more() -> None:
    """The case was closed, the posts before it are answered."""
    closed = events.Closed(channel="phone", case_id="one")

    found = answered(opened("one"), post("it is broken", OURS), closed, post("hello", OURS))

    assert (found.context.waiting, found.context.since_ms) == (0, NOON + 3 * HOUR_MS)
    assert found.context.complaints_before == 2


def test_a_reason_that_is_no_word_of_the_policy_is_not_told() -> None:
    """A case without one is a complaint all the same; a delivery has no reason."""
    late = events.DeliveryDelayed(channel="email", delay_days=2)

    assert answered(opened(reason=None)).context.reason is None
    assert answered(opened(reason="THANKS")).context.reason == "thanks"
    assert answered(late).context.about == "delivery_delayed"


def test_what_an_offer_sells_is_no_answer() -> None:
    """Neither in the message nor in the view."""
    rules = policy(offer(triggers=on("delivery_delayed", match=Match.ANY), categories=frozenset()))
    late = event("e", events.DeliveryDelayed(channel="email", delay_days=2))

    (result,) = run(new_profile("customer:1"), [late], rules)

    assert [one.answer for one in result.offers] == [None]
    assert result.decision is not None
    assert result.decision.view.answer is None


def test_an_answer_without_a_fact_has_no_urgency() -> None:
    """A view that was logged before there was one."""
    old = View("s", "c", "t", "complaint", NOON, NOON, 1, "owning")

    decision = decide(old, RULES)

    assert decision is not None
    assert decision.chosen is not None
    assert decision.chosen.answer is None


# Nothing special, no words.


def hearing() -> Policy:
    """A policy with words, and a catalogue of coffee and inhalers."""
    rows = {
        name: pack(Listed(category, None, None, "EUR", 100))
        for name, category in (("sku-1", "coffee"), ("sku-2", "Inhalers"))
    }
    products = Products([Version(version="v1", valid_from_ms=0, rows=rows)])
    return replace(RULES, fold=replace(FOLD, lexicon=LEXICON, products=products))


def test_topics_are_told_and_what_touches_a_special_category_tells_none() -> None:
    """Roses are a topic; roses for somebody's asthma are nobody's business."""
    roses = answered(post("@OurShop my roses", OURS), rules=hearing())
    asthma = answered(post("@OurShop roses and asthma", OURS), rules=hearing())

    assert roses.context.topics == ("gardening",)
    assert asthma.context.topics == ()
    assert "illness" not in msgspec.json.encode(asthma).decode()


def test_no_more_than_three_topics_are_told() -> None:
    """The first that were said."""
    words = Lexicon(topics={f"word{number}": (f"topic{number}",) for number in range(4)})
    rules = replace(RULES, fold=replace(FOLD, lexicon=words))

    found = answered(post("@OurShop word3 word1 word0 word2", OURS), rules=rules)

    assert len(found.context.topics) == ANSWER_TOPICS_MAX == 3


def test_a_muted_topic_is_not_told() -> None:
    """The customer does not want to be judged by it."""
    mute = events.TraitMuted(trait="topic/gardening", muted=True)

    found = answered(mute, post("@OurShop my roses and coffee", OURS), rules=hearing())

    assert found.context.topics == ("coffee",)


@pytest.mark.parametrize(
    ("item_id", "expected"), [("sku-1", "sku-1"), ("sku-2", None), ("sku-9", None)]
)
def test_the_product_is_told_if_it_is_known_not_to_be_special(
    item_id: str, expected: str | None
) -> None:
    """One that no catalogue knows may be anything."""
    case = events.Opened(channel="phone", case_id="1", reason="complaint", item_id=item_id)

    assert answered(case, rules=hearing()).context.item_id == expected


def test_the_customers_words_are_nowhere_in_it() -> None:
    """They stay where they were said."""
    rules = replace(RULES, fold=replace(FOLD, lexicon=lexicon()))

    found = answered(post("@OurShop the zebra is broken and terrible", OURS, FAIL), rules=rules)

    assert "zebra" not in msgspec.json.encode(found).decode()
    assert (found.context.sentiment or 0.0) < -0.4


# Value and influence.


def test_value_is_recent_spending_until_the_population_ranks_it() -> None:
    """A half for what the policy says; then the share of customers who spent less."""
    ranked = Model(
        currency="EUR",
        quantiles={"revenue": tuple(float(number * 250) for number in range(PERCENTILES))},
    )
    unranked = Model(currency="EUR")
    bought = sale(total_minor=20_000)
    other = msgspec.structs.replace(bought, currency="USD")

    values = [
        _view(one, opened(), rules=replace(RULES, model=model)).value
        for one, model in ((bought, unranked), (bought, ranked), (other, unranked))
    ]

    assert values[0] == pytest.approx(0.5, abs=1e-3)
    assert values[1] == pytest.approx(0.8)
    assert values[2] == 0.0


def test_influence_is_the_audience_or_the_voice() -> None:
    """Ten thousand followers are a half; a voice counts without any."""
    famous = _view(post("hello", OURS, followers=10_000))
    loud = _view(*[post("hello", OURS)] * 6)

    assert famous.influence == pytest.approx(0.5)
    assert 0.0 < loud.influence < 0.5


def _view(*bodies: Body, rules: Policy = RULES) -> AnswerFact:
    history = [event(f"e{n}", body, NOON + n * 1_000) for n, body in enumerate(bodies)]
    decision = run(new_profile("customer:1"), history, rules)[-1].decision
    assert decision is not None
    assert decision.view.answer is not None
    return decision.view.answer
