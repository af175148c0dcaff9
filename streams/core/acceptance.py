"""What was learned from outcomes: how much more, or less, an offer is accepted than was expected.

The catalogue says what share accepts, the customer's context lifts it, and that is an expectation.
Trials say what came of it. A lift here is observed over expected, shrunk towards the node above:
all -> campaign -> offer -> channel -> price level -> stage of the customer, and for those who buy
anyway all -> offer -> stage. An offer nobody tried starts from its parent's lift: its campaign's,
where that was tried. The expectation enters once: P1 = expected * lift.

Source: DOMAIN, decision; Gamma-Poisson shrinkage, as in DuMouchel, The American Statistician 53(3),
1999.
"""

from msgspec import Struct


class Node(Struct, frozen=True, array_like=True, gc=False):
    """Lift at one place of the hierarchy, trials that made it, and what lies below."""

    lift: float = 1.0
    tried: float = 0.0
    """Decayed trials."""
    children: dict[str, "Node"] = {}
    spread: float = 0.0
    """Standard deviation of the lift, as a share of it."""


class Acceptance(Struct, frozen=True):
    """A snapshot of both hierarchies; `NO_ACCEPTANCE` has learned nothing."""

    version: str = ""
    until_ms: int = 0
    """Event time up to which trials were counted."""
    gamma: float | None = None
    """How sharply the draw looks at value by now; None leaves it to the policy."""
    accepts: Node = Node()
    """Of all; its children are the offers of every campaign."""
    anyway: Node = Node()
    drift: float | None = None
    """How far an offer's lift moved from the snapshot in force before: the largest ratio of the
    two, either way, at least 1. None: there was none before it."""
    campaigns: dict[str, Node] = {}
    """What is known of a campaign, for those of its offers that nobody tried."""


NO_ACCEPTANCE = Acceptance()


def node_of(learned: Acceptance, offer: str, campaign: str | None) -> Node:
    """What is known of an offer; of one that nobody tried, what is known of its campaign."""
    found = learned.accepts.children.get(offer)
    if found is not None:
        return found
    parent = None if campaign is None else learned.campaigns.get(campaign)
    return below(learned.accepts if parent is None else parent, offer)


def chance_taken(
    learned: Acceptance,
    path: tuple[str, str, str, str],
    expected: float,
    campaign: str | None = None,
) -> float:
    """P1 by `learned` at offer, channel, price level and stage: `expected` is that before it."""
    return min(1.0, expected * lift_at(learned, path, campaign))


def lift_at(learned: Acceptance, path: tuple[str, str, str, str], campaign: str | None) -> float:
    """The lift of P1 at offer, channel, price level and stage."""
    node = node_of(learned, path[0], campaign)
    for name in path[1:]:
        node = below(node, name)
    return node.lift


def chance_anyway(learned: Acceptance, offer: str, stage: str, expected: float) -> float:
    """P0 by `learned`, in the same way."""
    return min(1.0, expected * below(below(learned.anyway, offer), stage).lift)


def below(node: Node, name: str) -> Node:
    """The node of `name` under `node`; where there is none, one that knows what its parent does."""
    found = node.children.get(name)
    if found is not None:
        return found
    return node if not node.tried and not node.children else Node(node.lift, spread=node.spread)
