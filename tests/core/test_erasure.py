"""Erasure: whatever arrives in whatever order, nothing from before is in any row again."""

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core import events
from streams.core.events import Body, Event
from streams.core.identity.joining import receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.routing import Exchange, Send, Verdict, route
from streams.core.profile.profile import Joined, Profile, new_profile
from tests.core.identity_net import DAY_MS, RULES, Net
from tests.core.test_identity import (
    ANN,
    BOB,
    CARD,
    PHONE,
    SUBJECTS,
    TABLET,
    alike,
    dealt,
    folded,
    login,
    played,
    said,
)
from tests.strategies_profiles import FEW, MANY, NOON, cart, event, item, line, lively, sale, view

ADA, ABE = "customer:ada", "customer:abe"
PAST: tuple[Body, ...] = (
    view(item("past-1", "past", item_brand="Past")),
    cart(item("past-2", "past", item_brand="Past")),
    sale(77, line("past-3", "past")),
)
"""What only happened before somebody asked to be forgotten."""
ERASED = events.Erased(source="contact-centre")
_CLAIMS: tuple[tuple[str, Body], ...] = (
    *[(one, events.Login(user_subject=ANN)) for one in (PHONE, TABLET, CARD)],
    (PHONE, events.Login(user_subject=BOB)),
    (TABLET, events.Linked(user_subject=BOB)),
    (ANN, events.Linked(user_subject=ADA)),
    (ANN, events.Linked(user_subject=ABE)),
    (ADA, events.Linked(user_subject=ABE)),
    *[(one, events.Unlinked()) for one in (PHONE, TABLET, ANN, ADA)],
    (ADA, ERASED),
    (CARD, ERASED),
)
claims = st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(_CLAIMS)), max_size=12)
"""Who is who, who is not, and others who are erased: before, at and after noon."""


def held(net: Net, name: str) -> list[str]:
    """The subjects in whose rows `name` is, their parts among them."""
    texts = {one: msgspec.json.encode(row).decode().lower() for one, row in net.rows.items()}
    return [one for one, text in texts.items() if name in text]


def past(subject: str, at_ms: int = NOON - 1) -> list[Event]:
    """`PAST` of `subject`."""
    return [event(f"{subject}{n}", body, at_ms, subject) for n, body in enumerate(PAST)]


def dangling(net: Net) -> list[str]:
    """Links to a person who does not have them as a part."""
    links = {name: row.target for name, row in net.rows.items() if isinstance(row, Link)}
    people = {name: row for name, row in net.rows.items() if isinstance(row, Profile)}
    return [one for one, to in links.items() if to in people and one not in people[to].joined]


def person(*subjects: str) -> Net:
    """Ann, who is `subjects` too, with a past of each."""
    net = Net()
    for number, one in enumerate(subjects):
        net.send(login(number, one, ANN, NOON - 10))
    for one in (ANN, *subjects):
        for each in past(one):
            net.send(each)
    net.settle(Random(1))
    return net


@MANY
@given(claims, lively, st.randoms(use_true_random=False))
def test_nothing_of_the_erased_comes_back_in_any_interleaving(
    drawn: list[tuple[int, tuple[str, Body]]], history: list[Event], random: Random
) -> None:
    """Of events, links, links taken back, accounts that are one, and erasures, early or late."""
    spoken = [said(n, who, body, NOON + at) for n, (at, (who, body)) in enumerate(drawn)]
    every = [*past(ANN), *spoken, *dealt(history, random), said(99, ANN, ERASED, NOON)]
    random.shuffle(every)

    net = played(every, random)

    assert held(net, "past") == []


@FEW
@given(claims, st.randoms(use_true_random=False))
def test_no_identifier_is_left_without_a_row(
    drawn: list[tuple[int, tuple[str, Body]]], random: Random
) -> None:
    """Each is its own, or a part of whom its link leads to; no event goes round in circles."""
    spoken = [said(n, who, body, NOON + at) for n, (at, (who, body)) in enumerate(drawn)]
    every = [*past(ANN), *spoken, said(99, ANN, ERASED, NOON)]
    random.shuffle(every)

    net = played(every, random)

    assert dangling(net) == []
    assert net.lost == []


@FEW
@given(lively, st.sampled_from(SUBJECTS), st.randoms(use_true_random=False))
def test_the_erased_are_fresh_with_all_their_identifiers(
    history: list[Event], asks: str, random: Random
) -> None:
    """Whoever of them asked: older events come too late, older claims glue nothing."""
    net = person(PHONE, TABLET, CARD)
    before = held(net, "past-1")
    again = [event(f"again{n}", one.body, NOON - 5, one.subject) for n, one in enumerate(past(ANN))]
    old = [*again, *past(PHONE, NOON), login(8, PHONE, ANN, NOON - 1)]
    later = [
        event(one.event_id, one.body, NOON + DAY_MS + n, one.subject)
        for n, one in enumerate(dealt(history, random))
    ]

    net.send(said(99, asks, ERASED, NOON))
    net.settle(random)
    for one in [*old, *later]:
        net.send(one)
    net.settle(random)

    assert before == [ANN]
    assert held(net, "past") == []
    assert [
        alike(net, one, [each for each in later if each.subject == one]) for one in SUBJECTS
    ] == [[]] * len(SUBJECTS)


def test_who_comes_again_is_linked_again() -> None:
    """A claim from after the erasure counts; a second delivery of the erasure does not."""
    net = person(PHONE)
    erasure = said(99, ANN, ERASED, NOON)
    after = [login(7, PHONE, ANN, NOON + 1), event("v", view(), NOON + 2, PHONE)]

    for one in (erasure, *after, erasure):
        net.send(one)
        net.settle(Random(1))

    assert net.verdicts == ["linked", "erased", "linked"]
    assert alike(net, ANN, after) == []


def test_a_claim_that_was_under_way_is_refused() -> None:
    """Its identifier, and whoever came along with it, are told that the person is gone."""
    ann, double = new_profile(ANN), folded(BOB, past(BOB))
    ann.alone.erased_ms = NOON
    double.joined = {BOB: Joined(0, ""), PHONE: Joined(NOON - 5, "login", folded(PHONE, []))}

    answers = receive(ann, Send(Exchange.JOIN, ANN, BOB, double, "care", NOON), RULES)

    assert [(one.exchange, one.target, one.source, one.since_ms) for one in answers] == [
        (Exchange.GONE, BOB, ANN, NOON),
        (Exchange.GONE, PHONE, BOB, NOON),
    ]
    assert ann.joined == {}


def test_a_claim_from_before_ends_one_from_after() -> None:
    """It was the later word of the two; what the subject did since the erasure is its own."""
    ann = new_profile(ANN)
    ann.alone.erased_ms = NOON
    part = folded(PHONE, past(PHONE, NOON + 2))
    receive(ann, Send(Exchange.JOIN, ANN, PHONE, part, "login", NOON + 1), RULES)
    joins = Send(Exchange.JOIN, ANN, PHONE, folded(PHONE, past(PHONE)), "care", NOON - 1)

    gone, back = receive(ann, joins, RULES)

    assert (gone.exchange, back.exchange) == (Exchange.GONE, Exchange.BACK)
    assert back.part is not None
    assert (back.part.applied, ann.joined) == (len(PAST), {})


def test_who_leaves_when_their_person_is_erased_waits_for_the_answer() -> None:
    """It is as old as the erasure all the same, unless it claimed them since."""
    gone = Send(Exchange.GONE, PHONE, PHONE, None, ANN, NOON)
    link = Link(ANN, NOON - 9, "login", leaving="unlinked")

    assert pass_on(link, PHONE, gone) == (replace(link, erased_ms=NOON), ())
    assert pass_on(replace(link, since_ms=NOON + 1), PHONE, gone) == (None, ())


def test_the_offers_of_the_erased_end_and_their_numbers_go_on() -> None:
    """The row says when; nothing else is in it."""
    ann = folded(ANN, past(ANN))
    ann.offer_sequence = 7

    routed = route(ann, said(1, ANN, ERASED, NOON), ANN, RULES)

    fresh = new_profile(ANN)
    fresh.offer_sequence, fresh.alone.erased_ms = 7, NOON
    assert routed.linked() == fresh
    assert (routed.ends, routed.because) == (ann, "they asked to be forgotten")
    assert (routed.verdict, routed.forward, routed.fold) == (Verdict.ERASED, None, None)


def test_who_hears_of_an_erasure_late_is_left_alone() -> None:
    """It is nobody's, or another's by then; if it claimed them anew, it joins them anew."""
    gone = Send(Exchange.GONE, PHONE, PHONE, None, ANN, NOON)

    alone = receive(new_profile(PHONE), gone, RULES)
    another = pass_on(Link(BOB, NOON - 9, "login"), PHONE, gone)
    anew = pass_on(Link(ANN, NOON + 9, "login"), PHONE, gone)

    assert (alone, another) == ((), (None, ()))
    assert anew == (None, (Send(Exchange.JOIN, ANN, PHONE, None, "login", NOON + 9),))


def test_a_part_from_before_does_not_come_back() -> None:
    """To nobody: neither to the erased nor to whom it was linked since."""
    part = folded(PHONE, past(PHONE))
    part.joined = {PHONE: Joined(0, "", folded(PHONE, past(PHONE))), CARD: Joined(1, "receipt")}
    back = Send(Exchange.BACK, PHONE, PHONE, part, ANN)
    phone = new_profile(PHONE)
    phone.alone.erased_ms = NOON
    told = (Send(Exchange.GONE, CARD, CARD, None, PHONE, NOON),)

    assert receive(phone, back, RULES) == told
    assert pass_on(Link(BOB, NOON + 9, "login", erased_ms=NOON), PHONE, back) == (None, told)
    assert (phone.applied, phone.joined) == (0, {})
