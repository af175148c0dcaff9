"""Leaving: which link a word is about, by which account somebody came, and who goes along."""

from msgspec.structs import replace

from streams.core import events
from streams.core.decide.life import end_all
from streams.core.identity.joining import receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.contact import OpenOffer
from streams.core.profile.profile import JOINED_MAX, Joined, Profile, new_profile
from streams.core.profile.trials import Trial
from tests.core.identity_net import RULES
from tests.core.test_identity_parts import ANN, BOB, CAT, NOTHING, PHONE, join, seen
from tests.strategies_profiles import NOON, POLICY, event


def test_a_later_claim_is_not_taken_back_by_an_older_word() -> None:
    """What leaves is the link that the word is about."""
    ann = seen(ANN, 1)
    receive(ann, join(seen(PHONE, 2)), RULES)
    leave = Send(Exchange.LEAVE, ANN, PHONE, None, "unlinked", NOON - 1)

    assert receive(ann, leave, RULES) == (NOTHING,)
    assert set(ann.joined) == {ANN, PHONE}
    assert receive(ann, leave._replace(since_ms=NOON), RULES)[0].part is not None
    assert ann.joined == {}


def test_a_claim_again_is_the_one_that_counts() -> None:
    """Of two claims that linked the same subject, the later one says since when and by what."""
    ann = seen(ANN, 1)
    for since_ms, source in ((NOON, "login"), (NOON + 2, "receipt"), (NOON + 1, "check-in")):
        again = join(seen(PHONE, 2))._replace(since_ms=since_ms, source=source)
        receive(ann, again, RULES)

    held = ann.joined[PHONE]
    assert (held.since_ms, held.source) == (NOON + 2, "receipt")


def test_what_passes_on_or_comes_back_without_a_part_leaves_the_rest_alone() -> None:
    """A compacted phone that is sold, and one that an account brings along."""
    ann = seen(ANN, 1)
    ann.joined = {ANN: Joined(0, "", seen(ANN, 1)), PHONE: Joined(NOON, "login")}
    bob = seen(BOB, 3)
    bob.joined = {BOB: Joined(0, "", seen(BOB, 3)), PHONE: Joined(NOON + 1, "login")}

    receive(ann, Send(Exchange.JOIN, ANN, BOB, bob, "care", NOON), RULES)
    joined = ann.joined[PHONE]
    sold = Send(Exchange.LEAVE, ANN, PHONE, None, "passed_on", NOON + 1)

    assert (joined.since_ms, joined.via, joined.part) == (NOON + 1, BOB, None)
    assert receive(ann, sold, RULES) == (NOTHING,)
    assert (set(ann.joined), ann.applied) == ({ANN, BOB}, 2)


def test_who_came_by_an_account_asks_whether_it_still_does() -> None:
    """An unlink can overtake the part, when that had to make a detour."""
    ann = seen(ANN, 1)
    receive(ann, Send(Exchange.JOIN, ANN, BOB, seen(BOB, 3), "care", NOON), RULES)
    (held,) = receive(ann, join(seen(PHONE, 2), BOB), RULES)
    link = Link(BOB, NOON, "login", NOON)

    back = Send(Exchange.LEAVE, ANN, PHONE, None, "unlinked", NOON, BOB)
    assert held == Send(Exchange.HELD, PHONE, PHONE, None, ANN, NOON, BOB)
    assert pass_on(link, PHONE, held) == (None, ())
    assert pass_on(replace(link, leaving="unlinked"), PHONE, held) == (None, (back,))
    assert pass_on(replace(link, target=CAT), PHONE, held) == (None, (back,))
    assert receive(new_profile(PHONE), held, RULES) == (back,)


def test_who_came_by_an_account_that_left_goes_there() -> None:
    """Both a part and the wish to have it back, behind all that the account took along."""
    ann = seen(ANN, 1)
    sends = (join(seen(PHONE, 2), BOB), Send(Exchange.LEAVE, ANN, PHONE, None, "", NOON, BOB))

    assert [receive(ann, one, RULES) for one in sends] == [
        (one._replace(target=BOB),) for one in sends
    ]
    assert (ann.applied, ann.joined) == (1, {})


def test_a_part_brought_back_by_a_detour_is_linked_to_whom_it_claimed() -> None:
    """Not by way of itself."""
    bob = seen(BOB, 1)

    receive(bob, join(seen(PHONE, 2), BOB)._replace(target=BOB), RULES)

    assert bob.joined[PHONE].via == ""


def test_links_deeper_than_an_event_may_go_are_refused() -> None:
    """An account of an account of an account; its device would be one link too far."""
    ann = seen(ANN, 1)
    chain = [(BOB, ""), (CAT, BOB), ("customer:dan", CAT)]
    for name, via in chain:
        receive(ann, Send(Exchange.JOIN, ANN, name, seen(name, 2), "care", NOON, via), RULES)

    answers = receive(ann, join(seen(PHONE, 3), "customer:dan"), RULES)

    assert set(ann.joined) == {ANN, BOB, CAT, "customer:dan"}
    assert [(one.exchange, one.source) for one in answers] == [
        (Exchange.BACK_SHARED, "customer:dan")
    ]
    assert receive(ann, join(seen(PHONE, 3), CAT), RULES)[0].exchange is Exchange.HELD


def test_what_is_turned_away_takes_along_what_was_here_before_it() -> None:
    """An account that joins again with more than there is room for."""
    ann = seen(ANN, 1)
    receive(ann, Send(Exchange.JOIN, ANN, BOB, seen(BOB, 3), "care", NOON), RULES)
    many = seen(BOB, 4)
    many.joined = {f"device:{n}": Joined(0, "login") for n in range(JOINED_MAX)}
    many.joined[BOB] = Joined(0, "", seen(BOB, 4))

    (answer,) = receive(ann, Send(Exchange.JOIN, ANN, BOB, many, "care", NOON + 1), RULES)

    assert answer.exchange is Exchange.BACK_SHARED
    assert answer.part is not None
    assert answer.part.applied == 2
    assert (ann.applied, ann.joined) == (1, {})


def test_those_who_came_with_a_compacted_part_leave_with_theirs() -> None:
    """An account of which nothing is known apart any more, and its device."""
    ann = seen(ANN, 1)
    ann.applied = 3
    ann.joined = {
        ANN: Joined(0, "", seen(ANN, 1)),
        BOB: Joined(NOON, "care"),
        PHONE: Joined(NOON, "login", seen(PHONE, 2), BOB),
    }

    (answer,) = receive(ann, Send(Exchange.LEAVE, ANN, BOB), RULES)

    assert answer.part is not None
    assert set(answer.part.joined) == {BOB, PHONE}
    assert (answer.part.applied, ann.applied, ann.joined) == (1, 1, {})


def offered(row: Profile) -> None:
    """`row` has an offer open, and its trial."""
    row.contact.open_offers["one"] = OpenOffer(
        offer="row",
        channel="web",
        slot="hero",
        purpose="marketing",
        issued_ms=NOON,
        expires_ms=NOON + 99,
    )
    row.contact.trials["one"] = Trial("row", "web", "", "", NOON + 99, 0.5, shadow=False)


def test_an_offer_that_ended_with_the_link_stays_ended() -> None:
    """An account's own part has what was open when somebody first joined it; the part is silent."""
    bob, linked = seen(BOB, 3), event("l", events.Linked(user_subject=ANN), NOON + 9, BOB)
    offered(bob)
    receive(bob, join(seen(PHONE, 2))._replace(target=BOB), RULES)
    ann = seen(ANN, 1)

    end_all(bob, linked, POLICY, "it is a person's", now_ms=NOON + 9)
    receive(ann, Send(Exchange.JOIN, ANN, BOB, bob, "care", NOON), RULES)
    (back,) = receive(ann, Send(Exchange.LEAVE, ANN, BOB, None, "unlinked", NOON), RULES)
    again = new_profile(BOB)
    receive(again, back, RULES)

    assert set(again.joined) == {BOB, PHONE}
    assert (again.applied, again.contact.open_offers) == (2, {})


def test_a_trial_counts_once_when_who_it_was_with_leaves() -> None:
    """It is the person's: what closes it there does not reach the part."""
    ann, phone = seen(ANN, 1), seen(PHONE, 2)
    phone.contact.trials["one"] = Trial("row", "web", "", "", NOON + 99, 0.5, shadow=False)
    receive(ann, join(phone), RULES)

    (back,) = receive(ann, Send(Exchange.LEAVE, ANN, PHONE, None, "unlinked", NOON), RULES)
    again = new_profile(PHONE)
    receive(again, back, RULES)

    assert again.applied == 1
    assert (set(ann.contact.trials), again.contact.trials) == ({"one"}, {})
