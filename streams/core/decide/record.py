"""What a decision leaves behind: the record in the decision log and the offer messages.

Field names are wire names: the codec encodes these structs as they are. Times are milliseconds
UTC, money is minor units with its ISO 4217 code. An absent value is None and stays out of the
bytes (`omit_defaults`).
"""

from enum import Enum, StrEnum
from typing import NewType

import msgspec

from streams.core.care_policy import Urgency
from streams.core.decide.view import View

OfferId = NewType("OfferId", str)
"""32 hex digits: XXH3-128 of subject, cause id, slot and policy version."""
DecisionId = NewType("DecisionId", str)
"""32 hex digits: the offer id the decision would give, whether or not it gave one."""

CANDIDATES_LOGGED_MAX = 10  # in full; the rest is counted by gate
STOPPED_LOGGED_MAX = 4  # of these; most stopped ones differ in nothing but the channel


class Action(Enum):
    """What a channel system does with a message."""

    ISSUE = "issue"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


class Result(Enum):
    """How a decision ended."""

    OFFER = "offer"
    SILENCE = "silence"
    HOLDOUT = "holdout"


class Gate(StrEnum):
    """The closed set of rules that stop a candidate, in the order in which they are asked.

    A string too: as a key it hashes twice as fast as a plain `Enum`, and needs no translation.
    """

    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    OUTLET = "outlet"
    SOLD_OUT = "sold_out"
    """No piece of the offer's stock is at hand in the partition."""
    OUT_OF_STOCK = "out_of_stock"
    CONSENT = "consent"
    OWNED = "owned"
    JUST_BOUGHT = "just_bought"
    STAGE = "stage"
    NO_PRICE = "no_price"
    BUDGET = "budget"
    """Less of the offer's budget is at hand than the discount."""
    OPEN_COMPLAINT = "open_complaint"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    CAP = "cap"
    SPACING = "spacing"
    QUIET_HOURS = "quiet_hours"
    OPEN_OFFERS = "open_offers"
    CAPACITY = "capacity"
    """No contact by the scarce channel is at hand in this window."""
    RULE = "rule"
    """One of the offer's own, which the candidate names; asked last of the gates of its kind."""
    BID_PRICE = "bid_price"
    """It is worth less than a contact by the scarce channel costs now."""
    BELOW_BAR = "below_bar"


class Product(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The product an offer is about; None where the catalogue does not say."""

    item_id: str
    name: str | None = None
    category: str | None = None
    brand: str | None = None


class Price(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the customer pays: `amount_minor` = `regular_minor` - `discount_minor`.

    Both are None where nobody named a price: the discount is then taken off at the till.
    """

    level: str
    currency: str
    discount_minor: int = 0
    regular_minor: int | None = None
    amount_minor: int | None = None


class Pitch(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The words of an offer: which treatment of the catalogue, and its text."""

    treatment: str
    text: str
    tone: str | None = None


class Factors(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the value of one candidate was computed from; probabilities lie in [0, 1]."""

    accepts: float
    """P1: accepts when offered."""
    anyway: float
    """P0: buys anyway."""
    affinity: float = 1.0
    """Bounded lift by the customer's share of this category or brand."""
    recency: float = 1.0
    """Bounded lift by how fresh that interest is."""
    channel_fit: float = 1.0
    """Bounded lift by how the customer uses this channel."""
    learned: float = 1.0
    """Lift of P1 by what trials showed, in the adopted acceptance snapshot."""
    learned_anyway: float = 1.0
    """The same of P0."""
    spread: float = 0.0
    """Standard deviation of `learned`, as a share of it."""
    margin_minor: int = 0
    discount_minor: int = 0
    contact_cost_minor: int = 0
    tone: float = 1.0
    """Bounded lift by how the customer likes to be spoken to, and by how things went."""
    goods: float = 1.0
    """Bounded lift by what the customer bought of the goods that the row lists."""


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One offer x treatment x price level x channel that was considered.

    `gate` is the first rule that failed; such an entry stands for all treatments and price levels
    that it stopped. Without a gate there is a value; a propensity above 0 says how likely the draw
    was to take it.
    """

    offer: str
    treatment: str
    price_level: str
    channel: str
    gate: Gate | None = None
    value_minor: float | None = None
    propensity: float = 0.0
    factors: Factors | None = None
    rule: str | None = None
    """The rule of the offer that failed, when `gate` is `rule`."""


class Context(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What whoever answers should know: short facts, no words of the customer's."""

    about: str
    """The trigger: `complaint`, `mention`, `praise` ..."""
    since_ms: int
    """Event time of the oldest of what waits for an answer."""
    waiting: int = 0
    """Posts and cases that wait besides this one."""
    complaints_before: int = 0
    reason: str | None = None
    """Why the case was opened, in a word of the policy."""
    topics: tuple[str, ...] = ()
    item_id: str | None = None
    sentiment: float | None = None
    """What the post says of us, -1 to 1."""
    last_purchase_ms: int | None = None
    balance: float | None = None
    """Share of good moments in how things went, 0 to 1; None is unknown."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How urgent an answer is, and until when it is due."""

    urgency: Urgency
    score: float
    """What the urgency comes from, 0 to 1: of two answers the higher one comes first."""
    due_at_ms: int
    context: Context


class Chosen(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The candidate that was taken, complete: an offer message is built from it alone."""

    offer_id: OfferId
    offer: str
    purpose: str
    channel: str
    pitch: Pitch
    reason: str
    expires_at_ms: int
    value_minor: float
    propensity: float
    product: Product | None = None
    price: Price | None = None
    campaign: str | None = None
    price_level: str | None = None
    """Level of the catalogue, for offers that have no price to show too."""
    expected: float = 0.0
    """Chance of acceptance before anything learned; of a purchase anyway for a holdout."""
    drawn_from: float = 0.0
    """The draws from here on, as many as its propensity says, take it."""
    answer: Answer | None = None
    """None for an offer that sells."""


class DecisionRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A decision with all it was made on: `decide(view, policy)` gives these bytes again.

    `candidates` holds the best `CANDIDATES_LOGGED_MAX`, passing ones first, without their factors
    all others that had a chance, and of the stopped ones at most `STOPPED_LOGGED_MAX`; `gates`
    counts every candidate that was stopped, by gate. `draw` lies in [0, 1). A holdout has `chosen`,
    unsent.
    """

    decision_id: DecisionId
    subject: str
    cause_id: str
    cause_topic: str
    trigger: str
    slot: str
    event_time_ms: int
    decision_time_ms: int
    fold_sequence: int
    policy_version: str
    result: Result
    draw: float
    silence_propensity: float
    candidates_count: int
    candidates: tuple[Candidate, ...]
    gates: dict[str, int]
    view: View
    chosen: Chosen | None = None
    acceptance_version: str = ""
    """The snapshot of what was learned that it used; empty when nothing was."""
    rules: dict[str, int] = {}
    """Rule -> how many of the candidates that `gates` counts as `rule` it stopped."""


class OfferMessage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a channel system receives; apply in order of `sequence`, which never falls.

    `issue` and `supersede` carry pitch, expiry and, for selling offers, product and price;
    `supersede` names the offer it replaces. `withdraw` carries the id of the offer that ends and
    the reason, and neither pitch nor price.
    """

    offer_id: OfferId
    action: Action
    sequence: int
    subject: str
    channel: str
    slot: str
    offer: str
    purpose: str
    reason: str
    issued_at_ms: int
    cause_id: str
    policy_version: str
    decision_id: DecisionId | None = None
    """The decision that took it; None for a withdrawal, which no draw decided."""
    expires_at_ms: int | None = None
    pitch: Pitch | None = None
    product: Product | None = None
    price: Price | None = None
    campaign: str | None = None
    supersedes: OfferId | None = None
    """The open offer of the same channel and slot that this one replaces."""
    answer: Answer | None = None
    """Of what is no offer to sell but an answer: urgency, due time, context."""
