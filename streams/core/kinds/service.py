"""Kinds of `service.interaction.v1`: calls, chats, cases and late deliveries.

`None` means that the contact centre said nothing.
"""

from datetime import date
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from streams.core.kinds.bounds import Identifier, Rating, Text, Word, kind_name

DELAY_DAYS_MAX = 3_650


class Interaction(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="interaction_type",
    tag=kind_name,
):
    """What every kind of `service.interaction.v1` says; `channel` is phone, chat, email ..."""

    channel: Word
    order_id: Identifier | None = None
    item_id: Identifier | None = None


class Opened(Interaction, frozen=True, kw_only=True):
    """A case was opened; `reason` is a word such as complaint, question or thanks."""

    case_id: Identifier
    reason: Word | None = None
    content: Text | None = None


class Answered(Interaction, frozen=True, kw_only=True):
    """The customer got an answer; the case is still open."""

    case_id: Identifier
    content: Text | None = None


class Closed(Interaction, frozen=True, kw_only=True):
    """The case is over; `satisfaction`, 0 to 5, when the customer was asked."""

    case_id: Identifier
    resolution: Word | None = None
    satisfaction: Rating | None = None


class DeliveryDelayed(Interaction, frozen=True, kw_only=True):
    """A delivery comes `delay_days` later than promised."""

    delay_days: Annotated[int, Meta(ge=0, le=DELAY_DAYS_MAX)]
    promised_on: date | None = None
    case_id: Identifier | None = None


ServiceBody: TypeAlias = Opened | Answered | Closed | DeliveryDelayed
