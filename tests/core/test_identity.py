"""Recognition: whatever links and unlinks in whatever order, each person is who they are."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.events import Body, Event
from streams.core.fold import fold
from streams.core.identity.links import Link
from streams.core.identity.policy import IdentityPolicy, LinkRule
from streams.core.profile.profile import Alone, Profile, new_profile
from tests.core.identity_net import DAY_MS, RULES, Net
from tests.same import differences
from tests.strategies_profiles import FEW, FOLD, NOON, event, item, lively, sale, view

ANN, BOB = "customer:ann", "customer:bob"
PHONE, TABLET, CARD = "device:phone", "device:tablet", "card:7"
SUBJECTS = (ANN, PHONE, TABLET, CARD)


def login(number: int, subject: str, person: str, at_ms: int) -> Event:
    """`subject` proves to be `person`."""
    return event(f"login{number}", events.Login(user_subject=person), at_ms, subject)


def said(number: int, subject: str, body: Body, at_ms: int) -> Event:
    """Somebody says who `subject` is, or is not."""
    return event(f"said{number}", body, at_ms, subject)


def folded(subject: str, history: list[Event]) -> Profile:
    """What one fold of `history` makes, as `subject`'s."""
    profile = new_profile(subject)
    for one in history:
        fold(profile, one, FOLD, now_ms=0)
    return profile


def alike(net: Net, subject: str, history: list[Event]) -> list[str]:
    """Where the row of `subject` differs from the fold of `history`."""
    row = net.profile(subject)
    row.joined, row.alone = {}, Alone()
    return differences(row, folded(subject, history))


def dealt(history: list[Event], random: Random) -> list[Event]:
    """`history` dealt to the subjects of Ann, each event to one.

    No void: it finds its sale in its own part alone.
    """
    kept = {
        one.event_id: one for one in history if not isinstance(one.body, events.Void | events.Login)
    }
    return [
        event(name, one.body, one.event_time_ms, random.choice(SUBJECTS))
        for name, one in kept.items()
    ]


def played(history: list[Event], random: Random) -> Net:
    """The network after `history`, its events sent in this order."""
    net = Net()
    for one in history:
        net.send(one)
    net.settle(random)
    return net


@FEW
@given(lively, st.randoms(use_true_random=False), st.permutations(SUBJECTS[1:]))
def test_a_person_is_all_their_identifiers(
    history: list[Event], random: Random, order: list[str]
) -> None:
    """In any interleaving of events and links, one fold of everything is what comes out."""
    links = [login(n, one, ANN, NOON + n) for n, one in enumerate(order)]
    every = dealt(history, random) + links
    random.shuffle(every)

    net = played(every, random)

    assert alike(net, ANN, every) == []
    assert {net.rows[one].target for one in order} == {ANN}  # type: ignore[union-attr]  # links
    assert net.lost == []


@FEW
@given(lively, st.randoms(use_true_random=False))
def test_unlinking_restores_both_as_if_never_linked(history: list[Event], random: Random) -> None:
    """Whatever happened before, between and after."""
    rest = dealt(history, random)
    random.shuffle(rest)
    cut = sorted((random.randrange(len(rest) + 1), random.randrange(len(rest) + 1)))
    linked = login(1, PHONE, ANN, NOON)
    unlinked = said(2, PHONE, events.Unlinked(), NOON + 2)
    every = [*rest[: cut[0]], linked, *rest[cut[0] : cut[1]], unlinked, *rest[cut[1] :]]

    net = played(every, random)

    assert alike(net, PHONE, [one for one in every if one.subject == PHONE]) == []
    assert alike(net, ANN, [one for one in rest if one.subject == ANN]) == []
    assert net.lost == []


@FEW
@given(lively, st.randoms(use_true_random=False))
def test_people_who_are_one_bring_their_identifiers_along(
    history: list[Event], random: Random
) -> None:
    """Ann's double has the tablet; both are Ann's, and leave with the double again."""
    rest = dealt(history, random)
    random.shuffle(rest)
    double = "customer:double"
    links = [login(1, TABLET, double, NOON), login(2, PHONE, ANN, NOON)]
    same = said(3, double, events.Linked(user_subject=ANN), NOON + 3)
    net = played([*rest, *links], random)
    net.send(same)
    net.settle(random)
    mine = [one for one in rest if one.subject in {ANN, PHONE, TABLET}]
    both = alike(net, ANN, [*mine, *links, same])
    net = played([*rest, *links], random)
    net.send(same)
    net.settle(random)

    net.send(said(4, double, events.Unlinked(), NOON + 4))
    net.settle(random)
    net.send(event("late", sale(5), NOON + 5, TABLET))
    net.settle(random)

    assert both == []
    assert net.profile(double).joined.keys() == {double, TABLET}
    assert net.profile(double).counts["login"] == 1
    assert net.profile(ANN).joined.keys() == {ANN, PHONE}
    assert net.lost == []


def test_a_tablet_of_two_people_is_nobodys() -> None:
    """The second claim within the time takes it from the first person, with its part."""
    rest = [event("v", view(item()), NOON, TABLET), event("s", sale(), NOON, ANN)]
    first = login(1, TABLET, ANN, NOON + 1)
    second = login(2, TABLET, BOB, NOON + DAY_MS)
    third = login(3, TABLET, BOB, NOON + 2 * DAY_MS)

    net = played([*rest, first, second, third], Random(1))

    assert net.profile(TABLET).alone.shared
    assert net.verdicts == ["linked", "shared", "shared"]
    assert alike(net, TABLET, [rest[0], first, second, third]) == []
    assert alike(net, ANN, [rest[1]]) == []


def test_a_phone_that_was_sold_is_the_buyers() -> None:
    """What the seller did with it stays theirs."""
    mine = event("v", view(item()), NOON, PHONE)
    first = login(1, PHONE, ANN, NOON + 1)
    second = login(2, PHONE, BOB, NOON + 200 * DAY_MS)
    theirs = event("w", view(item()), NOON + 201 * DAY_MS, PHONE)

    net = played([mine, first, second, theirs], Random(1))

    assert net.verdicts == ["linked", "passed_on", "linked"]
    assert alike(net, BOB, [second, theirs]) == []
    assert alike(net, ANN, [mine, first]) == []


def test_too_many_identifiers_of_a_kind_are_turned_away() -> None:
    """Ten thousand devices on one card would be a till's: beyond the bound each stays alone."""
    logins = [login(n, f"device:{n}", ANN, NOON + n) for n in range(4)]
    later = [event(f"v{n}", view(item()), NOON + 9, f"device:{n}") for n in range(4)]
    net = Net()
    for one in logins:
        net.send(one)
        net.settle(Random(1))

    for one in later:
        net.send(one)
    net.settle(Random(1))

    assert net.profile("device:3").alone.shared
    assert alike(net, "device:3", [logins[3], later[3]]) == []
    assert alike(net, ANN, [*logins[:3], *later[:3]]) == []


@pytest.mark.parametrize(
    ("subject", "person"), [(ANN, ANN), (ANN, BOB), (PHONE, TABLET), ("handle:@a", ANN)]
)
def test_what_the_policy_does_not_link_is_refused(subject: str, person: str) -> None:
    """Oneself, another person without a word of it, another device, a kind without a rule."""
    net = played([login(1, subject, person, NOON)], Random(1))

    assert net.verdicts == ["refused"]
    assert alike(net, subject, [login(1, subject, person, NOON)]) == []


def test_two_people_who_claim_each_other_are_one() -> None:
    """The link leads to the earlier name, so no cycle can come of it."""
    claims = [
        said(1, ANN, events.Linked(user_subject=BOB), NOON),
        said(2, BOB, events.Linked(user_subject=ANN), NOON),
    ]

    net = played(claims, Random(1))

    assert isinstance(net.rows[BOB], Link)
    assert alike(net, ANN, claims) == []


def test_a_claim_from_before_it_was_unlinked_is_old() -> None:
    """It arrives late and links nothing; one from after does."""
    unlinked = said(1, PHONE, events.Unlinked(), NOON)

    net = played([unlinked, login(2, PHONE, ANN, NOON - 1)], Random(1))
    net.send(login(3, PHONE, ANN, NOON + 1))
    net.settle(Random(1))

    assert net.verdicts == ["older", "linked"]


def test_beyond_the_bound_the_part_untouched_longest_is_the_persons_own() -> None:
    """The whole says the same; unlinking it brings nothing back."""
    policy = IdentityPolicy(rules={"device": LinkRule(members_max=9)}, parts_max=3)
    net = Net(policy)
    every = [
        one
        for n in range(4)
        for one in (
            event(f"v{n}", view(item()), NOON + n, f"device:{n}"),
            login(n, f"device:{n}", ANN, NOON + 10 + n),
        )
    ]
    for one in every:
        net.send(one)
        net.settle(Random(1))

    kept = {name for name, one in net.profile(ANN).joined.items() if one.part is not None}
    whole = alike(net, ANN, every)

    assert kept == {ANN, "device:2", "device:3"}
    assert whole == []


def test_an_event_without_a_link_costs_one_question() -> None:
    """Nothing is routed: the row is a profile that nobody joined."""
    net = played([event("v", view(item()), NOON, PHONE)], Random(1))

    assert net.profile(PHONE).joined == {}
    assert net.verdicts == []
    assert RULES.rules


def test_staff_may_say_whose_it_is_and_what_it_did_goes_along() -> None:
    """It never was the first person's: all of it is the second's."""
    mine = event("v", view(item()), NOON, PHONE)
    first = login(1, PHONE, ANN, NOON + 1)
    word = said(2, PHONE, events.Linked(user_subject=BOB, source="contact-centre"), NOON + 2)

    net = played([mine, first, word], Random(1))

    assert net.verdicts == ["linked", "unlinked", "linked"]
    assert net.profile(BOB).joined[PHONE].source == "contact-centre"
    assert alike(net, BOB, [mine, first, word]) == []
    assert alike(net, ANN, []) == []


def test_what_the_policy_does_not_link_stays_with_its_person() -> None:
    """A claim for a device, or an old one of somebody else, changes no link."""
    first = login(1, PHONE, ANN, NOON)
    net = played([first], Random(1))

    for number, claim in enumerate(
        [login(2, PHONE, TABLET, NOON + 1), login(3, PHONE, BOB, NOON - 200 * DAY_MS)]
    ):
        net.send(claim)
        net.settle(Random(number))
    net.send(login(4, PHONE, ANN, NOON + 2))
    net.settle(Random(1))

    link = net.rows[PHONE]
    assert net.verdicts == ["linked", "refused", "older", "confirmed"]
    assert isinstance(link, Link)
    assert (link.target, link.claims, link.last_claim_ms) == (ANN, 2, NOON + 2)
