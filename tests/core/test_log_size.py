"""Size of the decision log: what records of whole years come to, by the shipped catalogue."""

from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

import pytest

from streams.codec.outputs import encode_decision
from streams.codec.packed import unpack
from streams.core.decide.record import Action, DecisionRecord
from streams.core.profile.profile import new_profile
from streams.core.step import step
from streams.worker.simulation.generator import generate
from streams.worker.simulation.goods import assortment, item
from tests.core.lives import START_MS, YEAR_MS, Life
from tests.core.shelf import stocked, world

EVENTS = 3_000
USUAL_BYTES_MAX = 4_096
LIVELY_BYTES_MAX = 4_224  # carts of five articles, each with its category and department
LARGEST_BYTES_MAX = 4_096
PLAIN_BYTES_MAX = 8_192  # ten candidates with factors are 3.8 kB, a receipt of 20 lines 2.4 kB


def simulated() -> Iterator[DecisionRecord]:
    """Decisions about the only customer of `streams simulate` in a year."""
    policy = stocked(world().policy, map(item, assortment()))
    profile = new_profile("customer:1")
    feed = generate(seed=1, customers=1, start_ms=START_MS, step_us=YEAR_MS * 1_000 // EVENTS)
    for number, one in enumerate(islice(feed, EVENTS)):
        now_ms = one.event.event_time_ms
        result = step(profile, one.event, policy=policy, now_ms=now_ms, fold_sequence=number)
        if result.decision is not None:
            yield result.decision


def lively() -> Iterator[DecisionRecord]:
    """Decisions about a customer who does everything, with hundreds of different things."""
    life, profile, policy = Life(1, EVENTS), new_profile("customer:1"), world().policy
    for number, one in enumerate(life.happenings()):
        now_ms = one.event_time_ms
        result = step(profile, one, policy=policy, now_ms=now_ms, fold_sequence=number)
        life.offered += [each for each in result.offers if each.action is Action.ISSUE]
        if result.decision is not None:
            yield result.decision


@pytest.mark.parametrize(
    ("year", "usual_bytes_max"), [(simulated, USUAL_BYTES_MAX), (lively, LIVELY_BYTES_MAX)]
)
def test_a_decision_takes_4_kb_at_most(
    year: Callable[[], Iterator[DecisionRecord]], usual_bytes_max: int
) -> None:
    """Half of a usual year's decisions stay below 4 kB as they are, and all as they are written.

    A large one has less than 8 kB inside, so that what unpacks it knows what to expect.
    """
    values = [encode_decision(one)[0] for one in year()]
    sizes = sorted(map(len, values))
    plain = sorted(len(unpack(one)) for one in values)

    assert len(sizes) > EVENTS // 10
    assert median(plain) < usual_bytes_max
    assert sizes[-1] <= LARGEST_BYTES_MAX < plain[-1] < PLAIN_BYTES_MAX
