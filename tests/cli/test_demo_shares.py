"""The demo's pair: what was learned of an offer, and how often it was chosen before and since."""

from dataclasses import replace

from msgspec import structs

from streams.cli.demo_learning import tried_most
from streams.cli.demo_shares import Shares, share_lines
from streams.cli.learn import lines
from streams.core.acceptance import Acceptance, Node
from streams.core.decide.record import DecisionRecord, Result
from streams.core.offers import Policy
from tests.cli.decisions import an_offer, shipped

WEB = {"web": Node(lift=0.5, tried=4.0)}


def chosen(offer: str) -> DecisionRecord:
    """A decision that took this row."""
    made = an_offer()
    assert made.chosen is not None
    return structs.replace(made, chosen=structs.replace(made.chosen, offer=offer))


def silence() -> DecisionRecord:
    """A decision to say nothing."""
    return structs.replace(an_offer(), chosen=None, result=Result.SILENCE)


def learned(**anyway: Node) -> Policy:
    """The shipped policy, after ten trials of coffee, five of a cart and less than one of tea."""
    found = Acceptance(
        version="v",
        accepts=Node(
            children={
                "coffee-again": Node(lift=0.25, tried=10.0, children=WEB),
                "gone": Node(lift=2.0, tried=5.0),
                "tea": Node(lift=9.0, tried=0.9),
            }
        ),
        anyway=Node(children=anyway),
    )
    return replace(shipped(), acceptance=found)


def counted() -> Shares:
    """Coffee lost two of four decisions, and another row won one of them."""
    shares = Shares()
    shares.add_before(chosen("coffee-again"))
    shares.add_before(silence())
    for now, without in (
        ("coffee-again", chosen("coffee-again")),
        ("gone", chosen("coffee-again")),
        ("tea", chosen("coffee-again")),
        ("tea", None),
    ):
        shares.add_since(chosen(now), without)
    return shares


def test_offer_that_lost_and_offer_that_won_are_told_before_and_since() -> None:
    """What was tried less than once is not told of, though it won more."""
    fell, rose = share_lines(counted(), learned())

    assert fell == (
        'coffee-again "House coffee, roasted this week.": 10.0 trials, taken 0.25 times as often '
        "as foretold; chosen in 1 of 2 (50.00%) decisions before, in 1 of 4 (25.00%) since, "
        "where it would have been 3 without what was learned"
    )
    assert rose.startswith("gone: 5.0 trials, taken 2.00 times as often as foretold; chosen in 0 ")
    assert rose.endswith(
        "in 1 of 4 (25.00%) since, where it would have been 0 without what was learned"
    )


def test_buying_anyway_is_told_where_it_was_learned() -> None:
    """A coupon that is taken often may be one for what they buy anyway."""
    policy = learned(**{"coffee-again": Node(lift=11.0, tried=2.0)})

    assert "taken 0.25 times as often as foretold, bought anyway 11.00;" in next(
        iter(share_lines(counted(), policy))
    )


def test_it_is_said_where_nothing_is_to_be_told() -> None:
    """No decision with it, or none that came out otherwise."""
    before, same = Shares(), Shares()
    before.add_before(chosen("coffee-again"))
    same.add_since(chosen("coffee-again"), chosen("coffee-again"))

    late = ["no decision was made with that: it came too late to be seen at work"]
    assert list(share_lines(before, None)) == list(share_lines(before, learned())) == late
    assert list(share_lines(same, learned())) == [
        "no offer that was tried was chosen more or less often for it"
    ]


def test_share_of_no_decision_is_not_told() -> None:
    """What outcomes taught may have been there from the start."""
    shares = Shares()
    shares.add_since(silence(), chosen("coffee-again"))

    assert "chosen in 0 of 0 decisions before" in next(iter(share_lines(shares, learned())))


def test_table_of_lifts_begins_with_the_offers_tried_most() -> None:
    """Channels, and what is printed after the table, are left out."""
    table = lines(learned().acceptance)
    others = table[2:]

    told = tried_most([*table[:2], *reversed(others), "written learned.v  9 bytes"])

    assert [line.split()[0] for line in told] == ["offer", "all", "coffee-again", "gone", "tea"]
