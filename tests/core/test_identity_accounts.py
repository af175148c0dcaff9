"""Accounts that are another's, in a row and back: nobody is lost or left behind.

Each life has claims, statements, links taken back and erasures of five identifiers and four
accounts, delivered bit by bit. When nothing is under way any more, each link must lead to a person
who has its subject as a part, and each part must be where its subject's link leads.
"""

from functools import cache
from random import Random
from typing import NamedTuple

import pytest

from streams.core import events
from streams.core.events import Body, Event
from streams.core.identity.links import Link
from streams.core.identity.policy import HOPS_MAX
from streams.core.identity.routing import Row
from streams.core.profile.profile import Profile
from tests.core.identity_net import DAY_MS, Net
from tests.strategies_profiles import NOON, event, item, view

PEOPLE = tuple(f"customer:{name}" for name in ("abe", "ada", "ann", "bob"))
IDENTIFIERS = ("device:phone", "device:tablet", "device:tv", "card:7", "card:8")
EVENTS_MAX = 25
LIVES = 400
DELIVERIES_MAX = 5_000  # of one life; most need about a hundred


class Kind(NamedTuple):
    """How lives are drawn, and in which order exchanges arrive."""

    erased: bool
    """People may ask to be forgotten."""
    years: bool
    """Claims lie months apart, so identifiers are passed on."""
    as_kafka: bool
    """Each row has one log; else only what one row says to another stays in order."""


KINDS = [
    Kind(erased, years, as_kafka)
    for erased in (False, True)
    for years in (False, True)
    for as_kafka in (False, True)
]


def drawn(number: int, kind: Kind, random: Random) -> Event:
    """One event of a life."""
    at_ms = NOON + random.randrange(-9, 9) * random.choice((1, 30 * DAY_MS) if kind.years else (1,))
    person = random.choice(PEOPLE)
    bodies: list[tuple[Body, tuple[str, ...]]] = [
        (view(item(f"item-{number}")), PEOPLE + IDENTIFIERS),
        *[(events.Login(user_subject=person), IDENTIFIERS)] * 2,
        (events.Linked(user_subject=person), PEOPLE + IDENTIFIERS[:3]),
        (events.Unlinked(), PEOPLE + IDENTIFIERS),
    ]
    if kind.erased and not random.randrange(5):
        bodies = [(events.Erased(source="contact-centre"), PEOPLE + IDENTIFIERS)]
    body, subjects = random.choice(bodies)
    return event(f"event-{number}", body, at_ms, random.choice(subjects))


class Lived(NamedTuple):
    """What a life came to."""

    sent: int
    net: Net


@cache
def lives(kind: Kind) -> list[Lived]:
    """Lives of a kind, each after everything was delivered."""
    return [lived(kind, seed) for seed in range(LIVES)]


def lived(kind: Kind, seed: int) -> Lived:
    """One life."""
    random = Random(seed)
    net = Net(as_kafka=kind.as_kafka)
    sent = random.randrange(4, EVENTS_MAX)
    for number in range(sent):
        net.send(drawn(number, kind, random))
        if random.random() < 0.3:
            net.deliver(random, random.randrange(8))
    net.deliver(random, DELIVERIES_MAX)
    assert not net.under_way(), f"life {seed} does not come to an end"
    return Lived(sent, net)


def person_of(rows: dict[str, Row], name: str) -> str:
    """Where the links of `name` end."""
    row = rows.get(name)
    while isinstance(row, Link):
        name = row.target
        row = rows.get(name)
    return name


def misplaced(rows: dict[str, Row]) -> list[str]:
    """Links to who does not have the subject, and parts of who is somebody else's."""
    said = []
    for name, row in rows.items():
        if isinstance(row, Link):
            assert not row.leaving, f"{name} waits for an answer that does not come"
            person = rows.get(person_of(rows, name))
            if not isinstance(person, Profile) or name not in person.joined:
                said.append(f"{name} -> {row.target}")
        else:
            said += [f"{name} has {one}" for one in row.joined if person_of(rows, one) != name]
    return said


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_links_and_parts_agree_when_all_is_said(kind: Kind) -> None:
    """Whatever was said in whatever order, and the exchanges come to an end."""
    wrong = {seed: misplaced(one.net.rows) for seed, one in enumerate(lives(kind))}

    assert {seed: said for seed, said in wrong.items() if said} == {}


@pytest.mark.parametrize("kind", [one for one in KINDS if not one.erased], ids=str)
def test_each_event_is_folded_once(kind: Kind) -> None:
    """Only one that followed more links than it may goes to the dead letters, and no other."""
    nets = [one.net for one in lives(kind)]
    rows = [row for net in nets for row in net.rows.values()]
    folded = sum(row.applied for row in rows if isinstance(row, Profile))
    dead = [hops for net in nets for hops in net.hops_of_lost]

    sent = sum(one.sent for one in lives(kind))
    assert folded + len(dead) == sent
    assert all(hops > HOPS_MAX for hops in dead)
    assert len(dead) < sent // 500
