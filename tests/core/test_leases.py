"""Tokens of a shared limit: never more than there are, whatever dies, moves or changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.leases.home import AGAIN_MAX_MS, AGAIN_MS
from streams.core.leases.saying import Said, Verb
from tests.core.leases_net import Net, limit_of

STOCK = "stock:tea"
CENTRE = "capacity:contact-centre"
HOUR_MS = 3_600_000
PARTITIONS = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(["want", "end", "deliver", "deliver", "commit", "abort"]), PARTITIONS
    ),
    st.tuples(st.just("wait"), st.sampled_from([1, AGAIN_MS, AGAIN_MAX_MS])),
)


def play(net: Net, steps: list[tuple[str, int]]) -> None:
    """Let all of it happen, and look at what is committed after each step."""
    for what, number in steps:
        match what:
            case "want":
                net.want(number)
            case "end":
                net.end(number)
            case "deliver":
                net.deliver(number)
            case "commit":
                net.sides[number].commit()
            case "abort":
                net.sides[number].begin()
            case _:
                net.now_ms += number
        net.check()


@given(st.integers(0, 12), st.lists(STEPS, max_size=120))
def test_tokens_are_never_lost_or_doubled(tokens_max: int, steps: list[tuple[str, int]]) -> None:
    """At hand, on their way, taken and left sum up to the limit after every commit and abort."""
    net = Net(limit_of(STOCK, tokens_max))

    play(net, steps)


@given(st.integers(0, 12), st.lists(STEPS, max_size=120))
def test_no_window_gets_more_than_its_tokens(tokens_max: int, steps: list[tuple[str, int]]) -> None:
    """Whatever the partitions' clocks, no more contacts than `max` have times of one window."""
    net = Net(limit_of(CENTRE, tokens_max, 100_000))

    play(net, steps)


def test_a_window_of_nobody_is_not_asked_for() -> None:
    """Before its first event a partition has no time to ask for."""
    net = Net(limit_of(CENTRE, 5, HOUR_MS), 1)

    net.sides[0].desk().adopt(0)
    net.sides[0].desk().adopt(0)

    assert net.sides[0].sent == []


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 8))
def test_every_token_can_be_taken(tokens_max: int, partitions: int) -> None:
    """Demand everywhere uses all of a stock, in a number of exchanges that stays small."""
    net = Net(limit_of(STOCK, tokens_max), partitions)
    got = exchanges = 0

    for _ in range(tokens_max + 200):
        got += sum([net.want(number) for number in range(partitions)])
        net.commit_all()
        exchanges += sum(len(side.queue) for side in net.sides)
        net.settle()
        net.now_ms += 100

    assert got == tokens_max
    assert exchanges < 40 * partitions + 20 * partitions * 20


def test_what_lies_idle_elsewhere_is_called_back() -> None:
    """One partition bought nothing: half of what it has goes to the other, then half of that."""
    net = Net(limit_of(STOCK, 100), 2)
    for side in net.sides:
        side.desk().adopt(net.now_ms)
    net.settle()
    idle = [net.lease(number).at_hand for number in (0, 1)]

    got = 0
    for _ in range(400):
        got += net.want(1)
        net.settle()
        net.now_ms += AGAIN_MS

    assert idle[0] > 0
    assert got == 100


def test_a_home_with_nothing_left_is_asked_ever_more_seldom() -> None:
    """A stock that is sold out does not keep the partitions talking."""
    net = Net(limit_of(STOCK, 1), 2)
    net.want(0)
    net.settle()
    net.want(0)
    net.settle()

    asked = 0
    for _ in range(600):
        net.want(1)
        net.commit_all()
        asked += any(said.verb is Verb.ASK for said in net.home.queue)
        net.settle()
        net.now_ms += AGAIN_MS

    assert 600 * AGAIN_MS / AGAIN_MAX_MS <= asked <= 600 * AGAIN_MS / AGAIN_MAX_MS + 8


def test_what_a_window_left_is_gone_and_told() -> None:
    """Leased and unused, or never leased at all: both are counted when the next window begins."""
    net = Net(limit_of(CENTRE, 10, HOUR_MS), 2)
    net.want(0)
    net.settle()
    net.want(0)
    net.settle()
    leased = net.counted["leased"]

    net.now_ms += HOUR_MS
    got = net.want(0)
    net.settle()

    assert not got
    assert net.counted["unused"] == leased - 1
    assert net.counted["never_leased"] == 10 - leased
    assert net.want(0)


def test_a_grant_that_comes_after_its_window_is_unused() -> None:
    """It was on its way as the window ended; what was asked for is waited for."""
    net = Net(limit_of(CENTRE, 10, HOUR_MS), 2)
    net.want(0)
    net.commit_all()
    net.home.commit()
    for _ in range(2):
        net.deliver(net.home.number)
    net.home.commit()
    net.now_ms += HOUR_MS
    granted = sum(said.tokens for said in net.sides[0].queue)
    early = net.want(0)
    net.settle()

    late = net.want(0)

    assert granted > 0
    assert (early, late) == (False, False)
    assert net.counted["unused"] == granted


def test_windows_that_a_home_has_forgotten_get_nothing() -> None:
    """An old window's asker cannot make it start counting anew."""
    net = Net(limit_of(CENTRE, 5, HOUR_MS), 1)
    for _ in range(5):
        net.want(0)
        net.settle()
        net.now_ms += HOUR_MS
    lease = net.lease(0)
    forgotten = min(lease.out) - 1

    said = Said(verb=Verb.ASK, name=net.limit.name, sender=0, window=forgotten, tokens=1)
    net.sides[0].desk().asked(said, net.now_ms)

    assert len(lease.out) == 3
    assert net.sides[0].sent[-1][1].tokens == 0


def test_what_cannot_be_is_not_expected() -> None:
    """Nothing is granted unasked or returned that was never leased; asks come to the home."""
    net = Net(limit_of(STOCK, 5), 2)
    home = net.home.number
    other = 1 - home

    def said(verb: Verb, tokens: int = 1) -> Said:
        return Said(verb=verb, name=STOCK, sender=other, window=0, tokens=tokens)

    assert not net.sides[other].desk().expects(said(Verb.GRANT))
    assert not net.sides[other].desk().expects(said(Verb.ASK))
    assert not net.sides[other].desk().expects(said(Verb.RETURN))
    assert net.sides[home].desk().expects(said(Verb.RETURN))  # of a window that is over
    net.want(other)
    net.settle()
    assert not net.sides[home].desk().expects(said(Verb.RETURN, 99))
    assert net.sides[home].desk().expects(said(Verb.ASK))
    assert net.sides[home].desk().expects(said(Verb.RECALL))


def test_a_limit_that_nobody_knows_any_more_grants_nothing() -> None:
    """The version of the home has none of this name."""
    net = Net(limit_of(STOCK, 5), 2)
    name = "stock:gone"
    said = Said(verb=Verb.ASK, name=name, sender=0, window=0, tokens=1)

    net.sides[0].desk().asked(said, net.now_ms)

    assert net.sides[0].sent[-1][1].tokens == 0


def test_a_return_of_a_window_that_is_over_changes_nothing() -> None:
    """Its tokens are worth nothing any more."""
    net = Net(limit_of(STOCK, 5), 2)

    net.home.desk().returned(Said(verb=Verb.RETURN, name=STOCK, sender=0, window=7, tokens=1))

    assert net.home.dirty == {}


def test_a_recall_of_another_window_is_let_pass() -> None:
    """What is at hand is of a later one."""
    net = Net(limit_of(STOCK, 5), 2)
    net.want(0)
    net.settle()
    at_hand = net.lease(0).at_hand

    net.sides[0].desk().hear(
        Said(verb=Verb.RECALL, name=STOCK, sender=0, window=7, tokens=1), net.now_ms
    )

    assert net.lease(0).at_hand == at_hand > 0
