"""Kinds of `channel.outcome.v1`: what became of an offer, and changes of consent.

`None` means that the channel said nothing.
"""

from typing import TypeAlias

from msgspec import Struct

from streams.core.kinds.bounds import Amount, Channel, Currency, Identifier, Word, kind_name


class Outcome(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="outcome",
    tag=kind_name,
):
    """What all kinds of `channel.outcome.v1` have in common: their tag."""


class OfferOutcome(Outcome, frozen=True, kw_only=True):
    """What became of one offer.

    `offer_template` is the catalogue row, for offers that another system made; `item_id` the
    product concerned.
    """

    offer_id: Identifier
    channel: Channel
    offer_template: Identifier | None = None
    item_id: Identifier | None = None
    reason: Word | None = None


class Delivered(OfferOutcome, frozen=True, kw_only=True):
    """The offer reached the customer."""


class Undeliverable(OfferOutcome, frozen=True, kw_only=True):
    """The offer could not reach the customer: full mailbox, wrong address ..."""


class Viewed(OfferOutcome, frozen=True, kw_only=True):
    """The customer saw the offer."""


class Clicked(OfferOutcome, frozen=True, kw_only=True):
    """The customer followed the offer's link."""


class Accepted(OfferOutcome, frozen=True, kw_only=True):
    """The customer took the offer; `value_minor` is what they paid, if known."""

    order_id: Identifier | None = None
    currency: Currency | None = None
    value_minor: Amount | None = None


class Rejected(OfferOutcome, frozen=True, kw_only=True):
    """The customer said no; `reason` says to what, such as never-this-item."""


class Dismissed(OfferOutcome, frozen=True, kw_only=True):
    """The customer closed the offer without a word."""


class ConsentChanged(Outcome, frozen=True, kw_only=True):
    """A consent was given or withdrawn; `channel` None means every channel."""

    purpose: Word
    granted: bool
    channel: Channel | None = None


OutcomeBody: TypeAlias = (
    Delivered | Undeliverable | Viewed | Clicked | Accepted | Rejected | Dismissed | ConsentChanged
)
