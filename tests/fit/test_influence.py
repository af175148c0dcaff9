"""Who is listened to."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.events import (
    Actor,
    Announce,
    Create,
    Event,
    Like,
    OutcomeBody,
    Referred,
    SocialBody,
    SocialObject,
    Tag,
)
from streams.fit import influence as module
from streams.fit.influence import HALF_LIFE_WEEKS, WEEK_MS, Influence, highest, page_rank

NOW_MS = 100 * WEEK_MS
people = st.sampled_from("abcdef")
edges = st.dictionaries(st.tuples(people, people), st.floats(0.01, 100.0), max_size=15)


def said(who: str, body: SocialBody | OutcomeBody, at_ms: int = NOW_MS) -> Event:
    """`who` did this."""
    return Event(event_id="e", subject=f"customer:{who}", event_time_ms=at_ms, topic="t", body=body)


def shared(who: str, whom: str, at_ms: int = NOW_MS) -> Event:
    """`who` shared a post of `whom`."""
    post = SocialObject(type="Note", attributed_to=f"https://n/{whom}")
    return said(who, Announce(actor=Actor(id=f"https://n/{who}"), object=post), at_ms)


def counted(events: Sequence[Event]) -> dict[tuple[str, str], float]:
    """Edges of `events` as of now."""
    found = Influence()
    for one in events:
        found.add(one)
    return found.edges(NOW_MS)


def test_sharing_mentioning_and_using_a_code_are_edges() -> None:
    """From whoever repeats to whoever is repeated; a like is none."""
    actor = Actor(id="https://n/a")
    mention = SocialObject(
        type="Note",
        tag=(Tag(type="Mention", name="@Bee"), Tag(type="Hashtag", name="#x")),
    )
    code = Referred(code="x", currency="EUR", margin_minor=5, referred_subject_hash="hash")

    found = counted(
        [
            shared("a", "z"),
            said("a", Create(actor=actor, object=mention)),
            said("a", Like(actor=actor, object=SocialObject(type="Note", attributed_to="y"))),
            said("c", code),
            said("c", Referred(code="x", currency="EUR", margin_minor=5)),
        ]
    )

    assert found == {
        ("customer:a", "handle:bee"): 1.0,
        ("customer:a", "https://n/z"): 1.0,
        ("hash", "customer:c"): 1.0,
    }


def test_an_account_is_the_customer_who_acts_by_it() -> None:
    """Whenever that becomes known; sharing oneself is nothing."""
    found = counted([shared("a", "b"), shared("b", "c"), shared("b", "b")])

    assert found == {
        ("customer:a", "customer:b"): 1.0,
        ("customer:b", "https://n/c"): 1.0,
    }


def test_an_edge_halves_in_its_half_life() -> None:
    """Half a year."""
    old_ms = NOW_MS - round(HALF_LIFE_WEEKS) * WEEK_MS

    found = counted([shared("a", "b", old_ms), shared("a", "b")])

    assert found == {("customer:a", "https://n/b"): 1.5}


@given(st.lists(st.tuples(people, people, st.integers(0, NOW_MS)), max_size=12), st.randoms())
def test_the_order_of_events_changes_no_bit(
    acts: list[tuple[str, str, int]], random: Random
) -> None:
    """Equal edges, equal ranks, exactly."""
    events = [shared(*act) for act in acts]
    mixed = list(events)
    random.shuffle(mixed)

    assert page_rank(counted(mixed)) == page_rank(counted(events))


@given(edges)
def test_ranks_are_shares_that_add_up_to_one(weights: dict[tuple[str, str], float]) -> None:
    """And the order of edges changes nothing."""
    ranks = page_rank(weights)

    assert sum(ranks.values()) == pytest.approx(float(bool(weights)))
    assert all(rank > 0 for rank in ranks.values())
    assert page_rank(dict(reversed(weights.items()))) == ranks


def test_ranks_of_three_are_those_of_the_textbook() -> None:
    """From a to b to c, and c repeats nobody: solved by hand."""
    ranks = page_rank({("a", "b"): 1.0, ("b", "c"): 2.0})

    base = ranks["a"]
    assert ranks["b"] == pytest.approx(base * 1.85)
    assert ranks["c"] == pytest.approx(base * (1 + 0.85 * 1.85))


def test_the_highest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest first; equal ones by name."""
    monkeypatch.setattr(module, "INFLUENCE_MAX", 2)

    assert list(highest({"z": 0.2, "a": 0.2, "b": 0.6})) == ["b", "a"]


def test_edges_beyond_the_bound_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """And counted."""
    monkeypatch.setattr(module, "EDGES_MAX", 1)
    found = Influence()

    found.add(shared("a", "b"))
    found.add(shared("a", "b"))
    found.add(shared("a", "c"))

    assert found.left_out == 1
    assert found.edges(NOW_MS) == {("customer:a", "https://n/b"): 2.0}
