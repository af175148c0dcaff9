"""Many histories, judged; what they met, and a digest of every byte that they made."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import xxhash

from streams.codec.outputs import encode_decision, encode_offer
from streams.codec.rows import encode_row
from streams.core.decide.record import Gate
from tests.histories.checker import REASONS, TIMER_KINDS, Checker
from tests.histories.planted import Bug, planted
from tests.histories.playing import Play
from tests.histories.rules import caps_of, name_of
from tests.histories.shop import shop

MOMENTS_MAX = 400  # of one history: a bug may let a timer fire for ever
ELSEWHERE: dict[Gate, str] = {
    Gate.OUT_OF_STOCK: "the stock is everybody's: tests/core/test_losing.py, test_withdrawals.py",
    Gate.SOLD_OUT: "tokens are everybody's: tests/core/test_scarce.py, test_limits.py",
    Gate.BUDGET: "the same",
    Gate.CAPACITY: "the same",
    Gate.BID_PRICE: "the same",
}
"""Gate -> where it is reached, for those that no history of one customer can bring. Be sparing."""


class Survey(NamedTuple):
    """`met` is rule -> how often, `problems` are (rule, what happened)."""

    problems: list[tuple[str, str]]
    met: Counter[str]
    moments: int


def survey(seeds: Iterable[int]) -> Survey:
    """Play and judge the histories of `seeds`."""
    problems: list[tuple[str, str]] = []
    met: Counter[str] = Counter()
    moments = 0
    for seed in seeds:
        play = Play(seed)
        checker = Checker(play.customer.subject)
        for moment in play.moments():
            checker.look(moment)
            moments += 1
        problems += checker.problems
        met += checker.met
    return Survey(problems, met, moments)


def to_meet() -> list[str]:
    """Every gate, cap, reason of a withdrawal and kind of timer."""
    caps = [f"cap {name_of(one)}" for one in caps_of(shop())]
    kinds = [f"timer {kind}" for kind in TIMER_KINDS]
    return [*(gate for gate in Gate if gate not in ELSEWHERE), *caps, *REASONS, *kinds]


def digest(seeds: Iterable[int]) -> str:
    """Of all offers, decisions and rows that the histories of `seeds` come to."""
    made = xxhash.xxh3_128()
    for seed in seeds:
        play = Play(seed)
        for moment in play.moments():
            for offer in moment.offers:
                made.update(encode_offer(offer, moment.now_ms)[0])
            if moment.decision is not None:
                made.update(encode_decision(moment.decision)[0])
        made.update(encode_row(play.profile))
    return made.hexdigest()


def seen_by(bug: Bug, seeds: Iterable[int]) -> int | None:
    """The first of the histories in which the checker sees `bug`; None if it does not."""
    with planted(bug):
        for seed in seeds:
            play = Play(seed)
            checker = Checker(play.customer.subject)
            for number, moment in enumerate(play.moments()):
                checker.look(moment)
                if checker.problems or number > MOMENTS_MAX:
                    break
            if any(rule == bug.rule for rule, _ in checker.problems):
                return seed
    return None
