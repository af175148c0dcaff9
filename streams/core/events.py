"""Events as the core sees them: decoded, validated, and stamped in event time.

Times are integer milliseconds since 1970-01-01 UTC, as in Kafka record timestamps.
Money is an integer count of minor units plus an ISO 4217 code; floats never hold money.

One class per kind of event, in `core/kinds/<topic's first word>.py` and importable from here. Its
fields are the fields of the JSON value on the wire, so one decode makes the body. Fields that a
newer producer adds are ignored; fields that an older one did not have are optional: `None` means
the producer said nothing. Sequences are tuples: an event is immutable all the way down.
"""

from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from streams.core.kinds.bounds import CHANNELS, SUBJECT_KINDS, Channel
from streams.core.kinds.clickstream import (
    AddToCart,
    BeginCheckout,
    CheckIn,
    Click,
    ClickBody,
    EventAttended,
    Item,
    Login,
    PageView,
    PollAnswer,
    Purchase,
    RemoveFromCart,
    Review,
    Search,
    Share,
    Shopping,
    ViewItem,
    ViewItemList,
)
from streams.core.kinds.outcome import (
    Accepted,
    Clicked,
    ConsentChanged,
    Delivered,
    Dismissed,
    Erased,
    Linked,
    OfferOutcome,
    OutcomeBody,
    Referred,
    Rejected,
    Suppressed,
    TraitCorrected,
    TraitMuted,
    Undeliverable,
    Unlinked,
    Viewed,
)
from streams.core.kinds.pos import (
    Discount,
    LineItem,
    Receipt,
    ReceiptBody,
    Return,
    Sale,
    Tender,
    TransactionLink,
    Void,
)
from streams.core.kinds.service import (
    Answered,
    Closed,
    DeliveryDelayed,
    Interaction,
    Opened,
    ServiceBody,
)
from streams.core.kinds.social import (
    Activity,
    Actor,
    Announce,
    Create,
    Follow,
    Like,
    SocialBody,
    SocialObject,
    Tag,
)

__all__ = [
    "BODY_TYPES",
    "CHANNELS",
    "FORWARD_TOPIC",
    "SOURCE_TOPICS",
    "SUBJECT_KINDS",
    "Accepted",
    "Activity",
    "Actor",
    "AddToCart",
    "Announce",
    "Answered",
    "BeginCheckout",
    "Body",
    "Channel",
    "CheckIn",
    "Click",
    "ClickBody",
    "Clicked",
    "Closed",
    "ConsentChanged",
    "Create",
    "Delivered",
    "DeliveryDelayed",
    "Discount",
    "Dismissed",
    "Erased",
    "Event",
    "EventAttended",
    "EventTopic",
    "Follow",
    "Interaction",
    "Item",
    "Like",
    "LineItem",
    "Linked",
    "Login",
    "OfferOutcome",
    "Opened",
    "OutcomeBody",
    "PageView",
    "PollAnswer",
    "Purchase",
    "Receipt",
    "ReceiptBody",
    "Referred",
    "Rejected",
    "RemoveFromCart",
    "Return",
    "Review",
    "Sale",
    "Search",
    "ServiceBody",
    "Share",
    "Shopping",
    "SocialBody",
    "SocialObject",
    "Suppressed",
    "Tag",
    "Tender",
    "TraitCorrected",
    "TraitMuted",
    "TransactionLink",
    "Undeliverable",
    "Unlinked",
    "ViewItem",
    "ViewItemList",
    "Viewed",
    "Void",
    "kind_of",
    "topic_of",
]

Body: TypeAlias = ClickBody | ReceiptBody | SocialBody | ServiceBody | OutcomeBody
EventTopic: TypeAlias = Literal[
    "clickstream.event.v1",
    "pos.transaction.v1",
    "social.activity.v1",
    "service.interaction.v1",
    "channel.outcome.v1",
]
FORWARD_TOPIC = "identity.forward.v1"
# What a worker subscribes to. `Event.topic` is never the forward topic: a forwarded event keeps
# the topic it came from.
SOURCE_TOPICS: tuple[str, ...] = (*get_args(EventTopic), FORWARD_TOPIC)
BODY_TYPES: dict[str, tuple[type[Body], ...]] = {
    "clickstream.event.v1": get_args(ClickBody),
    "pos.transaction.v1": get_args(ReceiptBody),
    "social.activity.v1": get_args(SocialBody),
    "service.interaction.v1": get_args(ServiceBody),
    "channel.outcome.v1": get_args(OutcomeBody),
}
_TOPIC_OF: dict[type[Body], str] = {
    body: topic for topic, bodies in BODY_TYPES.items() for body in bodies
}


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened to one subject.

    `event_id` tells duplicates: it is the record's `ce_id`, but a receipt's natural id
    (`pos:{store}:{workstation}:{day}:{sequence}`) whatever its `ce_id` says. `subject` is
    `kind:value`. `topic` is the source topic's name without a deployment's prefix.
    """

    event_id: str
    subject: str
    event_time_ms: int
    topic: str
    body: Body


def kind_of(body: Body) -> str:
    """The kind of `body` as its tag says it on the wire: `view_item`, `sale`, `Create` ..."""
    return str(body.__struct_config__.tag)


def topic_of(body: Body) -> str:
    """The source topic whose events have bodies like this."""
    return _TOPIC_OF[type(body)]
