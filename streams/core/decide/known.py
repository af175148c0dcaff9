"""What the rows of one decision share while they are weighed, and what comes of it."""

from msgspec import Struct

from streams.core.acceptance import Node
from streams.core.decide import value
from streams.core.decide.facts import Facts
from streams.core.decide.options import Liking, Option, Via
from streams.core.decide.record import Candidate, Gate, Product
from streams.core.decide.view import View
from streams.core.offers import Policy


class Weighed(Struct, gc=False):
    """What the gates left and what they stopped; `count` is of all candidates."""

    options: list[Option] = []
    stopped: list[Candidate] = []
    """The first `STOPPED_LOGGED_MAX`."""
    gates: dict[str, int] = {}
    """Gate -> how many candidates it stopped, all treatments and price levels counted."""
    rules: dict[str, int] = {}
    """Rule -> the same, of those that an offer's own rule stopped."""
    count: int = 0
    caring: bool = False
    """Whether one of the options answers and sells nothing."""


class Way(Struct, gc=False):
    """What consent and the contact policy say about one channel and purpose, and the channel."""

    consent: Gate | None
    contact: Gate | None
    via: Via


CLOSED = Via("", 1.0, 0)
"""Stands where nothing goes by."""


class Known(Struct, gc=False):
    """What the rows of one decision share, worked out when the first of them asks."""

    view: View
    policy: Policy
    slot: str
    told: frozenset[str | None]
    """All that event and cart name."""
    accepts: Node
    anyway: Node
    """What trials showed, of all rows."""
    learned: bool
    """Whether trials of anything were counted."""
    wary: bool
    """Whether something is known for which a gate may stop a row that says nothing itself."""
    tones: dict[str, float] = {}
    ways: dict[tuple[str, str], Way] = {}
    products: dict[str, Product] = {}
    """Items of event and cart, as offers name them."""
    likings: dict[value.Names | str, Liking] = {}
    """By what it is judged, or by an item that says all of it."""
    facts: Facts | None = None
