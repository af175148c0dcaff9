"""Where tokens are said to be, beside where the net of partitions has them."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from streams.core.fold_policy import UTC_ZONE, Zone
from streams.core.leases.home import AGAIN_MS
from streams.core.leases.rows import Held, HeldOffer
from streams.core.leases.saying import Verb
from streams.core.leases.whereabouts import Whereabouts, find, opened_by
from tests.core.leases_net import Net, limit_of
from tests.core.test_leases import CENTRE, HOUR_MS, STEPS, STOCK, play

DAY_MS = 24 * HOUR_MS


def where(net: Net, opened: int = 0, zone: Zone = UTC_ZONE) -> Whereabouts:
    """Where the tokens are by the rows of all partitions."""
    desks = [side.desk() for side in net.sides]
    return find(net.limit, desks, zone, net.now_ms, {net.limit.what: opened})


def sent(net: Net) -> int:
    """Tokens in exchanges that were committed and not folded for good."""
    return sum(
        said.tokens
        for side in net.sides
        for said in side.queue
        if said.verb in {Verb.GRANT, Verb.RETURN}
    )


def begun(net: Net) -> Net:
    """`net` with every partition's first tokens."""
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()
    return net


@given(st.integers(0, 12), st.lists(STEPS, max_size=120))
def test_every_token_is_in_one_place(tokens_max: int, steps: list[tuple[str, int]]) -> None:
    """Taken as offers took them, on their way as they were sent; nothing twice or not at all."""
    net = Net(limit_of(STOCK, tokens_max))
    play(net, steps)
    for side in net.sides:
        side.begin()  # as a reader sees it: nothing of an open unit

    found = where(net)

    assert found.taken == sum(side.taken_for_good.get(0, 0) for side in net.sides)
    assert found.on_its_way == sent(net)
    assert found.leased == found.taken + found.at_hand + found.on_its_way
    assert found.left == found.at_home + found.on_its_way + found.at_hand
    assert found.leased + found.at_home == tokens_max
    assert not found.torn


@given(st.integers(1, 12), st.lists(STEPS, max_size=120))
def test_of_windows_the_latest_counts(tokens_max: int, steps: list[tuple[str, int]]) -> None:
    """What was taken in an earlier one is not taken in this one, and all of a new one is left."""
    net = Net(limit_of(CENTRE, tokens_max, 100_000))
    play(net, steps)
    for side in net.sides:
        side.begin()

    found = where(net)

    window = net.now_ms // 100_000
    assert found.taken == sum(side.taken_for_good.get(window, 0) for side in net.sides)
    assert found.leased + found.at_home == tokens_max
    assert min(one.on_its_way for one in found.parts) >= 0
    assert found.ends_ms == (window + 1) * 100_000
    assert found.opened is None


def test_a_grant_is_on_its_way_until_it_is_folded() -> None:
    """Counted by the home's row, then at hand; in no moment in both."""
    net = Net(limit_of(STOCK, 60), 3)
    net.want(1)
    net.commit_all()
    net.deliver(net.home.number)
    net.commit_all()
    before = where(net)

    net.settle()
    after = where(net)

    assert (before.at_home, before.on_its_way, before.at_hand) == (50, 10, 0)
    assert (after.at_home, after.on_its_way, after.at_hand) == (50, 0, 10)
    assert [one.asked for one in before.parts] == [False, True, False]
    assert (before.holding, after.holding) == (0, 1)


def test_a_return_is_on_its_way_until_it_is_home() -> None:
    """An offer's end gives back to a lowered limit what the home has not heard of yet."""
    net = begun(Net(limit_of(STOCK, 60), 3))
    other = (net.home.number + 1) % 3
    net.want(other)
    net.settle()
    net.change(1)
    net.settle()
    net.end(other)
    net.commit_all()
    found = where(net)

    net.settle()

    assert (found.taken, found.on_its_way, found.leased, found.at_home) == (0, 1, 1, 0)
    assert (where(net).on_its_way, where(net).at_home) == (0, 1)


def test_a_lowered_limit_has_less_than_nothing_at_home() -> None:
    """As long as more is leased; partitions that have not adopted it are told."""
    net = begun(Net(limit_of(STOCK, 60), 3))
    net.want(0)
    net.commit_all()
    net.limit = limit_of(STOCK, 0)

    found = where(net, opened=1)

    assert (found.taken, found.opened, found.left, found.share_left) == (1, 1, -1, 0.0)
    assert found.at_home == -found.leased < 0
    assert found.acted == 0
    net.change(0)
    assert where(net).acted == 3


def test_rows_of_different_moments_are_told_apart() -> None:
    """A partition that has what its home does not know of yet was looked at later."""
    net = Net(limit_of(STOCK, 60), 3)
    old = dict(net.home.committed)
    net.want((net.home.number + 1) % 3)
    net.settle()

    assert not where(net).torn
    net.home.committed = old
    net.home.begin()
    assert where(net).torn


def test_bid_prices_differ_by_what_partitions_took() -> None:
    """Lowest and highest of all partitions; without a price there are none."""
    net = begun(Net(limit_of(CENTRE, 30, HOUR_MS, bid=2.0), 3))
    net.want(1)
    net.want(1)
    net.commit_all()

    found = where(net)

    bids = [side.desk().bid(net.limit, net.now_ms) for side in net.sides]
    assert found.bid_prices == (bids[0], bids[1])
    assert found.bid_prices[0] < found.bid_prices[1]
    assert where(Net(limit_of(STOCK, 1))).bid_prices is None


def test_windows_end_by_the_clocks_of_the_zone() -> None:
    """A day on which clocks are put back by an hour has 25 hours."""
    net = Net(limit_of(CENTRE, 5, DAY_MS))
    midnight = net.now_ms // DAY_MS * DAY_MS
    changes_ms = midnight + 3 * HOUR_MS
    zone = Zone(name="X", offsets=((0, 2 * HOUR_MS), (changes_ms, HOUR_MS)))

    net.now_ms = midnight
    before = where(net, zone=zone).ends_ms
    net.now_ms = changes_ms
    after = where(net, zone=zone).ends_ms

    assert before == after == midnight + 23 * HOUR_MS


def test_a_window_that_one_partition_has_begun_holds_for_all() -> None:
    """Clocks differ: what another one took in the window before is not of this one."""
    net = begun(Net(limit_of(CENTRE, 30, HOUR_MS), 3))
    net.want(0)
    net.commit_all()
    net.now_ms += HOUR_MS
    net.want(1)
    net.settle()
    net.want(1)
    net.commit_all()
    net.now_ms -= HOUR_MS

    found = where(net)

    assert (found.taken, found.leased + found.at_home) == (1, 30)
    assert found.ends_ms == (net.now_ms // HOUR_MS + 2) * HOUR_MS


def test_tokens_of_open_offers_are_summed_by_limit() -> None:
    """Pieces of stock and minor units of budget, of all subjects."""
    one = Held({"a": HeldOffer("tea", 1, 150), "b": HeldOffer("jam", 0, 30)})
    other = Held({"c": HeldOffer("tea", 1, 0)})

    found = opened_by([one, other])

    assert +found == Counter({"stock:tea": 2, "budget:tea": 150, "budget:jam": 30})


def test_what_is_left_is_taken_to_the_last_piece() -> None:
    """The share goes to nothing as all of it is taken."""
    net = begun(Net(limit_of(STOCK, 4), 2))
    shares = [where(net).share_left]
    for _ in range(40):
        net.want(0)
        net.settle()
        net.now_ms += AGAIN_MS
        shares.append(where(net).share_left)

    assert (shares[0], shares[-1]) == (1.0, 0.0)
    assert shares == sorted(shares, reverse=True)
