"""Limits whose number a new version raises or lowers."""

from hypothesis import given
from hypothesis import strategies as st

from tests.core.leases_net import Net, limit_of
from tests.core.test_leases import STEPS, STOCK, play


@given(
    st.integers(0, 20),
    st.integers(0, 20),
    st.lists(STEPS, max_size=60),
    st.lists(STEPS, max_size=60),
)
def test_a_limit_that_changes_holds_from_then_on(
    before: int, after: int, steps: list[tuple[str, int]], more: list[tuple[str, int]]
) -> None:
    """Lowered, nothing new is taken until what is out fits again; raised, there is more."""
    net = Net(limit_of(STOCK, before))
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()
    play(net, steps)

    net.change(after)
    net.settle()
    out = sum(side.taken_for_good.get(0, 0) for side in net.sides)
    for what, number in more:
        if what in {"want", "end"}:
            getattr(net, what)(number)
        elif what == "wait":
            net.now_ms += number
        net.settle()
        now = sum(side.taken_for_good.get(0, 0) for side in net.sides)
        assert now <= max(out, after)
        out = min(out, now) if now > after else now


def test_a_limit_that_is_lowered_calls_back_what_is_at_hand() -> None:
    """What is taken stays, and goes home when it comes back, until the number fits again."""
    net = Net(limit_of(STOCK, 60), 3)
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()
    for number in (0, 1):
        for _ in range(3):
            net.want(number)
            net.settle()
    taken = [side.taken_for_good.get(0, 0) for side in net.sides]

    net.change(3)
    net.settle()
    got = [net.want(number) for number in (0, 1, 2)]
    net.change(2)
    for number in (0, 1):
        net.end(number)
        net.settle()

    assert taken == [3, 3, 0]
    assert [net.lease(number).at_hand for number in (0, 1, 2)] == [0, 0, 0]
    assert got == [False, False, False]
    net.check(lambda _: 4)
    assert net.lease(net.home.number).out == {0: {0: 2, 1: 2, 2: 0}}


def test_a_limit_that_is_raised_is_asked_for_at_once() -> None:
    """Whoever waited because there was nothing waits no longer."""
    net = Net(limit_of(STOCK, 1), 2)
    for _ in range(3):
        for number in (0, 1):
            net.want(number)
            net.settle()
    before = [side.taken_for_good.get(0, 0) for side in net.sides]
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()

    net.change(9)
    for _ in range(2):
        got = [net.want(number) for number in (0, 1)]
        net.settle()

    assert sum(before) == 1
    assert got == [True, True]
