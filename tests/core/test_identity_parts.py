"""Exchanges at a row: what comes in late, twice, or of somebody unknown."""

from msgspec.structs import replace

from streams.core import events
from streams.core.decide.life import end_all
from streams.core.fold import fold
from streams.core.identity.claims import claim_of
from streams.core.identity.joining import part_of, receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.policy import IdentityPolicy, LinkRule
from streams.core.identity.routing import Exchange, Send, Verdict, route
from streams.core.profile.contact import OpenOffer
from streams.core.profile.profile import JOINED_MAX, Joined, Profile, new_profile
from tests.core.identity_net import RULES
from tests.strategies_profiles import FOLD, NOON, POLICY, event, item, post, sale, view

ANN, BOB, CAT = "customer:ann", "customer:bob", "customer:cat"
PHONE, TABLET = "device:phone", "device:tablet"


def seen(subject: str, number: int) -> Profile:
    """A profile of one view."""
    profile = new_profile(subject)
    fold(profile, event(f"{subject}{number}", view(item()), NOON + number), FOLD, now_ms=0)
    return profile


NOTHING = Send(Exchange.BACK, PHONE, PHONE, None, ANN)
"""The answer to a phone of which nothing is known."""


def join(part: Profile, via: str = "") -> Send:
    """`part` joins Ann."""
    return Send(Exchange.JOIN, ANN, part.subject, part, "login", NOON, via)


def test_a_part_that_joins_twice_is_added_to_what_is_there() -> None:
    """It came back late, and was linked again meanwhile."""
    ann = seen(ANN, 1)

    receive(ann, join(seen(PHONE, 2)), RULES)
    receive(ann, join(seen(PHONE, 3)), RULES)

    part = ann.joined[PHONE].part
    assert ann.applied == 3
    assert part is not None
    assert part.applied == 2


def test_who_was_never_there_cannot_leave() -> None:
    """It is told so, as it waits for an answer; nothing changes."""
    ann = seen(ANN, 1)

    assert receive(ann, Send(Exchange.LEAVE, ANN, PHONE), RULES) == (NOTHING,)
    assert (ann.applied, ann.joined) == (1, {})


def test_a_compacted_part_leaves_without_anything() -> None:
    """What it did is the person's own by now, and stays; the rest is still told apart."""
    policy = IdentityPolicy(rules={"device": LinkRule(members_max=9)}, parts_max=2)
    ann = seen(ANN, 1)
    receive(ann, join(seen(PHONE, 2)), policy)
    receive(ann, join(seen(TABLET, 3)), policy)

    assert part_of(ann, PHONE) is ann.joined[ANN].part
    assert [one.subject for one in receive(ann, Send(Exchange.LEAVE, ANN, TABLET), policy)]
    assert (ann.applied, set(ann.joined)) == (2, {ANN, PHONE})
    assert receive(ann, Send(Exchange.LEAVE, ANN, PHONE), policy) == (NOTHING,)
    assert (ann.applied, ann.joined) == (2, {})


def test_a_person_has_so_many_subjects_and_no_more() -> None:
    """Whatever the kinds allow: the row has an end."""
    rules = {"device": LinkRule(members_max=JOINED_MAX * 2)}
    policy = IdentityPolicy(rules=rules, parts_max=2)
    ann = seen(ANN, 1)
    ann.joined[ANN] = Joined(0, "", seen(ANN, 1))
    ann.joined |= {f"device:{n}": Joined(0, "login") for n in range(JOINED_MAX - 1)}

    answers = receive(ann, join(seen(PHONE, 2)), policy)

    assert [(one.exchange, one.source) for one in answers] == [(Exchange.BACK_SHARED, ANN)]
    assert PHONE not in ann.joined


def test_what_comes_back_joins_what_was_done_meanwhile() -> None:
    """Those who had come with it come along; a part alone is added."""
    double, part = seen(BOB, 5), seen(BOB, 1)
    part.joined = {BOB: Joined(0, "", seen(BOB, 1)), PHONE: Joined(NOON, "login", seen(PHONE, 2))}

    receive(double, Send(Exchange.BACK, BOB, BOB, part, ANN), RULES)
    receive(double, Send(Exchange.BACK, BOB, BOB, seen(BOB, 7), ANN), RULES)
    receive(double, Send(Exchange.BACK, BOB, BOB, None, ANN), RULES)

    own = double.joined[BOB].part
    assert own is not None
    assert (double.applied, own.applied, set(double.joined)) == (3, 3, {BOB, PHONE})


def test_an_exchange_for_somebody_linked_goes_on_to_their_person() -> None:
    """A part that was sent back to a subject which is linked again joins its new person."""
    link = Link(BOB, NOON, "login", NOON)
    back = Send(Exchange.BACK, PHONE, PHONE, seen(PHONE, 1), ANN)

    _, onward = pass_on(link, PHONE, back)
    _, nothing = pass_on(link, PHONE, back._replace(part=None))
    _, other = pass_on(link, PHONE, back._replace(exchange=Exchange.BACK_SHARED))

    assert [(one.exchange, one.target, one.source) for one in onward] == [
        (Exchange.JOIN, BOB, "login")
    ]
    assert nothing == ()
    assert other == onward


def test_a_part_that_its_person_refuses_is_nobodys() -> None:
    """The identifier is its own again, and goes on with its offers' numbers."""
    link = Link(ANN, NOON, "login", NOON, 1, offer_sequence=7)
    refused = Send(Exchange.BACK_SHARED, PHONE, PHONE, seen(PHONE, 1), ANN)

    row, onward = pass_on(link, PHONE, refused)

    assert isinstance(row, Profile)
    receive(row, refused, RULES)
    assert (row.alone.shared, row.offer_sequence, onward) == (True, 7, ())


def test_an_event_that_came_along_goes_on_to_the_person_of_the_person() -> None:
    """A device of an account that is another account's."""
    link = Link(ANN, NOON, "care", NOON)
    came = event("e", view(item()), NOON, BOB)

    assert route(link, came, PHONE, RULES).forward == ANN


def test_receipts_handles_and_mail_say_who_it_is() -> None:
    """Each by its own method; without a person nothing is claimed."""
    bodies: dict[str, events.PageView | events.CheckIn | events.Sale | events.Create] = {
        "receipt": sale(1),
        "verified handle": post("hello"),
        "e-mail click": events.PageView(),
        "check-in": events.CheckIn(place_id="s1"),
    }
    claims = {
        method: claim_of(event("e", replace(body, user_subject=ANN), NOON, PHONE))
        for method, body in bodies.items()
    }

    assert {method: one.method for method, one in claims.items() if one} == {
        method: method for method in bodies
    }
    assert claim_of(event("e", sale(1), NOON, PHONE)) is None
    assert route(seen(PHONE, 1), event("e", sale(1), NOON, PHONE), PHONE, RULES).verdict is None


def test_two_accounts_are_one_only_when_somebody_says_so() -> None:
    """A login as somebody else proves no such thing."""
    row = seen(BOB, 1)
    proven = event("e", events.Login(user_subject=ANN), NOON, BOB)
    stated = event("e", events.Linked(user_subject=ANN), NOON, BOB)

    assert route(row, proven, BOB, RULES).verdict is Verdict.REFUSED
    assert route(row, stated, BOB, RULES).verdict is Verdict.LINKED


def test_the_open_offers_of_whoever_was_linked_end() -> None:
    """The person has their own: each is withdrawn with its reason, a shadow silently."""
    phone = seen(PHONE, 1)
    for name, shadow in (("o1", False), ("o2", True)):
        phone.contact.open_offers[name] = OpenOffer(
            "row", "web", "main", "marketing", NOON, NOON + 9_000, shadow=shadow
        )
    login = event("e", events.Login(user_subject=ANN), NOON, PHONE)

    ended = end_all(phone, login, POLICY, "it is a person's", now_ms=NOON)
    linked = route(phone, login, PHONE, RULES).linked()

    assert [f"{one.action.value} {one.offer_id}" for one in ended] == ["withdraw o1"]
    assert phone.contact.open_offers == {}
    assert linked is not None
    assert linked.offer_sequence == phone.offer_sequence == 1


def test_who_joins_or_leaves_an_account_that_is_anothers_goes_on_with_it() -> None:
    """It came along by that account, so it leaves with it."""
    link = Link(ANN, NOON, "care", NOON)
    joins = Send(Exchange.JOIN, BOB, PHONE, seen(PHONE, 1), "login", NOON)

    row, onward = pass_on(link, BOB, joins)
    _, again = pass_on(link, "customer:cat", joins._replace(via=BOB))

    assert row is None
    assert [(one.target, one.via) for one in (*onward, *again)] == [(ANN, BOB), (ANN, BOB)]
